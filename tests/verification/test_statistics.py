"""Statistics of arrays of any strides and type, and what a sample may be off by chance."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.stats

import netinit
from netinit.initializers import Orthogonal, Parts, Sparse, ZeroRows
from netinit.verification import limits
from netinit.verification.law import law_of, normal_cdf
from netinit.verification.statistics import Survey, survey


@pytest.mark.parametrize("view", [np.s_[::2], np.s_[:, ::-3], np.s_[:, :, 1], np.s_[..., None]])
def test_strided_arrays(view):
    values = np.random.default_rng(0).standard_normal((50, 60, 7))
    found = survey(values[view])
    assert found.mean == pytest.approx(values[view].mean())
    assert found.std == pytest.approx(values[view].std())
    assert found.digest == survey(np.ascontiguousarray(values[view])).digest
    assert survey(values.T).std == pytest.approx(values.std())


@pytest.mark.parametrize("dtype", ["int8", "int64", "uint16", "bool"])
def test_integers(dtype):
    values = np.random.default_rng(0).integers(0, 2, 1001).astype(dtype)
    found = survey(values)
    assert (found.count, found.nans, found.low, found.high) == (1001, 0, 0, 1)
    assert found.zeros == (values == 0).sum()
    assert found.mean == pytest.approx(values.mean())
    assert found.std == pytest.approx(values.std())
    other = values.copy()
    other[-1] ^= True
    assert survey(other).digest != found.digest


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_what_is_not_finite_is_counted_apart(dtype):
    values = np.array([1, np.nan, 3, np.inf, np.nan, -np.inf, np.nan, 5], dtype)
    found = survey(values)
    assert (found.count, found.nans, found.infinities, found.finite) == (8, 3, 2, 3)
    assert (found.mean, found.low, found.high) == (3, 1, 5)
    assert found.std == pytest.approx((8 / 3) ** 0.5)


def test_float8_that_is_not_drawn():
    found = survey(np.array([0x80, 1, 2, 0x80], np.uint8), "float8_e4m3fnuz")
    assert (found.nans, found.finite) == (2, 2)
    assert math.isnan(found.mean)


def test_what_stores_no_such_type_is_refused():
    with pytest.raises(TypeError, match="dtype float64 cannot store bfloat16"):
        survey(np.zeros(3), "bfloat16")


def test_no_elements():
    found = survey(np.zeros((0, 3)))
    assert (found.count, found.constant) == (0, False)
    assert math.isnan(found.std)
    assert Survey("int8").statistics().count == 0


LAWS = {
    "normal": netinit.Normal(0.3, 2),
    "uniform": netinit.Uniform(-1, 3),
    "truncated": netinit.TruncatedNormal(0.1, 1, -0.5, 2),
    "gates": Parts([netinit.Normal(0, 1), netinit.Uniform(2, 3), netinit.Constant(1)], 0),
    "sparse": Sparse(0.25, netinit.Normal(0, 1)),
    "padding": ZeroRows(netinit.Normal(0, 1), 3, 6),
}


@pytest.mark.parametrize("name", LAWS)
def test_laws_are_those_of_what_is_drawn(name):
    shape = (600, 500)
    x = netinit.create(shape, LAWS[name], dtype="float64", seed=5, name="x")
    law = law_of(LAWS[name], shape)
    assert law.mean == pytest.approx(x.mean(), abs=0.02)
    assert law.std == pytest.approx(x.std(), rel=0.01)
    for q in (0.05, 0.3, 0.5, 0.8, 0.99):
        at = np.quantile(x, q)
        below = law.cdf(np.array([at]))[0]
        assert (x < at).mean() - 0.01 < below < (x <= at).mean() + 0.01
    low, high = law.bounds
    assert low <= x.min() <= x.max() <= high


def test_laws_of_matrices_are_moments():
    law = law_of(Orthogonal(2.0), (30, 40))
    assert (law.mean, law.std, law.shaped) == (0, pytest.approx(2 / 40**0.5), False)
    assert law_of(netinit.initializers.Eye(), (3, 3)) is None


def test_normal_distribution_function():
    z = np.linspace(-9, 9, 1001)
    assert np.abs(normal_cdf(z) - scipy.stats.norm.cdf(z)).max() < 1e-7


@pytest.mark.parametrize("n", [1, 2, 5, 20, 100, 10_000])
@pytest.mark.parametrize("t", [3.0, 10.0, 25.0])
def test_limits_are_exceeded_by_chance_at_most(n, t):
    small, large = limits.of_variance(n, t)
    chi2 = scipy.stats.chi2(n)
    assert chi2.cdf(small * n) <= math.exp(-t)
    assert chi2.sf(large * n) <= math.exp(-t)
    assert 2 * scipy.stats.norm.sf(limits.of_mean(1, n, t) * math.sqrt(n)) <= math.exp(-t)
    assert scipy.stats.kstwo.sf(limits.of_distance(n, t), n) <= math.exp(-t)


def test_no_false_alarm_in_many_nets():
    """Of 12,000 arrays of all sizes and laws, drawn as planned, none is found wrong."""
    rng = np.random.default_rng(3)
    rules = {
        "*.n": "kaiming_normal", "*.u": "xavier_uniform", "*.t": netinit.TruncatedNormal(0, 0.02),
        "*.o": "orthogonal", "*.s": ("sparse", {"sparsity": 0.5}), "*.b": netinit.Normal(1, 0.1),
    }  # fmt: skip
    for seed in range(4):
        shapes = [tuple(map(int, rng.integers(1, 70, 2))) for _ in range(500)]
        net = {f"{k}.{x}": netinit.ArraySpec(s) for k, s in enumerate(shapes) for x in "nutosb"}
        plan = netinit.plan(net, method=rules, seed=1)
        made = netinit.initialize(net, method=rules, seed=seed + 2)
        assert netinit.verify(made, plan).findings == ()


@pytest.mark.parametrize(
    ("values", "constant"),
    [([2.0, 2.0], True), ([2.0, np.nan, 2.0], False), ([2.0, np.inf], False), ([], False),
     ([2.0, 2.5], False), ([np.nan], False)],
)  # fmt: skip
def test_an_array_is_constant_where_all_elements_are_finite_and_equal(values, constant):
    assert survey(np.array(values)).constant is constant
