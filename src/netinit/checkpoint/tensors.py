"""The bytes of one tensor, any range of them, made from its initializer and stream."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass

import numpy as np

from netinit.arrays.dtypes import DTYPES, STORAGE
from netinit.arrays.slice import Slice
from netinit.initializers.base import Initializer
from netinit.plans.execute import FlatRanges
from netinit.streams.stream import Stream

__all__ = ["StreamedTensor", "TensorBytes", "TensorDigest"]


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


class StreamedTensor(TensorBytes):
    """One tensor whose ranges are made in several threads at once, each by one thread.

    Parameters
    ----------
    initializer, stream, shape, dtype
        As `FlatRanges` has them.
    threads : int, optional
        At most this many threads make it, where it has to be made whole.
    """

    def __init__(
        self,
        initializer: Initializer,
        stream: Stream,
        shape: tuple[int, ...],
        dtype: str,
        threads: int | None = None,
    ) -> None:
        super().__init__(initializer, stream, shape, dtype, 1)
        self._most = threads

    @property
    def whole(self) -> bool:
        """Whether it is made at once, for it cannot be made in ranges."""
        return self._flat is None

    def make(self, alone: bool) -> np.ndarray:
        """Return all bytes; `alone` where no other large tensor is being made."""
        made = np.empty(self.shape, STORAGE[self.dtype])
        threads = self._most if alone else 1
        self.initializer.fill(Slice(made, self.dtype), self.stream, threads)
        if sys.byteorder == "big":
            made.byteswap(inplace=True)
        return made.reshape(-1).view(np.uint8)
