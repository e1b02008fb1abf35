"""What a measurement was made on."""

from __future__ import annotations

import os
import platform
import re
from importlib import metadata
from pathlib import Path
from typing import Any

import netinit

__all__ = ["describe"]

_PEERS = ("numpy", "torch", "jax", "mkl")


def describe() -> dict[str, Any]:
    """Return the processor, memory, system and versions."""
    facts: dict[str, Any] = {
        "processor": _processor(),
        "processors": os.cpu_count(),
        "memory": _memory(),
        "system": platform.platform(),
        "huge pages": _words(Path("/sys/kernel/mm/transparent_hugepage/enabled")),
        "load before": round(os.getloadavg()[0], 2),
    }
    config = netinit.show_config("dicts") or {}
    facts |= {key: config[key] for key in ("netinit", "instruction set in use", "OpenMP")}
    facts["python"] = platform.python_version()
    for name in _PEERS:
        try:
            facts[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            facts[name] = "absent"
    return facts


def _words(path: Path) -> str:
    return path.read_text().strip() if path.is_file() else "unknown"


def _processor() -> str:
    text = _words(Path("/proc/cpuinfo"))
    found = dict(re.findall(r"^([\w ]+?)\s*: (.*)$", text, re.MULTILINE))
    if "model name" not in found:
        return platform.processor() or platform.machine()
    place = f"family {found.get('cpu family')}, model {found.get('model')}"
    virtual = ", virtual machine" if " hypervisor" in found.get("flags", "") else ""
    return f"{found['model name']} ({place}{virtual})"


def _memory() -> str:
    total = re.search(r"MemTotal:\s*(\d+)", _words(Path("/proc/meminfo")))
    return f"{int(total[1]) / 2**20:.0f} GiB" if total else "unknown"
