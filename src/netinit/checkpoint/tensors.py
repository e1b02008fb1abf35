"""The bytes of one tensor, any range of them, made from its initializer and stream."""

from __future__ import annotations

import math
import sys

import numpy as np

from netinit.api.fill import fill_array
from netinit.arrays.dtypes import DTYPES, STORAGE
from netinit.initializers.base import Initializer
from netinit.initializers.elementwise import Distribution
from netinit.streams.stream import Stream

__all__ = ["CHUNK_BYTES", "TensorBytes"]

#: How many bytes are made, written or compared at a time: few enough to stay in cache between
#: the making and the writing, enough for the threads to share.
CHUNK_BYTES = 8 << 20


class TensorBytes:
    """One tensor as a sequence of little-endian bytes, of which any range can be made.

    A distribution makes just the range asked for. A matrix rule (orthogonal, identity) has no
    such cut: its tensor is made whole at the first range and kept until the last byte is taken,
    so the ranges of such a tensor should come in order.

    Parameters
    ----------
    initializer, stream : Initializer, Stream
        What the tensor is drawn from.
    shape, dtype : tuple of int, str
        Of the whole tensor; the dtype one of ``DTYPES``.
    zero_row : int or None
        The row along axis 0 that is zero.
    threads : int or None
        As `netinit.fill` takes it.
    """

    def __init__(
        self,
        initializer: Initializer,
        stream: Stream,
        shape: tuple[int, ...],
        dtype: str,
        *,
        zero_row: int | None = None,
        threads: int | None = None,
    ) -> None:
        self.initializer = initializer
        self.stream = stream
        self.shape = shape
        self.dtype = dtype
        self.size = math.prod(shape)
        self.nbytes = self.size * DTYPES[dtype]
        self.threads = threads
        self._zero = _elements_of_row(shape, zero_row)
        self._whole: np.ndarray | None = None

    def fill(self, out: np.ndarray, begin: int) -> None:
        """Write bytes `begin` to ``begin + len(out)`` into `out`, a C-contiguous uint8 array.

        Both ends must lie between elements.
        """
        itemsize = DTYPES[self.dtype]
        elements = out.view(STORAGE[self.dtype])
        first = begin // itemsize
        if isinstance(self.initializer, Distribution):
            self._draw(elements, (self.size,), (first,))
        else:
            self._copy(elements, first)
        zero_begin, zero_end = self._zero
        elements[max(zero_begin - first, 0) : max(zero_end - first, 0)] = 0
        if sys.byteorder == "big":
            elements.byteswap(inplace=True)

    def _draw(self, out: np.ndarray, shape: tuple[int, ...], start: tuple[int, ...] | None) -> None:
        fill_array(
            out,
            self.dtype,
            self.initializer,
            self.stream,
            shape=shape,
            start=start,
            threads=self.threads,
        )

    def _copy(self, elements: np.ndarray, first: int) -> None:
        if self._whole is None:
            whole = np.empty(self.shape, STORAGE[self.dtype])
            self._draw(whole, self.shape, None)
            self._whole = whole.reshape(-1)
        end = first + len(elements)
        elements[:] = self._whole[first:end]
        if end == self.size:
            self._whole = None


def _elements_of_row(shape: tuple[int, ...], row: int | None) -> tuple[int, int]:
    """Return the first element of `row` (an index along axis 0) and the one after its last."""
    if row is None:
        return 0, 0
    width = math.prod(shape[1:])
    return row * width, (row + 1) * width
