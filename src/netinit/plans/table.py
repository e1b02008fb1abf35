"""A plan as a printed table."""

from __future__ import annotations

from collections.abc import Sequence

from netinit.parameters.parameter import Parameter
from netinit.plans.assignment import Assignment

__all__ = ["lines_of", "size_text"]

_HEAD = ("name", "shape", "dtype", "role", "fan_in", "fan_out", "initializer", "note")


def lines_of(assignments: Sequence[Assignment]) -> list[str]:
    """Return a line for each assignment, after one that names the columns; none for none."""
    return _aligned([_HEAD, *map(_cells, assignments)]) if assignments else []


def _cells(assignment: Assignment) -> tuple[str, ...]:
    """Return one line of the table."""
    p = assignment.parameter
    fan_in = fan_out = ""
    if p.shape is not None and p.fixed is None and p.role in ("weight", "embedding"):
        fan_in, fan_out = _of_pieces(p, "fan_in"), _of_pieces(p, "fan_out")
    notes = [note for note in (p.note, assignment.remark) if note]
    if p.aliases:
        notes.append(f"also {', '.join(p.aliases)}")
    if p.zero_row is not None:
        notes.append(f"row {p.zero_row} set to 0")
    if not p.persistent:
        notes.append("not in files")
    shape = "unknown" if p.shape is None else " x ".join(map(str, p.shape)) or "scalar"
    initializer = "" if assignment.initializer is None else str(assignment.initializer)
    return (p.name, shape, p.dtype, p.role, fan_in, fan_out, initializer, "; ".join(notes))


def _of_pieces(parameter: Parameter, fan: str) -> str:
    """Return a fan, or those of all maps where the pieces of a layout differ in it."""
    fans = [str(getattr(piece, fan)) for piece in parameter.pieces]
    return fans[0] if len(set(fans)) == 1 else ", ".join(fans)


def _aligned(table: Sequence[Sequence[str]]) -> list[str]:
    """Return the lines of a table, its columns aligned: numbers right, text left."""
    widths = [max(len(cells[column]) for cells in table) for column in range(len(_HEAD))]
    lines = []
    for cells in table:
        padded = [
            cell.rjust(width) if name.startswith("fan") else cell.ljust(width)
            for name, cell, width in zip(_HEAD, cells, widths, strict=True)
        ]
        lines.append("  ".join(padded).rstrip())
    return lines


def size_text(size: float) -> str:
    """Return a number of bytes in the unit that suits it."""
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if size < 1024:
            return f"{size:.4g} {unit}"
        size /= 1024
    return f"{size:.4g} TiB"
