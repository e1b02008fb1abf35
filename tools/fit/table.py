"""Tables of coefficients as C text."""

from __future__ import annotations

from dataclasses import dataclass

import mpmath
from mpmath import mpf
from rounding import FLOAT


@dataclass
class Table:
    """One C array: index = power."""

    name: str
    values: list[mpf]
    bits: int
    comment: list[str]
    script: str


def literal(value: mpf, bits: int) -> str:
    """Return `value`, of at most `bits` bits, as a C hexadecimal floating literal."""
    number = float(value)
    assert mpf(number) == value
    assert number == 0.0 or abs(number) > 1e-37
    mantissa, _, exponent = number.hex().partition("p")
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    return f"{mantissa}p{exponent}" + ("f" if bits == FLOAT else "")


def c_text(table: Table) -> str:
    """Return the array as C, with the comment that goes before it."""
    kind = "float" if table.bits == FLOAT else "double"
    note = "\n".join(
        " * " + line for line in [*table.comment, f"Made by tools/fit/{table.script}."]
    )
    note = "/*" + note[2:] + " */"
    if len(table.values) == 1:
        return (
            f"{note}\nstatic const {kind} {table.name} = {literal(table.values[0], table.bits)};\n"
        )
    body = "".join(
        f"    {literal(v, table.bits)}, /* {mpmath.nstr(v, 9)} */\n" for v in table.values
    )
    return f"{note}\nstatic const {kind} {table.name}[{len(table.values)}] = {{\n{body}}};\n"


def show(tables: list[Table]) -> None:
    """Print tables as C."""
    print("\n".join(map(c_text, tables)))
