"""netinit.torch.engines.deepspeed: the flat partitions of ZeRO-3."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

import netinit  # noqa: E402
from netinit.torch.engines import deepspeed  # noqa: E402
from tests.torch.engines import zero  # noqa: E402
from tests.torch.engines.processes import run_ranks  # noqa: E402
from tests.torch.engines.stand_ins import Status, divided  # noqa: E402


def planned(method=zero.METHOD):
    with torch.device("meta"):
        return netinit.plan(zero.make(), method=method, seed=zero.SEED)


def undivided(method=zero.METHOD):
    net = zero.make()
    netinit.initialize(net, netinit.All, method=method, seed=zero.SEED)
    return net


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("world", [1, 2, 3, 8])
def test_partitions_are_ranges_of_the_flattened_parameters(world, dtype):
    plan, whole = planned(), undivided()
    nets = [divided(zero.make(), rank, world, dtype) for rank in range(world)]
    for net in nets:
        net[3].running_var.zero_()
        deepspeed.fill(net, plan)
        assert (net[3].running_var == 1).all()  # not divided
    for name, expected in whole.named_parameters():
        parts = [net.get_parameter(name).ds_tensor for net in nets]
        values, n = torch.cat(parts), expected.numel()
        assert torch.equal(values[:n].view(expected.shape), expected.to(dtype))
        assert (values[n:] == 9).all()  # padding


def test_large_partitions_of_another_dtype_are_drawn_in_blocks(monkeypatch):
    monkeypatch.setattr("netinit.torch.engines.serving._BLOCK", 4)
    net = divided(zero.make(), 1, 2, torch.bfloat16)
    deepspeed.fill(net, planned())
    for name, expected in undivided().named_parameters():
        held = net.get_parameter(name).ds_tensor
        values = expected.detach().flatten()[len(held) :].bfloat16()
        assert torch.equal(held[: len(values)], values)


def test_tied_parameters_are_known_by_any_name():
    net = nn.Sequential(nn.Linear(4, 4, bias=False), nn.Linear(4, 4, bias=False))
    net[1].weight = net[0].weight
    with torch.device("meta"):
        plan = netinit.plan(nn.Linear(4, 4, bias=False), method=0.5, seed=3)
    divided(net, 0, 1)
    with pytest.raises(ValueError, match=r"none of the parameters of the plan: \['weight'\]"):
        deepspeed.fill(net, plan)
    with torch.device("meta"):
        plan = netinit.plan({"1.weight": netinit.ArraySpec((4, 4))}, method=0.5, seed=3)
    deepspeed.fill(net, plan)
    expected = netinit.create((4, 4), 0.5, seed=3, name="1.weight")
    assert (net[0].weight.ds_tensor.view(4, 4).numpy() == expected).all()


def gathered(parameter):
    parameter.data = torch.zeros(parameter.ds_shape)


def moved(parameter):
    parameter.ds_tensor.status = Status.NOT_AVAILABLE


def second(parameter):
    parameter.ds_secondary_tensor = torch.zeros(2)


def quantized(parameter):
    status, size = parameter.ds_tensor.status, parameter.ds_tensor.ds_numel
    parameter.ds_tensor = torch.zeros(size, dtype=torch.int8)
    parameter.ds_tensor.status, parameter.ds_tensor.ds_numel = status, size


def reshaped(parameter):
    parameter.ds_shape = torch.Size([1, 15])


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (gathered, r"'2\.weight' is gathered"),
        (moved, r"partition of parameter '2\.weight' has been moved to a disk"),
        (second, r"'2\.weight' has a second partition"),
        (quantized, r"'2\.weight' has dtype torch.int8"),
        (reshaped, r"'2\.weight' has the shape \(1, 15\), and the plan fills one of \(3, 5\)"),
    ],
)
def test_mistakes(spoil, said):
    net = divided(zero.make(), 0, 2)
    spoil(net[2].weight)
    with pytest.raises((TypeError, ValueError), match=said):
        deepspeed.fill(net, planned())
    assert (net[0].weight.ds_tensor == 9).all()
    with pytest.raises(TypeError, match=r"plan must be a netinit\.Plan"):
        deepspeed.fill(net, net)


@pytest.mark.skipif(find_spec("deepspeed") is None, reason="DeepSpeed is not installed")
@pytest.mark.parametrize("world", [1, 2, 3])
def test_a_net_of_the_real_zero_3(tmp_path, world):
    expected = zero.digest(undivided().named_parameters())
    for printed in run_ranks("tests.torch.engines.zero", world, tmp_path):
        assert printed.splitlines()[-1] == expected
