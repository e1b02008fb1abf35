"""Equinox modules in initialize and plan."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

jax = pytest.importorskip("jax")
eqx = pytest.importorskip("equinox")
optax = pytest.importorskip("optax")

import jax.numpy as jnp  # noqa: E402

import netinit  # noqa: E402

KEY = jax.random.key(0)


class Net(eqx.Module):
    """A layer of each kind that Equinox has parameters for."""

    mlp: eqx.nn.MLP
    attention: eqx.nn.MultiheadAttention
    norm: eqx.nn.BatchNorm
    layer_norm: eqx.nn.LayerNorm
    cells: tuple
    conv: eqx.nn.Conv2d
    up: eqx.nn.ConvTranspose2d
    embed: eqx.nn.Embedding
    activation: eqx.nn.PReLU
    power: jax.Array
    steps: jax.Array

    def __init__(self):
        self.mlp = eqx.nn.MLP(8, 6, 10, 1, key=KEY)
        self.attention = eqx.nn.MultiheadAttention(2, 6, key=KEY)
        self.norm = eqx.nn.BatchNorm(6, "batch", mode="ema")
        self.layer_norm = eqx.nn.LayerNorm(6)
        self.cells = (eqx.nn.LSTMCell(6, 5, key=KEY), eqx.nn.GRUCell(5, 4, key=KEY))
        self.conv = eqx.nn.Conv2d(4, 6, 3, groups=2, key=KEY)
        self.up = eqx.nn.ConvTranspose2d(4, 6, 3, groups=2, key=KEY)
        self.embed = eqx.nn.Embedding(9, 8, key=KEY)
        self.activation = eqx.nn.PReLU()
        self.power = jnp.ones(())
        self.steps = jnp.arange(3)

    def __call__(self, token, state):
        x, state = self.norm(self.mlp(self.embed(token)), state)
        x = self.activation(self.layer_norm(x))
        x = x + self.attention(x[None], x[None], x[None])[0]
        hidden, _ = self.cells[0](x, (jnp.zeros(5), jnp.zeros(5)))
        return self.power * self.cells[1](hidden, jnp.zeros(4)), state


SHAPES = eqx.filter_eval_shape(Net)


def bits(net):
    entries = jax.tree_util.tree_flatten_with_path(eqx.filter(net, eqx.is_array))[0]
    return {
        jax.tree_util.keystr(path, simple=True, separator="."): np.asarray(leaf).tobytes()
        for path, leaf in entries
    }


def test_an_abstract_module_becomes_one_of_arrays():
    made = netinit.initialize(SHAPES, seed=7)
    assert isinstance(made, Net)
    assert isinstance(SHAPES.mlp.layers[0].weight, jax.ShapeDtypeStruct)
    assert made.mlp.activation is SHAPES.mlp.activation
    plan = netinit.plan(SHAPES, seed=7)
    assert [a.name for a in plan][:2] == ["mlp.layers.0.weight", "mlp.layers.0.bias"]
    for assignment in plan:
        value = made
        for key in assignment.name.split("."):
            value = value[int(key)] if key.isdecimal() else getattr(value, key)
        expected = netinit.create(value.shape, assignment.initializer, seed=7, name=assignment.name)
        assert (np.asarray(value) == expected).all()
    # State of layers and integers are whoever's that builds the module.
    rest = eqx.filter(made, lambda leaf: isinstance(leaf, jax.ShapeDtypeStruct))
    names = [
        jax.tree_util.keystr(path, simple=True, separator=".")
        for path, _ in jax.tree_util.tree_flatten_with_path(rest)[0]
    ]
    assert names == [
        "norm.ema_first_time_index.init",
        "norm.ema_state_index.init.0",
        "norm.ema_state_index.init.1",
        "steps",
    ]


def test_fans_are_those_of_the_layers():
    plan = netinit.plan(SHAPES, lambda p: p.role in ("weight", "embedding"))
    fans = {a.name: (a.parameter.fan_in, a.parameter.fan_out) for a in plan}
    assert fans == {
        "mlp.layers.0.weight": (8, 10),
        "mlp.layers.1.weight": (10, 6),
        **{f"attention.{p}_proj.weight": (6, 6) for p in ("query", "key", "value", "output")},
        "cells.0.weight_ih": (6, 5),
        "cells.0.weight_hh": (5, 5),
        "cells.1.weight_ih": (5, 4),
        "cells.1.weight_hh": (4, 4),
        "conv.weight": (18, 27),
        "up.weight": (18, 27),
        "embed.weight": (8, 9),
    }


@pytest.mark.parametrize(
    "make",
    [
        lambda: eqx.nn.Linear(40, 60, key=KEY),
        lambda: eqx.nn.Conv2d(30, 20, 3, key=KEY),
        lambda: eqx.nn.Conv1d(30, 20, 5, groups=5, key=KEY),
        lambda: eqx.nn.ConvTranspose2d(30, 20, 3, groups=2, key=KEY),
    ],
)
def test_equinox_draws_within_the_same_fan_in(make):
    """Its default is uniform within 1 / sqrt(fan_in), that of std 1 / sqrt(3 fan_in)."""
    layer = make()
    std = netinit.plan(layer, "weight", method="Lecun")["weight"].std
    assert float(layer.weight.std()) == pytest.approx(std / 3**0.5, rel=0.05)


def test_roles():
    roles = {
        a.name: (a.parameter.role, str(a.initializer)) for a in netinit.plan(SHAPES, netinit.All)
    }
    assert roles["norm.weight"] == roles["layer_norm.weight"] == ("scale", "Constant(1)")
    assert roles["norm.bias"] == ("shift", "Constant(0)")
    assert roles["conv.bias"] == roles["cells.1.bias_n"] == ("bias", "Constant(0)")
    assert roles["activation.negative_slope"] == ("slope", "Constant(0.25)")
    assert [a.name for a in netinit.plan(SHAPES, eqx.nn.Conv2d)] == ["conv.weight", "conv.bias"]


def test_layers_that_are_mapped_over_are_stacks_of_maps():
    layers = eqx.filter_vmap(lambda key: eqx.nn.Linear(20, 30, key=key))(jax.random.split(KEY, 5))
    cells = eqx.filter_vmap(lambda key: eqx.nn.GRUCell(20, 30, key=key))(jax.random.split(KEY, 5))
    plan = netinit.plan((layers, cells), netinit.All)
    for name in ("0.weight", "1.weight_ih"):
        assert (plan[name].parameter.fan_in, plan[name].parameter.fan_out) == (20, 30)


def test_a_trained_module_is_initialized_anew_in_part():
    net, state = eqx.filter_jit(eqx.nn.make_with_state(Net))()
    tokens = jnp.arange(5)
    optimizer = optax.sgd(0.1)
    moments = optimizer.init(eqx.filter(net, eqx.is_inexact_array))

    @eqx.filter_jit
    @partial(eqx.filter_grad, has_aux=True)
    def gradient(net, state):
        run = jax.vmap(net, axis_name="batch", in_axes=(0, None), out_axes=(0, None))
        out, state = run(tokens, state)
        return (out**2).mean(), state

    for _ in range(3):
        grads, state = gradient(net, state)
        updates, moments = optimizer.update(grads, moments)
        net = eqx.apply_updates(net, updates)
    before = bits((net, state))
    made = netinit.initialize((net, state), "0.mlp.*", seed=1)
    fresh = bits(netinit.initialize((net, state), netinit.All, seed=1))
    after = bits(made)
    assert bits((net, state)) == before
    for name in after:
        assert after[name] == (fresh if name.startswith("0.mlp.") else before)[name]
    assert after["0.mlp.layers.0.weight"] != before["0.mlp.layers.0.weight"]
    assert {n for n in after if n.startswith("1.")} == {n for n in fresh if n.startswith("1.")}
    assert all(fresh[name] == before[name] for name in fresh if name.startswith("1."))
    assert made[0].steps is net.steps
