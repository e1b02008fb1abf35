"""Distributions: their numbers, moments, recipes and what stands for one."""

from __future__ import annotations

import copy
import math
import pickle

import mpmath
import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from netinit import Constant, Normal, TruncatedNormal, Uniform
from netinit.initializers import Quantile
from netinit.initializers.convert import as_distribution
from netinit.initializers.distributions import distribution_from_json

INF = math.inf
NAN = math.nan
SAMPLES = [
    Normal(),
    Normal(1, 0.5),
    Normal(3, 0),
    Uniform(),
    Uniform(-2, 2),
    Uniform(1, 1),
    TruncatedNormal(),
    TruncatedNormal(0, 0.02),
    TruncatedNormal(1, 2, -INF, 0),
    TruncatedNormal(low=5, high=INF),
    TruncatedNormal(2, 0, 1, 3),
    TruncatedNormal(0, 1, 1, 1),
    Constant(0.1),
]


@pytest.mark.parametrize("distribution", SAMPLES, ids=repr)
def test_survives_pickle_copy_json_and_repr(distribution):
    assert pickle.loads(pickle.dumps(distribution)) == distribution
    assert copy.deepcopy(distribution) == distribution
    assert distribution_from_json(distribution.to_json()) == distribution
    assert eval(repr(distribution), {**globals(), "inf": INF}) == distribution
    assert hash(distribution) == hash(copy.copy(distribution))


@pytest.mark.parametrize("distribution", SAMPLES, ids=repr)
def test_constant_is_exactly_std_zero(distribution):
    assert distribution.constant == (distribution.std == 0)
    assert distribution.constant == (distribution.core[0] == "constant")


def test_numbers_become_floats():
    assert Normal(np.float32(1), 2).to_json() == {"distribution": "normal", "mean": 1.0, "std": 2.0}
    assert all(type(x) is float for x in Uniform(np.int64(-1), 1).core[1:])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Normal(0, -1), "std must be at least 0, not -1.0"),
        (lambda: Normal(NAN, 1), "mean must be a finite number, not nan"),
        (lambda: Normal(0, NAN), "std must be a finite number, not nan"),
        (lambda: Normal(0, INF), "std must be a finite number, not inf"),
        (lambda: Normal(10**400, 1), "mean must be within the range of a float"),
        (lambda: Uniform(2, 1), "low must not exceed high, but low = 2.0 and high = 1.0"),
        (lambda: Uniform(-INF, 1), "low must be a finite number"),
        (lambda: TruncatedNormal(0, 1, 2, 1), "low must not exceed high"),
        (lambda: TruncatedNormal(0, 1, NAN, 1), "low must be a number, not nan"),
        (lambda: TruncatedNormal(0, 1, INF, INF), "low and high must not both be inf"),
        (lambda: TruncatedNormal(5, 0, 0, 1), "mean = 5.0, low = 0.0 and high = 1.0"),
        (lambda: TruncatedNormal(0, -1), "std must be at least 0"),
        (lambda: Constant(NAN), "value must be a finite number"),
    ],
)
def test_impossible_numbers_are_refused(make, message):
    with pytest.raises(ValueError, match="(?s)" + message.replace(".", r"\.")):
        make()


@pytest.mark.parametrize("value", ["1", b"1", None, True, 1j, [1, 2], object()])
def test_what_is_no_number_is_refused(value):
    with pytest.raises(TypeError, match="mean must be a number"):
        Normal(value, 1)


def test_default_bounds_are_two_std():
    t = TruncatedNormal(1, 0.5)
    assert (t.low, t.high) == (0, 2)
    assert TruncatedNormal(1, 0.5, low=-INF).high == 2


def test_uniform_moments():
    u = Uniform(-3, 9)
    assert (u.mean, u.std) == (3, pytest.approx(12 / math.sqrt(12), rel=1e-15))
    widest = Uniform(-1.7e308, 1.7e308)
    assert math.isfinite(widest.std)
    assert widest.mean == 0


def exact_moments(mean, std, low, high):
    """Work out the moments of a truncated normal with 40 digits."""
    with mpmath.workdps(40):
        a, b = (mpmath.mpf(low) - mean) / std, (mpmath.mpf(high) - mean) / std
        peak = max(a, min(b, mpmath.mpf(0)))
        reach = 60 / (abs(peak) + 6)
        left, right = max(a, peak - reach), min(b, peak + reach)
        grid = mpmath.linspace(left, right, 30)

        def moment(f):
            return mpmath.quad(lambda x: f(x) * mpmath.exp((peak - x) * (peak + x) / 2), grid)

        mass = moment(lambda x: 1)
        center = moment(lambda x: x) / mass
        variance = moment(lambda x: (x - center) ** 2) / mass
        return float(mean + std * center), float(std * mpmath.sqrt(variance))


