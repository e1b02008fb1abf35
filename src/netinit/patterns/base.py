"""What the patterns have in common: how values are written, and which of them a slice meets."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from netinit.bfloat16 import round_to_bfloat16
from netinit.initializers import MatrixRule

__all__ = ["Pattern", "set_where", "store"]


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


def store(out: np.ndarray, values: np.ndarray | float, dtype: str) -> None:
    """Write real numbers to memory of `dtype`, each rounded once."""
    if dtype == "bfloat16":
        out[...] = round_to_bfloat16(np.asarray(values))
    else:
        with np.errstate(over="ignore"):  # to infinity, as the same cast does anywhere in numpy
            out[...] = values


def set_where(
    out: np.ndarray, dtype: str, value: float, at: Sequence[np.ndarray], origin: tuple[int, ...]
) -> None:
    """Set those elements of a slice at `origin` that have the whole array's multi-indices `at`."""
    moved = [index - first for index, first in zip(at, origin, strict=True)]
    inside = np.logical_and.reduce(
        [(index >= 0) & (index < n) for index, n in zip(moved, out.shape, strict=True)]
    )
    one = np.empty((), out.dtype)
    store(one, value, dtype)
    out[tuple(index[inside] for index in moved)] = one
