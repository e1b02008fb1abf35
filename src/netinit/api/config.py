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

__all__ = ["get_include", "show_config"]


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
    """Return the folder of the C headers, for extension modules that use the C API.

    Raises
    ------
    FileNotFoundError
        If the headers are not installed.
    """
    for folder in sys.modules["netinit"].__path__:  # several where it is installed editable
        include = Path(folder) / "include"
        if (include / "netinit" / "netinit.h").is_file():
            return str(include)
    raise FileNotFoundError("the header netinit/netinit.h is not installed with netinit")
