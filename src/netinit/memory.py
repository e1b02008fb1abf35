"""New memory for arrays: aligned, and on huge pages where it is large."""

from __future__ import annotations

import math

import numpy as np

from netinit import _core
from netinit.parameters import DTYPES

__all__ = ["aligned_empty"]

_ALIGNMENT = 64
#: From this size on, huge pages are asked for, before the first touch.
_HUGE = 4 << 20


def aligned_empty(shape: tuple[int, ...], dtype: str) -> np.ndarray:
    """Return a new array of `shape`, at an address divisible by 64, with undefined values.

    bfloat16 is given as uint16. Large memory is put on huge pages where the system grants it.

    Raises
    ------
    MemoryError
        If there is not enough memory.

    Examples
    --------
    >>> from netinit.memory import aligned_empty
    >>> aligned_empty((3, 5), "float32").ctypes.data % 64
    0
    """
    nbytes = math.prod(shape) * DTYPES[dtype]
    raw = np.empty(nbytes + _ALIGNMENT, np.uint8)
    offset = -raw.ctypes.data % _ALIGNMENT
    if nbytes >= _HUGE:
        _core.advise_huge_pages(raw.ctypes.data, raw.nbytes)
    storage = "uint16" if dtype == "bfloat16" else dtype
    return raw[offset : offset + nbytes].view(storage).reshape(shape)
