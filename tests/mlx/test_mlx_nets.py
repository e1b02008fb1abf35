"""Modules of MLX as nets: names, fans, new arrays, what is left as it is."""

from __future__ import annotations

import numpy as np
import pytest

mx = pytest.importorskip("mlx.core")

from mlx import nn  # noqa: E402
from mlx.utils import tree_flatten  # noqa: E402

import netinit  # noqa: E402


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.scales = mx.zeros((3, 4))
        self.layers = [
            *[nn.Conv2d(4, 6, 3, groups=2), nn.BatchNorm(6), nn.ConvTranspose2d(6, 8, 3)],
            *[nn.Linear(30, 40), nn.Embedding(7, 5), nn.PReLU(), nn.Bilinear(3, 4, 5)],
            *[nn.LSTM(3, 4), nn.GRU(3, 4), nn.RNN(3, 4), nn.RMSNorm(4)],
        ]
        self.more = {"own": mx.zeros((2, 5), dtype=mx.bfloat16), "steps": mx.zeros((2,), mx.int32)}
        self.tied = self.layers[3]
        self._hidden = mx.zeros((3,))


def arrays(net):
    return {n: np.array(a.astype(mx.float32)) for n, a in tree_flatten(net.parameters())}


def test_names_are_those_of_mlx():
    net = Net()
    plan = netinit.plan(net, netinit.All)
    names = [n for row in plan for n in (row.name, *row.parameter.aliases)]
    expected = {n for n, a in tree_flatten(net.parameters()) if a.dtype != mx.int32}
    assert len(names) == len(set(names))
    assert set(names) == expected
    assert plan["layers.3.weight"].parameter.aliases == ("tied.weight",)


def test_fans_are_those_of_each_map():
    plan = netinit.plan(Net(), netinit.All)
    rows = {row.name: row.parameter for row in plan}
    found = {n: (p.fan_in, p.fan_out) for n, p in rows.items() if p.role in ("weight", "embedding")}
    assert found == {
        "scales": (4, 3),
        "layers.0.weight": (2 * 9, 3 * 9),
        "layers.2.weight": (6 * 9, 8 * 9),
        "layers.3.weight": (30, 40),
        "layers.4.weight": (5, 7),
        "layers.6.weight": (12, 5),
        **{f"layers.{k}.Wx": (3, 4) for k in (7, 8)},
        **{f"layers.{k}.Wh": (4, 4) for k in (7, 8)},
        **{"layers.9.Wxh": (3, 4), "layers.9.Whh": (4, 4)},
        "more.own": (5, 2),
    }
    fixed = {n: p.fixed.mean for n, p in rows.items() if p.fixed is not None}
    assert fixed == {
        **{"layers.1.weight": 1, "layers.1.bias": 0},
        **{"layers.1.running_mean": 0, "layers.1.running_var": 1},
        **{"layers.5.weight": 0.25, "layers.10.weight": 1},
    }


def test_values_are_those_of_fill_by_name():
    net = netinit.initialize(Net(), netinit.All, method="Lecun", seed=7)
    found = arrays(net)
    want = netinit.fill(np.empty((40, 30), "f4"), 30**-0.5, seed=7, name="layers.3.weight")
    np.testing.assert_allclose(found["layers.3.weight"], want, rtol=1e-6)
    assert net.tied.weight is net.layers[3].weight
    own = netinit.create((2, 5), 5**-0.5, seed=7, name="more.own", dtype="bfloat16")
    np.testing.assert_array_equal(found["more.own"], own.astype("f4"))
    assert net.more["own"].dtype == mx.bfloat16
    assert net.layers[3](mx.ones((2, 30))).shape == (2, 40)


def test_arrays_that_others_hold_do_not_change():
    net = Net()
    old = net.layers[3].weight
    before, waiting = np.array(old), mx.sum(old)
    netinit.initialize(net, "layers.3.*")
    assert net.layers[3].weight is not old
    np.testing.assert_array_equal(np.array(old), before)
    assert float(waiting) == pytest.approx(float(before.sum()), abs=1e-3)


def test_what_has_a_value_is_kept():
    with pytest.warns(netinit.errors.NothingToInitializeWarning):
        netinit.initialize(Net())


def test_quantized_layers_are_left_as_they_are():
    net = nn.Sequential(nn.QuantizedLinear(64, 64), nn.Linear(64, 8))
    assert [row.name for row in netinit.plan(net, netinit.All)] == [
        *["layers.1.weight", "layers.1.bias"]
    ]


def test_the_seed_of_mlx_is_inherited():
    pair = []
    for _ in range(2):
        mx.random.seed(5)
        net = netinit.initialize(nn.Linear(3, 4), netinit.All, seed=netinit.Inherited)
        pair.append(np.array(net.weight))
    np.testing.assert_array_equal(*pair)


def test_a_mapping_of_arrays_is_filled_where_it_lies():
    net = {"w": mx.zeros((3, 4)), "n": mx.zeros((3,), mx.int32)}
    array = net["w"]
    assert netinit.initialize(net, netinit.All, method=0.5, seed=7)["w"] is array
    np.testing.assert_array_equal(np.array(array), netinit.create((3, 4), 0.5, seed=7, name="w"))


def test_what_is_no_module_is_refused():
    with pytest.raises(TypeError, match=r"an mlx\.nn\.Module, not array; netinit\.fill"):
        netinit.initialize(mx.zeros((3,)))
