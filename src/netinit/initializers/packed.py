"""Arrays of equal parts along an axis, each with a distribution of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from netinit.arrays.slice import Slice
from netinit.base.checks import integer
from netinit.initializers.base import Distribution, Initializer
from netinit.initializers.convert import as_distribution
from netinit.streams.stream import Stream

__all__ = ["Parts"]


@dataclass(frozen=True, slots=True)
class Parts(Initializer):
    """An array cut into equal parts along an axis, each drawn from its own distribution.

    Parameters
    ----------
    distributions : sequence
        One for each part, in order; a number s means ``Normal(0, s)``.
    axis : int, default 0
        Negative numbers count from the end.

    Raises
    ------
    ValueError
        If there is no distribution; when filling, if the array has no such axis or its extent
        is not divisible by their number.

    Notes
    -----
    Each element has the part of the stream that its place in the *whole* array gives it. The
    gates of a recurrent layer and packed query, key and value projections are such arrays.

    Examples
    --------
    >>> import netinit
    >>> gates = [netinit.Constant(c) for c in (0, 1, 0, 0)]
    >>> netinit.create(8, netinit.initializers.Parts(gates))
    array([0., 0., 1., 1., 0., 0., 0., 0.], dtype=float32)
    """

    distributions: Any
    axis: int = 0

    def __post_init__(self) -> None:
        if not isinstance(self.distributions, (list, tuple)):
            raise TypeError(f"distributions must be a list, not {self.distributions!r}")
        parts = tuple(as_distribution(part, "a part's distribution") for part in self.distributions)
        if not parts:
            raise ValueError("distributions must have at least one entry")
        object.__setattr__(self, "axis", integer("axis", self.axis))
        object.__setattr__(self, "distributions", parts)

    @property
    def inner(self) -> tuple[Initializer, ...]:
        """The parts' distributions."""
        parts: tuple[Initializer, ...] = self.distributions
        return parts

    @property
    def constant(self) -> bool:
        """Whether every element of the array gets the same value."""
        parts: tuple[Distribution, ...] = self.distributions
        return all(part.constant and part == parts[0] for part in parts)

    @property
    def mean(self) -> float | None:
        """The mean over all parts; None where one is not known."""
        means = [part.mean for part in self.distributions]
        return None if None in means else float(np.mean(means))

    @property
    def std(self) -> float | None:
        """The standard deviation over all parts; None where one is not known."""
        means, stds = zip(*((part.mean, part.std) for part in self.distributions), strict=True)
        if None in means or None in stds:
            return None
        return float(np.sqrt(np.mean(np.square(stds)) + np.var(means)))

    def check_shape(self, shape: tuple[int, ...]) -> None:
        """Raise ValueError unless the axis can be cut into the parts."""
        if not -len(shape) <= self.axis < len(shape):
            raise ValueError(f"Parts' axis {self.axis} is not an axis of the shape {shape}")
        if shape[self.axis] % len(self.distributions):
            parts = len(self.distributions)
            raise ValueError(
                f"the array is {parts} parts of equal size along axis {self.axis} (gates, where it "
                f"is a recurrent layer's), so {shape[self.axis]} of the shape {shape} must be "
                f"divisible by {parts}"
            )

    def fill(self, out: Slice, stream: Stream, threads: int | None = None) -> None:
        """Fill a slice of an array from a stream."""
        axis = self.axis % len(out.shape)
        extent = out.shape[axis] // len(self.distributions)
        for number, distribution in enumerate(self.distributions):
            met = out.between(axis, number * extent, (number + 1) * extent)
            if met is not None:
                distribution.fill(met, stream, threads)

    def to_json(self) -> dict[str, Any]:
        """Return the initializer as it is written in a recipe."""
        recipes = [distribution.to_json() for distribution in self.distributions]
        return {"pattern": "parts", "of": recipes, "axis": self.axis}

    def __str__(self) -> str:
        return f"Parts({', '.join(map(str, self.distributions))})"
