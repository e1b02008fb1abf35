"""Patterns: initializers whose values depend on where in the whole array they stand.

Each can fill any slice of the array alone, and the slice is that of the whole.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from netinit.base.spelling import choose
from netinit.initializers.base import Initializer
from netinit.initializers.convert import distribution_from_json
from netinit.initializers.diagonal import DeltaOrthogonal, Dirac, Eye
from netinit.initializers.given import Given
from netinit.initializers.hadamard import Hadamard
from netinit.initializers.packed import Parts
from netinit.initializers.recipes import initializer_from_json
from netinit.initializers.sparse import Sparse
from netinit.initializers.upsampling import ICNR, Bilinear
from netinit.shapes.layout import layout_from_json

__all__ = [
    "ICNR",
    "Bilinear",
    "DeltaOrthogonal",
    "Dirac",
    "Eye",
    "Given",
    "Hadamard",
    "Parts",
    "Sparse",
    "pattern_from_json",
]

#: A recipe's name of each pattern, and what makes it from the rest of the recipe.
_PATTERNS: dict[str, Callable[..., Initializer]] = {
    "bilinear": Bilinear,
    "delta_orthogonal": DeltaOrthogonal,
    "dirac": Dirac,
    "eye": Eye,
    "given": lambda values: Given(values),
    "hadamard": lambda layout: Hadamard(layout_from_json(layout)),
    "icnr": lambda of, **options: ICNR(initializer_from_json(of), **options),
    "parts": lambda of, axis: Parts([distribution_from_json(part) for part in of], axis),
    "sparse": lambda of, sparsity: Sparse(sparsity, initializer_from_json(of)),
}


def pattern_from_json(recipe: Mapping[str, Any]) -> Initializer:
    """Return the pattern that `to_json` wrote.

    Raises
    ------
    KeyError, TypeError, ValueError
        If the mapping is not a pattern's recipe.

    Examples
    --------
    >>> from netinit.patterns import pattern_from_json
    >>> pattern_from_json({"pattern": "dirac", "groups": 2})
    Dirac(groups=2)
    """
    make = _PATTERNS[choose("pattern", recipe["pattern"], list(_PATTERNS))]
    return make(**{key: value for key, value in recipe.items() if key != "pattern"})
