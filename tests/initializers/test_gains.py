"""Computed gains, against quadrature of the nonlinearity itself."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import scipy.integrate
import scipy.special

from netinit.initializers.gains import NONLINEARITIES, SCALE_FREE, gain, preserving_gain


def _softplus(z):
    return np.logaddexp(0, z)


FUNCTIONS = {
    "linear": lambda z: z,
    "relu": lambda z: np.maximum(z, 0),
    "gelu": lambda z: z * scipy.special.ndtr(z),
    "gelu_tanh": lambda z: (
        z * scipy.special.expit(2 * math.sqrt(2 / math.pi) * (z + 0.044715 * z**3))
    ),
    "quick_gelu": lambda z: z * scipy.special.expit(1.702 * z),
    "silu": lambda z: z * scipy.special.expit(z),
    "swish": lambda z: z * scipy.special.expit(z),
    "mish": lambda z: z * np.tanh(_softplus(z)),
    "softplus": _softplus,
    "logsigmoid": lambda z: -_softplus(-z),
    "elu": lambda z: np.where(z > 0, z, np.expm1(z)),
    "celu": lambda z: np.where(z > 0, z, np.expm1(z)),
    "prelu": lambda z: np.where(z > 0, z, 0.25 * z),
    "glu": scipy.special.expit,
    "reglu": lambda z: np.maximum(z, 0),
    "geglu": lambda z: z * scipy.special.ndtr(z),
    "swiglu": lambda z: z * scipy.special.expit(z),
    "hardsigmoid": lambda z: np.clip(z + 3, 0, 6) / 6,
    "relu6": lambda z: np.clip(z, 0, 6),
    "hardtanh": lambda z: np.clip(z, -1, 1),
    "hardswish": lambda z: z * np.clip(z + 3, 0, 6) / 6,
    "softsign": lambda z: z / (1 + np.abs(z)),
    "tanhshrink": lambda z: z - np.tanh(z),
    "squared_relu": lambda z: np.maximum(z, 0) ** 2,
    "sin": np.sin,
}


def preserving(f):
    """Return 1 / sqrt(E[f(z)**2]), integrated between the kinks of the functions above."""

    def integrand(z):
        return float(f(z)) ** 2 * math.exp(-z * z / 2) / math.sqrt(2 * math.pi)

    kinks = [-40, -12, -6, -3, -1, 0, 1, 3, 6, 12, 40]
    pieces = itertools.pairwise(kinks)
    moments = [scipy.integrate.quad(integrand, a, b, epsabs=0, epsrel=1e-12)[0] for a, b in pieces]
    return 1 / math.sqrt(math.fsum(moments))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_computed_gains_preserve_the_second_moment(name):
    assert gain(name) == pytest.approx(preserving(FUNCTIONS[name]), rel=2e-13)


@pytest.mark.parametrize("a", [0.0, 0.1, 0.5, 2.0])
def test_slopes_and_alphas(a):
    leaky = preserving(lambda z: np.where(z > 0, z, a * z))
    assert gain("leaky_relu", a) == pytest.approx(leaky, rel=1e-12)
    elu = preserving(lambda z: np.where(z > 0, z, a * np.expm1(z)))
    assert gain("elu", a) == pytest.approx(elu, rel=1e-12)


@pytest.mark.parametrize("a", [0.01, 0.04, 0.0999, 0.1001, 0.5, 1.0, 3.0])
def test_alphas_of_celu(a):
    celu = preserving(lambda z: np.where(z > 0, z, a * np.expm1(np.minimum(z, 0) / a)))
    assert gain("celu", a) == pytest.approx(celu, rel=1e-10)


#: What PyTorch's table has a convention for.
CONVENTIONS = {
    "sigmoid": scipy.special.expit,
    "tanh": np.tanh,
    "selu": lambda z: 1.0507009873554805 * np.where(z > 0, z, 1.6732632423543772 * np.expm1(z)),
}


@pytest.mark.parametrize("name", CONVENTIONS)
def test_conventions_are_kept_by_name_and_have_a_preserving_gain_beside(name):
    assert gain(name) == {"sigmoid": 1, "tanh": 5 / 3, "selu": 3 / 4}[name]
    assert preserving_gain(name) == pytest.approx(preserving(CONVENTIONS[name]), rel=2e-13)


@pytest.mark.parametrize("name", sorted({*FUNCTIONS} - {"logsigmoid"}))
def test_preserving_gains_are_the_computed_ones(name):
    assert preserving_gain(name) == gain(name)


def test_two_factors_of_a_gated_product_are_independent():
    a, b = np.random.default_rng(5).standard_normal((2, 1_000_000))
    for name in ("glu", "reglu", "geglu", "swiglu"):
        assert ((FUNCTIONS[name](a) * b) ** 2).mean() == pytest.approx(gain(name) ** -2, rel=0.01)


@pytest.mark.parametrize("name", sorted(SCALE_FREE))
def test_scale_free_functions_are(name):
    f = FUNCTIONS.get(name, lambda z: np.where(z > 0, z, 0.1 * z))
    z = np.linspace(-4, 4, 101)
    assert np.allclose(f(2.5 * z), 2.5 * f(z))


def test_every_nonlinearity_is_here_or_in_pytorchs_table():
    conventions = {*CONVENTIONS, "leaky_relu"}
    rows = set(NONLINEARITIES.values())
    assert rows == {NONLINEARITIES[name] for name in FUNCTIONS} | conventions
    assert gain("Swish") == gain("silu")
    with pytest.raises(ValueError, match="celu's alpha must be greater than 0, not 0"):
        gain("celu", 0)
    with pytest.raises(ValueError, match="did you mean 'gelu'"):
        gain("geluu")
