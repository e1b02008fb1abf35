"""Initializers: what the plan says a parameter is filled with.

Distributions are initializers; the others are the two matrix rules, whose elements depend on
one another and therefore on the layout of the whole array.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from netinit.base.spelling import choose
from netinit.distribution import Distribution, number
from netinit.distributions import distribution_from_json
from netinit.matrices import fill_identity, fill_orthogonal
from netinit.shapes.layout import Layout
from netinit.shapes.slices import slice_origin
from netinit.streams.stream import Stream

__all__ = [
    "IdentityMatrix",
    "Initializer",
    "MatrixRule",
    "OrthogonalMatrix",
    "Part",
    "initializer_from_json",
    "layout_from_json",
    "layout_to_json",
]

#: A whole array's shape, and the multi-index in it of a slice's first element.
Part = tuple[tuple[int, ...], tuple[int, ...]]


class Initializer(Protocol):
    """What fills a parameter: a distribution, a matrix rule, or a rule of the caller's own."""

    @property
    def mean(self) -> float | None:
        """The mean that the array is planned to have; None where it is not known."""
        ...

    @property
    def std(self) -> float | None:
        """The standard deviation that the array is planned to have; None where not known."""
        ...

    @property
    def constant(self) -> bool:
        """Whether every element gets the same value."""
        ...

    def fill(
        self,
        out: np.ndarray,
        dtype: str,
        stream: Stream,
        *,
        shape: Sequence[int] | None = None,
        start: Sequence[int] | None = None,
        threads: int | None = None,
    ) -> None:
        """Fill `out`, the slice at `start` of a logical array of `shape`, from `stream`."""
        ...

    def to_json(self) -> dict[str, Any]:
        """Return the initializer as it is written in a recipe."""
        ...


def layout_to_json(layout: Layout) -> dict[str, Any]:
    """Return a layout as it is written in a recipe."""
    axes = {"out_axes": list(layout.out_axes), "in_axes": list(layout.in_axes)}
    if layout.stack == 1:
        return axes
    return {**axes, "stack": layout.stack, "stack_axis": layout.stack_axis}


def layout_from_json(recipe: Mapping[str, Any]) -> Layout:
    """Return the layout that `layout_to_json` wrote."""
    numbers = {key: int(recipe[key]) for key in ("stack", "stack_axis") if key in recipe}
    out_axes, in_axes = (tuple(map(int, recipe[key])) for key in ("out_axes", "in_axes"))
    return Layout(out_axes, in_axes, **numbers)


class MatrixRule(ABC):
    """The base of rules for which a slice is known by the whole array around it."""

    __slots__ = ()

    def fill(
        self,
        out: np.ndarray,
        dtype: str,
        stream: Stream,
        *,
        shape: Sequence[int] | None = None,
        start: Sequence[int] | None = None,
        threads: int | None = None,
    ) -> None:
        """Fill `out`, the slice at `start` of a logical array of `shape`, from `stream`."""
        part = slice_origin(out.shape, shape, start)
        self.check(part[0])
        self._fill(out, dtype, stream, part, threads)

    @property
    def inner(self) -> tuple[Initializer, ...]:
        """The initializers that elements are drawn from."""
        return ()

    def check(self, shape: tuple[int, ...]) -> None:  # noqa: B027 (most fit any shape)
        """Raise ValueError if a whole array of `shape` cannot be filled."""

    @abstractmethod
    def _fill(
        self, out: np.ndarray, dtype: str, stream: Stream, part: Part, threads: int | None
    ) -> None:
        """Fill `out`; `part` is the whole array's shape and the slice's origin in it."""


@dataclass(frozen=True, slots=True)
class OrthogonalMatrix(MatrixRule):
    """A Haar-distributed (semi-)orthogonal matrix times a gain, for each map of the array.

    Parameters
    ----------
    gain : float
        Any finite number.
    layout : Layout
        How the array's axes form the matrix, out x (in, kernel).
    std : float or None
        The standard deviation that the elements of the array will show, where known.

    Notes
    -----
    The smaller side of the matrix is orthonormal: Q Q^T = gain^2 I where out <= in, else
    Q^T Q = gain^2 I. Map g of a stack is drawn from the stream's draw number plus g.
    """

    gain: float
    layout: Layout
    std: float | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "gain", number("gain", self.gain))

    @property
    def mean(self) -> float:
        """Zero: Q and -Q are equally likely."""
        return 0.0

    @property
    def constant(self) -> bool:
        """Whether the gain is 0."""
        return self.gain == 0

    def _fill(
        self, out: np.ndarray, dtype: str, stream: Stream, part: Part, threads: int | None
    ) -> None:
        fill_orthogonal(out, dtype, stream, self.gain, self.layout, *part, threads)

    def to_json(self) -> dict[str, Any]:
        """Return the initializer as it is written in a recipe."""
        return {"matrix": "orthogonal", "gain": self.gain, "layout": layout_to_json(self.layout)}

    def __str__(self) -> str:
        return f"Orthogonal({self.gain:.3g})"


@dataclass(frozen=True, slots=True)
class IdentityMatrix(MatrixRule):
    """The identity map, for each map of the array, plus noise that breaks symmetry.

    Parameters
    ----------
    noise : Distribution
        Drawn for every element and added.
    layout : Layout
        How the array's axes form the matrix; a kernel has its 1 in the centre, at index
        n // 2 of each kernel axis.
    mean, std : float or None
        The moments that the array's elements will show, where known.
    """

    noise: Distribution
    layout: Layout
    mean: float | None = field(default=None, compare=False)
    std: float | None = field(default=None, compare=False)

    @property
    def inner(self) -> tuple[Initializer, ...]:
        """The noise."""
        return (self.noise,)

    @property
    def constant(self) -> bool:
        """False: the diagonal differs from the rest."""
        return False

    def _fill(
        self, out: np.ndarray, dtype: str, stream: Stream, part: Part, threads: int | None
    ) -> None:
        fill_identity(out, dtype, stream, self.noise, self.layout, *part, threads)

    def to_json(self) -> dict[str, Any]:
        """Return the initializer as it is written in a recipe."""
        noise, layout = self.noise.to_json(), layout_to_json(self.layout)
        return {"matrix": "identity", "noise": noise, "layout": layout}

    def __str__(self) -> str:
        return f"Identity + {self.noise}"


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
    >>> from netinit.initializers import initializer_from_json
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
