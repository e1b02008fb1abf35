"""The bytes of one tensor, any range of them, made from its initializer and stream."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass

import numpy as np

from netinit.arrays.dtypes import DTYPES, STORAGE
from netinit.plans.execute import FlatRanges

__all__ = ["CHUNK_BYTES", "TensorBytes", "TensorDigest"]

#: How many bytes are made, written or compared at a time: few enough to stay in cache between
#: the making and the writing, enough for the threads to share.
CHUNK_BYTES = 8 << 20


@dataclass(frozen=True, slots=True)
class TensorDigest:
    """One tensor that was computed, of which only the SHA-256 of its bytes is known.

    Raises
    ------
    TypeError, ValueError
        If `sha256` is not 64 hexadecimal digits.
    """

    computed: str
    sha256: str

    def __post_init__(self) -> None:
        if not isinstance(self.computed, str) or not isinstance(self.sha256, str):
            raise TypeError("computed and sha256 must be texts")
        if not re.fullmatch("[0-9a-f]{64}", self.sha256):
            raise ValueError(f"sha256 must be 64 hexadecimal digits, not {self.sha256[:70]!r}")


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
