"""Cases of NetInitialize's documentation that need a net to be evaluated."""

from itertools import pairwise

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

import netinit  # noqa: E402


def outputs(net, low, high, count=201):
    with torch.no_grad():
        return net.double()(torch.linspace(low, high, count, dtype=torch.float64)[:, None])[:, 0]


def chain(*sizes, activation):
    layers = []
    for into, out in pairwise(sizes):
        layers += [nn.Linear(into, out), activation()]
    return nn.Sequential(*layers[:-1])


@pytest.mark.parametrize("seed", range(5))
def test_identity_keeps_the_input(seed):
    """Case 5: the chain 5, 100, 5, 1 under Identity computes nearly its input on [-1, 1]."""
    net = chain(1, 5, 100, 5, 1, activation=nn.Identity)
    netinit.initialize(net, netinit.All, method="Identity", seed=seed)
    x = torch.linspace(-1, 1, 201, dtype=torch.float64)
    assert (outputs(net, -1, 1) - x).abs().max() < 0.15


@pytest.mark.parametrize("seed", range(5))
def test_identity_keeps_a_positive_input_through_rectifiers(seed):
    """Case 5 with ramps between the layers, which pass what is positive."""
    net = chain(1, 5, 100, 5, 1, activation=nn.ReLU)
    netinit.initialize(net, netinit.All, method="Identity", seed=seed)
    x = torch.linspace(0, 1, 201, dtype=torch.float64)
    assert (outputs(net, 0, 1) - x).abs().max() < 0.15


def test_xavier_is_a_random_linear_function():
    """Case 5: under Xavier the same chain computes a x, with another a for each seed."""
    slopes = []
    for seed in range(8):
        net = chain(1, 5, 100, 5, 1, activation=nn.Identity)
        netinit.initialize(net, netinit.All, method="Xavier", seed=seed)
        y = outputs(net, -1, 1)
        slope = (y[-1] - y[0]) / 2
        x = torch.linspace(-1, 1, 201, dtype=torch.float64)
        torch.testing.assert_close(y, slope * x, atol=1e-12, rtol=0)
        slopes.append(slope.item())
    assert max(slopes) - min(slopes) > 0.5
    assert max(abs(slope - 1) for slope in slopes) > 0.3


def test_the_range_of_a_net_grows_with_the_scales():
    """Case 8: a 30-tanh-8-tanh net on [-2, 2] as the scales of weights and biases vary."""

    def spread(weights, biases, seed):
        net = chain(1, 30, 8, 1, activation=nn.Tanh)
        method = netinit.methods.Random(weights=weights, biases=biases)
        netinit.initialize(net, netinit.All, method=method, seed=seed)
        y = outputs(net, -2, 2)
        return (y.max() - y.min()).item(), y.abs().max().item()

    def typical(weights, biases, which=0):
        return sorted(spread(weights, biases, seed)[which] for seed in range(9))[4]

    with pytest.warns(netinit.errors.SymmetryWarning):
        assert spread(0, 1, seed=0)[0] == 0
    by_weights = [typical(weights, 1) for weights in (0.05, 0.25, 1, 4)]
    assert by_weights == sorted(by_weights)
    assert by_weights[-1] > 10 * by_weights[0]
    by_biases = [typical(0.25, biases, which=1) for biases in (0, 1, 4)]
    assert by_biases == sorted(by_biases)
