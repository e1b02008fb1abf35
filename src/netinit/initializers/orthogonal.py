"""Orthogonal matrices of the Haar measure, on arrays of any layout."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from netinit import _core
from netinit.arrays.dtypes import STORAGE
from netinit.arrays.narrow import write_numbers
from netinit.base.checks import number
from netinit.initializers.base import MatrixRule, Part
from netinit.shapes.layout import Layout, block_shape, layout_to_json
from netinit.streams.stream import Stream

__all__ = ["OrthogonalMatrix", "fill_orthogonal"]


@dataclass(frozen=True, slots=True)
class OrthogonalMatrix(MatrixRule):
    """A Haar-distributed (semi-)orthogonal matrix times a gain, for each map of the array.

    Parameters
    ----------
    gain : float
        Any finite number.
    layout : Layout
        How the array's axes form the matrix, out x (in, kernel).
    std : float or None
        The standard deviation that the elements of the array will show, where known.

    Notes
    -----
    The smaller side of the matrix is orthonormal: Q Q^T = gain^2 I where out <= in, else
    Q^T Q = gain^2 I. Map g of a stack is drawn from the stream's draw number plus g.
    """

    gain: float
    layout: Layout
    std: float | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "gain", number("gain", self.gain))

    @property
    def mean(self) -> float:
        """Zero: Q and -Q are equally likely."""
        return 0.0

    @property
    def constant(self) -> bool:
        """Whether the gain is 0."""
        return self.gain == 0

    def _fill(
        self, out: np.ndarray, dtype: str, stream: Stream, part: Part, threads: int | None
    ) -> None:
        fill_orthogonal(out, dtype, stream, self.gain, self.layout, *part, threads)

    def to_json(self) -> dict[str, Any]:
        """Return the initializer as it is written in a recipe."""
        return {"matrix": "orthogonal", "gain": self.gain, "layout": layout_to_json(self.layout)}

    def __str__(self) -> str:
        return f"Orthogonal({self.gain:.3g})"


def _kernel_axes(ndim: int, layout: Layout) -> tuple[int, ...]:
    mapped = {*layout.out_axes, *layout.in_axes}
    return tuple(axis for axis in range(ndim) if axis not in mapped)


def fill_orthogonal(
    out: np.ndarray,
    dtype: str,
    stream: Stream,
    gain: float,
    layout: Layout,
    whole: tuple[int, ...],
    origin: tuple[int, ...],
    threads: int | None,
) -> None:
    """Fill `out`, the slice at `origin` of an array of shape `whole`, by orthogonal matrices.

    There is one for each block, times `gain`. Whole columns of a tall block (rows of a wide one)
    are made alone; other slices cost what the whole costs, in memory of their own size and a
    panel of 64 columns. Narrower types hold the float32 matrix rounded once.
    """
    if out.size == 0:
        return
    block = block_shape(whole, layout)
    order = (*layout.out_axes, *layout.in_axes, *_kernel_axes(len(whole), layout))
    rows = math.prod(block[axis] for axis in layout.out_axes)
    matrix = (rows, math.prod(block) // rows)
    if out.shape == whole:
        stacked = _stacked(out, block, layout).transpose(0, *(axis + 1 for axis in order))
        _fill_stack(stacked, matrix, dtype, stream, gain, threads)
        return
    for g, inner, outer in _blocks_in_slice(out.shape, origin, block, layout):
        one = Stream.from_key(stream.key, stream.offset, stream.draw + g)
        extents = [range(block[axis])[inner[axis]] for axis in order]
        at = len(layout.out_axes)
        places = (
            _flat(extents[:at], [block[axis] for axis in order[:at]]),
            _flat(extents[at:], [block[axis] for axis in order[at:]]),
        )
        _fill_part(out[outer].transpose(order), matrix, places, dtype, one, gain, threads)


def _stacked(out: np.ndarray, block: tuple[int, ...], layout: Layout) -> np.ndarray:
    """Return a view of `out` with its blocks along a new first axis."""
    axis = layout.stack_axis
    split = (*block[:axis], layout.stack, *block[axis:])
    return np.moveaxis(out.reshape(split), axis, 0)


def _flat(extents: list[range], shape: list[int]) -> np.ndarray:
    """Return the flat indices of a rectangular part of an array of `shape`, ascending."""
    flat = np.zeros(1, np.intp)
    for extent, n in zip(extents, shape, strict=True):
        flat = (flat[:, None] * n + np.asarray(extent)).ravel()
    return flat


def _core_call(
    out: np.ndarray,
    dtype: str,
    stream: Stream,
    gain: float,
    threads: int | None,
    shape: tuple[int, int] | None = None,
    start: tuple[int, int] = (0, 0),
) -> None:
    """Have the core make a stack of matrices, or parts at `start` of matrices of `shape`."""
    place = (stream.key, stream.offset, stream.draw)
    if dtype.startswith("float8"):
        made = np.empty(out.shape, np.float32)
        _core.orthogonal(made, "float32", *place, gain, shape, start, threads)
        write_numbers(out, made, dtype)
    else:
        _core.orthogonal(out, dtype, *place, gain, shape, start, threads)


def _fill_stack(
    out: np.ndarray,
    matrix: tuple[int, int],
    dtype: str,
    stream: Stream,
    gain: float,
    threads: int | None,
) -> None:
    """Fill a stack of blocks, their axes in the matrix's order, in one call."""
    flat = out.reshape(len(out), *matrix)
    _core_call(flat, dtype, stream, gain, threads)
    if not np.may_share_memory(flat, out):  # axes that no strides can merge: it was a copy
        out[...] = flat.reshape(out.shape)


def _fill_part(
    out: np.ndarray,
    matrix: tuple[int, int],
    places: tuple[np.ndarray, np.ndarray],
    dtype: str,
    stream: Stream,
    gain: float,
    threads: int | None,
) -> None:
    """Fill the part of a matrix at the rows and columns `places`, its axes in their order.

    The core makes whole ranges of rows and columns; where the part has gaps, the range around
    it is made aside.
    """
    rows, columns = places
    start = int(rows[0]), int(columns[0])
    around = int(rows[-1]) + 1 - start[0], int(columns[-1]) + 1 - start[1]
    whole = around == (len(rows), len(columns))
    made = out.reshape(1, *around) if whole else np.empty((1, *around), STORAGE[dtype])
    _core_call(made, dtype, stream, gain, threads, shape=matrix, start=start)
    if whole and np.may_share_memory(made, out):
        return
    part = made[0] if whole else made[0][np.ix_(rows - start[0], columns - start[1])]
    out[...] = part.reshape(out.shape)


def _blocks_in_slice(
    part: tuple[int, ...], origin: tuple[int, ...], block: tuple[int, ...], layout: Layout
) -> Iterator[tuple[int, list[slice], tuple[slice, ...]]]:
    """Yield each block that a slice meets: its number, where it is met, and where in the slice."""
    inner = [slice(first, first + n) for first, n in zip(origin, part, strict=True)]
    if layout.stack == 1:
        yield 0, inner, (slice(None),) * len(part)
        return
    axis = layout.stack_axis
    extent, first, stop = block[axis], origin[axis], origin[axis] + part[axis]
    for g in range(first // extent, -(-stop // extent)):
        low, high = max(first, g * extent), min(stop, (g + 1) * extent)
        met = list(inner)
        met[axis] = slice(low - g * extent, high - g * extent)
        there = [slice(None)] * len(part)
        there[axis] = slice(low - first, high - first)
        yield g, met, tuple(there)
