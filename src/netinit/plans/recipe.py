"""A plan as a recipe, from which every tensor can be made again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from netinit.errors import UnresolvedShapeError
from netinit.initializers.base import Initializer
from netinit.initializers.recipes import initializer_from_json
from netinit.plans.assignment import Assignment
from netinit.streams.stream import Stream

__all__ = ["read_recipe", "recipe_of"]


def recipe_of(assignment: Assignment) -> dict[str, Any]:
    """Return an assignment as it is written in a recipe.

    Raises
    ------
    UnresolvedShapeError
        If the parameter's shape is not known.
    TypeError
        If the initializer is code rather than numbers.
    """
    if assignment.initializer is None:
        raise UnresolvedShapeError(f"the shape of parameter {assignment.name!r} is not known")
    try:
        recipe = assignment.initializer.to_json()
    except TypeError as error:
        raise TypeError(f"parameter {assignment.name!r}: {error}") from None
    if assignment.stream.draw:
        recipe = recipe | {"draw": assignment.stream.draw}
    if assignment.stream_name not in ("", assignment.name):
        recipe = recipe | {"stream": assignment.stream_name}
    return recipe


def read_recipe(
    recipe: Mapping[str, Any], seed: int | str, name: str
) -> tuple[Initializer, Stream]:
    """Return what `recipe_of` wrote of the parameter `name` in a plan with `seed`.

    Raises
    ------
    TypeError, ValueError
        If it is not a recipe.
    """
    own = dict(recipe)
    stream = Stream(seed, own.pop("stream", name), own.pop("draw", 0))
    return initializer_from_json(own), stream
