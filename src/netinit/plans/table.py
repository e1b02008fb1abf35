"""A plan as a printed table, as HTML and as records."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

from netinit.base.table import fitted, fold_names
from netinit.parameters.parameter import Parameter
from netinit.plans.assignment import Assignment

__all__ = ["html_of", "lines_of", "record_of", "size_text"]

_HEAD = ("name", "shape", "dtype", "role", "fan_in", "fan_out", "initializer", "note")
_NUMBERS = ("fan_in", "fan_out")
#: Columns that a narrow terminal does without, the first first.
_SPARE = ("dtype", "role", "note", "fan_out", "fan_in", "shape")


def lines_of(
    assignments: Sequence[Assignment], width: int | None = None, fold: bool = True
) -> list[str]:
    """Return a line for each assignment, after one that names the columns; none for none.

    Parameters
    ----------
    assignments : sequence of Assignment
    width : int, optional
        What no line is longer than, as far as that can be.
    fold : bool, default True
        Whether layers that differ in their numbers alone are one line.
    """
    if not assignments:
        return []
    return fitted([_HEAD, *_rows(assignments, fold)], width, _NUMBERS, _SPARE)


def html_of(assignments: Sequence[Assignment], below: str) -> str:
    """Return the folded table in HTML, with a line of text below it."""
    head = "".join(f"<th>{name}</th>" for name in _HEAD)
    rows = [
        "".join(
            f'<td style="text-align: {"right" if name in _NUMBERS else "left"}">'
            f"{html.escape(cell)}</td>"
            for name, cell in zip(_HEAD, cells, strict=True)
        )
        for cells in _rows(assignments, True)
    ]
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return f"{table}<p>{html.escape(below)}</p>"


def record_of(assignment: Assignment) -> dict[str, Any]:
    """Return what the table says of an assignment, and its planned moments, as JSON has it."""
    p = assignment.parameter
    fans = _has_fans(p)
    return {
        "name": p.name,
        "shape": None if p.shape is None else list(p.shape),
        "dtype": p.dtype,
        "role": p.role,
        "fan_in": p.fan_in if fans else None,
        "fan_out": p.fan_out if fans else None,
        "rule": assignment.rule,
        "mean": assignment.mean,
        "std": assignment.std,
        "note": _note(assignment),
    }


def _rows(assignments: Sequence[Assignment], fold: bool) -> list[tuple[str, ...]]:
    rows = [_cells(assignment) for assignment in assignments]
    if not fold:
        return rows
    folded = fold_names([(cells[0], cells[1:]) for cells in rows])
    return [
        (name if len(which) == 1 else f"{name} x {len(which)}", *rows[which[0]][1:])
        for name, which in folded
    ]


def _cells(assignment: Assignment) -> tuple[str, ...]:
    """Return one line of the table."""
    p = assignment.parameter
    fan_in = fan_out = ""
    if _has_fans(p):
        fan_in, fan_out = _of_pieces(p, "fan_in"), _of_pieces(p, "fan_out")
    shape = "unknown" if p.shape is None else " x ".join(map(str, p.shape)) or "scalar"
    return (p.name, shape, p.dtype, p.role, fan_in, fan_out, assignment.rule, _note(assignment))


def _has_fans(p: Parameter) -> bool:
    """Return whether the table says a parameter's fans: of weights that a method decides on."""
    return p.shape is not None and p.fixed is None and p.role in ("weight", "embedding")


def _note(assignment: Assignment) -> str:
    """Return all remarks on an assignment."""
    p = assignment.parameter
    notes = [note for note in (p.note, assignment.remark) if note]
    if p.aliases:
        notes.append(f"also {', '.join(p.aliases)}")
    if p.zero_row is not None:
        notes.append(f"row {p.zero_row} set to 0")
    if not p.persistent:
        notes.append("not in files")
    return "; ".join(notes)


def _of_pieces(parameter: Parameter, fan: str) -> str:
    """Return a fan, or those of all maps where the pieces of a layout differ in it."""
    fans = [str(getattr(piece, fan)) for piece in parameter.pieces]
    return fans[0] if len(set(fans)) == 1 else ", ".join(fans)


def size_text(size: float) -> str:
    """Return a number of bytes in the unit that suits it."""
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if size < 1024:
            return f"{size:.4g} {unit}"
        size /= 1024
    return f"{size:.4g} TiB"
