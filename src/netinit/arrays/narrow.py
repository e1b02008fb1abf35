"""The types that numpy lacks: their bits in unsigned integers, and the numbers that they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["NARROW", "read_numbers", "round_narrow", "write_numbers"]


@dataclass(frozen=True, slots=True)
class Narrow:
    """A binary format narrower than float32.

    Attributes
    ----------
    storage : numpy.dtype
        The unsigned integers that hold the bits.
    fraction : int
        Bits of the significand after its point.
    min_exponent : int
        The smallest normal number is 2**min_exponent.
    max : float
        The largest finite number.
    infinities : bool
        Whether there are infinities, between the finite numbers and NaN.
    """

    storage: np.dtype
    fraction: int
    min_exponent: int
    max: float
    infinities: bool

    @property
    def sign(self) -> int:
        """The bit of the sign; what is below it is the size."""
        return 1 << (8 * self.storage.itemsize - 1)

    @property
    def beyond(self) -> int:
        """The size that follows the largest finite one: infinity, or else the one NaN."""
        top = self.sign - 1
        return top >> self.fraction << self.fraction if self.infinities else top


#: Each by the name that ml_dtypes and torch have for it.
NARROW = {
    "bfloat16": Narrow(np.dtype("uint16"), 7, -126, (2 - 2.0**-7) * 2.0**127, True),
    "float8_e4m3fn": Narrow(np.dtype("uint8"), 3, -6, 448.0, False),
    "float8_e5m2": Narrow(np.dtype("uint8"), 2, -14, 57344.0, True),
}


def round_narrow(values: Any, dtype: str) -> np.ndarray:
    """Return the bits of real numbers rounded once to a type of `NARROW`, to nearest even.

    What is beyond its range becomes infinite, or NaN in a type without infinities; NaN stays
    NaN.

    Examples
    --------
    >>> from netinit.arrays.narrow import round_narrow
    >>> [hex(bits) for bits in round_narrow([1.0, 1.0625, 448, 1e-9], "float8_e4m3fn")]
    ['0x38', '0x38', '0x7e', '0x0']
    """
    kind = NARROW[dtype]
    with np.errstate(invalid="ignore"):  # of signalling NaN
        numbers = np.asarray(values, np.float64)
    bits = numbers.view(np.uint64)
    size = bits & np.uint64(2**63 - 1)
    dropped, smallest = 52 - kind.fraction, 1023 + kind.min_exponent
    half, rebias = np.uint64((1 << (dropped - 1)) - 1), np.uint64((smallest - 1) << 52)
    odd = (size >> np.uint64(dropped)) & np.uint64(1)
    normal = (size - rebias + half + odd) >> np.uint64(dropped)
    # Below the normal numbers adding 2**52 quanta leaves the quantum as the last bit.
    quanta = 2.0 ** (kind.min_exponent + dropped)
    tiny = size < np.uint64(smallest << 52)
    small = np.where(tiny, np.abs(numbers), 0) + quanta
    rounded = np.where(tiny, small.view(np.uint64) - np.float64(quanta).view(np.uint64), normal)
    rounded = np.minimum(rounded, np.uint64(kind.beyond))
    rounded = np.where(np.isnan(numbers), np.uint64(kind.sign - 1), rounded)
    sign = (bits >> np.uint64(63)) * np.uint64(kind.sign)
    stored: np.ndarray = (rounded | sign).astype(kind.storage)
    return stored


def read_numbers(memory: np.ndarray, dtype: str) -> np.ndarray:
    """Return the numbers in memory of `dtype`: the array itself, or float32 for `NARROW`."""
    if dtype not in NARROW:
        return memory
    kind = NARROW[dtype]
    size = (memory & (kind.sign - 1)).astype(np.uint32)
    finite = np.where(size < kind.beyond, size, np.uint32(0)) << np.uint32(23 - kind.fraction)
    numbers = finite.view(np.float32) * np.float32(2.0 ** (126 + kind.min_exponent))
    if (size >= kind.beyond).any():
        special = np.where(kind.infinities & (size == kind.beyond), np.inf, np.nan)
        numbers = np.where(size < kind.beyond, numbers, special.astype(np.float32))
    signed: np.ndarray = np.where(memory & kind.sign != 0, -numbers, numbers)
    return signed


def write_numbers(out: np.ndarray, values: np.ndarray, dtype: str) -> None:
    """Assign real numbers to memory of `dtype`, each rounded once to nearest even.

    What is beyond its range becomes infinite (NaN where there is no infinity), as in any
    conversion of numpy's.
    """
    with np.errstate(over="ignore"):
        out[...] = round_narrow(values, dtype) if dtype in NARROW else values
