"""The bytes of one tensor, any range of them, made from its initializer and stream."""

from __future__ import annotations

import sys

import numpy as np

from netinit.arrays.dtypes import DTYPES, STORAGE
from netinit.plans.execute import FlatRanges

__all__ = ["CHUNK_BYTES", "TensorBytes"]

#: How many bytes are made, written or compared at a time: few enough to stay in cache between
#: the making and the writing, enough for the threads to share.
CHUNK_BYTES = 8 << 20


class TensorBytes(FlatRanges):
    """One tensor as a sequence of little-endian bytes, of which any range can be made."""

    @property
    def nbytes(self) -> int:
        """The number of bytes of the tensor."""
        return self.size * DTYPES[self.dtype]

    def write(self, out: np.ndarray, begin: int) -> None:
        """Write bytes `begin` to ``begin + len(out)`` into `out`, a C-contiguous uint8 array.

        Both ends must lie between elements.
        """
        elements = out.view(STORAGE[self.dtype])
        self.fill(elements, begin // DTYPES[self.dtype])
        if sys.byteorder == "big":
            elements.byteswap(inplace=True)
