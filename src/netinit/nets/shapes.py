"""Shapes of arrays that flow through a net, with extents that may be unknown.

A shape is a tuple of extents; an extent of None is unknown or varies (the length of a
sequence). A shape that is wholly unknown is None.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

__all__ = ["Shape", "axes_of", "known", "merge", "show"]

#: A shape whose extents may be unknown.
Shape = tuple[int | None, ...]


def show(shape: Shape | None) -> str:
    """Return `shape` for a reader: ``768``, ``? x 768``, ``scalar``, ``?`` where unknown."""
    if shape is None:
        return "?"
    if not shape:
        return "scalar"
    return " x ".join("?" if extent is None else str(extent) for extent in shape)


def merge(what: str, first: Shape | None, second: Shape | None) -> Shape | None:
    """Return what `first` and `second` say of one shape together, or raise ValueError."""
    if first is None or second is None:
        return second if first is None else first
    conflict = len(first) != len(second) or any(
        None not in pair and pair[0] != pair[1] for pair in zip(first, second, strict=True)
    )
    if conflict:
        raise ValueError(f"{what} must have shape {show(first)}, not {show(second)}")
    return tuple(b if a is None else a for a, b in zip(first, second, strict=True))


def known(shape: Shape | None) -> tuple[int, ...] | None:
    """Return `shape` where every extent of it is known, else None."""
    if shape is None:
        return None
    extents = tuple(extent for extent in shape if extent is not None)
    return extents if len(extents) == len(shape) else None


def product(extents: Sequence[int | None]) -> int | None:
    """Return the product of `extents`, or None where one is unknown."""
    numbers = known(tuple(extents))
    return None if numbers is None else math.prod(numbers)


def axes_of(what: str, axes: int | Sequence[int], rank: int) -> tuple[int, ...]:
    """Return `axes` (negative ones count from the end) of an array of `rank`, or raise."""
    axes = (axes,) if isinstance(axes, int) else tuple(axes)
    for axis in axes:
        if not -rank <= axis < rank:
            raise ValueError(f"{what} names axis {axis}, but the input has {rank} axes")
    counted = tuple(sorted(axis % rank for axis in axes))
    if len(set(counted)) != len(counted):
        raise ValueError(f"{what} names an axis twice: {list(axes)}")
    return counted
