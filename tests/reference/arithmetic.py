"""IEEE operations that numpy lacks: fma rounded once, horner, and m 2^e."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

SPLITTER = 2.0**27 + 1


def two_sum(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return s = a + b rounded and the error: s + error = a + b exactly (Knuth)."""
    s = a + b
    t = s - a
    return s, (a - (s - t)) + (b - t)


def two_product(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return p = a b rounded and the error, exact unless something under- or overflows (Dekker)."""
    a_high = a * SPLITTER - (a * SPLITTER - a)
    b_high = b * SPLITTER - (b * SPLITTER - b)
    a_low, b_low = a - a_high, b - b_high
    p = a * b
    error = ((a_high * b_high - p) + a_high * b_low + a_low * b_high) + a_low * b_low
    return p, error


def add_to_odd(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return a + b rounded to odd: an inexact sum becomes its odd neighbour in float64."""
    s, error = two_sum(a, b)
    even = (s.view(np.uint64) & np.uint64(1)) == 0
    toward = np.nextafter(s, np.where(error > 0, np.inf, -np.inf))
    return np.where((error != 0) & even, toward, s)


def fma_exact(a: float, b: float, c: float) -> float:
    """Return a b + c rounded once to float64, by rational numbers."""
    exact = Fraction(a) * Fraction(b) + Fraction(c)
    if exact == 0:
        return a * b + c  # the sign of zero; a rounded product of 0 has the right one
    try:
        return float(exact)  # correctly rounded, subnormals included
    except OverflowError:
        return math.copysign(math.inf, exact)


def fma64(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.ndarray:
    """Return fma on float64 (Boldo and Melquiond 2008), by rationals where the range is short."""
    a, b, c = np.broadcast_arrays(a, b, c)
    with np.errstate(all="ignore"):
        product, product_low = two_product(a, b)
        high, low = two_sum(c, product_low)
        total, total_low = two_sum(product, high)
        result = total + add_to_odd(total_low, low)
        size = np.abs(product)
        plain = (size > 2.0**-900) & (size < 2.0**900) & (np.abs(a) < 2.0**900)
        plain &= (np.abs(b) < 2.0**900) & ((np.abs(c) > 2.0**-900) | (c == 0))
        plain &= np.abs(c) < 2.0**900
        plain |= (a == 0) | (b == 0) | ~np.isfinite(a) | ~np.isfinite(b) | ~np.isfinite(c)
        special = (a == 0) | (b == 0) | ~np.isfinite(a) | ~np.isfinite(b) | ~np.isfinite(c)
        result = np.where(special, a * b + c, result)
    # An exact zero of a sum is +0 unless both parts are -0, here as in the hardware.
    for i in zip(*np.nonzero(~plain), strict=True):
        result[i] = fma_exact(float(a[i]), float(b[i]), float(c[i]))
    return result


def fma32(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.ndarray:
    """Return fma on float32: the product is exact in float64, its sum rounded to odd."""
    a, b, c = (np.asarray(x, np.float64) for x in np.broadcast_arrays(a, b, c))
    with np.errstate(all="ignore"):
        product = a * b
        total = np.where(np.isfinite(product + c) & (c != 0), add_to_odd(product, c), product + c)
        return total.astype(np.float32)


def fma(a, b, c) -> np.ndarray:
    """Return a b + c rounded once in the format of the arguments (numbers are exact in it)."""
    dtypes = {x.dtype for x in (a, b, c) if isinstance(x, (np.ndarray, np.generic))}
    if len(dtypes) != 1:
        raise TypeError(f"fma of {sorted(map(str, dtypes))}")
    dtype = dtypes.pop()
    a, b, c = (np.asarray(x, dtype) for x in (a, b, c))
    return fma32(a, b, c) if dtype == np.float32 else fma64(a, b, c)


def horner(table: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Return the polynomial with these coefficients, index = power, by fma from the top."""
    if table.dtype != x.dtype:
        raise TypeError(f"a table of {table.dtype} at {x.dtype}")
    s = np.full(x.shape, table[-1])
    for coefficient in table[-2::-1]:
        s = fma(s, x, coefficient)
    return s


def halves(table: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Return the polynomial with its even and its odd powers summed apart."""
    square = x * x
    return fma(horner(table[1::2], square), x, horner(table[::2], square))


def split(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return m and e with x = m 2^e, 1/2 <= m < 1, in the format of x (subnormals included)."""
    m, e = np.frexp(x)
    return m, e.astype(np.int64)
