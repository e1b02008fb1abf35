"""Hadamard matrices: what makes a net of zeros and ones only learn."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from netinit.arrays.narrow import write_numbers
from netinit.arrays.slice import Slice
from netinit.initializers.base import Initializer
from netinit.shapes.layout import DENSE, Layout, block_shape, layout_to_json
from netinit.streams.stream import Stream

__all__ = ["Hadamard"]


@dataclass(frozen=True, slots=True)
class Hadamard(Initializer):
    r"""The leading block of a normalized Hadamard matrix, centred in a convolution's kernel.

    Parameters
    ----------
    layout : Layout, default (out, in, \*kernel)
        How the array's axes form the matrix.

    Notes
    -----
    With m outputs, c = ceil(log2 m) and p = 2**c, the matrix is I(m, p) H(p) I(p, n) / 2**(c/2)
    for n inputs, where H(p)[i, j] = (-1)**(number of common bits of i and j) and I(a, b) is the
    partial identity. Zhao, Schäfer, Anandkumar: ZerO initialization, TMLR 2022.

    Examples
    --------
    >>> import netinit
    >>> 2 * netinit.create((4, 2), netinit.initializers.Hadamard())
    array([[ 1.,  1.],
           [ 1., -1.],
           [ 1.,  1.],
           [ 1., -1.]], dtype=float32)
    """

    layout: Layout = DENSE

    def check_shape(self, shape: tuple[int, ...]) -> None:
        """Raise ValueError unless `shape` has the axes of the layout."""
        block_shape(shape, self.layout)

    def fill(self, out: Slice, stream: Stream, threads: int | None = None) -> None:
        """Fill a slice of an array from a stream."""
        layout = self.layout
        block = block_shape(out.shape, layout)
        index = _indices(out.array.shape, out.start, block)
        i, j = (_flattened(index, axes, block) for axes in (layout.out_axes, layout.in_axes))
        bits = max(0, math.prod(block[axis] for axis in layout.out_axes) - 1).bit_length()
        scale = 2 ** (-bits / 2)
        # Inputs beyond the matrix have no column in it.
        values = np.where(_odd(i & j), -scale, scale) * (j < 1 << bits)
        for axis in range(len(block)):
            if axis not in (*layout.out_axes, *layout.in_axes):  # the kernel
                values = values * (index[axis] == block[axis] // 2)
        write_numbers(out.array, np.broadcast_to(values, out.array.shape), out.dtype)

    def to_json(self) -> dict[str, Any]:
        """Return the initializer as it is written in a recipe."""
        return {"pattern": "hadamard", "layout": layout_to_json(self.layout)}

    def __str__(self) -> str:
        return "Hadamard"


def _indices(
    part: tuple[int, ...], origin: tuple[int, ...], block: tuple[int, ...]
) -> list[np.ndarray]:
    """Return the indices within a block of a slice's elements, one broadcastable array an axis."""
    ranges = [
        np.arange(first, first + n) % max(1, extent)
        for n, first, extent in zip(part, origin, block, strict=True)
    ]
    return list(np.ix_(*ranges))


def _flattened(
    index: list[np.ndarray], axes: tuple[int, ...], block: tuple[int, ...]
) -> np.ndarray:
    """Return the number of each output, or input, counted over several axes in C order."""
    number = np.zeros((1,) * len(block), np.int64)
    for axis in axes:
        number = number * block[axis] + index[axis]
    return number


def _odd(numbers: np.ndarray) -> np.ndarray:
    """Return whether each number has an odd number of bits set."""
    for shift in (32, 16, 8, 4, 2, 1):
        numbers = numbers ^ (numbers >> shift)
    odd: np.ndarray = (numbers & 1).astype(bool)
    return odd
