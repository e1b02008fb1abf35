"""``python -m netinit``: the command line."""

import sys

from netinit.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
