"""What the statistical tests measure, and how improbable a deviation must be to fail.

Every test compares a z-score (or a Kolmogorov-Smirnov statistic) with a limit that a perfect
generator passes with a false alarm in about 2 million (the two-sided probability beyond
|z| = 5.1 is 3.4e-7; about 1500 such comparisons are made, so that one chance in 2000 is run). The
streams are fixed: a run that passed once passes for ever.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from scipy import special

from tests.reference import Distribution, stream_of
from tests.reference.targets import (
    ARITHMETIC,
    FLOAT8,
    at_least,
    at_most,
    largest_pattern,
    widen,
)
from tests.stream_cases import core_values

Z_LIMIT = 5.1
KS_LIMIT = 2.8  # of sqrt(n) D: 2 exp(-2 * 2.8^2) = 3.1e-7
CHUNK = 1 << 22
STREAM = (*stream_of(20240607, "statistics"), 0)


def stored_numbers(stored: np.ndarray, dtype: str) -> np.ndarray:
    """Return stored elements as float64."""
    return np.asarray(widen(stored, dtype), np.float64)


def chunks(
    count: int, dtype: str, d: Distribution, stream: tuple[int, int, int] = STREAM
) -> Iterator[np.ndarray]:
    """Return the stored elements [0, count), part by part."""
    for first in range(0, count, CHUNK):
        yield core_values(min(CHUNK, count - first), dtype, d, stream, first)


def numbers(
    count: int, dtype: str, d: Distribution, stream: tuple[int, int, int] = STREAM
) -> np.ndarray:
    """Return elements [0, count) as float64."""
    return stored_numbers(core_values(count, dtype, d, stream), dtype)


def moment_scores(sums: np.ndarray, count: int) -> dict[str, float]:
    """Return z-scores of mean, variance, skewness and kurtosis from sums of x to x^4.

    The x are standard normal; scores are of Hermite polynomials, which are uncorrelated.
    """
    m1, m2, m3, m4 = sums / count
    root = math.sqrt(count)
    return {
        "mean": root * m1,
        "variance": root * (m2 - 1) / math.sqrt(2),
        "skewness": root * (m3 - 3 * m1) / math.sqrt(6),
        "kurtosis": root * (m4 - 6 * m2 + 3) / math.sqrt(24),
    }


def poisson_score(found: int, expected: float) -> float:
    """Return the z-score whose tail has the probability of that count or a more extreme one."""
    below, above = special.pdtr(found, expected), special.pdtrc(found - 1, expected)
    return float(abs(special.ndtri(min(below, above, 0.5))))


def truncated_cdf(x: np.ndarray, a: float, b: float) -> np.ndarray:
    """Return the distribution function of the standard normal truncated to [a, b]."""
    if b < 0 or (a < 0 and -a > b):
        return 1 - truncated_cdf(-x, -b, -a)
    x = np.clip(x, a, b)
    if a <= 0:
        return (special.ndtr(x) - special.ndtr(a)) / (special.ndtr(b) - special.ndtr(a))
    log_a = special.log_ndtr(-a)
    whole = np.expm1(special.log_ndtr(-b) - log_a) if math.isfinite(b) else -1.0
    return np.expm1(special.log_ndtr(-x) - log_a) / whole


def upper_edges(values: np.ndarray, dtype: str) -> np.ndarray:
    """Return half-way points between values of the type and the next above: what rounds to them."""
    narrow = values.astype(ARITHMETIC[dtype])
    if dtype == "float16":
        with np.errstate(over="ignore"):
            following = np.nextafter(values.astype(np.float16), np.float16(np.inf))
    elif dtype == "bfloat16":
        # A neighbour one unit of 2^16 away in the bits of float32, away from or towards zero.
        bits = narrow.view(np.int32)
        up = np.where(bits >= 0, bits + (1 << 16), bits - (1 << 16))
        following = np.where(bits == -(2**31), 2.0**-133, up.view(np.float32))
    elif dtype in FLOAT8:
        sizes = FLOAT8[dtype][: largest_pattern(dtype) + 1]
        ordered = np.concatenate([-sizes[:0:-1], sizes, [2 * sizes[-1] - sizes[-2]]])
        following = ordered[np.searchsorted(ordered, values, side="right")]
    else:
        following = np.nextafter(narrow, narrow.dtype.type(np.inf))
    return (values + following.astype(np.float64)) / 2


def ks_statistic(sample: np.ndarray, dtype: str, cdf, low: float, high: float) -> float:
    """Return sqrt(n) D of elements that were rounded to the type and kept within bounds."""
    values, counts = np.unique(sample, return_counts=True)
    edges = upper_edges(values, dtype)
    last = at_most(high, dtype) if math.isfinite(high) else None
    if last is not None:
        edges = np.where(values >= last, high, edges)
    empirical = np.cumsum(counts) / sample.size
    return float(np.abs(empirical - cdf(edges)).max() * math.sqrt(sample.size))


def inside(sample: np.ndarray, low: float, high: float, dtype: str) -> bool:
    """Say whether all elements are finite values within the bounds."""
    if not np.isfinite(sample).all():
        return False
    first = at_least(low, dtype) if math.isfinite(low) else -math.inf
    last = at_most(high, dtype) if math.isfinite(high) else math.inf
    return first is not None and last is not None and first <= sample.min() <= sample.max() <= last
