"""What the documentation of Wolfram's NetInitialize shows, on netinit's own nets.

netinit's nets hold arrays and are not evaluated; where a case plots a net's output, a line of
numpy stands in for the framework.
"""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats

import netinit
from netinit.nets import (
    BatchNormalizationLayer,
    ElementwiseLayer,
    LinearLayer,
    NetChain,
)

TINY = 1e-4  # a p-value below it would be a wrong distribution, not bad luck: the seed is fixed


def arrays(net):
    """Return the arrays of a net or layer by name."""
    return {p.name: net[p.name] for p in netinit.plan(net, netinit.All).parameters}


def normal_fits(array, std):
    return scipy.stats.kstest(array.ravel(), scipy.stats.norm(0, std).cdf).pvalue > TINY


def uniform_fits(array, bound):
    uniform = scipy.stats.uniform(-bound, 2 * bound)
    return scipy.stats.kstest(array.ravel(), uniform.cdf).pvalue > TINY


def evaluate(chain, x, activation=lambda x: x):
    """Return the output of a chain of linear layers for a column of inputs."""
    layers = [layer for layer in chain if isinstance(layer, LinearLayer)]
    for i, layer in enumerate(layers):
        x = x @ layer["Weights"].T.astype("f8") + layer["Biases"]
        x = activation(x) if i < len(layers) - 1 else x
    return x


def test_case_1_a_linear_layer_and_its_weights():
    net = LinearLayer(2, input=5)
    assert "uninitialized" in repr(net)
    assert net["Weights"] is netinit.Automatic
    assert netinit.initialize(net) is net
    assert "uninitialized" not in repr(net)
    assert (net["Weights"].shape, net["Weights"].dtype) == ((2, 5), np.float32)
    assert (net["Biases"] == 0).all()


def test_case_2_random_weights_and_biases():
    net = LinearLayer(200, input=2)
    netinit.initialize(net, method=("Random", {"Weights": 2, "Biases": 2}))
    for name in ("Weights", "Biases"):
        assert normal_fits(net[name], 2)
        assert net[name].std() == pytest.approx(2, rel=0.2)


@pytest.mark.parametrize("distribution", ["Uniform", "Normal"])
def test_case_3_xavier_on_a_chain(distribution):
    net = NetChain([200, ElementwiseLayer("ramp"), 200], input=50)
    netinit.initialize(net, method=("Xavier", {"Distribution": distribution}))
    first = net[0]["Weights"]
    assert first.shape == (200, 50)
    std = np.sqrt(2 / 250)
    fits, misfits = uniform_fits(first, np.sqrt(3) * std), normal_fits(first, std)
    assert (fits, misfits) == ((True, False) if distribution == "Uniform" else (False, True))
    assert net[2]["Weights"].std() == pytest.approx(np.sqrt(2 / 400), rel=0.02)
    assert (net[2]["Biases"] == 0).all()


def test_case_4_what_is_not_initialized_reads_as_automatic():
    net = NetChain([3, "tanh", 1], input=2)
    preset = np.arange(6.0).reshape(3, 2)
    net[0]["Weights"] = preset
    names = ["0.Weights", "0.Biases", "2.Weights", "2.Biases"]
    assert [arrays(net)[n] is netinit.Automatic for n in names] == [False, True, True, True]
    netinit.initialize(net)
    assert all(isinstance(arrays(net)[n], np.ndarray) for n in names)
    assert (net[0]["Weights"] == preset).all()


@pytest.mark.parametrize("seed", range(5))
def test_case_5_identity_keeps_the_input(seed):
    x = np.linspace(-1, 1, 201)[:, None]
    net = NetChain([5, 100, 5, 1], input=1)
    kept = evaluate(netinit.initialize(net, method="Identity", seed=seed), x)
    assert np.abs(kept - x).max() < 0.15
    # with Xavier it is a linear function too, of a random slope
    mixed = evaluate(netinit.initialize(net, netinit.All, method="Xavier", seed=seed), x)
    assert np.allclose(mixed, mixed[-1] * x)
    assert np.abs(mixed - x).max() > 0.15


@pytest.mark.parametrize("method", ["Xavier", "Orthogonal", "Identity"])
def test_case_6_the_moving_variance_is_one(method):
    net = NetChain([5, BatchNormalizationLayer()], input=3)
    netinit.initialize(net, method=method)
    fixed = {"Scaling": 1, "Biases": 0, "MovingMean": 0, "MovingVariance": 1}
    for name, value in fixed.items():
        assert (net[1][name] == value).all()


def test_case_7_equal_calls_give_equal_weights_unless_automatic():
    def weights(**options):
        return netinit.initialize(LinearLayer(20, input=10), **options)["Weights"]

    assert (weights() == weights()).all()
    assert (weights() == weights(seed=1234)).all()
    assert (weights(seed=netinit.Automatic) != weights(seed=netinit.Automatic)).any()
    assert (weights(seed="text") != weights(seed="other")).any()


def test_case_8_random_functions_grow_with_their_scales():
    x = np.linspace(-2, 2, 401)[:, None]
    roughness = {}
    for weights in (0, 0.5, 2, 4):
        for biases in (0, 2):
            net = NetChain([30, "tanh", 8, "tanh", 1], input=1)
            method = netinit.methods.Random(weights=weights, biases=biases)
            if weights == 0:
                with pytest.warns(netinit.errors.SymmetryWarning):
                    netinit.initialize(net, method=method, seed=3)
            else:
                netinit.initialize(net, method=method, seed=3)
            y = evaluate(net, x, np.tanh)
            assert np.isfinite(y).all()
            roughness[weights, biases] = np.abs(np.diff(y, axis=0)).sum()
            if biases == 0:  # an odd function
                assert np.allclose(y, -y[::-1], atol=1e-12)
    assert roughness[0, 0] == roughness[0, 2] == 0
    assert roughness[0.5, 0] < roughness[2, 0] < roughness[4, 0]
