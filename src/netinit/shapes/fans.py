"""Fans of a linear map, by its layout."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from netinit.shapes.layout import Layout, block_shape, layout_of, piece_shapes

__all__ = ["Fans", "fans", "fans_of_axes"]


class Fans(NamedTuple):
    """How many values each output is made from, and each input goes to."""

    fan_in: float
    fan_out: float


def fans(shape: Sequence[int], layout: Layout | None = None) -> Fans:
    """Return the fans of a weight array's linear map.

    Parameters
    ----------
    shape : sequence of int
        The whole logical array's shape, never a shard's.
    layout : Layout or None
        Which axes are outputs and inputs; None for (out, in, *kernel). An array of one axis
        without a layout has its extent as both fans, a scalar 1.

    Notes
    -----
    fan_in is the product of the input axes and the kernel, fan_out of the output axes and the
    kernel, both of *one* of the maps packed in the array (a gate, a group, a projection); of the
    largest, where a layout's pieces are unequal.

    Examples
    --------
    >>> from netinit.shapes.fans import fans
    >>> from netinit import Layout
    >>> fans((64, 32, 3, 3))
    Fans(fan_in=288, fan_out=576)
    >>> fans((64, 8, 3, 3), Layout((0,), (1,), stack=4))
    Fans(fan_in=72, fan_out=144)
    >>> fans((96, 64), Layout((0,), (1,), pieces=(64, 16, 16)))
    Fans(fan_in=64, fan_out=64)
    """
    shape = _extents(shape)
    if layout is None and len(shape) < 2:
        return Fans(math.prod(shape), math.prod(shape))
    layout = layout_of(shape, layout)
    if layout.pieces:
        shape = max(piece_shapes(shape, layout), key=math.prod)
        layout = replace(layout, pieces=())
    block = block_shape(shape, layout)
    mapped = {*layout.out_axes, *layout.in_axes}
    kernel = math.prod(n for axis, n in enumerate(block) if axis not in mapped)
    return Fans(
        math.prod(block[axis] for axis in layout.in_axes) * kernel,
        math.prod(block[axis] for axis in layout.out_axes) * kernel,
    )


def fans_of_axes(
    shape: Sequence[int],
    in_axis: int | Sequence[int] = -2,
    out_axis: int | Sequence[int] = -1,
    batch_axis: int | Sequence[int] = (),
) -> Fans:
    """Return fan_in and fan_out of an array whose input, output and batch axes are given.

    Parameters
    ----------
    shape : sequence of int
        The whole logical array's shape.
    in_axis, out_axis, batch_axis : int or sequence of int
        Negative numbers count from the end. Batch axes pack independent maps and belong to no
        fan; all other axes are the receptive field.

    Raises
    ------
    ValueError
        If an axis is not one of the array's, or is given twice.

    Notes
    -----
    fan_in is the product of the input axes times the receptive field, fan_out that of the
    output axes times it: the rule of ``jax.nn.initializers.variance_scaling``.

    Examples
    --------
    >>> from netinit.shapes.fans import fans_of_axes
    >>> fans_of_axes((3, 3, 32, 64))
    Fans(fan_in=288, fan_out=576)
    >>> fans_of_axes((12, 64, 8, 8), in_axis=1, out_axis=(2, 3), batch_axis=0)
    Fans(fan_in=64, fan_out=64)
    """
    shape = _extents(shape)
    given = {"in_axis": in_axis, "out_axis": out_axis, "batch_axis": batch_axis}
    owner: dict[int, str] = {}
    products = {"in_axis": 1, "out_axis": 1, "batch_axis": 1, "": 1}
    for what, value in given.items():
        for axis in _axes(what, value, len(shape)):
            if axis in owner:
                raise ValueError(f"{what}: axis {axis} is also given as {owner[axis]}")
            owner[axis] = what
    for axis, extent in enumerate(shape):
        products[owner.get(axis, "")] *= extent
    field = products[""]
    return Fans(products["in_axis"] * field, products["out_axis"] * field)


def _extents(shape: Sequence[int]) -> tuple[int, ...]:
    try:
        return tuple(map(operator.index, shape))
    except TypeError:
        raise TypeError(f"shape must be a sequence of integers, not {shape!r}") from None


def _axes(what: str, value: int | Sequence[int], ndim: int) -> list[int]:
    """Return axes counted from the start."""
    try:
        axes = [operator.index(n) for n in (value if isinstance(value, Sequence) else [value])]
    except TypeError:
        raise TypeError(
            f"{what} must be an integer or a sequence of integers, not {value!r}"
        ) from None
    for axis in axes:
        if not -ndim <= axis < ndim:
            raise ValueError(f"{what}: axis {axis} is not an axis of an array of {ndim} axes")
    return [axis % ndim for axis in axes]
