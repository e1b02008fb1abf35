"""The tables NI_... of csrc/kernels/coefficients.h, which is part of docs/stream.md."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

HEADER = Path(__file__).resolve().parents[2] / "csrc" / "kernels" / "coefficients.h"
DEFINITION = re.compile(
    r"static const (float|double) (NI_\w+)(?:\[(\d+)\])? = (?:\{(.*?)\}|([^;{]*));", re.DOTALL
)
NUMBER = re.compile(r"-?0x[0-9a-f.]+p[+-]\d+")


def read_tables(text: str) -> dict[str, np.ndarray]:
    """Return every table (a number has no dimensions), index = power, in its own format."""
    tables = {}
    for kind, name, size, items, single in DEFINITION.findall(text):
        numbers = [float.fromhex(number) for number in NUMBER.findall(items or single)]
        table = np.array(numbers, "f4" if kind == "float" else "f8")
        if table.astype("f8").tolist() != numbers:
            raise ValueError(f"{name} holds numbers that are no {kind}")
        if len(numbers) != int(size or 1):
            raise ValueError(f"{name} has {len(numbers)} numbers, not {size or 1}")
        tables[name] = table if size else table[0]
    return tables


TABLES = read_tables(HEADER.read_text())
