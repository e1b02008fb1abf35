"""Layouts: which axes of an array are the outputs and inputs of its linear map."""

from __future__ import annotations

import math
import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

__all__ = [
    "DENSE",
    "Layout",
    "block_shape",
    "layout_from_json",
    "layout_of",
    "layout_to_json",
    "matrix_shape",
    "piece_shapes",
    "refitted",
]


@dataclass(frozen=True, slots=True)
class Layout:
    r"""Which axes of a weight array are outputs and inputs of its linear map.

    Axes that are neither are the kernel (receptive field) of a convolution. `stack` maps of
    equal size may be packed along `stack_axis`: the gates of a recurrent layer, the query,
    key and value projections of attention, the groups of a convolution.

    Maps that are no equal blocks are `pieces`: their extents along `piece_axis`, one after the
    other, again and again to the end of the axis. What has one place in each round is one map:
    ``pieces=(64, 16, 16)`` cuts 96 rows into three maps, and 192 rows too, the first of them of
    128 rows. Each block of a stack is cut so; `piece_axis` is then another axis than
    `stack_axis`.

    Examples
    --------
    A dense weight (out, in): ``Layout((0,), (1,))``. A PyTorch convolution with g groups
    (out, in/g, \*kernel): ``Layout((0,), (1,), stack=g, stack_axis=0)``; transposed
    (in, out/g, \*kernel): ``Layout((1,), (0,), stack=g, stack_axis=0)``. An LSTM's
    (4 hidden, in): ``Layout((0,), (1,), stack=4)``. Query, key and value of grouped heads:
    ``Layout((0,), (1,), pieces=(64, 16, 16))``.
    """

    out_axes: tuple[int, ...]
    in_axes: tuple[int, ...]
    stack: int = 1
    stack_axis: int = 0
    pieces: tuple[int, ...] = ()
    piece_axis: int = 0

    def __post_init__(self) -> None:
        for name in ("out_axes", "in_axes", "pieces"):
            value = getattr(self, name)
            try:
                object.__setattr__(self, name, tuple(map(operator.index, value)))
            except TypeError:
                raise TypeError(
                    f"layout: {name} must be a sequence of integers, not {value!r}"
                ) from None
        for name in ("stack", "stack_axis", "piece_axis"):
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
        If an axis of the layout is not one of the array's, the stacked axis cannot be divided
        into `layout.stack` equal parts, or the layout has pieces: each is a map of its own.
    """
    if not isinstance(layout, Layout):
        raise TypeError(f"layout must be a netinit.Layout, not {layout!r}")
    if layout.pieces:
        raise ValueError(
            f"layout: the pieces {layout.pieces} are maps of their own, and one initializer fills "
            "one: give each piece its own in netinit.initializers.Maps"
        )
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


def piece_shapes(shape: Sequence[int], layout: Layout) -> list[tuple[int, ...]]:
    """Return the shape of each of a layout's pieces, or of the array where it has none.

    Raises
    ------
    ValueError
        If the axis of the pieces is not one of the array's or is the stacked one, a piece is
        less than 1, or the axis cannot be divided into rounds of all pieces.

    Examples
    --------
    >>> from netinit import Layout
    >>> from netinit.shapes.layout import piece_shapes
    >>> piece_shapes((96, 64), Layout((0,), (1,), pieces=(64, 16, 16)))
    [(64, 64), (16, 64), (16, 64)]
    """
    if not layout.pieces:
        return [tuple(shape)]
    axis, pieces = layout.piece_axis, layout.pieces
    if not 0 <= axis < len(shape) or (layout.stack > 1 and axis == layout.stack_axis):
        raise ValueError(f"layout: axis {axis} of the shape {tuple(shape)} cannot be cut in pieces")
    if min(pieces) < 1 or shape[axis] % sum(pieces):
        raise ValueError(
            f"layout: axis {axis} of the shape {tuple(shape)} cannot be cut into the pieces "
            f"{pieces}, which must be at least 1 and together divide it"
        )
    rounds = shape[axis] // sum(pieces)
    return [(*shape[:axis], rounds * n, *shape[axis + 1 :]) for n in pieces]


def refitted(layout: Layout | None, shape: Sequence[int], other: Sequence[int]) -> Layout | None:
    """Return the layout of an array of `shape` for a wider or narrower one of the shape `other`.

    Rounds of pieces become more or fewer; a single round grows or shrinks as the axis does.
    Where neither fits, the other array is taken as one map.

    Examples
    --------
    >>> from netinit import Layout
    >>> from netinit.shapes.layout import refitted
    >>> refitted(Layout((0,), (1,), pieces=(64, 16, 16)), (96, 64), (48, 32)).pieces
    (32, 8, 8)
    """
    if layout is None or not layout.pieces:
        return layout
    here, there, once = shape[layout.piece_axis], other[layout.piece_axis], sum(layout.pieces)
    if here != once:
        return layout if there % once == 0 else replace(layout, pieces=())
    whole = all(n * there % here == 0 for n in layout.pieces)
    return replace(layout, pieces=tuple(n * there // here for n in layout.pieces) if whole else ())


def matrix_shape(block: Sequence[int], layout: Layout) -> tuple[int, int]:
    """Return the shape of the matrix out x (in, kernel) that a block of an array is seen as."""
    rows = math.prod(block[axis] for axis in layout.out_axes)
    return rows, math.prod(block) // rows if rows else 0


def layout_to_json(layout: Layout) -> dict[str, Any]:
    """Return a layout as it is written in a recipe."""
    written: dict[str, Any] = {
        "out_axes": list(layout.out_axes),
        "in_axes": list(layout.in_axes),
    }
    if layout.stack != 1:
        written |= {"stack": layout.stack, "stack_axis": layout.stack_axis}
    if layout.pieces:
        written |= {"pieces": list(layout.pieces), "piece_axis": layout.piece_axis}
    return written


def layout_from_json(recipe: Mapping[str, Any]) -> Layout:
    """Return the layout that `layout_to_json` wrote."""
    numbers = ("stack", "stack_axis", "piece_axis")
    single = {key: int(recipe[key]) for key in numbers if key in recipe}
    out_axes, in_axes = (tuple(map(int, recipe[key])) for key in ("out_axes", "in_axes"))
    return Layout(out_axes, in_axes, **single, pieces=tuple(map(int, recipe.get("pieces", ()))))
