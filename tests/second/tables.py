"""The tables of csrc/kernels/coefficients.h, which the page makes its own."""

from __future__ import annotations

import re
from pathlib import Path

_TEXT = (Path(__file__).parents[2] / "csrc" / "kernels" / "coefficients.h").read_text()
_HEX = r"-?0x[0-9a-f.]+p[+-]\d+"

#: Every table, and every single number as a table of one.
TABLES = {
    name: tuple(float.fromhex(number) for number in re.findall(_HEX, body))
    for name, body in re.findall(r"\b(NI_\w+)(?:\[\d+\])? = ([^;]*);", _TEXT)
}
