"""Variance scaling: every mode, distribution, row and axis by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.stats

import netinit
from netinit import Constant, Layout, Normal, Parameter, TruncatedNormal, Uniform
from netinit.initializers.variance_scaling import SCALINGS, Scaling, fan_of, spread
from netinit.shapes.fans import fans, fans_of_axes

TRUNCATED_STD = 0.87962566103423978
FANS = {"fan_in": 32.0, "fan_out": 128.0, "fan_avg": 80.0, "fan_geo_avg": 64.0}


@pytest.mark.parametrize(("mode", "fan"), FANS.items())
def test_modes(mode, fan):
    assert fan_of(mode, 32, 128) == fan
    assert fan_of(mode.upper().replace("_", "-"), 32, 128) == fan
    for distribution in ("normal", "uniform", "truncated_normal"):
        rule = Scaling(3, mode, distribution)
        assert rule.of_fans(32, 128).std == pytest.approx(math.sqrt(3 / fan), rel=1e-12)
        assert rule.of_fans(32, 128).mean == 0
        assert rule.of_fans(0, 0) == Constant(0)


def test_spread():
    assert spread("normal", 0.2) == spread("untruncated_normal", 0.2) == Normal(0, 0.2)
    bound = math.sqrt(3) * 0.2
    assert spread("uniform", 0.2) == Uniform(-bound, bound)
    s = 0.2 / TRUNCATED_STD
    assert spread("truncated_normal", 0.2) == TruncatedNormal(0, s, -2 * s, 2 * s)
    assert spread("uncorrected_truncated_normal", 0.2) == TruncatedNormal(0, 0.2, -0.4, 0.4)
    assert scipy.stats.truncnorm(-2, 2).std() == pytest.approx(TRUNCATED_STD, rel=1e-14)
    with pytest.raises(ValueError, match="did you mean 'uniform'"):
        spread("unifrom", 1)
    with pytest.raises(ValueError, match="did you mean 'fan_in'"):
        fan_of("fan_inn", 1, 1)
    with pytest.raises(ValueError, match="scale must be at least 0"):
        Scaling(-1)


@pytest.mark.parametrize("distribution", ["normal", "uniform", "truncated_normal"])
@pytest.mark.parametrize(
    ("names", "variance"),
    [
        (("glorot", "xavier"), 2 / (32 + 128)),
        (("he", "kaiming"), 2 / 32),
        (("lecun",), 1 / 32),
    ],
)
def test_named_rows(names, variance, distribution):
    for name in names:
        drawn = SCALINGS[f"{name}_{distribution}"].of_fans(32, 128)
        assert drawn.std == pytest.approx(math.sqrt(variance), rel=1e-12)
        assert drawn == spread(distribution, math.sqrt(variance))


@pytest.mark.parametrize(
    ("shape", "axes", "expected"),
    [
        ((5, 7), {}, (5, 7)),
        ((3, 3, 5, 7), {}, (45, 63)),
        ((7, 5, 3), {"in_axis": 1, "out_axis": 0}, (15, 21)),
        ((2, 5, 7), {"batch_axis": 0}, (5, 7)),
        ((12, 64, 8), {"in_axis": 0, "out_axis": (1, 2)}, (12, 512)),
        ((12, 64, 8), {"in_axis": (-3, -2), "out_axis": -1}, (768, 8)),
        ((4,), {"in_axis": (), "out_axis": 0}, (1, 4)),
        ((0, 5), {}, (0, 5)),
    ],
)
def test_axes(shape, axes, expected):
    assert fans_of_axes(shape, **axes) == expected


def test_axes_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="in_axis: axis -2 is not an axis of an array of 1 axes"):
        fans_of_axes((5,))
    with pytest.raises(ValueError, match="out_axis: axis 0 is also given as in_axis"):
        fans_of_axes((5, 5), 0, -2)


def test_axes_are_fans_by_layout():
    shape = (3, 3, 16, 32)
    assert fans_of_axes(shape) == fans(shape, Layout((3,), (2,)))


@pytest.mark.parametrize(
    ("method", "same"),
    [
        (netinit.methods.VarianceScaling(2, "fan_in", "normal"), netinit.methods.Kaiming()),
        (
            netinit.methods.VarianceScaling(1, "fan_avg", "uniform"),
            netinit.methods.Xavier("uniform"),
        ),
        (netinit.methods.VarianceScaling(1, "fan_in"), netinit.methods.Lecun("truncated_normal")),
        (
            netinit.methods.VarianceScaling(1, "fan_geo_avg", "normal"),
            netinit.methods.Kaiming("normal", "fan_geo_avg", "linear"),
        ),
    ],
)
def test_methods_are_cases_of_the_general_rule(method, same):
    parameter = Parameter("w", (40, 30, 3, 3))
    a, b = method.initializer(parameter), same.initializer(parameter)
    assert type(a) is type(b)
    assert a.std == pytest.approx(b.std, rel=1e-14)


def test_what_is_drawn_has_the_variance():
    array = netinit.numpy.variance_scaling((400, 300), 2.0, "fan_out", dtype="float64")
    assert array.std() == pytest.approx(math.sqrt(2 / 400), rel=0.01)
    s = math.sqrt(2 / 400) / TRUNCATED_STD
    assert np.abs(array).max() <= 2 * s
