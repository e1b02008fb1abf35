"""Thinc models in initialize and plan: names, fans, roles, values."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("thinc")

from thinc import api

import netinit

X = np.linspace(-1, 1, 60, dtype="f4").reshape(10, 6)


def build(*more):
    """Return a chain of layers of several kinds; the output's width is 2."""
    return api.chain(
        api.Relu(nO=5, dropout=0.1),
        api.residual(api.Maxout(nO=5, nP=3, normalize=True)),
        api.concatenate(api.Linear(3), api.Mish(4)),
        *more,
        api.Softmax(2),
    )


def bits(model):
    return {
        p.name: p.target[0].get_param(p.target[1]).tobytes()
        for p in netinit.plan(model, netinit.All).parameters
    }


NAMES = {
    "chain.relu.W": (5, 6),
    "chain.relu.b": (5,),
    "residual.chain.maxout.W": (5, 3, 5),
    "residual.chain.maxout.b": (5, 3),
    "residual.chain.layernorm.G": (5,),
    "residual.chain.layernorm.b": (5,),
    "concatenate.linear.W": (3, 5),
    "concatenate.linear.b": (3,),
    "concatenate.mish.W": (4, 5),
    "concatenate.mish.b": (4,),
    "softmax.W": (2, 7),
    "softmax.b": (2,),
}


def test_values_are_those_of_the_names():
    model = build()
    model.initialize(X)
    assert netinit.initialize(model, netinit.All, method="Xavier", seed=7) is model
    plan = netinit.plan(model, netinit.All, method="Xavier", seed=7)
    assert {a.name: a.parameter.shape for a in plan} == NAMES
    found = bits(model)
    for a in plan:
        expected = netinit.create(a.parameter.shape, a.initializer, seed=7, name=a.name)
        assert found[a.name] == expected.tobytes()
    assert model.predict(X).shape == (10, 2)


def test_equal_models_have_equal_names_and_a_layer_more_changes_none():
    first, second, longer = build(), build(), build(api.Linear(7))
    for model in (first, second, longer):
        model.initialize(X)
        netinit.initialize(model, netinit.All)
    assert bits(first) == bits(second)
    assert bits(first).items() <= bits(longer).items()
    assert set(bits(longer)) - set(NAMES) == {"linear.W", "linear.b"}


def test_what_is_not_set_is_filled_where_the_dimensions_are_known():
    model = api.chain(
        api.Embed(5, 11, column=0), api.Maxout(4, 5, nP=2), api.LayerNorm(4), api.Softmax(3, 4)
    )
    plan = netinit.plan(model)
    assert {a.name: a.parameter.shape for a in plan} == {
        "chain.embed.E": (11, 5),
        "maxout.W": (4, 2, 5),
        "maxout.b": (4, 2),
        "layernorm.G": (4,),
        "layernorm.b": (4,),
        "softmax.W": (3, 4),
        "softmax.b": (3,),
    }
    netinit.initialize(model)
    assert model.predict(np.zeros((2, 1), "uint64")).shape == (2, 3)
    with pytest.warns(netinit.errors.NothingToInitializeWarning):
        netinit.initialize(model)


def test_unknown_dimensions_say_how_to_make_them_known():
    model = build()
    assert netinit.plan(model)["softmax.W"].parameter.shape is None
    message = r"shapes of 'chain\.relu\.W', .* are not known.*initialize\(X\) of a Thinc one"
    with pytest.raises(netinit.errors.UnresolvedShapeError, match=message):
        netinit.initialize(model)
    netinit.initialize(model, "*.layernorm.*")
    assert model.layers[1].layers[0].layers[1].get_param("G").tolist() == [1] * 5


def test_fans_and_roles():
    model = build()
    model.initialize(X)
    plan = netinit.plan(model, netinit.All, method="Lecun")
    fans = {a.name: (a.parameter.fan_in, a.parameter.fan_out) for a in plan if "W" in a.name}
    assert fans == {
        "chain.relu.W": (6, 5),
        "residual.chain.maxout.W": (5, 5),  # of one of three pieces
        "concatenate.linear.W": (5, 3),
        "concatenate.mish.W": (5, 4),
        "softmax.W": (7, 2),
    }
    roles = {a.name: (a.parameter.role, str(a.initializer)) for a in plan}
    assert roles["residual.chain.layernorm.G"] == ("scale", "Constant(1)")
    assert roles["residual.chain.layernorm.b"] == ("shift", "Constant(0)")
    assert roles["residual.chain.maxout.b"] == ("bias", "Constant(0)")
    assert [a.name for a in netinit.plan(model, "maxout")] == [
        "residual.chain.maxout.W",
        "residual.chain.maxout.b",
    ]


