"""Packed projections of libraries that are not installed, and modules that only look like them."""

import re

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

import netinit  # noqa: E402


def block(name, layers, **attributes):
    """Return a module of the class `name` with layers and attributes."""
    module = type(name, (nn.Module,), {})()
    for key, layer in layers.items():
        setattr(module, key, layer)
    for key, value in attributes.items():
        setattr(module, key, value)
    return module


def is_known(net, name):
    return {p.name: p.known for p in netinit.plan(net).parameters}[name]


def row(net, name):
    p = netinit.plan(net, netinit.All)[name].parameter
    return p.note, [(piece.fan_in, piece.fan_out) for piece in p.pieces] * p.layout.stack


def test_attention_of_timm():
    net = block("Attention", {"qkv": nn.Linear(8, 24)}, num_heads=2, head_dim=4)
    assert row(net, "qkv.weight") == ("q, k, v stacked: 8, 8, 8 rows", [(8, 8)] * 3)


def test_gates_of_timm_and_of_dinov2():
    net = block("GluMlp", {"fc1": nn.Linear(8, 20), "fc2": nn.Linear(10, 8)})
    assert row(net, "fc1.weight") == ("gate, up stacked: 10, 10 rows", [(8, 10)] * 2)
    assert row(net, "fc2.weight") == ("", [(10, 8)])
    net = block("SwiGLUFFN", {"w12": nn.Linear(8, 20)})
    assert row(net, "w12.weight")[1] == [(8, 10)] * 2


def test_keys_and_values_beside_their_queries():
    net = block("Attention", {"q": nn.Linear(8, 6), "kv": nn.Linear(8, 12)})
    assert row(net, "kv.weight") == ("k, v stacked: 6, 6 rows", [(8, 6)] * 2)
    net = block("Attention", {"kv": nn.Linear(8, 12)})
    assert row(net, "kv.weight") == ("", [(8, 12)])


def test_attention_in_a_layout_of_ones_own():
    grouped = block("Attention", {"Wqkv": nn.Linear(8, 16)}, num_heads=4, head_dim=2)
    assert row(grouped, "Wqkv.weight")[1] == [(8, 8), (8, 4), (8, 4)]
    odd = block("Attention", {"qkv": nn.Linear(8, 16)})
    assert row(odd, "qkv.weight") == ("", [(8, 16)])


def test_a_convolution_that_packs():
    net = block("Attention2d", {"qkv": nn.Conv2d(8, 24, 1)})
    assert row(net, "qkv.weight") == ("q, k, v stacked: 8, 8, 8 rows", [(8, 8)] * 3)


def test_a_name_alone_makes_no_projection():
    for name in ("query_key_value", "kv_b_proj", "x_proj", "in_proj", "in_proj_qkvz"):
        net = block("MambaMixer", {name: nn.Linear(8, 24)})
        assert row(net, f"{name}.weight") == ("", [(8, 24)])


def test_a_class_of_the_name_of_one_of_transformers():
    class Conv1D(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.zeros(4, 3, 5))

    class ManyExperts(Conv1D):
        pass

    assert not is_known(Conv1D(), "weight")
    assert not is_known(ManyExperts(), "weight")


def test_attention_made_as_torchs_own():
    class Attention(nn.Module):
        def __init__(self, *shape):
            super().__init__()
            self.in_proj_weight = nn.Parameter(torch.zeros(shape))
            self.in_proj_bias = nn.Parameter(torch.zeros(shape[0]))

    assert row(Attention(24, 8), "in_proj_weight")[1] == [(8, 8)] * 3
    assert is_known(Attention(24, 8), "in_proj_bias")
    assert not is_known(Attention(24, 6), "in_proj_weight")


def test_a_layer_wrapped_by_an_adapter():
    inner = block("Linear", {"base_layer": nn.Linear(8, 24)})
    net = nn.ModuleDict({"attn": block("Attention", {"qkv": inner})})
    assert row(net, "attn.qkv.base_layer.weight")[1] == [(8, 8)] * 3


def test_a_parametrized_projection():
    layer = nn.utils.parametrizations.weight_norm(nn.Linear(8, 20))
    note, maps = row(block("GluMlp", {"fc1": layer}), "fc1.parametrizations.weight.original1")
    assert note == "gate, up stacked: 10, 10 rows; parametrized by WeightNorm"
    assert maps == [(8, 10)] * 2


def test_orthogonal_projections_of_grouped_heads():
    net = block("Attention", {"Wqkv": nn.Linear(8, 16)}, num_heads=4, head_dim=2)
    netinit.initialize(net, netinit.All, method="Orthogonal")
    for piece in net.Wqkv.weight.detach().double().split([8, 4, 4]):
        torch.testing.assert_close(
            piece @ piece.T, torch.eye(len(piece)).double(), atol=1e-5, rtol=0
        )


def test_the_plan_shows_the_fans_of_each_map():
    net = block("Attention", {"Wqkv": nn.Linear(8, 16, bias=False)}, num_heads=4, head_dim=2)
    line = repr(netinit.plan(net, netinit.All, method="Xavier")).splitlines()[1]
    cells = re.sub(" +", " ", line.partition("float32")[2])
    assert cells == (
        " weight 8 8, 4, 4 Parts(Normal(0, 0.354), Normal(0, 0.408), Normal(0, 0.408)) "
        "q, k, v stacked: 8, 4, 4 rows"
    )
    netinit.initialize(net, netinit.All, method="Xavier")
    deviations = [piece.std(correction=0).item() for piece in net.Wqkv.weight.split([8, 4, 4])]
    assert deviations == pytest.approx([0.354, 0.408, 0.408], rel=0.5)
