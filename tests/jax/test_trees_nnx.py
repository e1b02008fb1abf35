"""Modules and states of flax.nnx in initialize and plan."""

from __future__ import annotations

import numpy as np
import pytest

jax = pytest.importorskip("jax")
nnx = pytest.importorskip("flax.nnx")
optax = pytest.importorskip("optax")

import jax.numpy as jnp  # noqa: E402

import netinit  # noqa: E402


class Net(nnx.Module):
    """A layer of each kind that flax.nnx has parameters for; the head is tied to a layer."""

    def __init__(self, rngs):
        self.embed = nnx.Embed(11, 32, rngs=rngs)
        self.attention = nnx.MultiHeadAttention(4, 32, 64, decode=False, rngs=rngs)
        self.norm = nnx.BatchNorm(32, rngs=rngs)
        self.conv = nnx.Conv(32, 48, 3, feature_group_count=2, rngs=rngs)
        self.up = nnx.ConvTranspose(48, 36, (3,), transpose_kernel=True, rngs=rngs)
        self.down = nnx.ConvTranspose(36, 48, (3,), rngs=rngs)
        self.cells = nnx.List([nnx.OptimizedLSTMCell(48, 40, rngs=rngs)])
        self.gru = nnx.GRUCell(40, 32, rngs=rngs)
        self.adapt = nnx.LoRA(32, 4, 32, rngs=rngs)
        self.dense = nnx.Linear(32, 32, rngs=rngs)
        self.general = nnx.LinearGeneral((4, 8), (2, 30), axis=(-2, -1), rngs=rngs)
        self.dropout = nnx.Dropout(0.5, rngs=rngs)
        self.activation = nnx.PReLU()
        self.head = self.dense.kernel

    def __call__(self, tokens):
        x = self.norm(self.attention(self.embed(tokens)))
        x = self.activation(self.down(self.up(self.conv(x))))[:, 0]
        cell = self.cells[0]
        x, _ = self.gru(jnp.zeros((len(tokens), 32)), cell(cell_state(len(tokens)), x)[1])
        x = self.dropout(self.dense(x + self.adapt(x)))
        return self.general(x.reshape(-1, 4, 8)), x @ self.head[...]


def cell_state(batch):
    return jnp.zeros((batch, 40)), jnp.zeros((batch, 40))


TOKENS = jnp.arange(10).reshape(2, 5)


def build():
    return Net(nnx.Rngs(0))


def bits(net):
    state = nnx.to_flat_state(nnx.state(net))
    flat = {".".join(map(str, path)): variable.get_value() for path, variable in state}
    return {
        name: np.asarray(
            jax.random.key_data(x) if jnp.issubdtype(x.dtype, jax.dtypes.prng_key) else x
        ).tobytes()
        for name, x in flat.items()
    }


def test_an_abstract_module_becomes_one_of_arrays():
    abstract = nnx.eval_shape(build)
    made = netinit.initialize(abstract, seed=7)
    assert isinstance(made, Net)
    assert made.head is made.dense.kernel
    assert isinstance(abstract.dense.kernel.get_value(), jax.ShapeDtypeStruct)
    plan = netinit.plan(abstract, seed=7)
    for assignment in plan:
        value = made
        for key in assignment.name.split("."):
            value = value[int(key)] if key.isdecimal() else getattr(value, key)
        expected = netinit.create(value.shape, assignment.initializer, seed=7, name=assignment.name)
        assert (np.asarray(value[...]) == expected).all()
    nnx.update(made, nnx.state(build(), nnx.RngState))
    assert all(bool(jnp.isfinite(x).all()) for x in made(TOKENS))


def test_a_module_and_its_state_have_the_same_names():
    net = build()
    state = nnx.state(net)
    made = netinit.initialize(net, netinit.All, seed=3)
    names = {a.name for a in netinit.plan(net, netinit.All)}
    assert names == {a.name for a in netinit.plan(state, netinit.All)}
    anew = netinit.initialize(state, "norm.*", seed=3)
    assert isinstance(anew, nnx.State)
    nnx.update(net, anew)
    assert bits(net)["norm.scale"] == bits(made)["norm.scale"]


