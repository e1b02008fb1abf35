"""Initializers read from recipes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from netinit.base.spelling import choose
from netinit.initializers.base import Initializer
from netinit.initializers.convert import distribution_from_json
from netinit.initializers.identity import IdentityMatrix
from netinit.initializers.orthogonal import OrthogonalMatrix
from netinit.shapes.layout import layout_from_json

__all__ = ["initializer_from_json"]


def _matrix_from_json(recipe: Mapping[str, Any]) -> Initializer:
    rule = choose("matrix", recipe["matrix"], ["identity", "orthogonal"])
    layout = layout_from_json(recipe["layout"])
    if rule == "orthogonal":
        return OrthogonalMatrix(recipe["gain"], layout)
    return IdentityMatrix(distribution_from_json(recipe["noise"]), layout)


def initializer_from_json(recipe: Mapping[str, Any]) -> Initializer:
    """Return the initializer that `to_json` wrote.

    The plan's own keys, draw and zero_row, may stand in the mapping too; they are ignored.

    Raises
    ------
    ValueError
        If the mapping is not an initializer's recipe.

    Examples
    --------
    >>> from netinit.initializers.recipes import initializer_from_json
    >>> str(initializer_from_json({"distribution": "constant", "value": 0}))
    'Constant(0)'
    """
    own = {key: value for key, value in recipe.items() if key not in ("draw", "zero_row")}
    if "matrix" not in own and "pattern" not in own:
        return distribution_from_json(own)
    try:
        if "matrix" in own:
            return _matrix_from_json(own)
        from netinit.patterns import pattern_from_json  # they are made of initializers

        return pattern_from_json(own)
    except (KeyError, TypeError) as error:
        raise ValueError(f"{dict(recipe)!r} is not an initializer's recipe: {error}") from None
