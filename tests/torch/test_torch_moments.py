"""`"auto"` keeps second moments through deep nets, where a fixed gain does not.

The second moment q of a layer is the mean of its squared outputs, before the activation, over
all outputs, inputs and nets; inputs are standard normal. What is kept is q of each layer
relative to the first one's; or, layer by layer, q where each output of the layer before is scaled
to q = 1, as it is in a net that is infinitely wide.
"""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

import netinit  # noqa: E402

ACTIVATIONS = {
    "relu": nn.ReLU,
    "leaky_relu": lambda: nn.LeakyReLU(0.2),
    "tanh": nn.Tanh,
    "selu": nn.SELU,
    "elu": nn.ELU,
    "sigmoid": nn.Sigmoid,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "mish": nn.Mish,
}

#: Activations that keep a second moment or come back to it (their slope in docs/nonlinearity.md
#: is at most 1), and how many nets their mean needs: one of relu is off by half after 30 layers.
KEPT = {"relu": 100, "leaky_relu": 100, "tanh": 8, "selu": 8, "elu": 20, "sigmoid": 8}

#: Activations that leave it (slope above 1), and for how many layers they are within 10 %.
LEFT = {"gelu": 9, "silu": 7, "mish": 12}


def moments(net, shape, nonlinearity, nets, rescaled=False):
    """Return the second moments of each net's layers of weights, (nets, layers)."""
    generator = torch.Generator().manual_seed(1)
    method = netinit.methods.Kaiming(nonlinearity=nonlinearity)
    rows = []
    for seed in range(nets):
        netinit.initialize(net, netinit.All, method=method, seed=seed)
        x, row = torch.randn(shape, generator=generator), []
        with torch.no_grad():
            for layer in net:
                x = layer(x)
                if isinstance(layer, (nn.Linear, nn.Conv2d)):
                    row.append(x.double().square().mean())
                    if rescaled:
                        x = x / x.square().flatten(1).mean(1).sqrt().view(-1, *[1] * (x.ndim - 1))
        rows.append(row)
    return torch.tensor(rows, dtype=torch.float64)


def dense(name, nonlinearity, nets, layers=30, **options):
    parts = [(nn.Linear(512, 512, bias=False), ACTIVATIONS[name]()) for _ in range(layers)]
    net = nn.Sequential(*(part for pair in parts for part in pair))
    return moments(net, (16, 512), nonlinearity, nets, **options)


def convolutions(name, nonlinearity, nets, layers=50, **options):
    """Return the moments of convolutions with circular padding, so that borders do not count."""
    how = {"padding": 1, "padding_mode": "circular", "bias": False}
    parts = [(nn.Conv2d(64, 64, 3, **how), ACTIVATIONS[name]()) for _ in range(layers)]
    net = nn.Sequential(*(part for pair in parts for part in pair))
    return moments(net, (4, 64, 4, 4), nonlinearity, nets, **options)


def relative(q):
    """Return the mean of q over the nets, relative to the first layer's."""
    return (q.mean(0) / q.mean(0)[0]).tolist()


@pytest.mark.parametrize("name", KEPT)
def test_thirty_dense_layers_keep_the_second_moment(name):
    q = relative(dense(name, "auto", KEPT[name]))
    assert q == pytest.approx([1] * 30, rel=0.1)


@pytest.mark.parametrize("name", LEFT)
def test_dense_layers_keep_it_as_far_as_the_slope_allows(name):
    layers = LEFT[name]
    q = relative(dense(name, "auto", 100, layers))
    assert q == pytest.approx([1] * layers, rel=0.1)
    assert relative(dense(name, "relu", 10, layers))[-1] < 0.6


@pytest.mark.parametrize(
    ("name", "least", "most"),
    [("tanh", 0, 0.4), ("sigmoid", 0, 0.8), ("selu", 100, 300), ("elu", 5, 20)],
)
def test_a_gain_of_relu_loses_it(name, least, most):
    assert least < relative(dense(name, "relu", 8))[-1] < most


@pytest.mark.parametrize("name", LEFT)
def test_no_gain_keeps_it_where_the_slope_is_above_one_but_auto_is_nearer(name):
    auto, fixed = (dense(name, gain, 8).log().median(0).values for gain in ("auto", "relu"))
    assert (auto[-1] - auto[0]).abs() < (fixed[-1] - fixed[0]).abs() * 0.6


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_each_of_thirty_dense_layers_keeps_it(name):
    q = dense(name, "auto", 20, rescaled=True).mean(0).tolist()
    assert q[1:] == pytest.approx([1] * 29, rel=0.1)


#: What a layer with relu's gain makes of q = 1 behind the activation: 2 E[f(z)**2].
LOST = {"tanh": 0.79, "sigmoid": 0.59, "gelu": 0.85, "silu": 0.71, "selu": 2.0, "elu": 1.29}


@pytest.mark.parametrize("name", LOST)
def test_each_layer_with_a_gain_of_relu_loses_it(name):
    q = dense(name, "relu", 8, rescaled=True)[:, 1:].mean().item()
    assert q == pytest.approx(LOST[name], rel=0.02)
    assert not 0.9 < q < 1.1


@pytest.mark.parametrize("name", ["tanh", "selu"])
def test_fifty_convolutions_keep_the_second_moment(name):
    q = relative(convolutions(name, "auto", 20))
    assert q == pytest.approx([1] * 50, rel=0.1)
    assert not 0.7 < relative(convolutions(name, "relu", 4))[-1] < 1.4


@pytest.mark.parametrize("name", ["relu", "leaky_relu", "tanh", "gelu", "silu", "selu"])
def test_each_of_fifty_convolutions_keeps_it(name):
    q = convolutions(name, "auto", 60, rescaled=True).mean(0).tolist()
    assert q[1:] == pytest.approx([1] * 49, rel=0.1)
