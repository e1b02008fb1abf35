"""Setting single elements of a slice by their places in the whole array."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from netinit.arrays.narrow import write_numbers
from netinit.arrays.slice import Slice

__all__ = ["check_axes", "places_inside", "set_where"]

#: Of an array of more axes numpy takes no array of indices for each.
_MOST_AXES = 63


def check_axes(what: str, shape: tuple[int, ...]) -> None:
    """Raise ValueError if an array of `shape` has too many axes for its elements to be named."""
    if len(shape) > _MOST_AXES:
        raise ValueError(f"{what} fills arrays of at most {_MOST_AXES} axes, not {len(shape)}")


def places_inside(out: Slice, at: Sequence[np.ndarray]) -> tuple[np.ndarray, ...]:
    """Return, of the whole array's multi-indices `at`, those within a slice, as indices of it."""
    moved = [index - first for index, first in zip(at, out.start, strict=True)]
    inside = np.logical_and.reduce(
        [(index >= 0) & (index < n) for index, n in zip(moved, out.array.shape, strict=True)]
    )
    return tuple(index[inside] for index in moved)


def set_where(out: Slice, value: float, at: Sequence[np.ndarray]) -> None:
    """Set those elements of a slice that have the whole array's multi-indices `at`."""
    one = np.empty((), out.array.dtype)
    write_numbers(one, np.asarray(value), out.dtype)
    out.array[places_inside(out, at)] = one
