"""``python -m netinit``: the command line."""

import sys

from netinit.cli import main

if __name__ == "__main__":
    sys.exit(main())
