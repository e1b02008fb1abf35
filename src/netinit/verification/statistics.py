"""What an array holds, found in one pass at the speed of memory."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from netinit import _core
from netinit.arrays.dtypes import DRAWN, STORAGE

__all__ = ["Statistics", "Survey", "survey"]

#: How much of an array that does not lie in one piece is copied at a time.
_COPIED = 1 << 24
#: Spreads the last bytes of an array over its digest.
_ODD = 0x9E3779B97F4A7C15
#: Types of one byte that the core does not draw, and the codes that stand for NaN in them.
_NAN_CODES = {
    "float8_e4m3fnuz": (0x80,),
    "float8_e5m2fnuz": (0x80,),
    "float8_e8m0fnu": (0xFF,),
}


@dataclass(frozen=True, slots=True)
class Statistics:
    """What an array holds.

    Attributes
    ----------
    count, nans, infinities, zeros, subnormals : int
        How many elements there are in all, and of these kinds.
    repeats : int
        Words of eight bytes that are equal to the next one in memory.
    mean, std, low, high : float
        Of the finite elements; NaN where there are none, or the numbers are not read (float8 types
        that netinit does not draw).
    digest : int
        Equal for arrays of equal bytes.
    """

    count: int
    nans: int
    infinities: int
    zeros: int
    subnormals: int
    repeats: int
    mean: float
    std: float
    low: float
    high: float
    digest: int

    @property
    def finite(self) -> int:
        """How many elements are finite."""
        return self.count - self.nans - self.infinities

    @property
    def constant(self) -> bool:
        """Whether all elements are finite and equal."""
        return self.finite == self.count > 0 and self.low == self.high


class Survey:
    """Gathers the statistics of an array that comes in parts, in order.

    Parameters
    ----------
    dtype : str
        A name in `netinit.arrays.dtypes.DTYPES`.
    threads : int, optional
        At most this many threads; no bit depends on it.
    """

    def __init__(self, dtype: str, threads: int | None = None) -> None:
        self.dtype = dtype
        self._threads = threads
        self._drawn = dtype in DRAWN
        self._core: _core.Statistics | None = None
        self._counted = [0, 0, 0]  # elements, NaNs, zeros
        self._sums = [0.0, 0.0]
        self._range = (math.inf, -math.inf)

    def add(self, part: np.ndarray) -> None:
        """Take the next part: contiguous, all but the last of whole blocks of 16 KiB."""
        if self._drawn:
            self._core = _core.survey(part, self.dtype, self._core, self._threads)
            return
        words = part.view(np.uint8)
        whole = words.size // 4 * 4
        self._core = _core.survey(words[:whole], "uint32", self._core, self._threads)
        if whole < words.size:
            tail = int.from_bytes(words[whole:].tobytes(), "little") + 1
            self._core = (*self._core[:11], (self._core[11] + tail * _ODD) % 2**64)
        self._count(part)

    def _count(self, part: np.ndarray) -> None:
        """Count a part of a type that the core does not draw."""
        self._counted[0] += part.size
        codes = _NAN_CODES.get(self.dtype)
        if codes is not None:
            self._counted[1] += int(np.isin(part, codes).sum())
        elif part.size:
            self._counted[2] += part.size - int(np.count_nonzero(part))
            low, high = self._range
            self._range = (min(low, float(part.min())), max(high, float(part.max())))
            self._sums[0] += float(part.sum(dtype=np.float64))
            self._sums[1] += float(np.square(part, dtype=np.float64).sum())

    def statistics(self) -> Statistics:
        """Return the statistics of what has come so far."""
        core = self._core or (0, 0, 0, 0, 0, 0, 0.0, 0.0, 0.0, 0.0, 0.0, 0)
        if self._drawn:
            pivot, offset, squares, low, high, digest = core[6:]
            mean = pivot + offset
            finite = core[0] - core[1] - core[2]
            std = math.sqrt(squares / finite) if finite else math.nan
            if not finite:
                mean = low = high = math.nan
            return Statistics(*core[:6], mean, std, low, high, digest)
        count, nans, zeros = self._counted
        mean = std = low = high = math.nan
        if count and self.dtype not in _NAN_CODES:
            mean = self._sums[0] / count
            std = math.sqrt(max(self._sums[1] / count - mean * mean, 0.0))
            low, high = self._range
        return Statistics(count, nans, 0, zeros, 0, core[5], mean, std, low, high, core[11])


def survey(array: np.ndarray, dtype: str | None = None, threads: int | None = None) -> Statistics:
    """Return what an array holds.

    Parameters
    ----------
    array : numpy.ndarray
        Of any shape and strides, in the dtype that stores it.
    dtype : str, optional
        What it holds, where that is a type that numpy lacks.
    threads : int, optional
        At most this many threads; the result does not depend on it.

    Notes
    -----
    Moments by blocks of 16 KiB, each about a pivot of its own, joined pairwise in order: Chan,
    Golub and LeVeque, "Updating formulae and a pairwise algorithm for computing sample
    variances", 1979.

    Examples
    --------
    >>> import numpy as np
    >>> from netinit.verification.statistics import survey
    >>> found = survey(np.array([1e9, 1e9 + 1, np.nan]))
    >>> found.mean - 1e9, found.std, found.nans
    (0.5, 0.5, 1)
    """
    name = array.dtype.name if dtype is None else dtype
    if array.dtype != STORAGE[name]:
        raise TypeError(f"an array of dtype {array.dtype} cannot store {name}")
    gathered = Survey(name, threads)
    if array.flags.c_contiguous:
        gathered.add(array.reshape(-1))
        return gathered.statistics()
    flat, step = array.flat, _COPIED // array.itemsize
    for begin in range(0, array.size, step):
        gathered.add(np.ascontiguousarray(flat[begin : begin + step]))
    return gathered.statistics()