@pytest.mark.parametrize("make", [api.Linear, api.Relu, api.Mish, api.Swish, api.Gelu, api.Dish])
def test_fans_are_those_of_thincs_own_initializer(make):
    """glorot_uniform_init, of std sqrt(2 / (fan_in + fan_out)), is that of these weights."""
    api.fix_random_seed(0)
    layer = make(40, 90, init_W=api.glorot_uniform_init)
    layer.initialize()
    planned = netinit.plan(layer, netinit.All, method="Xavier")["W"].std
    assert layer.get_param("W").std() == pytest.approx(planned, rel=0.05)


@pytest.mark.parametrize(
    ("layer", "roles"),
    [
        (api.HashEmbed(3, 50), {"E": "embedding"}),
        (api.ParametricAttention(4), {"Q": "weight"}),
        (api.CauchySimilarity(3), {"W": "weight"}),
        (api.SparseLinear(2, length=16), {"W": "weight", "b": "bias"}),
        (api.MultiSoftmax((2, 3), 4), {"W": "weight", "b": "bias"}),
        (api.LSTM(4, 3), {"HC0": "state"}),
    ],
    ids=lambda value: value.name if hasattr(value, "name") else "",
)
def test_other_layers(layer, roles):
    layer.initialize()
    before = {key: layer.get_param(key).copy() for key in layer.param_names}
    netinit.initialize(layer, netinit.All)
    assert {a.name: a.parameter.role for a in netinit.plan(layer, netinit.All)} == roles
    for key, array in before.items():
        if key == "LSTM":  # packed weights and biases
            assert (layer.get_param(key) == array).all()
        elif key in ("E", "Q"):
            assert (layer.get_param(key) != array).all()


def test_an_lstm_is_made_by_thinc_first():
    with pytest.raises(netinit.errors.UnresolvedShapeError, match="'LSTM'"):
        netinit.initialize(api.LSTM(4, 3))


def test_a_shared_layer_is_one():
    layer = api.Linear(4, 4)
    plan = netinit.plan(api.chain(layer, api.residual(layer)))
    assert [a.name for a in plan] == ["linear.W", "linear.b"]
    assert plan[0].parameter.aliases == ("residual.linear.W",)


def test_arrays_of_ones_own_models_go_by_name_and_shape():
    own = api.Model("own", lambda *_: None, params={"mix": np.ones((3, 4), "f4"), "count": None})
    own.set_param("count", np.arange(3))
    plan = netinit.plan(own, netinit.All)
    assert [a.name for a in plan] == ["mix"]
    assert "guessed" in plan["mix"].parameter.note
    assert plan["mix"].parameter.fan_in == 4


def test_what_is_no_model_is_refused():
    with pytest.raises(TypeError, match="must be a Thinc model, not NumpyOps"):
        netinit.initialize(api.NumpyOps())


def test_inherited_seeds_are_those_of_thinc():
    seeds = []
    for seed in (1, 1, 2):
        api.fix_random_seed(seed)
        seeds.append(netinit.plan(api.Linear(2, 2), seed=netinit.Inherited).seed)
    assert seeds[0] == seeds[1] != seeds[2]


def test_a_trained_model_is_initialized_anew_in_part():
    model = build()
    model.initialize(X)
    netinit.initialize(model, netinit.All, seed=1)
    fresh, optimizer = bits(model), api.Adam(0.1)
    for _ in range(3):
        out, backpropagate = model.begin_update(X)
        backpropagate(out - np.eye(2, dtype="f4")[np.arange(10) % 2])
        model.finish_update(optimizer)
    before = bits(model)
    netinit.initialize(model, ["softmax.*", "layernorm"], seed=1)
    after = bits(model)
    anew = {name for name in after if "softmax" in name or "layernorm" in name}
    assert len(anew) == 4
    for name in after:
        assert after[name] == (fresh if name in anew else before)[name]
        assert before[name] != fresh[name]
    model.begin_update(X)
