"""Layouts: which axes of an array are the outputs and inputs of its linear map."""

from __future__ import annotations

import math
import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    pass


__all__ = [
    "DENSE",
    "Layout",
    "block_shape",
    "layout_from_json",
    "layout_of",
    "layout_to_json",
    "matrix_shape",
]


@dataclass(frozen=True, slots=True)
class Layout:
    r"""Which axes of a weight array are outputs and inputs of its linear map.

    Axes that are neither are the kernel (receptive field) of a convolution. `stack` maps of
    equal size may be packed along `stack_axis`: the gates of a recurrent layer, the query,
    key and value projections of attention, the groups of a convolution.

    Examples
    --------
    A dense weight (out, in): ``Layout((0,), (1,))``. A PyTorch convolution with g groups
    (out, in/g, \*kernel): ``Layout((0,), (1,), stack=g, stack_axis=0)``; transposed
    (in, out/g, \*kernel): ``Layout((1,), (0,), stack=g, stack_axis=0)``. An LSTM's
    (4 hidden, in): ``Layout((0,), (1,), stack=4)``.
    """

    out_axes: tuple[int, ...]
    in_axes: tuple[int, ...]
    stack: int = 1
    stack_axis: int = 0

    def __post_init__(self) -> None:
        for name in ("out_axes", "in_axes"):
            value = getattr(self, name)
            try:
                object.__setattr__(self, name, tuple(map(operator.index, value)))
            except TypeError:
                raise TypeError(
                    f"layout: {name} must be a sequence of integers, not {value!r}"
                ) from None
        for name in ("stack", "stack_axis"):
            value = getattr(self, name)
            try:
                object.__setattr__(self, name, operator.index(value))
            except TypeError:
                raise TypeError(f"layout: {name} must be an integer, not {value!r}") from None


#: The layout of a dense weight (out, in), and of (out, in, *kernel).
DENSE = Layout((0,), (1,))


def layout_of(shape: Sequence[int], layout: Layout | None = None) -> Layout:
    """Return `layout`, or the one an array without a layout is taken to have.

    Two or more axes are (out, in, *kernel), as in PyTorch; one axis is the only row of a
    matrix; a scalar is a 1 x 1 matrix.
    """
    if layout is not None:
        return layout
    return Layout((0,), (1,)) if len(shape) >= 2 else Layout((), tuple(range(len(shape))))


def block_shape(shape: Sequence[int], layout: Layout) -> tuple[int, ...]:
    """Return the shape of one of the `layout.stack` maps that are packed in an array.

    Raises
    ------
    ValueError
        If an axis of the layout is not one of the array's, or the stacked axis cannot be
        divided into `layout.stack` equal parts.
    """
    if not isinstance(layout, Layout):
        raise TypeError(f"layout must be a netinit.Layout, not {layout!r}")
    axes = (*layout.out_axes, *layout.in_axes, *((layout.stack_axis,) if layout.stack > 1 else ()))
    for axis in axes:
        if not 0 <= axis < len(shape):
            raise ValueError(f"layout: axis {axis} is not an axis of the shape {tuple(shape)}")
    if layout.stack == 1:
        return tuple(shape)
    extent = shape[layout.stack_axis]
    if layout.stack < 1 or extent % layout.stack:
        raise ValueError(
            f"layout: axis {layout.stack_axis} of the shape {tuple(shape)} cannot be divided "
            f"into {layout.stack} equal parts"
        )
    block = list(shape)
    block[layout.stack_axis] = extent // layout.stack
    return tuple(block)


def matrix_shape(block: Sequence[int], layout: Layout) -> tuple[int, int]:
    """Return the shape of the matrix out x (in, kernel) that a block of an array is seen as."""
    rows = math.prod(block[axis] for axis in layout.out_axes)
    return rows, math.prod(block) // rows if rows else 0


def layout_to_json(layout: Layout) -> dict[str, Any]:
    """Return a layout as it is written in a recipe."""
    axes = {"out_axes": list(layout.out_axes), "in_axes": list(layout.in_axes)}
    if layout.stack == 1:
        return axes
    return {**axes, "stack": layout.stack, "stack_axis": layout.stack_axis}


def layout_from_json(recipe: Mapping[str, Any]) -> Layout:
    """Return the layout that `layout_to_json` wrote."""
    numbers = {key: int(recipe[key]) for key in ("stack", "stack_axis") if key in recipe}
    out_axes, in_axes = (tuple(map(int, recipe[key])) for key in ("out_axes", "in_axes"))
    return Layout(out_axes, in_axes, **numbers)
