"""Layers of Paddle as nets: names, fans, lazy tensors, selections, what is refused."""

from __future__ import annotations

import numpy as np
import pytest

paddle = pytest.importorskip("paddle")

from paddle import nn  # noqa: E402

import netinit  # noqa: E402


def net():
    return nn.Sequential(
        nn.Conv2D(4, 6, 3, groups=2),
        nn.BatchNorm2D(6),
        nn.Conv2DTranspose(6, 8, 3, groups=2),
        nn.Linear(30, 40),
        nn.Embedding(7, 5, padding_idx=2),
        nn.PReLU(3),
        nn.Bilinear(3, 4, 5),
    )


def recurrent():
    return nn.Sequential(nn.LSTM(3, 4), nn.GRU(3, 4, direction="bidirect"), nn.SimpleRNNCell(3, 4))


def arrays(layer):
    return {name: t.numpy() for name, t in layer.state_dict().items()}


FANS = {
    "0.weight": (2 * 9, 3 * 9),
    "2.weight": (3 * 9, 4 * 9),
    "3.weight": (30, 40),
    "4.weight": (5, 7),
    "6.weight": (12, 5),
}


def test_fans_are_those_of_each_map():
    plan = netinit.plan(net(), netinit.All)
    rows = {row.name: row.parameter for row in plan}
    found = {n: (p.fan_in, p.fan_out) for n, p in rows.items() if p.role in ("weight", "embedding")}
    assert found == FANS
    fixed = {n: p.fixed.mean for n, p in rows.items() if p.fixed is not None}
    assert fixed == {
        **{"1.weight": 1, "1.bias": 0, "1._mean": 0, "1._variance": 1},
        "5._weight": 0.25,
    }
    assert rows["1._mean"].kind == "buffer"


def test_gates_of_recurrent_layers_are_maps_of_their_own():
    plan = netinit.plan(recurrent(), netinit.All)
    fans = {
        row.name: (row.parameter.fan_in, row.parameter.fan_out)
        for row in plan
        if row.parameter.role == "weight"
    }
    assert fans == {
        **{"0.weight_ih_l0": (3, 4), "0.weight_hh_l0": (4, 4)},
        **{f"1.weight_ih_l0{end}": (3, 4) for end in ("", "_reverse")},
        **{f"1.weight_hh_l0{end}": (4, 4) for end in ("", "_reverse")},
        **{"2.weight_ih": (3, 4), "2.weight_hh": (4, 4)},
    }
    assert plan["0.weight_ih_l0"].parameter.aliases == ("0.0.cell.weight_ih",)


def test_what_has_a_value_is_kept():
    layer = net()
    before = arrays(layer)
    with pytest.warns(netinit.errors.NothingToInitializeWarning):
        netinit.initialize(layer)
    for name, values in arrays(layer).items():
        np.testing.assert_array_equal(values, before[name])


@pytest.mark.parametrize(
    "method", ["Kaiming", "Orthogonal", ("Xavier", {"distribution": "Uniform"})]
)
def test_lazy_layers_get_memory_and_the_values_of_their_names(method):
    with paddle.LazyGuard():
        lazy = net()
    assert netinit.initialize(lazy, method=method, seed=7) is lazy
    eager = netinit.initialize(net(), netinit.All, method=method, seed=7)
    found, expected = arrays(lazy), arrays(eager)
    assert found.keys() == expected.keys()
    for name, values in found.items():
        np.testing.assert_array_equal(values, expected[name])
    assert not (found["4.weight"][2]).any()
    assert found["4.weight"][1].any()
    assert not lazy[3].weight.stop_gradient
    lazy[3](paddle.ones([2, 30])).sum().backward()
    assert lazy[3].weight.grad is not None


def test_values_are_those_of_fill_by_name():
    layer = netinit.initialize(nn.Linear(30, 40), netinit.All, method="Lecun", seed=7)
    want = netinit.fill(np.empty((30, 40), "f4"), 30**-0.5, seed=7, name="weight")
    np.testing.assert_allclose(layer.weight.numpy(), want, rtol=1e-6)


def test_memory_stays_and_autograd_knows():
    layer = recurrent()
    address, version = layer[0].weight_ih_l0.data_ptr(), layer[0].weight_ih_l0.inplace_version
    netinit.initialize(layer, netinit.All)
    assert layer[0].weight_ih_l0.data_ptr() == address
    assert layer[0].weight_ih_l0.inplace_version == version + 1


def test_a_selection_fills_its_part_alone():
    layer = net()
    before = arrays(layer)
    netinit.initialize(layer, "3.*", method="Orthogonal")
    changed = {n for n, v in arrays(layer).items() if (v != before[n]).any()}
    assert changed == {"3.weight"}
    matrix = layer[3].weight.numpy().astype("f8")
    np.testing.assert_allclose(matrix @ matrix.T, np.eye(30), atol=1e-5)


def test_shared_tensors_are_filled_once():
    layer = nn.Sequential(nn.Linear(5, 5), nn.Linear(5, 5))
    layer[1].weight = layer[0].weight
    plan = netinit.plan(layer, netinit.All)
    assert plan["0.weight"].parameter.aliases == ("1.weight",)
    assert len(plan) == 3


def test_half_precision_and_layers_of_ones_own():
    class Own(nn.Layer):
        def __init__(self):
            super().__init__()
            self.projection = self.create_parameter([30, 40], dtype="bfloat16")
            self.register_buffer("steps", paddle.zeros([2], dtype="int64"))

    layer = Own()
    plan = netinit.plan(layer, netinit.All, method="Lecun")
    assert [row.name for row in plan] == ["projection"]
    assert plan["projection"].parameter.fan_in == 30
    netinit.initialize(layer, netinit.All, method="Lecun", seed=7)
    want = netinit.create((30, 40), 30**-0.5, seed=7, name="projection", dtype="bfloat16")
    assert layer.projection.astype("float32").numpy().tolist() == want.astype("f4").tolist()


def test_the_seed_of_paddle_is_inherited():
    pair = []
    for _ in range(2):
        paddle.seed(5)
        layer = netinit.initialize(nn.Linear(3, 4), netinit.All, seed=netinit.Inherited)
        pair.append(layer.weight.numpy())
    np.testing.assert_array_equal(*pair)


def test_what_is_no_layer_is_refused():
    with pytest.raises(TypeError, match=r"a paddle\.nn\.Layer, not Tensor; netinit\.fill"):
        netinit.initialize(paddle.zeros([3]))


def test_a_mapping_of_tensors_is_filled():
    net = {"w": paddle.zeros([3, 4]), "n": paddle.zeros([3], dtype="int64")}
    tensor = net["w"]
    assert netinit.initialize(net, netinit.All, method=0.5, seed=7)["w"] is tensor
    np.testing.assert_array_equal(tensor.numpy(), netinit.create((3, 4), 0.5, seed=7, name="w"))
