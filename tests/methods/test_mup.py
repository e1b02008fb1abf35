"""muP: the scaling of a narrow net's values to wider ones, and what it is for."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.stats

import netinit
from netinit import ArraySpec, Constant, Parameter, Uniform
from netinit.methods import (
    Kaiming,
    MuP,
    Xavier,
)
from netinit.methods.mup import scaled

BASE = {"first": (64, 10), "hidden": (64, 64), "last": (3, 64), "bias": (64,)}


def test_mup_scales_the_base_net_by_kind():
    method = MuP(BASE, Kaiming(nonlinearity="linear"))
    wide = {"first": (1024, 10), "hidden": (1024, 1024), "last": (3, 1024), "bias": (1024,)}
    want = {
        "first": ("input", 1 / math.sqrt(10), 1.0, 16.0),
        "hidden": ("hidden", 1 / math.sqrt(1024), 1 / 16, 1.0),
        "last": ("output", 1 / math.sqrt(64) / 16, 1 / 16, 1 / 16),
    }
    for name, (kind, std, adam, sgd) in want.items():
        weight = Parameter(name, wide[name])
        assert method.kind(weight) == kind
        assert method.weight(weight).std == pytest.approx(std, rel=1e-12)
        assert method.rate(weight) == adam
        assert method.rate(weight, "SGD") == sgd
        narrow = Parameter(name, BASE[name])
        assert method.kind(narrow) == "finite"
        assert method.weight(narrow) == Kaiming(nonlinearity="linear").weight(narrow)
        assert method.rate(narrow) == method.rate(narrow, "sgd") == 1
    bias = Parameter("bias", (1024,), role="bias")
    assert (method.rate(bias), method.rate(bias, "sgd")) == (1, 16)
    assert method.initializer(bias) == Constant(0)


def test_mup_of_an_embedding_and_of_other_families():
    method = MuP({"e": (1000, 64), "w": (64, 64)}, "Xavier")
    embedding = Parameter("e", (1000, 256), role="embedding")
    assert method.kind(embedding) == "input"
    assert method.weight(embedding) == Xavier().weight(Parameter("e", (1000, 64)))
    assert (method.rate(embedding), method.rate(embedding, "sgd")) == (1, 4)
    assert scaled(Uniform(-1, 2), 0.5) == Uniform(-0.5, 1)
    assert scaled(Constant(2), 0.5) == Constant(1)
    narrow = netinit.TruncatedNormal(1, 2, -1, 3)
    assert scaled(narrow, 0.5).std == pytest.approx(narrow.std / 2)
    with pytest.raises(TypeError, match="cannot be scaled"):
        scaled(netinit.initializers.Quantile(scipy.stats.norm()), 0.5)


def test_mup_says_what_does_not_fit():
    with pytest.raises(ValueError, match="MuP's base has no shape for 'x'"):
        MuP(BASE).weight(Parameter("x", (64, 64)))
    with pytest.raises(ValueError, match="has another number of axes"):
        MuP(BASE).weight(Parameter("hidden", (64, 64, 1)))
    with pytest.raises(TypeError, match="must draw from distributions"):
        MuP(BASE, "Orthogonal").weight(Parameter("hidden", (128, 128)))


class Adam:
    """The step of Adam."""

    def __init__(self):
        self.first = self.second = 0.0
        self.steps = 0

    def __call__(self, gradient):
        self.steps += 1
        self.first = 0.9 * self.first + 0.1 * gradient
        self.second = 0.99 * self.second + 0.01 * gradient**2
        mean, square = self.first / (1 - 0.9**self.steps), self.second / (1 - 0.99**self.steps)
        return mean / (np.sqrt(square) + 1e-12)


#: What makes the step of each optimizer for one array, and a small learning rate for it.
OPTIMIZERS = {"adam": (Adam, 1e-3), "sgd": (lambda: lambda gradient: gradient, 1e-4)}


def forward(weights, x):
    first = weights["first"] @ x
    hidden = weights["hidden"] @ np.maximum(first, 0)
    return first, hidden, weights["last"] @ np.maximum(hidden, 0)


def gradients(weights, x, y):
    """Return the gradients of half the mean squared error."""
    first, hidden, last = forward(weights, x)
    d_last = (last - y) / x.shape[1]
    d_hidden = (weights["last"].T @ d_last) * (hidden > 0)
    d_first = (weights["hidden"].T @ d_hidden) * (first > 0)
    return {
        "last": d_last @ np.maximum(hidden, 0).T,
        "hidden": d_hidden @ np.maximum(first, 0).T,
        "first": d_first @ x.T,
    }


def coordinate_check(width, method, rate, optimizer):
    """Return the mean size of the change of each layer's coordinates after two steps."""
    shapes = {"first": (width, 10), "hidden": (width, width), "last": (3, width)}
    make, small = OPTIMIZERS[optimizer]
    changes = []
    for seed in range(8):
        x = netinit.numpy.normal((10, 32), seed=seed, name="x", dtype="float64")
        # large, so that the first error is not the net's own output, which shrinks with width
        y = netinit.numpy.normal((3, 32), std=10, seed=seed, name="y", dtype="float64")
        net = {name: ArraySpec(shape, "float64") for name, shape in shapes.items()}
        weights = netinit.initialize(net, method=method, seed=seed)
        before = forward(weights, x)
        steps = {name: make() for name in shapes}
        for _ in range(2):
            for name, gradient in gradients(weights, x, y).items():
                by = small * rate(Parameter(name, shapes[name]), optimizer)
                weights[name] -= by * steps[name](gradient)
        after = forward(weights, x)
        changes.append([np.abs(a - b).mean() for a, b in zip(after, before, strict=True)])
    return np.mean(changes, axis=0)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_coordinate_check_over_widths(optimizer):
    widths = [64, 128, 256, 512]

    def slopes(method, rate):
        sizes = [coordinate_check(width, method, rate, optimizer) for width in widths]
        return np.polyfit(np.log2(widths), np.log2(sizes), 1)[0]

    mup = MuP(BASE)
    assert np.abs(slopes(mup, mup.rate)).max() < 0.15  # the same size at every width
    first, hidden, last = slopes(Kaiming(), lambda weight, optimizer: 1.0)
    assert hidden > 0.3  # without it the coordinates of wide nets blow up,
    assert last > 0.8
    if optimizer == "sgd":
        assert first < -0.3  # and the first layer learns less and less


def test_an_embedding_as_wide_as_the_base_nets_does_not_grow():
    method = MuP({"e": (1000, 64)}, "Xavier")
    assert method.kind(Parameter("e", (1000, 64), role="embedding")) == "finite"
