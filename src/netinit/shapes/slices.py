"""Slices of arrays: where in the whole one they lie."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence

__all__ = ["place_in", "slice_origin"]


def place_in(shape: Sequence[int], start: Sequence[int]) -> tuple[int, tuple[int, ...]]:
    """Return the flat index of the element `start` of an array, and the array's strides.

    Strides are in elements, in row-major (C) order.

    Examples
    --------
    >>> from netinit.shapes.slices import place_in
    >>> place_in((4, 6), (1, 2))
    (8, (6, 1))
    """
    first, step = 0, 1
    strides = []
    for n, i in zip(reversed(shape), reversed(start), strict=True):
        strides.append(step)
        first += i * step
        step *= n
    strides.reverse()
    return first, tuple(strides)


def _indices(what: str, values: Sequence[int], ndim: int | None) -> tuple[int, ...]:
    try:
        indices = tuple(map(operator.index, values))
    except TypeError:
        raise TypeError(f"{what} must be a sequence of integers, not {values!r}") from None
    if ndim is not None and len(indices) != ndim:
        raise ValueError(f"{what} = {indices} must have {ndim} entries, one an axis of out")
    return indices


def slice_origin(
    part: tuple[int, ...], shape: Sequence[int] | None, start: Sequence[int] | None
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the whole array's shape and the origin in it of a slice of shape `part`.

    Raises
    ------
    TypeError
        If `shape` or `start` is not a sequence of integers.
    ValueError
        If they have another number of axes than the slice, the slice does not lie within the
        whole array, or that has 2**63 elements or more.
    """
    whole = part if shape is None else _indices("shape", shape, len(part))
    if start is not None and shape is None and any(_indices("start", start, None)):
        raise ValueError(
            f"start = {start!r} needs shape, that of the whole array, of which out is a slice"
        )
    origin = (0,) * len(part) if start is None else _indices("start", start, len(part))
    for axis, (n, first, size) in enumerate(zip(part, origin, whole, strict=True)):
        if first < 0 or first + n > size:
            raise ValueError(
                f"out of shape {part} at start = {origin} does not lie within shape = {whole}: "
                f"axis {axis} would need the indices {first} to {first + n - 1}"
            )
    if math.prod(whole) >= 1 << 63:
        raise ValueError(f"the whole array of shape = {whole} has 2**63 elements or more")
    return whole, origin
