"""A plan as a recipe, from which every tensor can be made again."""

from __future__ import annotations

from typing import Any

from netinit.errors import UnresolvedShapeError
from netinit.plans.row import Row


def _recipe(row: Row) -> dict[str, Any]:
    """Return a row as it is written in a recipe."""
    if row.initializer is None:
        raise UnresolvedShapeError(f"the shape of parameter {row.name!r} is not known")
    try:
        recipe = row.initializer.to_json()
    except TypeError as error:
        raise TypeError(f"parameter {row.name!r}: {error}") from None
    if row.stream.draw:
        recipe["draw"] = row.stream.draw
    if row.parameter.zero_row is not None:
        recipe["zero_row"] = row.parameter.zero_row
    return recipe
