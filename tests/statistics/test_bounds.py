"""Truncated normal and uniform elements over a grid of bounds: distribution, moments, interval."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import integrate, special

from tests.reference import Distribution
from tests.reference.targets import (
    FLOAT8,
    LARGEST,
    at_least,
    at_most,
    largest_pattern,
    less_than,
    value,
)
from tests.statistics.measures import (
    KS_LIMIT,
    Z_LIMIT,
    chunks,
    inside,
    ks_statistic,
    moment_scores,
    numbers,
    poisson_score,
    stored_numbers,
    truncated_cdf,
    upper_edges,
)
from tests.stream_cases import FLOATS, INFINITY, truncated

SAMPLE = 2**18

STANDARD_BOUNDS = [
    (-2.0, 2.0),
    (-1.0, 1.0),
    (-0.01, 0.01),
    (-3.0, 3.0),
    (-5.0, 5.0),
    (-6.7, 6.7),
    (-100.0, 100.0),
    (-1000.0, 1000.0),
    (-INFINITY, INFINITY),
    (-1.0, 3.0),
    (-3.0, 1.0),
    (-0.5, 2.5),
    (-6.0, 1.5),
    (0.0, 1.0),
    (0.0, INFINITY),
    (-INFINITY, 0.0),
    (-INFINITY, 1.0),
    (1.0, INFINITY),
    (0.5, 2.0),
    (1.5, 8.0),
    (2.0, 2.5),
    (3.9, 8.2),
    (4.0, INFINITY),
    (5.0, 6.0),
    (5.25, INFINITY),
    (8.0, 8.25),
    (-9.0, -8.5),
    (10.0, 11.0),
    (20.0, INFINITY),
    (-INFINITY, -30.0),
    (40.0, 60.0),
    (100.0, INFINITY),
    (100.0, 100.02),
]
PLACES = [(0.0, 1.0), (0.0, 1e-6), (0.0, 0.002), (0.3, 0.02), (-2.0, 10.0)]


def holds_no_value(d: Distribution, dtype: str) -> bool:
    """Say whether the type has no value within the bounds, or none so far from 0."""
    first, last = at_least(d.low, dtype), at_most(d.high, dtype)
    if first is None or last is None or first > last:
        return True
    above = min(d.high, max(d.low, d.mean) + 6.77 * d.std)
    below = max(d.low, min(d.high, d.mean) - 6.77 * d.std)
    return max(above, -below) > LARGEST[dtype]


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize(("a", "b"), STANDARD_BOUNDS)
def test_distribution_and_interval(dtype, a, b):
    for mean, std in PLACES:
        low, high = mean + std * a, mean + std * b
        d = truncated(low, high, mean, std)
        if holds_no_value(d, dtype):
            with pytest.raises(ValueError, match=r"no value|overflow"):
                numbers(4, dtype, d)
            continue
        x = numbers(SAMPLE, dtype, d)
        assert inside(x, low, high, dtype), (mean, std)

        def cdf(edges: np.ndarray, mean=mean, std=std) -> np.ndarray:
            return truncated_cdf((edges - mean) / std, a, b)

        if math.ulp(abs(mean)) < 2.0**-40 * std / max(abs(a) if a > 0 else abs(b), 1.0):
            assert ks_statistic(x, dtype, cdf, low, high) <= KS_LIMIT, (mean, std)


def raw_moments(a: float, b: float) -> list[float]:
    """Return the mean powers 1 to 8 of the standard normal truncated to [a, b]."""
    mass = special.ndtr(b) - special.ndtr(a) if a < 0 else special.ndtr(-a) - special.ndtr(-b)

    def density(x: float, power: int) -> float:
        return x**power * math.exp(-x * x / 2) / math.sqrt(2 * math.pi)

    ends, even = (max(a, -12.0), min(b, 12.0)), a == -b
    return [
        0.0 if even and k % 2 else integrate.quad(density, *ends, (k,), epsrel=1e-10)[0] / mass
        for k in range(1, 9)
    ]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    ("a", "b"), [(-2.0, 2.0), (-1.0, 3.0), (0.0, INFINITY), (0.5, 2.0), (4.0, INFINITY), (5.0, 6.0)]
)
def test_moments(dtype, a, b):
    count, sums = 2**24, np.zeros(4)
    for stored in chunks(count, dtype, truncated(a, b)):
        x = stored_numbers(stored, dtype)
        sums += [(x**k).sum() for k in range(1, 5)]
    moments = raw_moments(a, b)
    for k in range(1, 5):
        spread = math.sqrt((moments[2 * k - 1] - moments[k - 1] ** 2) / count)
        assert abs(sums[k - 1] / count - moments[k - 1]) <= Z_LIMIT * spread, k


@pytest.mark.parametrize("dtype", [dtype for dtype in FLOATS if dtype not in FLOAT8])
def test_bounds_far_outside_leave_the_normal(dtype):
    # 1000 sigma away: the kurtosis is 3 and nothing lies at the bounds.
    count, sums = 2**26, np.zeros(4)
    for stored in chunks(count, dtype, truncated(-2.0, 2.0, 0.0, 0.002)):
        x = stored_numbers(stored, dtype) / 0.002
        assert np.abs(x).max() < 8.6
        square = x * x
        sums += [x.sum(), square.sum(), (square * x).sum(), (square * square).sum()]
    scores = moment_scores(sums, count)
    kurtosis = (sums[3] / count) / (sums[1] / count) ** 2
    assert abs(kurtosis - 3) < 0.01
    if dtype in ("float32", "float64"):
        assert max(map(abs, scores.values())) <= Z_LIMIT


def ordered_values(low: float, high: float, dtype: str) -> np.ndarray:
    """Return all values of a narrow type within [low, high], a zero once."""
    positive = [value(k, dtype) for k in range(largest_pattern(dtype) + 1)]
    every = np.array([-x for x in positive[:0:-1]] + positive)
    return every[(every >= low) & (every <= high)]


@pytest.mark.parametrize("dtype", FLOATS[2:])
@pytest.mark.parametrize(
    ("a", "b"), [(-2.0, 2.0), (-1.0, 3.0), (0.3, 0.31), (4.0, 5.0), (-2.3, INFINITY), (1.0, 1.1)]
)
def test_every_value_of_a_narrow_type(dtype, a, b):
    """Each value of the type within the interval comes as often as it should, no other comes."""
    if holds_no_value(truncated(a, b), dtype):
        pytest.skip("no value of the type lies between the bounds")
    count = 2**24
    expected_values = ordered_values(a, b, dtype)
    found: dict[float, int] = {}
    for stored in chunks(count, dtype, truncated(a, b)):
        for x, n in zip(*np.unique(stored_numbers(stored, dtype), return_counts=True), strict=True):
            found[float(x)] = found.get(float(x), 0) + int(n)
    assert set(found) <= set(expected_values.tolist())
    edges = upper_edges(expected_values, dtype)
    edges[-1] = b
    share = np.diff(truncated_cdf(np.concatenate([[a], edges]), a, b))
    counts = np.array([found.get(x, 0) for x in expected_values.tolist()])
    assert counts.sum() == count
    common = (share * count > 30) & (share < 1)
    scores = (counts - share * count)[common] / np.sqrt((share * count * (1 - share))[common])
    chi_square, freedom = (scores**2).sum(), common.sum()
    assert abs(chi_square - freedom) <= (Z_LIMIT + 1) * math.sqrt(2 * freedom)
    for edge_count, edge_share in ((counts[0], share[0]), (counts[-1], share[-1])):
        assert poisson_score(int(edge_count), float(edge_share * count)) <= Z_LIMIT


FLOAT8_STEPS = {"float8_e4m3fn": 8, "float8_e5m2": 4}  # from a power of 2 to the next
UNIFORM_BOUNDS = [(0.0, 1.0), (-1.0, 1.0), (-0.3, 0.1), (1.0, 1.5), (-2e-3, 1e-3), (100.0, 228.0)]


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize(("low", "high"), UNIFORM_BOUNDS)
def test_uniform(dtype, low, high):
    x = numbers(2**22, dtype, Distribution("uniform", low=low, high=high))
    last = less_than(high, dtype)
    assert at_least(low, dtype) <= x.min()
    assert x.max() <= last < high

    def cdf(edges: np.ndarray) -> np.ndarray:
        edges = np.where(edges > last, high, edges)  # what would round to high is the last value
        return np.clip((edges - low) / (high - low), 0, 1)

    assert at_most(high, dtype) <= high
    assert ks_statistic(x, dtype, cdf, low, high) <= KS_LIMIT
    centred = (x - (low + high) / 2) / ((high - low) / math.sqrt(12))
    step = {"float32": 0, "float64": 0, "float16": 2.0**-11, "bfloat16": 2.0**-8}
    rounding = max(abs(low), abs(high)) / (high - low) * step.get(dtype, 0)
    if dtype in FLOAT8:  # what is near high goes down by up to a whole step
        rounding = max(max(-low, high) / FLOAT8_STEPS[dtype], FLOAT8[dtype][1]) / (high - low)
    assert abs(centred.mean()) <= Z_LIMIT / math.sqrt(x.size) + rounding
    spread = math.sqrt(0.8 / x.size)
    assert abs((centred**2).mean() - 1) <= Z_LIMIT * spread + 4 * rounding
