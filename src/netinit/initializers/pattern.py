"""What the patterns have in common: how values are written, and which of them a slice meets."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from netinit.arrays.narrow import write_numbers
from netinit.initializers.base import MatrixRule

__all__ = ["Pattern", "set_where"]


class Pattern(MatrixRule):
    """An initializer whose values depend on where in the whole array they stand."""

    __slots__ = ()

    @property
    def mean(self) -> float | None:
        """None: it depends on the array's shape."""
        return None

    @property
    def std(self) -> float | None:
        """None: it depends on the array's shape."""
        return None

    @property
    def constant(self) -> bool:
        """Whether every element gets the same value."""
        return False


def set_where(
    out: np.ndarray, dtype: str, value: float, at: Sequence[np.ndarray], origin: tuple[int, ...]
) -> None:
    """Set those elements of a slice at `origin` that have the whole array's multi-indices `at`."""
    moved = [index - first for index, first in zip(at, origin, strict=True)]
    inside = np.logical_and.reduce(
        [(index >= 0) & (index < n) for index, n in zip(moved, out.shape, strict=True)]
    )
    one = np.empty((), out.dtype)
    write_numbers(one, np.asarray(value), dtype)
    out[tuple(index[inside] for index in moved)] = one
