"""The two matrix rules: orthogonal matrices and the identity, on arrays of any layout.

An array holds `layout.stack` maps, blocks of equal size along `layout.stack_axis`. A block is
seen as the matrix out x (in, kernel), its axes brought into that order.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from netinit import _core
from netinit.arrays.dtypes import STORAGE
from netinit.arrays.narrow import NARROW, read_numbers, round_narrow, write_numbers
from netinit.distribution import Distribution
from netinit.shapes.layout import Layout, block_shape
from netinit.streams.stream import Stream

__all__ = ["fill_identity", "fill_orthogonal"]


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


def fill_identity(
    out: np.ndarray,
    dtype: str,
    stream: Stream,
    noise: Distribution,
    layout: Layout,
    whole: tuple[int, ...],
    origin: tuple[int, ...],
    threads: int | None,
) -> None:
    """Fill `out`, the slice at `origin` of an array of shape `whole`, by noise and ones.

    The ones are added on those parts of the blocks' diagonals that lie in the slice.
    """
    block = block_shape(whole, layout)
    noise.fill(out, dtype, stream, shape=whole, start=origin, threads=threads)
    if out.size == 0:
        return
    for g in range(layout.stack):
        at = _diagonal(block, layout)
        if layout.stack > 1:
            at[layout.stack_axis] = at[layout.stack_axis] + g * block[layout.stack_axis]
        at = [index - first for index, first in zip(at, origin, strict=True)]
        inside = np.logical_and.reduce(
            [(index >= 0) & (index < n) for index, n in zip(at, out.shape, strict=True)]
        )
        _add_one(out, tuple(index[inside] for index in at), dtype)


def _diagonal(block: tuple[int, ...], layout: Layout) -> list[np.ndarray]:
    """Return the multi-indices of a block's ones: an array of indices for each axis."""
    out_extents = [block[axis] for axis in layout.out_axes]
    in_extents = [block[axis] for axis in layout.in_axes]
    ones = np.arange(min(math.prod(out_extents), math.prod(in_extents)))
    at = [np.full(ones.shape, n // 2) for n in block]  # the centre, for the kernel's axes
    for axes, extents in ((layout.out_axes, out_extents), (layout.in_axes, in_extents)):
        if axes:
            for axis, index in zip(axes, np.unravel_index(ones, extents), strict=True):
                at[axis] = index
    return at


def _add_one(out: np.ndarray, at: tuple[np.ndarray, ...], dtype: str) -> None:
    """Add 1 to the elements of `out` at the multi-indices `at`."""
    if dtype in NARROW:
        out[at] = round_narrow(read_numbers(out[at], dtype).astype(np.float64) + 1, dtype)
    else:
        out[at] += 1
