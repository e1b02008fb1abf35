"""Initializers read from recipes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from netinit.base.spelling import choose, shortened
from netinit.initializers.base import Initializer
from netinit.initializers.complex_plane import PLANE
from netinit.initializers.diagonal import DeltaOrthogonal, Dirac, Eye
from netinit.initializers.distributions import distribution_from_json
from netinit.initializers.given import Given
from netinit.initializers.hadamard import Hadamard
from netinit.initializers.identity import Identity
from netinit.initializers.orthogonal import Orthogonal
from netinit.initializers.packed import Maps, Parts
from netinit.initializers.sparse import Sparse
from netinit.initializers.upsampling import ICNR, Bilinear
from netinit.initializers.words import Steps, Words, fnuz_from_json
from netinit.initializers.zero_rows import ZeroRows
from netinit.shapes.layout import Layout, layout_from_json

__all__ = ["initializer_from_json"]


#: How much of a recipe a message quotes, and how much it says in all.
_MOST, _MOST_TEXT = 200, 600


def _layout(recipe: Mapping[str, Any] | None) -> Layout | None:
    return None if recipe is None else layout_from_json(recipe)


#: By the key that tells a recipe's kind: what makes each of its names from the recipe's rest.
_KINDS: dict[str, Mapping[str, Callable[..., Initializer]]] = {
    "matrix": {
        "identity": lambda noise, layout=None: Identity(
            distribution_from_json(noise), _layout(layout)
        ),
        "maps": lambda of, sizes, axis: Maps(list(map(initializer_from_json, of)), sizes, axis),
        "orthogonal": lambda gain, layout=None: Orthogonal(gain, _layout(layout)),
    },
    "pattern": {
        "bilinear": Bilinear,
        "delta_orthogonal": DeltaOrthogonal,
        "dirac": Dirac,
        "eye": Eye,
        "fnuz": fnuz_from_json,
        "given": lambda values: Given(values),
        "hadamard": lambda layout: Hadamard(layout_from_json(layout)),
        "icnr": lambda of, **options: ICNR(initializer_from_json(of), **options),
        "parts": lambda of, axis, sizes=(): Parts(
            list(map(distribution_from_json, of)), axis, sizes
        ),
        "sparse": lambda of, sparsity: Sparse(sparsity, initializer_from_json(of)),
        "steps": Steps,
        "words": Words,
    },
    "plane": PLANE,
}


def initializer_from_json(recipe: Mapping[str, Any]) -> Initializer:
    """Return the initializer that `to_json` wrote.

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
    try:
        own = dict(recipe)
        row = own.pop("zero_row", None)
        made = _made(own)
        return made if row is None else ZeroRows(made, row, row + 1)
    except RecursionError:
        raise ValueError("an initializer's recipe is nested too deeply") from None
    except (ArithmeticError, AttributeError, LookupError, TypeError) as error:
        begin, reason = shortened(repr(recipe), _MOST), shortened(str(error), _MOST)
        raise ValueError(f"{begin} is not an initializer's recipe: {reason}") from None
    except ValueError as error:
        raise ValueError(shortened(str(error), _MOST_TEXT)) from None


def _made(recipe: dict[str, Any]) -> Initializer:
    for kind, table in _KINDS.items():
        if kind in recipe:
            return table[choose(kind, recipe.pop(kind), list(table))](**recipe)
    return distribution_from_json(recipe)
