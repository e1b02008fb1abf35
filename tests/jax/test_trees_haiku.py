"""Haiku's parameters and state in initialize and plan."""

from __future__ import annotations

import numpy as np
import pytest

jax = pytest.importorskip("jax")
hk = pytest.importorskip("haiku")

import jax.numpy as jnp  # noqa: E402

import netinit  # noqa: E402

KEY = jax.random.key(0)


def net(x, tokens):
    """Call a layer of each kind that Haiku has parameters for; (batch, length, 12), tokens."""
    x = x + hk.Embed(11, 12)(tokens)
    x = hk.MultiHeadAttention(3, 20, w_init=hk.initializers.VarianceScaling(), model_size=12)(
        x, x, x
    )
    x = hk.BatchNorm(True, True, 0.9)(hk.LayerNorm(-1, True, True)(x), is_training=True)
    x = hk.Conv1DTranspose(30, 3)(hk.Conv1D(20, 5)(x))
    x = hk.nets.MLP([40, 8])(x)[:, 0]
    x, _ = hk.LSTM(16)(x, hk.LSTM.initial_state(hk.LSTM(16, name="unused"), len(x)))
    x, _ = hk.GRU(6)(x, jnp.zeros((len(x), 6)))
    return hk.Linear(300, name="head")(x)


NET = hk.without_apply_rng(hk.transform_with_state(net))
ARGUMENTS = jnp.arange(168.0).reshape(2, 7, 12) % 5, jnp.zeros((2, 7), int)
INIT, APPLY = jax.jit(NET.init), jax.jit(NET.apply)
PARAMS, STATE = jax.eval_shape(NET.init, KEY, *ARGUMENTS)


def bits(tree):
    return {
        jax.tree_util.keystr(path, simple=True, separator=".").replace("/", "."): np.asarray(
            leaf
        ).tobytes()
        for path, leaf in jax.tree_util.tree_flatten_with_path(tree)[0]
    }


def test_values_are_those_of_the_names_and_the_net_runs():
    params = netinit.initialize(PARAMS, method="Lecun", seed=7)
    found = bits(params)
    plan = netinit.plan(PARAMS, method="Lecun", seed=7)
    assert [a.name for a in plan] == list(found)
    for a in plan:
        expected = netinit.create(a.parameter.shape, a.initializer, seed=7, name=a.name)
        assert found[a.name] == expected.tobytes()
    _, state = INIT(KEY, *ARGUMENTS)
    out, _ = APPLY(params, state, *ARGUMENTS)
    assert bool(jnp.isfinite(out).all())


def test_fans_are_those_of_the_layers():
    plan = netinit.plan(PARAMS, "weight")
    assert {a.name: (a.parameter.fan_in, a.parameter.fan_out) for a in plan} == {
        **{f"multi_head_attention.{part}.w": (12, 60) for part in ("key", "query", "value")},
        "multi_head_attention.linear.w": (60, 12),
        "conv1_d.w": (60, 100),
        "conv1_d_transpose.w": (60, 90),
        "mlp.~.linear_0.w": (30, 40),
        "mlp.~.linear_1.w": (40, 8),
        "lstm.linear.w": (24, 16),
        "gru.w_i": (16, 6),
        "gru.w_h": (6, 6),
        "head.w": (6, 300),
    }
    assert plan["head.w"].std == pytest.approx((2 / 6) ** 0.5)


def test_fans_are_those_of_haikus_own_initializers():
    """Its default is a normal of std 1 / sqrt(fan_in), cut at two of them: std 0.88 of that."""
    own = INIT(KEY, *ARGUMENTS)[0]
    plan = netinit.plan(PARAMS, method="Lecun")
    for module in ("conv1_d", "conv1_d_transpose", "mlp/~/linear_0", "head"):
        std = plan[f"{module.replace('/', '.')}.w"].std
        assert float(own[module]["w"].std()) == pytest.approx(0.88 * std, rel=0.06)


def test_roles():
    roles = {a.name: (a.parameter.role, str(a.initializer)) for a in netinit.plan((PARAMS, STATE))}
    assert roles["0.layer_norm.offset"] == roles["0.batch_norm.offset"] == ("shift", "Constant(0)")
    assert roles["0.layer_norm.scale"] == roles["0.batch_norm.scale"] == ("scale", "Constant(1)")
    assert roles["0.head.b"] == ("bias", "Constant(0)")
    assert roles["0.embed.embeddings"][0] == "embedding"
    assert roles["1.batch_norm.~.var_ema.hidden"] == ("state", "Constant(0)")
    assert "1.batch_norm.~.var_ema.counter" not in roles


def test_a_trained_net_is_initialized_anew_in_part():
    _, state = INIT(KEY, *ARGUMENTS)
    start = netinit.initialize(PARAMS)

    @jax.jit
    @jax.grad
    def gradient(params):
        return (NET.apply(params, state, *ARGUMENTS)[0] ** 2).mean()

    params = start
    for _ in range(3):
        params = jax.tree.map(lambda p, g: p - 0.1 * g, params, gradient(params))
    before, fresh = bits(params), bits(start)
    after = bits(netinit.initialize(params, "mlp.*"))
    assert bits(params) == before
    for name in after:
        assert after[name] == (fresh if name.startswith("mlp.") else before)[name]
    assert fresh["mlp.~.linear_0.w"] != before["mlp.~.linear_0.w"]
