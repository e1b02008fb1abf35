"""The arithmetic of formats.py on whole numpy arrays, element by element, for matrices.

numpy's + - x / sqrt round once in the type of their arrays; fma is made of them by the method of
Boldo and Melquiond (2008): the exact sum of three numbers, the smaller two of them rounded to odd.
Right as long as nothing leaves the normal range.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64] | NDArray[np.float32]


def two_sum(a: Floats, b: Floats) -> tuple[Floats, Floats]:
    """Return a + b rounded, and what rounding took."""
    s = a + b
    z = s - a
    return s, (a - (s - z)) + (b - z)


def two_product(a: NDArray[np.float64], b: NDArray[np.float64]) -> tuple[Floats, Floats]:
    """Return a x b rounded, and what rounding took, by the halves of the digits."""
    p = a * b
    (ah, al), (bh, bl) = _halves(a), _halves(b)
    return p, ((ah * bh - p) + ah * bl + al * bh) + al * bl


def _halves(a: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    c = a * 134217729.0
    high = c - (c - a)
    return high, a - high


def odd_sum(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a + b rounded to odd: where it is inexact, to the neighbour whose last bit is set."""
    s, rest = two_sum(a, b)
    even = (s.view(np.int64) & 1) == 0
    toward = np.nextafter(s, np.copysign(np.inf, rest))
    return np.where((rest != 0) & even, toward, s)


def fma(a: Floats, b: Floats, c: Floats) -> Floats:
    """Return a b + c rounded once, in the type of c."""
    a, b, c = np.broadcast_arrays(a, b, c)
    if c.dtype == np.float32:  # the product is exact in float64
        wide = a.astype(np.float64) * b.astype(np.float64)
        return odd_sum(wide, c.astype(np.float64)).astype(np.float32)
    uh, ul = two_product(a, b)
    th, tl = two_sum(c, ul)
    vh, vl = two_sum(uh, th)
    return vh + odd_sum(tl, vl)
