"""initialize: what is filled, what is kept, and what is refused before anything is written."""

from __future__ import annotations

import hashlib
import inspect
import warnings

import numpy as np
import pytest
import scipy.stats

import netinit
from netinit import ArraySpec, Constant, Parameter
from netinit.api import initialize as initialize_module
from netinit.arrays.slice import Slice
from netinit.base.frameworks import adapter_for
from netinit.errors import NothingToInitializeWarning, UnresolvedShapeError
from netinit.plans.execute import refuse_unresolved
from netinit.plans.plan import build_plan
from netinit.shapes.layout import DENSE


def placeholders():
    return {
        "fc1.weight": ArraySpec((200, 50)),
        "fc1.bias": ArraySpec((200,)),
        "norm.weight": ArraySpec((200,)),
        "norm.running_var": ArraySpec((200,)),
        "fc2.weight": ArraySpec((10, 200), "float16"),
    }


def digest(net):
    return {name: hashlib.sha256(array.tobytes()).hexdigest() for name, array in net.items()}


def test_fills_what_is_uninitialized_and_returns_the_net():
    net = placeholders()
    assert netinit.initialize(net) is net
    assert net["fc1.weight"].std() == pytest.approx((2 / 50) ** 0.5, rel=0.05)
    assert net["fc2.weight"].std() == pytest.approx((2 / 200) ** 0.5, rel=0.05)
    assert (net["fc1.bias"] == 0).all()
    assert (net["norm.weight"] == 1).all()
    assert (net["norm.running_var"] == 1).all()


def test_keeps_every_byte_of_what_is_initialized():
    net = placeholders()
    kept = np.random.default_rng(1).normal(size=(200, 50)).astype("f4")
    net["fc1.weight"] = kept.copy()
    array = net["fc1.weight"]
    netinit.initialize(net)
    assert net["fc1.weight"] is array
    assert (array == kept).all()


def test_nothing_to_initialize_changes_nothing_and_says_so():
    net = netinit.initialize(placeholders())
    before, arrays = digest(net), dict(net)
    with pytest.warns(NothingToInitializeWarning, match=r"5 parameters.*netinit\.All") as caught:
        assert netinit.initialize(net, method="xavier", seed=7) is net
    assert caught[0].filename == __file__
    assert digest(net) == before
    assert all(net[name] is arrays[name] for name in net)


@pytest.mark.parametrize(
    ("net", "select", "message"),
    [
        ({}, netinit.All, "the net has no parameters"),
        ({"a.b": np.zeros(3, "f4")}, "uninitialized", "net's 1 parameter has a value already"),
        ({"a.b": ArraySpec(3)}, lambda p: False, "the net has 1, 1 of them uninitialized"),
    ],
)
def test_each_kind_of_nothing_has_its_text(net, select, message):
    with pytest.warns(NothingToInitializeWarning, match=message):
        netinit.initialize(net, select)


def test_all_overwrites():
    net = netinit.initialize(placeholders())
    before = digest(net)
    arrays = dict(net)
    netinit.initialize(net, netinit.All, seed=7)
    assert all(net[name] is arrays[name] for name in net)
    changed = {name for name in net if digest(net)[name] != before[name]}
    assert changed == {"fc1.weight", "fc2.weight"}
    netinit.initialize(net, netinit.All)
    assert digest(net) == before


def test_a_pattern_overwrites_what_it_names():
    net = netinit.initialize(placeholders())
    before = digest(net)
    netinit.initialize(net, "fc2.*", seed=7)
    assert {name for name in net if digest(net)[name] != before[name]} == {"fc2.weight"}


def test_equal_calls_give_equal_nets_whatever_else_is_in_them():
    one = digest(netinit.initialize(placeholders()))
    assert digest(netinit.initialize(placeholders(), threads=1)) == one
    larger = {"first": ArraySpec((3, 3)), **placeholders()}
    other = digest(netinit.initialize(dict(reversed(larger.items()))))
    assert {name: other[name] for name in one} == one
    assert digest(netinit.initialize(placeholders(), seed=netinit.Automatic)) != one
    assert digest(netinit.initialize(placeholders(), seed="1234")) != one


