"""What follows a layer, as a gain and in words."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.special

from netinit.initializers.gains import NONLINEARITIES, SCALE_FREE, gain, preserving_gain
from netinit.parameters.following import Following


@pytest.mark.parametrize("name", NONLINEARITIES)
def test_the_gain_is_the_one_that_preserves_the_second_moment(name):
    assert Following(name).gain == preserving_gain(name)


def test_slopes_and_alphas_are_part_of_the_gain():
    assert Following("leaky_relu", 0.2).gain == gain("leaky_relu", 0.2)
    assert Following("celu", 0.5).gain == gain("celu", 0.5)


def test_what_was_not_found_is_linear():
    assert Following().gain == 1
    assert Following("linear").gain == 1


@pytest.mark.parametrize("name", sorted(set(NONLINEARITIES.values())))
def test_after_the_nets_input_the_first_moment_is_one_where_the_scale_matters(name):
    first = Following(name, first=True)
    assert first.gain == (preserving_gain(name) if name in SCALE_FREE else 1)


@pytest.mark.parametrize(
    ("following", "text"),
    [
        (Following("gelu", None, "fx"), "gelu follows (fx)"),
        (Following("leaky_relu", 0.2, "tree"), "leaky_relu(0.2) follows (tree)"),
        (Following("relu", None, "fx", True), "relu follows (fx)"),
        (Following("tanh", None, "fx", True), "tanh follows, after the net's input: gain 1 (fx)"),
        (Following("linear", None, "graph", True), "nothing follows: linear (graph)"),
        (Following(), "not found: linear"),
    ],
)
def test_in_words(following, text):
    assert str(following) == text


def _map(function, q):
    """Return g**2 E[f(sqrt(q) z)**2]: the second moment of the next layer's output."""
    z = np.linspace(-14, 14, 200_001)
    weights = np.exp(-z * z / 2)
    moments = [np.average(function(math.sqrt(at) * z) ** 2, weights=weights) for at in (q, 1)]
    return moments[0] / moments[1]


def _slope(function):
    return (_map(function, 1.001) - _map(function, 0.999)) / 0.002


def test_deviations_grow_where_the_slope_of_the_map_is_above_one():
    """The table of docs/nonlinearity.md: by what a layer multiplies a deviation from 1."""
    slopes = {
        "relu": _slope(lambda z: np.maximum(z, 0)),
        "tanh": _slope(np.tanh),
        "selu": _slope(
            lambda z: np.where(z > 0, z, 1.6732632423543772 * np.expm1(np.minimum(z, 0)))
        ),
        "elu": _slope(lambda z: np.where(z > 0, z, np.expm1(np.minimum(z, 0)))),
        "mish": _slope(lambda z: z * np.tanh(np.logaddexp(0, z))),
        "gelu": _slope(lambda z: z * scipy.special.ndtr(z)),
        "silu": _slope(lambda z: z * scipy.special.expit(z)),
        "sigmoid": _slope(scipy.special.expit),
    }
    assert {name: round(slope, 2) for name, slope in slopes.items()} == {
        "relu": 1.0, "tanh": 0.46, "selu": 0.78, "elu": 0.89,
        "mish": 1.08, "gelu": 1.14, "silu": 1.17, "sigmoid": 0.11,
    }  # fmt: skip