@pytest.mark.parametrize(
    "numbers",
    [
        (0, 1, -2, 2),
        (0, 0.02, -2, 2),
        (0, 1, -1e-6, 1e-6),
        (0, 1, 5, INF),
        (0, 1, 40, INF),
        (0, 1, -INF, -40),
        (0, 1, -INF, 1),
        (3, 0.5, 1, 1.0001),
        (1000, 1, -1, 1),
        (-0.3, 2, 0.1, 30),
        (0, 1, 7, 7.5),
        (0, 1, 1, 1 + 1e-12),
        (0, 1e-10, 1, INF),
    ],
)
def test_truncated_moments_are_exact(numbers):
    mean, std = exact_moments(*numbers)
    t = TruncatedNormal(*numbers)
    assert t.mean == pytest.approx(mean, rel=1e-12, abs=1e-14 * numbers[1])
    assert t.std == pytest.approx(std, rel=1e-11)
    assert t.low <= t.mean <= t.high


def test_truncated_moments_where_all_mass_is_at_a_bound():
    t = TruncatedNormal(0, 1e-320, 1, 2)
    assert (t.mean, t.std) == (1, 0)


@given(st.floats(-5, 5), st.floats(0.01, 5))
def test_truncation_without_bounds_changes_nothing(mean, std):
    t = TruncatedNormal(mean, std, -INF, INF)
    assert t.mean == pytest.approx(mean, abs=1e-12 * std)
    assert t.std == pytest.approx(std, rel=1e-12)


def test_quantile_knows_what_its_distribution_knows():
    q = Quantile(scipy.stats.gamma(2.0, scale=3.0))
    assert (q.mean, q.std) == (6, pytest.approx(math.sqrt(18)))
    assert str(q) == "Quantile(gamma)"

    class OnlyQuantile:
        def ppf(self, q):
            return q

    assert (Quantile(OnlyQuantile()).mean, Quantile(OnlyQuantile()).std) == (None, None)
    assert not Quantile(OnlyQuantile()).constant
    with pytest.raises(TypeError, match="ppf"):
        Quantile(3)
    with pytest.raises(TypeError, match=r"Quantile\(gamma\) cannot be kept in a recipe"):
        q.to_json()


def test_what_stands_for_a_distribution():
    assert as_distribution(0.02) == Normal(0, 0.02)
    assert as_distribution(np.float32(2)) == Normal(0, 2)
    assert as_distribution(0) == Normal(0, 0)
    assert as_distribution(Constant(1)) == Constant(1)
    assert as_distribution({"distribution": "Uniform", "low": 0}) == Uniform()
    frozen = scipy.stats.laplace()
    assert as_distribution(frozen) == Quantile(frozen)
    with pytest.raises(ValueError, match=r"biases: a number is a standard deviation.*-1\.0"):
        as_distribution(-1, "biases")
    for bad in (None, "normal", True, Normal, scipy.stats.laplace.ppf):
        with pytest.raises(TypeError, match="distribution must be a number, a netinit"):
            as_distribution(bad)


@pytest.mark.parametrize(
    ("recipe", "message"),
    [
        ({}, "needs the key 'distribution'"),
        ({"distribution": "norml"}, "did you mean 'normal'"),
        ({"distribution": "normal", "sdt": 1}, "'sdt' is unknown; did you mean 'std'"),
        ({"distribution": "normal", "std": "x"}, "std must be a number"),
        ({"distribution": "constant"}, "missing"),
        ({"distribution": "normal", "std": -1}, "std must be at least 0"),
        ({"distribution": "uniform", "low": 0, "high": "inf"}, "high must be a finite number"),
    ],
)
def test_corrupt_recipes_are_refused(recipe, message):
    with pytest.raises(ValueError, match=message):
        distribution_from_json(recipe)


def test_short_texts():
    assert str(Normal(0, 0.088388)) == "Normal(0, 0.0884)"
    assert str(Uniform(-0.1, 0.1)) == "Uniform(-0.1, 0.1)"
    assert str(TruncatedNormal(0, 0.02)) == "TruncatedNormal(0, 0.02, -0.04, 0.04)"
    assert str(Constant(1)) == "Constant(1)"
