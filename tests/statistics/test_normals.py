"""Normal elements: moments, tails beyond 4, 5 and 6 sigma, and the whole distribution."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import special

from tests.reference import Distribution
from tests.statistics.measures import (
    KS_LIMIT,
    STREAM,
    Z_LIMIT,
    chunks,
    ks_statistic,
    moment_scores,
    numbers,
    poisson_score,
    stored_numbers,
    upper_edges,
)
from tests.stream_cases import CASES, FLOATS

NORMAL = CASES["normal"]
COUNTS = {dtype: 2**28 if dtype == "float32" else 2**27 for dtype in FLOATS}
SIGMAS = (2, 3, 4, 5, 6)
# Rounding to a type of 16 bits moves the fourth moment by less than 1e-5 of it.
ROUNDING = {
    "float32": 0.0,
    "float64": 0.0,
    "float16": 2.0**-22 / 3,
    "bfloat16": 2.0**-16 / 3,
    "float8_e4m3fn": 2.0**-8 / 3,
    "float8_e5m2": 2.0**-6 / 3,
}


@pytest.fixture(scope="module", params=FLOATS)
def summary(request):
    """Sum powers and count the tails of the elements, part by part."""
    dtype, count = request.param, COUNTS[request.param]
    sums, above, below = np.zeros(4), np.zeros(len(SIGMAS), int), np.zeros(len(SIGMAS), int)
    for stored in chunks(count, dtype, NORMAL):
        x = stored_numbers(stored, dtype)
        square = x * x
        sums += [x.sum(), square.sum(), (square * x).sum(), (square * square).sum()]
        far = x[square > 3.9]
        above += [np.count_nonzero(far > k) for k in SIGMAS]
        below += [np.count_nonzero(far < -k) for k in SIGMAS]
    return dtype, count, sums, above, below


def test_moments(summary):
    dtype, count, sums, _, _ = summary
    for name, score in moment_scores(sums, count).items():
        # Sheppard: rounding at relative steps of 2^-p adds at most 2^-2p / 3 of a power.
        slack = 12 * ROUNDING[dtype] * math.sqrt(count)
        assert abs(score) <= Z_LIMIT + slack, name


@pytest.mark.parametrize("index", range(len(SIGMAS)), ids=[f"{k}sigma" for k in SIGMAS])
def test_tails(summary, index):
    dtype, count, _, above, below = summary
    edge = float(upper_edges(np.array([float(SIGMAS[index])]), dtype)[0])
    if dtype in ("float32", "float64"):
        edge = float(SIGMAS[index])
    expected = count * float(special.ndtr(-edge))
    assert poisson_score(int(above[index]), expected) <= Z_LIMIT
    assert poisson_score(int(below[index]), expected) <= Z_LIMIT


def test_six_sigma_and_beyond():
    # 2^31 elements: 4.2 are expected beyond 6 sigma, 0.08 beyond 6.5.
    count, found = 2**31, {6.0: 0, 6.5: 0}
    for stored in chunks(count, "float32", NORMAL, (*STREAM[:2], 1)):
        largest = max(-stored.min(), stored.max())
        for edge in found:
            if largest > edge:
                found[edge] += int(np.count_nonzero(np.abs(stored) > edge))
    for edge, number in found.items():
        assert poisson_score(number, 2 * count * float(special.ndtr(-edge))) <= Z_LIMIT
    assert found[6.0] > 0


@pytest.mark.parametrize("dtype", FLOATS)
def test_distribution(dtype):
    x = numbers(2**23, dtype, NORMAL)
    assert ks_statistic(x, dtype, special.ndtr, -math.inf, math.inf) <= KS_LIMIT


@pytest.mark.parametrize("mean_std", [(0.5, 0.02), (-3.0, 1e-6), (100.0, 10.0)])
def test_mean_and_std_of_scaled(mean_std):
    mean, std = mean_std
    x = (numbers(2**22, "float64", Distribution("normal", mean, std)) - mean) / std
    sums = np.array([(x**k).sum() for k in (1, 2, 3, 4)])
    for name, score in moment_scores(sums, x.size).items():
        assert abs(score) <= Z_LIMIT, name


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_elements_of_a_pair_and_neighbours_are_uncorrelated(dtype):
    x = numbers(2**24, dtype, NORMAL)
    for lag in (1, 2, 3, 4, 5, 8, 16, 64, 1024):
        for power in (1, 2):
            y = x if power == 1 else (x * x - 1) / math.sqrt(2)
            score = (y[:-lag] * y[lag:]).sum() / math.sqrt(x.size - lag)
            assert abs(score) <= Z_LIMIT, (lag, power)
    # Within a pair the radius and the angle are independent.
    cosine, sine = x[0::2], x[1::2]
    angle = np.arctan2(sine, cosine)
    radius = (cosine * cosine + sine * sine) / 2 - 1
    for turns in (1, 2, 4, 8):
        for wave in (np.cos, np.sin):
            score = (wave(turns * angle) * radius).sum() * math.sqrt(2 / angle.size)
            assert abs(score) <= Z_LIMIT, turns
