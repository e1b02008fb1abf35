"""compat="torch": the fans that torch.nn.init takes from the shape alone."""

import json
import math

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.nn.init import _calculate_fan_in_and_fan_out, calculate_gain  # noqa: E402

import netinit  # noqa: E402
from netinit.methods import Kaiming, Lecun, VarianceScaling, Xavier  # noqa: E402
from netinit.methods.registry import method_from_json  # noqa: E402

LAYERS = {
    "LSTM": lambda: nn.LSTM(6, 4),
    "grouped": lambda: nn.Conv2d(8, 12, 3, groups=4),
    "transposed": lambda: nn.ConvTranspose1d(4, 6, 5, groups=2),
    "attention": lambda: nn.MultiheadAttention(12, 3),
    "embedding": lambda: nn.Embedding(10, 4),
    "linear": lambda: nn.Linear(6, 4),
    "bilinear": lambda: nn.Bilinear(3, 5, 4),
}


def expected(method, tensor):
    """Return the standard deviation by torch.nn.init's own formulas."""
    fan_in, fan_out = _calculate_fan_in_and_fan_out(tensor)
    if isinstance(method, Xavier):
        return method.gain * math.sqrt(2.0 / float(fan_in + fan_out))
    if isinstance(method, Kaiming):
        fan = fan_in if method.mode == "fan_in" else fan_out
        return calculate_gain(method.nonlinearity, method.a) / math.sqrt(fan)
    return math.sqrt(getattr(method, "scale", 1.0) / fan_in)


METHODS = [
    Xavier(compat="torch"),
    Xavier(gain=2, compat="torch"),
    Kaiming(compat="torch"),
    Kaiming(mode="fan_out", nonlinearity="leaky_relu", a=0.3, compat="torch"),
    Lecun(compat="torch"),
    VarianceScaling(3.0, distribution="normal", compat="torch"),
]


@pytest.mark.parametrize("method", METHODS, ids=str)
@pytest.mark.parametrize("layer", LAYERS)
def test_the_deviation_is_that_of_torch_to_the_bit(layer, method):
    net = LAYERS[layer]()
    rows = [
        row
        for row in netinit.plan(net, netinit.All, method=method)
        if row.parameter.role in ("weight", "embedding")
    ]
    assert rows
    for row in rows:
        assert row.initializer.std == expected(method, net.get_parameter(row.name))


def test_without_it_the_fans_are_those_of_each_map():
    net = nn.LSTM(6, 4)
    own, shape = (netinit.plan(net, netinit.All, method=m)[0].std for m in ("Xavier", METHODS[0]))
    assert (own, shape) == ((2 / 10) ** 0.5, (2 / 22) ** 0.5)


def test_each_way_to_say_it_fills_with_the_same():
    filled = []
    for method in (
        ("Xavier", {"compat": "torch"}),
        ("glorot", {"Compat": "Torch"}),
        Xavier(compat="torch"),
        {"method": "xavier", "compat": "torch"},
        {"*": ("Xavier", {"compat": "torch"})},
        json.loads(json.dumps(Xavier(compat="torch").to_json())),
    ):
        net = netinit.initialize(nn.LSTM(6, 4), netinit.All, method=method, seed=3)
        filled.append(torch.cat([p.detach().flatten() for p in net.parameters()]))
    assert all(torch.equal(filled[0], other) for other in filled)
    plain = netinit.initialize(nn.LSTM(6, 4), netinit.All, method="Xavier", seed=3)
    assert not torch.equal(filled[0], torch.cat([p.flatten() for p in plain.parameters()]))


@pytest.mark.parametrize("cls", [Kaiming, Lecun, VarianceScaling, Xavier])
def test_it_survives_a_recipe_and_is_not_said_where_it_is_not_given(cls):
    method = cls(compat="torch")
    assert method_from_json(method.to_json()) == method
    assert "compat='torch'" in str(method)
    assert repr(method) == str(method)
    assert "compat" not in cls().to_json()
    assert "compat" not in str(cls())


@pytest.mark.parametrize("cls", [Kaiming, Lecun, VarianceScaling, Xavier])
def test_anything_else_is_refused_with_what_is_allowed(cls):
    with pytest.raises(ValueError, match=f"{cls.__name__}'s compat 'jax' is unknown.*'torch'"):
        cls(compat="jax")
    with pytest.raises(TypeError, match="compat must be a string"):
        cls(compat=True)


def test_an_array_of_one_axis_keeps_its_own_fans():
    row = netinit.Parameter("w", (9,))
    assert Xavier(compat="torch").weight(row) == Xavier().weight(row)
