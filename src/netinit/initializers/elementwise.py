"""Distributions that the core draws: what it is told, and the call."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from netinit import _core
from netinit.arrays.dtypes import STORAGE
from netinit.arrays.slice import Slice
from netinit.initializers.base import Distribution
from netinit.streams.stream import Stream

__all__ = ["Core", "Elementwise", "Filling", "fill_many", "filling"]

#: What the core is told: kind, mean, std, low, high.
Core = tuple[str, float, float, float, float]

#: Contiguous memory: a buffer, or an address and the number of bytes.
Memory = np.ndarray | memoryview | tuple[int, int]
#: One of many fills: contiguous memory, its dtype, the stream's key, offset and draw, and `Core`.
Filling = tuple[Memory, str, int, int, int, Core]

#: The place of a whole array in itself.
_WHOLE = (0, None)


class Elementwise(Distribution):
    """A distribution that is known to the core by its kind and four numbers (`core`)."""

    __slots__ = ()

    core: Core

    def fill(self, out: Slice, stream: Stream, threads: int | None = None) -> None:
        """Draw a slice of an array from a stream."""
        first, strides = _WHOLE if out.whole else out.place()
        _core.fill(
            out.array,
            out.dtype,
            stream.key,
            stream.offset,
            stream.draw,
            self.core,
            first,
            strides,
            threads,
        )

    def check_dtype(self, dtype: str) -> None:
        """Raise ValueError if the numbers cannot be drawn in `dtype`."""
        _check_core(self.core, dtype)


def filling(memory: Memory, dtype: str, stream: Stream, core: Core) -> Filling:
    """Return what fills a whole array, contiguous in C order, as one of many."""
    return memory, dtype, stream.key, stream.offset, stream.draw, core


def fill_many(fillings: list[Filling], threads: int | None = None) -> None:
    """Carry out many fills in one call: the small ones several at a time.

    All are checked before the first element is written.
    """
    _core.fill_many(fillings, threads)


@lru_cache(maxsize=1024)
def _check_core(core: Core, dtype: str) -> None:
    """Raise ValueError unless the core can draw: it checks an empty array, and writes nothing."""
    _core.fill(np.empty(0, STORAGE[dtype]), dtype, 0, 0, 0, core)
