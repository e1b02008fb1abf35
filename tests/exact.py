"""Errors of normal and truncated normal elements against exact mathematics, in ulp.

float32 normals are judged in float64; everything else in mpmath.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import mpmath
import numpy as np
from mpmath import mp, mpf

DIGITS = {"float32": 24, "float64": 53}
LEAST = {"float32": -126, "float64": -1022}


def ulps(error: np.ndarray, exact: np.ndarray) -> np.ndarray:
    """Return errors in units in the last place of float32 at the exact values."""
    exponent = np.maximum(np.frexp(exact)[1] - 1, LEAST["float32"])
    return np.abs(error) / np.ldexp(1.0, exponent - 23)


def normal_pair_errors32(w0: np.ndarray, w1: np.ndarray, pair: tuple) -> np.ndarray:
    """Return the larger error of each float32 pair of words (uint64), mean 0 and std 1."""
    centred = w0.astype(np.int64) - 2**32 * (w0 >= 2**31)
    with np.errstate(invalid="ignore"):
        near = np.log1p((centred + 0.5) * 2.0**-32)
    square = -2 * np.where(w0 >= 2**31, near, np.log((w0 + 0.5) * 2.0**-32))
    quarter = ((w1 + 2**29) % 2**32) // 2**30
    angle = (((w1 + 2**29) % 2**30).astype(np.int64) - 2**29 + 0.5) * (math.pi / 2 * 2.0**-30)
    c, s = np.cos(angle), np.sin(angle)
    cosine = np.select([quarter == 0, quarter == 1, quarter == 2], [c, -s, -c], s)
    sine = np.select([quarter == 0, quarter == 1, quarter == 2], [s, c, -s], -c)
    exact = np.sqrt(square) * np.stack([cosine, sine])
    return ulps(np.stack(pair).astype(np.float64) - exact, exact).max(axis=0)


def error_of(x: float, exact: mpf, dtype: str) -> float:
    """Return |x - exact| in ulp of the exact value."""
    exponent = max(mpmath.frexp(exact)[1] - 1, LEAST[dtype])
    return float(abs(mpf(x) - exact) / mpf(2) ** (exponent - DIGITS[dtype] + 1))


def normal_pair_errors64(n0: int, n1: int, pair: tuple[float, float]) -> float:
    """Return the larger error of a float64 pair made from the odd numbers n0 and n1."""
    with mp.workprec(200):
        r = mpmath.sqrt(-2 * mpmath.log(mpf(n0) / 2**53))
        angle = mpf(n1) / 2**52  # in half turns
        exact = r * mpmath.cospi(angle), r * mpmath.sinpi(angle)
        return max(error_of(x, e, "float64") for x, e in zip(pair, exact, strict=True))


def upper(x: mpf) -> mpf:
    return mpmath.erfc(x / mpmath.sqrt(2)) / 2


def half(x: mpf) -> mpf:
    return mpmath.erf(x / mpmath.sqrt(2)) / 2


@dataclass(frozen=True)
class Verdict:
    """An element's error in ulp, and in shares of its own word of the interval."""

    ulp: float
    share: float


class Interval:
    """The standard normal distribution between two bounds, exactly."""

    def __init__(self, a: float, b: float, dtype: str) -> None:
        self.dtype = dtype
        self.precision = 200 + int(2 * max(abs(x) for x in (a, b, 1.0) if math.isfinite(x)) ** 0.5)
        with mp.workprec(self.precision):
            self.a, self.b = mpf(a), mpf(b)
            self.above, self.below = upper(self.b), upper(-self.a)
            if a > 0:
                self.mass = upper(self.a) - self.above
            elif b < 0:
                self.mass = upper(-self.b) - self.below
            else:
                self.mass = half(self.b) - half(self.a)

    def judge(self, word: int, x: float) -> Verdict:
        """Return the error of x for the word w (float32) or the odd number n (float64)."""
        with mp.workprec(self.precision):
            wide = self.dtype == "float64"
            u = mpf(word) / 2**53 if wide else (word + mpf("0.5")) / 2**32
            at = mpf(x)
            if abs(at) < 0.5:
                miss = half(at) - half(self.a) - u * self.mass
            elif x > 0:
                miss = self.above + (1 - u) * self.mass - upper(at)
            else:
                miss = upper(-at) - self.below - u * self.mass
            density = mpmath.npdf(at)
            if density == 0:
                return Verdict(math.inf, math.inf)
            # One Newton step; its second-order term is about |x| ulp(x) times smaller.
            share = abs(miss) / (self.mass / (2**52 if wide else 2**32))
            return Verdict(error_of(x, at - miss / density, self.dtype), float(share))
