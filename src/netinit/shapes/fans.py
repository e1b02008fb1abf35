"""Fans of a linear map, by its layout."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from netinit.shapes.layout import Layout, block_shape, layout_of

__all__ = ["Fans", "fans"]


class Fans(NamedTuple):
    """How many values each output is made from, and each input goes to."""

    fan_in: int
    fan_out: int


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
    kernel, both of *one* of the maps packed in the array (a gate, a group, a projection).

    Examples
    --------
    >>> from netinit.shapes.fans import fans
    >>> from netinit import Layout
    >>> fans((64, 32, 3, 3))
    Fans(fan_in=288, fan_out=576)
    >>> fans((64, 8, 3, 3), Layout((0,), (1,), stack=4))
    Fans(fan_in=72, fan_out=144)
    """
    if layout is None and len(shape) < 2:
        return Fans(math.prod(shape), math.prod(shape))
    layout = layout_of(shape, layout)
    block = block_shape(shape, layout)
    mapped = {*layout.out_axes, *layout.in_axes}
    kernel = math.prod(n for axis, n in enumerate(block) if axis not in mapped)
    return Fans(
        math.prod(block[axis] for axis in layout.in_axes) * kernel,
        math.prod(block[axis] for axis in layout.out_axes) * kernel,
    )
