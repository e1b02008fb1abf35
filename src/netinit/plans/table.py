"""A plan as a printed table."""

from __future__ import annotations

from collections.abc import Sequence

from netinit.plans.row import Row
from netinit.shapes.fans import fans

_HEAD = ("name", "shape", "dtype", "role", "fan_in", "fan_out", "initializer", "note")


def _cells(row: Row) -> tuple[str, ...]:
    """Return a row of the printed table."""
    p = row.parameter
    fan_in = fan_out = ""
    if p.shape is not None and p.fixed is None and p.role in ("weight", "embedding"):
        fan_in, fan_out = map(str, fans(p.shape, p.layout))
    notes = [p.note] if p.note else []
    if p.aliases:
        notes.append(f"also {', '.join(p.aliases)}")
    if p.zero_row is not None:
        notes.append(f"row {p.zero_row} set to 0")
    shape = "unknown" if p.shape is None else " x ".join(map(str, p.shape)) or "scalar"
    initializer = "" if row.initializer is None else str(row.initializer)
    return (p.name, shape, p.dtype, p.role, fan_in, fan_out, initializer, "; ".join(notes))


def _aligned(table: Sequence[Sequence[str]]) -> list[str]:
    """Return the lines of a table, its columns aligned: numbers right, text left."""
    if not table:
        return []
    widths = [max(len(cells[column]) for cells in table) for column in range(len(_HEAD))]
    lines = []
    for cells in table:
        padded = [
            cell.rjust(width) if name.startswith("fan") else cell.ljust(width)
            for name, cell, width in zip(_HEAD, cells, widths, strict=True)
        ]
        lines.append("  ".join(padded).rstrip())
    return lines


def _bytes(size: float) -> str:
    """Return a number of bytes in the unit that suits it."""
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if size < 1024:
            return f"{size:.4g} {unit}"
        size /= 1024
    return f"{size:.4g} TiB"
