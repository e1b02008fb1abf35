"""``python -m netinit --cflags --libs --cmakedir``: how to build on the C library."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from netinit.api.config import get_include, get_library

__all__ = ["FLAGS", "build_flags"]


def _cflags() -> str:
    return shlex.quote(f"-I{get_include()}")


def _libs() -> str:
    """Return what netinit.pc says after the folder: it knows what the library was built with."""
    lines = Path(get_library(), "pkgconfig", "netinit.pc").read_text().splitlines()
    (libs,) = (line.removeprefix("Libs: ") for line in lines if line.startswith("Libs: "))
    rest = libs.removeprefix("-L${libdir}").strip()
    return f"{shlex.quote(f'-L{get_library()}')} {rest}"


def _cmakedir() -> str:
    return shlex.quote(str(Path(get_library(), "cmake", "netinit")))


#: What each option prints.
FLAGS = {"--cflags": _cflags, "--libs": _libs, "--cmakedir": _cmakedir}


def build_flags(options: Sequence[str]) -> str:
    """Return what the options ask for, in a line for a shell: keys of `FLAGS`.

    Raises
    ------
    FileNotFoundError
        If the library is not installed with netinit.
    """
    return " ".join(FLAGS[option]() for option in options)
