"""Orthogonal matrices of the Haar measure, on arrays of any layout.

An array holds `layout.stack` maps, blocks of equal size along `layout.stack_axis`. A block is
seen as the matrix out x (in, kernel), its axes brought into that order.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from netinit import _core
from netinit.arrays.narrow import NARROW, write_numbers
from netinit.arrays.slice import Slice
from netinit.base.checks import number
from netinit.initializers.base import Initializer
from netinit.shapes.layout import Layout, block_shape, layout_of, layout_to_json, matrix_shape
from netinit.streams.stream import Stream

__all__ = ["Orthogonal"]


@dataclass(frozen=True, slots=True)
class Orthogonal(Initializer):
    """A Haar-distributed (semi-)orthogonal matrix times a gain, for each map of the array.

    Parameters
    ----------
    gain : float, default 1
        Any finite number.
    layout : Layout, optional
        How the array's axes form the matrix, out x (in, kernel); (out, in, *kernel) where not
        given.
    std : float or None
        The standard deviation that the elements of the array will show, where known.

    Raises
    ------
    ValueError
        If the gain is not finite; when filling, if an axis of the layout is not one of the
        array's.

    Notes
    -----
    The smaller side of the matrix is orthonormal: Q Q^T = gain^2 I where out <= in, else
    Q^T Q = gain^2 I. Map g of a stack is drawn from the stream's draw number plus g. Saxe,
    McClelland, Ganguli: Exact solutions to the nonlinear dynamics of learning in deep linear
    neural networks, ICLR 2014; Mezzadri: How to generate random matrices from the classical
    compact groups, 2007.

    Examples
    --------
    >>> import netinit
    >>> q = netinit.create((2, 5), netinit.initializers.Orthogonal(), dtype="float64")
    >>> (q @ q.T).round(12) + 0
    array([[1., 0.],
           [0., 1.]])
    """

    gain: float = 1.0
    layout: Layout | None = None
    std: float | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "gain", number("gain", self.gain))

    @classmethod
    def of_shape(
        cls, shape: tuple[int, ...], layout: Layout | None = None, gain: float = 1.0
    ) -> Orthogonal:
        """Return the initializer for an array of `shape`, with the std that it will show."""
        layout = layout_of(shape, layout)
        rows, columns = matrix_shape(block_shape(shape, layout), layout)
        longer = max(rows, columns)
        gain = number("gain", gain)
        return cls(gain, layout, abs(gain) / math.sqrt(longer) if longer else 0.0)

    @property
    def mean(self) -> float:
        """Zero: Q and -Q are equally likely."""
        return 0.0

    @property
    def constant(self) -> bool:
        """Whether the gain is 0."""
        return self.gain == 0

    def check_shape(self, shape: tuple[int, ...]) -> None:
        """Raise ValueError unless `shape` has the axes of the layout."""
        block_shape(shape, layout_of(shape, self.layout))

    def check_dtype(self, dtype: str) -> None:
        """Raise ValueError if a matrix times the gain may be infinite in `dtype`."""
        largest = NARROW[dtype].max if dtype in NARROW else float(np.finfo(dtype).max)
        if abs(self.gain) > largest:
            raise ValueError(f"gain must be at most {largest:.6g} for {dtype}, not {self.gain!r}")

    def fill(self, out: Slice, stream: Stream, threads: int | None = None) -> None:
        """Fill a slice of an array from a stream.

        Whole columns of a tall block (rows of a wide one) are made alone; other slices cost what
        the whole costs, in memory of their own size and a panel of 64 columns. Narrower types
        hold the float32 matrix rounded once.
        """
        if out.array.size == 0:
            return
        layout = layout_of(out.shape, self.layout)
        block = block_shape(out.shape, layout)
        if out.whole or out.array.shape == out.shape:
            _fill_stack(out, block, layout, self._call(out.dtype, stream, threads))
            return
        for g, inner, outer in _blocks_in_slice(out, block, layout):
            one = Stream.from_key(stream.key, stream.offset, (stream.draw + g) % (1 << 32))
            call = self._call(out.dtype, one, threads)
            _fill_part(out.array[outer], inner, block, layout, call)

    def _call(self, dtype: str, stream: Stream, threads: int | None) -> _Call:
        """Return what has the core make a stack of matrices, or parts at `start` of them."""

        def call(
            out: np.ndarray,
            shape: tuple[int, int] | None = None,
            start: tuple[int, int] = (0, 0),
        ) -> None:
            place = (stream.key, stream.offset, stream.draw, self.gain, shape, start, threads)
            if dtype.startswith("float8"):
                made = np.empty(out.shape, np.float32)
                _core.orthogonal(made, "float32", *place)
                write_numbers(out, made, dtype)
            else:
                _core.orthogonal(out, dtype, *place)

        return call

    def to_json(self) -> dict[str, Any]:
        """Return the initializer as it is written in a recipe."""
        recipe: dict[str, Any] = {"matrix": "orthogonal", "gain": self.gain}
        return recipe if self.layout is None else recipe | {"layout": layout_to_json(self.layout)}

    def __str__(self) -> str:
        return f"Orthogonal({self.gain:.3g})"


#: Has the core write a stack of matrices of one shape, or parts of them.
_Call = Callable[..., None]


def _order(block: tuple[int, ...], layout: Layout) -> tuple[int, ...]:
    """Return the array's axes in the matrix's order: out, then in, then the kernel."""
    mapped = (*layout.out_axes, *layout.in_axes)
    return (*mapped, *(axis for axis in range(len(block)) if axis not in mapped))


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


def _fill_stack(out: Slice, block: tuple[int, ...], layout: Layout, call: _Call) -> None:
    """Fill a whole array, a stack of blocks, in one call."""
    order = (0, *(axis + 1 for axis in _order(block, layout)))
    stacked = _stacked(out.array, block, layout).transpose(order)
    flat = stacked.reshape(len(stacked), *matrix_shape(block, layout))
    call(flat)
    if not np.may_share_memory(flat, stacked):  # axes that no strides can merge: it was a copy
        stacked[...] = flat.reshape(stacked.shape)


def _fill_part(
    out: np.ndarray, inner: list[slice], block: tuple[int, ...], layout: Layout, call: _Call
) -> None:
    """Fill the part `inner` of a block.

    The core makes whole ranges of rows and columns of the matrix; where the part has gaps, the
    range around it is made aside.
    """
    order = _order(block, layout)
    out = out.transpose(order)
    extents = [range(block[axis])[inner[axis]] for axis in order]
    lengths, at = [block[axis] for axis in order], len(layout.out_axes)
    rows, columns = _flat(extents[:at], lengths[:at]), _flat(extents[at:], lengths[at:])
    start = int(rows[0]), int(columns[0])
    around = int(rows[-1]) + 1 - start[0], int(columns[-1]) + 1 - start[1]
    whole = around == (len(rows), len(columns))
    made = out.reshape(1, *around) if whole else np.empty((1, *around), out.dtype)
    call(made, matrix_shape(block, layout), start)
    if whole and np.may_share_memory(made, out):
        return
    part = made[0] if whole else made[0][np.ix_(rows - start[0], columns - start[1])]
    out[...] = part.reshape(out.shape)


def _blocks_in_slice(
    out: Slice, block: tuple[int, ...], layout: Layout
) -> Iterator[tuple[int, list[slice], tuple[slice, ...]]]:
    """Yield each block that a slice meets: its number, where it is met, and where in the slice."""
    inner = list(out.index())
    if layout.stack == 1:
        yield 0, inner, (slice(None),) * len(inner)
        return
    axis = layout.stack_axis
    extent, first, stop = block[axis], inner[axis].start, inner[axis].stop
    for g in range(first // extent, -(-stop // extent)):
        low, high = max(first, g * extent), min(stop, (g + 1) * extent)
        met = list(inner)
        met[axis] = slice(low - g * extent, high - g * extent)
        there = [slice(None)] * len(inner)
        there[axis] = slice(low - first, high - first)
        yield g, met, tuple(there)
