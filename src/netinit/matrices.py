"""The two matrix rules: orthogonal matrices and the identity, on arrays of any layout.

An array holds `layout.stack` maps, blocks of equal size along `layout.stack_axis`. A block is
seen as the matrix out x (in, kernel), its axes brought into that order.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from netinit import _core
from netinit.distributions import Distribution
from netinit.fans import block_shape
from netinit.narrow import NARROW, read_numbers, round_narrow, write_numbers
from netinit.parameters import Layout
from netinit.streams import Stream

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

    There is one for each block, times `gain`. A slice is cut from whole blocks: an orthogonal
    matrix has no independent elements. Narrower types are the float32 matrix rounded once.
    """
    block = block_shape(whole, layout)
    order = (*layout.out_axes, *layout.in_axes, *_kernel_axes(len(whole), layout))
    rows = math.prod(block[axis] for axis in layout.out_axes)
    columns = math.prod(block) // rows if rows else 0
    if out.size == 0:
        return
    work = "float64" if dtype == "float64" else "float32"
    for g, inner, outer in _blocks_in_slice(out.shape, origin, block, layout):
        target = out[outer].transpose(order)
        one = Stream.from_key(stream.key, stream.offset, stream.draw + g)
        place = (one.key, one.offset, one.draw)
        if dtype == work and target.size == rows * columns and target.flags.carray:
            _core.orthogonal(target.reshape(rows, columns), work, *place, gain, threads)
            continue
        matrix = np.empty((rows, columns), work)
        _core.orthogonal(matrix, work, *place, gain, threads)
        part = matrix.reshape([block[axis] for axis in order])[tuple(inner[i] for i in order)]
        write_numbers(target, part, dtype)


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
