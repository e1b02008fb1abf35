"""What every initializer promises."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from netinit.shapes.slices import slice_origin
from netinit.streams.stream import Stream

__all__ = ["Initializer", "MatrixRule", "Part"]


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
