"""The entry point of the command line: ``netinit`` and ``python -m netinit``."""

from __future__ import annotations

import importlib.util
import sys

from netinit.cli.flags import FLAGS, build_flags

__all__ = ["main"]


#: What the extra `cli` installs.
_NEEDED = ("click", "rich")


def main() -> int:
    """Run the command line on ``sys.argv`` and return its exit status."""
    if sys.argv[1:] and set(sys.argv[1:]) <= FLAGS.keys():  # compilers need no extra `cli`
        try:
            print(build_flags(sys.argv[1:]))
        except FileNotFoundError as error:
            print(f"Error: {error}", file=sys.stderr)
            return 1
        return 0
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        print(
            f"Error: the command line needs {' and '.join(missing)}; "
            f"install with: pip install {' '.join(missing)}",
            file=sys.stderr,
        )
        return 1
    from netinit.cli import inspecting, verifying  # noqa: F401 (commands)
    from netinit.cli.commands import run

    return run(sys.argv[1:])