def test_fans_are_those_of_the_layers():
    plan = netinit.plan(build(), "weight", method="Lecun")
    fans = {a.name: (a.parameter.fan_in, a.parameter.fan_out) for a in plan}
    assert fans == {
        **{f"attention.{part}.kernel": (32, 64) for part in ("query", "key", "value")},
        "attention.out.kernel": (64, 32),
        "conv.kernel": (48, 72),  # of one of two groups
        "up.kernel": (144, 108),
        "down.kernel": (108, 144),
        "cells.0.dense_i.kernel": (48, 40),
        "cells.0.dense_h.kernel": (40, 40),
        "gru.dense_i.kernel": (40, 32),
        "gru.dense_h.kernel": (32, 32),
        "adapt.lora_a": (32, 4),
        "adapt.lora_b": (4, 32),
        "dense.kernel": (32, 32),
        "general.kernel": (32, 60),
    }
    net = build()
    for name in ("attention.query", "attention.out", "conv", "down", "dense", "general"):
        kernel = net
        for key in name.split("."):
            kernel = getattr(kernel, key)
        std = float(kernel.kernel[...].std())  # lecun_normal, Flax's default
        assert std == pytest.approx(plan[f"{name}.kernel"].std, rel=0.1)


def test_what_stands_in_several_places_has_a_name_for_each():
    class Shared(nnx.Module):
        def __init__(self, rngs):
            self.first = nnx.Linear(3, 3, rngs=rngs)
            self.layers = nnx.List([self.first])
            self.head = self.first.kernel
            self.itself = self

    net = Shared(nnx.Rngs(0))
    plan = netinit.plan(net, "head")
    assert [a.name for a in plan] == ["first.kernel"]
    assert plan[0].parameter.aliases == ("layers.0.kernel", "head")
    made = netinit.initialize(net, netinit.All)
    assert made.layers[0] is made.first
    assert made.head is made.first.kernel
    assert made.itself is made


def test_roles():
    roles = {
        a.name: (a.parameter.role, str(a.initializer), a.parameter.layer)
        for a in netinit.plan(build(), netinit.All)
    }
    assert roles["norm.var"] == ("statistic", "Constant(1)", "BatchNorm")
    assert roles["norm.mean"] == ("statistic", "Constant(0)", "BatchNorm")
    assert roles["norm.bias"] == ("shift", "Constant(0)", "BatchNorm")
    assert roles["adapt.lora_b"] == ("weight", "Constant(0)", "LoRA")
    assert roles["embed.embedding"][0] == "embedding"
    assert roles["attention.query.bias"] == ("bias", "Constant(0)", "LinearGeneral")
    assert roles["activation.negative_slope"] == ("slope", "Constant(0.01)", "PReLU")
    assert not [name for name in roles if "rngs" in name]
    assert len(netinit.plan(build(), nnx.LoRA)) == 2


def test_layers_that_are_mapped_over_are_stacks_of_maps():
    @nnx.vmap(in_axes=0, out_axes=0)
    def stack(key):
        return nnx.Linear(20, 30, rngs=nnx.Rngs(key))

    layers = stack(jax.random.split(jax.random.key(0), 5))
    plan = netinit.plan(layers, netinit.All)
    assert plan["kernel"].parameter.shape == (5, 20, 30)
    assert (plan["kernel"].parameter.fan_in, plan["kernel"].parameter.fan_out) == (20, 30)


def test_a_trained_module_is_initialized_anew_in_part():
    net = build()
    optimizer = nnx.Optimizer(net, optax.adam(0.01), wrt=nnx.Param)

    @nnx.jit
    def step(net, optimizer):
        grads = nnx.grad(lambda net: sum((x**2).mean() for x in net(TOKENS)))(net)
        optimizer.update(net, grads)

    for _ in range(3):
        step(net, optimizer)
    before = bits(net)
    made = netinit.initialize(net, ["dense.*", "BatchNorm"], seed=1)
    assert bits(net) == before
    after, fresh = bits(made), bits(netinit.initialize(net, netinit.All, seed=1))
    anew = {name for name in after if name.startswith(("dense.", "norm."))}
    for name in after:
        assert after[name] == (fresh if name in anew else before)[name]
    assert after["dense.kernel"] != before["dense.kernel"]
    assert after["norm.mean"] != before["norm.mean"]
    assert after["dropout.rngs.count"] == before["dropout.rngs.count"]
    both = netinit.initialize((net, optimizer), netinit.All, seed=1)
    assert bits(both[1]) == bits(optimizer)
    assert bits(both[0])["dense.kernel"] != before["dense.kernel"]


def test_a_cache_is_emptied():
    net = nnx.MultiHeadAttention(2, 4, decode=True, rngs=nnx.Rngs(0))
    net.init_cache((1, 3, 4))
    net(jnp.ones((1, 1, 4)))
    made = netinit.initialize(net, netinit.All)
    assert float(abs(net.cached_key[...]).sum()) > 0
    assert float(abs(made.cached_key[...]).sum()) == 0
