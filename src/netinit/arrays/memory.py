"""New memory for arrays: aligned, and on huge pages where it is large."""

from __future__ import annotations

import math

import numpy as np

from netinit import _core
from netinit.arrays.dtypes import STORAGE

__all__ = ["advise_huge_pages", "aligned_empty"]


_ALIGNMENT = 64

#: From this size in bytes on, huge pages are asked for.
_HUGE = 4 << 20


def advise_huge_pages(address: int, nbytes: int) -> None:
    """Ask for huge pages under new memory that has not been touched, where it is large."""
    if nbytes >= _HUGE:
        _core.advise_huge_pages(address, nbytes)


def aligned_empty(shape: tuple[int, ...], dtype: str) -> np.ndarray:
    """Return a new array of `shape`, at an address divisible by 64, with undefined values.

    A type that numpy lacks is given in the dtype that stores it (`netinit.arrays.dtypes.STORAGE`).
    Large memory is put on huge pages where the system grants it.

    Raises
    ------
    MemoryError
        If there is not enough memory.

    Examples
    --------
    >>> from netinit.arrays.memory import aligned_empty
    >>> aligned_empty((3, 5), "float32").ctypes.data % 64
    0
    """
    nbytes = math.prod(shape) * STORAGE[dtype].itemsize
    try:
        raw = np.empty(nbytes + _ALIGNMENT, np.uint8)
    except (MemoryError, OverflowError, ValueError):  # the latter two from 2**63 bytes on
        size = f"{nbytes:,} bytes"
        raise MemoryError(f"no memory for an array of shape {shape} and {dtype}: {size}") from None
    address = _core.address(raw)  # in a tenth of the time of `ctypes.data`
    advise_huge_pages(address, raw.nbytes)
    return np.ndarray(shape, STORAGE[dtype], raw, -address % _ALIGNMENT)
