"""How this netinit was built and what it found on this machine."""

from __future__ import annotations

import platform
import sys
from pathlib import Path
from typing import Any

import numpy as np

from netinit import _core
from netinit.base.spelling import choose
from netinit.base.version import version

__all__ = ["get_include", "get_library", "show_config"]


def _config() -> dict[str, Any]:
    return {
        "netinit": version(),
        "stream": _core.STREAM_VERSION,
        "instruction sets": ", ".join(_core.isas()),
        "instruction set in use": _core.active_isa(),
        "OpenMP": "heeded" if _core.openmp() else "not known to this build",
        "threads": _core.thread_count(None),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "machine": platform.machine(),
        "system": platform.platform(),
    }


def show_config(mode: str = "stdout") -> dict[str, Any] | None:
    """Print how netinit was built and what it found on this machine.

    Parameters
    ----------
    mode : {"stdout", "dicts"}
        "dicts" returns the facts as a dictionary and prints nothing.

    Raises
    ------
    ValueError
        If `mode` is neither.

    Examples
    --------
    >>> import netinit
    >>> netinit.show_config("dicts")["stream"]
    1
    """
    facts = _config()
    if choose("mode", mode, ["stdout", "dicts"]) == "dicts":
        return facts
    width = max(map(len, facts))
    for key, value in facts.items():
        print(f"{key.ljust(width)}  {value}")
    return None


def get_include() -> str:
    """Return the folder of the C headers, for programs and extension modules that use the C API.

    Raises
    ------
    FileNotFoundError
        If the headers are not installed.

    Notes
    -----
    ``python -m netinit --cflags --libs`` prints what a compiler is to be given; see
    docs/c-api.md.
    """
    return _folder_with("include", "netinit/netinit.h")


def get_library() -> str:
    """Return the folder of the C library, ``libnetinit.a``, for what is linked with it.

    It holds ``pkgconfig`` and ``cmake`` too, for pkg-config and CMake's ``find_package``.

    Raises
    ------
    FileNotFoundError
        If the library is not installed.

    Examples
    --------
    >>> import os, netinit
    >>> "libnetinit.a" in os.listdir(netinit.get_library())
    True
    """
    return _folder_with("lib", "libnetinit.a")


def _folder_with(folder: str, file: str) -> str:
    """Return the path of a folder of the installed package, by a file in it."""
    for package in sys.modules["netinit"].__path__:  # several where it is installed editable
        if Path(package, folder, file).is_file():
            return str(Path(package, folder))
    raise FileNotFoundError(f"{folder}/{file} is not installed with netinit")