def test_inherited_seed_follows_numpy():
    state = np.random.get_state()
    try:
        nets = []
        for seed in (3, 3, 4):
            np.random.seed(seed)
            nets.append(digest(netinit.initialize(placeholders(), seed=netinit.Inherited)))
    finally:
        np.random.set_state(state)
    assert nets[0] == nets[1] != nets[2]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"method": "Kaimng"}, ValueError, "did you mean 'Kaiming'"),
        ({"method": ("Random", {"weights": -1})}, ValueError, "at least 0"),
        ({"method": netinit.methods.Random(netinit.Normal(0, 1e6))}, ValueError, r"'fc2\.weight'"),
        (
            {"method": netinit.methods.Orthogonal(1e6)},
            ValueError,
            r"'fc2\.weight': gain must be at most",
        ),
        ({"method": netinit.methods.Identity(Constant(1e6))}, ValueError, r"'fc2\.weight'"),
        (
            {"method": netinit.methods.Random(scipy.stats.gamma)},
            TypeError,
            r"'fc1\.weight': ppf\(q\) fail",
        ),
        ({"select": "fc3.*"}, ValueError, r"matches 'fc3\.\*'"),
        ({"select": 3}, TypeError, "select must be"),
        ({"seed": 1.5}, TypeError, "seed must be"),
        ({"threads": 0}, ValueError, "thread"),
        ({"threads": "two"}, TypeError, "threads must be an integer or None, not .two."),
    ],
)
def test_a_mistake_changes_nothing(arguments, error, message):
    net = placeholders()
    net["fc1.weight"] = np.full((200, 50), 7, "f4")
    with pytest.raises(error, match=message):
        netinit.initialize(net, **{"select": netinit.All, **arguments})
    assert (net["fc1.weight"] == 7).all()
    assert {k: v for k, v in net.items() if k != "fc1.weight"} == {
        k: v for k, v in placeholders().items() if k != "fc1.weight"
    }


def test_an_array_that_cannot_be_written_is_found_before_any_is():
    net = {"a.weight": np.full((2, 2), 7, "f4"), "z.weight": np.full((2, 2), 7, "f4")}
    net["z.weight"].flags.writeable = False
    with pytest.raises(ValueError, match=r"'z\.weight': out is read-only"):
        netinit.initialize(net, netinit.All)
    assert (net["a.weight"] == 7).all()


class Recorder:
    """An adapter of a net with one parameter whose shape is not known."""

    framework = "test"

    def __init__(self, rows):
        self.rows, self.calls = rows, []
        self.memory = {row.name: np.full(row.shape or (), 7, "f4") for row in rows}

    def parameters(self):
        return self.rows

    def unfinished(self):
        return ()

    def open(self, parameters):
        self.calls.append(("open", [p.name for p in parameters]))

    def parts(self, parameter):
        return [Slice(self.memory[parameter.name], parameter.dtype)]

    def close(self, parameters):
        self.calls.append(("close", [p.name for p in parameters]))
        return self

    def global_seed(self):
        return 0


def test_unresolved_shapes_are_named_before_memory_is_taken():
    rows = [Parameter("a", (2, 2)), Parameter("b.weight", None), Parameter("c.weight", None)]
    with pytest.raises(UnresolvedShapeError, match=r"shapes of 'b\.weight', 'c\.weight' are not"):
        refuse_unresolved(build_plan(rows))


def test_the_adapter_is_opened_and_closed_around_all_rows(monkeypatch):
    rows = [
        Parameter("emb", (4, 3), role="embedding", layout=DENSE, zero_row=1),
        Parameter("bias", (3,), role="bias"),
    ]
    adapter = Recorder(rows)
    monkeypatch.setattr(initialize_module, "adapter_for", lambda net: net)
    assert netinit.initialize(adapter) is adapter
    assert adapter.calls == [("open", ["emb", "bias"]), ("close", ["emb", "bias"])]
    assert (adapter.memory["emb"][1] == 0).all()
    assert (adapter.memory["emb"][[0, 2, 3]] != 0).all()


def test_adapters_are_found_by_type():
    assert adapter_for({}).framework == "mapping"
    for net in (3, [1], "net", None):
        with pytest.raises(TypeError, match="net must be one of: a layer, chain or graph of neti"):
            adapter_for(net)
    with pytest.raises(TypeError, match=r"to fill one array use netinit\.fill"):
        netinit.initialize(np.zeros(3))
    with pytest.raises(TypeError, match="not the class NetChain: make an instance of it"):
        netinit.initialize(netinit.nets.NetChain)


def test_signature_is_the_documented_one():
    names = list(inspect.signature(netinit.initialize).parameters.values())
    assert [(p.name, p.default) for p in names] == [
        ("net", inspect.Parameter.empty),
        ("select", "uninitialized"),
        ("method", "Kaiming"),
        ("seed", 1234),
        ("threads", None),
    ]


def test_no_warning_in_ordinary_use():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for method in ("Kaiming", "Xavier", "Orthogonal", "Random", "Identity"):
            netinit.initialize(placeholders(), method=method)
