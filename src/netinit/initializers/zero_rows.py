"""Rows of zeros in an array that another initializer fills: an embedding's padding row."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from netinit.arrays.slice import Slice
from netinit.initializers.base import Initializer
from netinit.streams.stream import Stream

__all__ = ["ZeroRows"]


@dataclass(frozen=True, slots=True)
class ZeroRows(Initializer):
    """Another initializer, and zeros in some rows (along axis 0) of what it fills.

    Parameters
    ----------
    initializer : Initializer
        Fills the rest; its moments are shown.
    first, stop : int
        The first row of zeros, and the one after the last.

    Raises
    ------
    TypeError
        If a row's number is not an integer.
    ValueError
        When checked, if the array has no such rows.

    Examples
    --------
    >>> import netinit
    >>> rule = netinit.initializers.ZeroRows(netinit.Constant(1), 0, 1)
    >>> netinit.create((2, 2), rule)
    array([[0., 0.],
           [1., 1.]], dtype=float32)
    """

    initializer: Initializer
    first: int
    stop: int

    def __post_init__(self) -> None:
        if not type(self.first) is type(self.stop) is int:
            raise TypeError(f"zero_row must be an integer, not {self.first!r}")

    def check_rows(self, rows: int) -> None:
        """Raise ValueError unless an array has the rows."""
        if not 0 <= self.first <= self.stop <= rows:
            raise ValueError(f"zero_row is {self.first}, with {rows} rows")

    @property
    def inner(self) -> tuple[Initializer, ...]:
        """The other initializer."""
        return (self.initializer,)

    @property
    def mean(self) -> float | None:
        """That of the other initializer."""
        return self.initializer.mean

    @property
    def std(self) -> float | None:
        """That of the other initializer."""
        return self.initializer.std

    @property
    def constant(self) -> bool:
        """Whether the other initializer's elements are all equal."""
        return self.initializer.constant

    def check_shape(self, shape: tuple[int, ...]) -> None:
        """Raise ValueError unless an array of `shape` has the rows."""
        self.check_rows(shape[0] if shape else 0)
        self.initializer.check_shape(shape)

    def flat(self, shape: tuple[int, ...]) -> Initializer | None:
        """Return the same for an array of `shape` seen as one of one axis."""
        inner, width = self.initializer.flat(shape), math.prod(shape[1:])
        return None if inner is None else ZeroRows(inner, self.first * width, self.stop * width)

    def fill(self, out: Slice, stream: Stream, threads: int | None = None) -> None:
        """Fill a slice of an array from a stream, and set what it has of the rows to 0."""
        self.initializer.fill(out, stream, threads)
        rows = out.between(0, self.first, self.stop)
        if rows is not None:
            rows.array[...] = 0

    def to_json(self) -> dict[str, Any]:
        """Return the initializer as it is written in a recipe."""
        if self.stop != self.first + 1:
            raise TypeError("a recipe has one row of zeros, not several")
        return self.initializer.to_json() | {"zero_row": self.first}

    def __str__(self) -> str:
        return str(self.initializer)
