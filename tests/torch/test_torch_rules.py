"""What people do by hand in PyTorch, each as one call of netinit.initialize."""

from __future__ import annotations

import math
import warnings

import pytest

torch = pytest.importorskip("torch")

import netinit  # noqa: E402
from netinit import Constant, Normal  # noqa: E402


def model():
    torch.manual_seed(0)
    return torch.nn.Sequential(
        torch.nn.Conv2d(3, 64, 3),
        torch.nn.BatchNorm2d(64),
        torch.nn.ReLU(),
        torch.nn.ConvTranspose2d(64, 32, 2),
        torch.nn.Conv1d(32, 32, 5),
        torch.nn.Linear(256, 128),
        torch.nn.Linear(128, 64),
    )


def stds(net):
    with warnings.catch_warnings():  # of tensors with one element
        warnings.simplefilter("ignore")
        return {name: float(p.detach().std()) for name, p in net.named_parameters()}


def test_xavier_uniform_on_a_linear_and_a_constant_on_its_bias():
    net = netinit.initialize(
        model(),
        netinit.All,
        method={("Linear", "weight"): "xavier_uniform", ("Linear", "bias"): Constant(0.01)},
    )
    bound = math.sqrt(6 / (256 + 128))
    assert 0.99 * bound < float(net[5].weight.detach().abs().max()) <= bound
    assert bool((net[5].bias == 0.01).all())
    before = model()
    assert torch.equal(net[0].weight, before[0].weight)  # no rule, no change


def test_kaiming_normal_with_fan_out_and_relu_on_a_convolution():
    net = netinit.initialize(
        model(),
        netinit.All,
        method={(torch.nn.Conv2d, "weight"): ("kaiming_normal", {"mode": "fan_out"})},
    )
    assert stds(net)["0.weight"] == pytest.approx(math.sqrt(2 / (64 * 9)), rel=0.05)


def test_a_function_by_layer_type():
    for convolutions in ("Conv*d", torch.nn.modules.conv._ConvNd):
        rules = {"bias": 0.0, convolutions: 0.1, "Linear": "xavier_normal"}
        got = stds(netinit.initialize(model(), netinit.All, method=rules))
        assert got["0.weight"] == pytest.approx(0.1, rel=0.05)
        assert got["3.weight"] == pytest.approx(0.1, rel=0.05)
        assert got["5.weight"] == pytest.approx(math.sqrt(2 / (256 + 128)), rel=0.05)
        assert got["5.bias"] == got["0.bias"] == 0


def test_a_function_by_rank():
    rules = {1: Normal(), 2: "xavier_normal", range(3, 5): "xavier_uniform", "*": Constant(0)}
    got = stds(netinit.initialize(model(), netinit.All, method=rules))
    assert got["0.bias"] == pytest.approx(1, rel=0.3)
    assert got["6.weight"] == pytest.approx(math.sqrt(2 / (128 + 64)), rel=0.05)
    assert got["0.weight"] == pytest.approx(math.sqrt(2 / (3 * 9 + 64 * 9)), rel=0.05)
    assert got["4.weight"] == pytest.approx(math.sqrt(2 / (32 * 5 * 2)), rel=0.05)


def test_one_initializer_for_every_parameter_and_for_no_buffer():
    net = netinit.initialize(model(), netinit.All, method={"*": Normal(0, 0.02)})
    assert all(0.01 < std < 0.03 for std in stds(net).values())
    assert bool((net[1].running_var == 1).all())


def test_one_initializer_for_every_weight():
    net = netinit.initialize(model(), netinit.All, method=Normal(0, 0.02))
    assert stds(net)["0.weight"] == pytest.approx(0.02, rel=0.05)
    assert not net[0].bias.any()
    assert bool((net[1].weight == 1).all())


def test_dcgan():
    rules = {
        ("Conv*", "weight"): 0.02,
        ("BatchNorm2d", "weight"): Normal(1, 0.02),
        ("BatchNorm2d", "bias"): Constant(0),
    }
    net = netinit.initialize(model(), netinit.All, method=rules)
    assert stds(net)["0.weight"] == pytest.approx(0.02, rel=0.05)
    assert stds(net)["3.weight"] == pytest.approx(0.02, rel=0.05)
    assert float(net[1].weight.detach().mean()) == pytest.approx(1, abs=0.01)
    assert bool((net[1].bias == 0).all())


@pytest.mark.parametrize(("rule", "factor"), [("fan_in_uniform", 3**-0.5), ("lecun_normal", 1)])
def test_the_general_rule_and_pytorchs_own_default(rule, factor):
    net = netinit.initialize(model(), netinit.All, method={"Linear": rule, "Conv2d": rule})
    got = stds(net)
    for name, inputs in (("0", 27), ("5", 256), ("6", 128)):
        for kind in ("weight", "bias"):
            assert got[f"{name}.{kind}"] == pytest.approx(factor / math.sqrt(inputs), rel=0.25)
    if rule == "fan_in_uniform":
        assert float(net[5].bias.detach().abs().max()) <= 1 / 16


def test_a_model_on_the_meta_device_is_made_whole():
    with torch.device("meta"):
        net = model()
    netinit.initialize(net, netinit.All, method={"*": "Xavier"})
    assert bool((net[1].running_var == 1).all())
    assert bool((net[1].weight == 1).all())
    assert not any(p.is_meta for p in net.parameters())


def test_all_zeros_are_warned_of():
    with pytest.warns(netinit.errors.SymmetryWarning):
        netinit.initialize(model(), netinit.All, method={"Linear": "zeros"})
