"""The layers of Flax (linen and nnx), Haiku and Equinox, initialized by netinit."""

from __future__ import annotations

import warnings
from functools import partial

import numpy as np
import pytest

jax = pytest.importorskip("jax")
jnp = jax.numpy

import netinit  # noqa: E402
from netinit.jax import initializers as init  # noqa: E402

KEY = jax.random.key(42)


def library(name):
    """Import a library, whose own warnings are not ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip(name)


def drawn(key, distribution, shape):
    return netinit.fill(np.empty(shape, "f4"), distribution, seed=key)


# -- Flax linen -------------------------------------------------------------------------------


def linen_net(nn, kernel, bias):
    return nn.Sequential(
        [
            nn.Conv(8, (3, 3), kernel_init=init.delta_orthogonal(), bias_init=bias),
            nn.relu,
            partial(jnp.mean, axis=(1, 2)),
            nn.Dense(16, kernel_init=kernel, bias_init=bias),
        ]
    )


def test_linen_layers_inside_and_outside_jit():
    nn = library("flax.linen")
    net = linen_net(nn, init.lecun_normal(), init.uniform(0.1))
    x = jnp.ones((2, 5, 5, 4))
    eager, jitted = net.init(KEY, x), jax.jit(net.init)(KEY, x)
    jax.tree.map(np.testing.assert_array_equal, eager, jitted)
    shapes = jax.eval_shape(net.init, KEY, x)
    assert jax.tree.map(jnp.shape, shapes) == jax.tree.map(jnp.shape, eager)
    weights = eager["params"]["layers_3"]["kernel"]
    assert abs(float(weights.std()) * 8**0.5 - 1) < 0.2
    assert abs(eager["params"]["layers_0"]["bias"]).max() < 0.1
    assert jnp.isfinite(net.apply(eager, x)).all()


def test_linen_draws_from_the_key_that_it_passes():
    nn = library("flax.linen")
    keys = []

    def spy(key, *arguments):
        keys.append(key)
        return init.normal(0.5)(key, *arguments)

    params = nn.Dense(7, kernel_init=spy).init(KEY, jnp.ones((1, 3)))["params"]
    expected = drawn(keys[0], netinit.Normal(0, 0.5), (3, 7))
    assert (np.asarray(params["kernel"]) == expected).all()


def test_linen_embeddings_lstms_and_half_precision_parameters():
    nn = library("flax.linen")
    embed = nn.Embed(
        1000, 64, param_dtype=jnp.bfloat16,
        embedding_init=init.variance_scaling(1.0, "fan_in", "normal", out_axis=0),
    )  # fmt: skip
    table = embed.init(KEY, jnp.zeros((1,), int))["params"]["embedding"]
    assert table.dtype == jnp.bfloat16
    assert float(table.astype("f4").std()) == pytest.approx(64**-0.5, rel=0.02)
    cell = nn.LSTMCell(16, recurrent_kernel_init=init.orthogonal(), param_dtype=jnp.bfloat16)
    carry = cell.initialize_carry(KEY, (2, 8))
    recurrent = cell.init(KEY, carry, jnp.ones((2, 8)))["params"]["hi"]["kernel"].astype("f4")
    np.testing.assert_allclose(recurrent.T @ recurrent, np.eye(16), atol=0.03)


def test_linen_scanned_layers_have_a_key_each():
    nn = library("flax.linen")

    class Block(nn.Module):
        @nn.compact
        def __call__(self, x, _):
            return nn.Dense(5, kernel_init=init.normal(1.0))(x), None

    stack = nn.scan(Block, variable_axes={"params": 0}, split_rngs={"params": True}, length=4)
    kernels = stack().init(KEY, jnp.ones((1, 5)), None)["params"]["Dense_0"]["kernel"]
    assert kernels.shape == (4, 5, 5)
    assert len(np.unique(np.asarray(kernels))) == kernels.size


# -- Flax nnx ---------------------------------------------------------------------------------


def test_nnx_layers_inside_and_outside_jit():
    nnx = library("flax.nnx")

    def net():
        return nnx.Sequential(
            nnx.Conv(4, 8, (3, 3), kernel_init=init.delta_orthogonal(), rngs=(rngs := nnx.Rngs(7))),
            nnx.relu,
            nnx.Linear(8, 16, kernel_init=init.he_normal(), bias_init=init.zeros, rngs=rngs),
        )

    eager, jitted = (nnx.state(make()) for make in (net, nnx.jit(net)))
    jax.tree.map(np.testing.assert_array_equal, eager, jitted)
    shapes = nnx.state(nnx.eval_shape(net))
    assert jax.tree.map(jnp.shape, shapes) == jax.tree.map(jnp.shape, eager)
    kernel = eager["layers"][2]["kernel"][...]
    assert float(kernel.std()) == pytest.approx(0.5, rel=0.2)
    assert jnp.isfinite(net()(jnp.ones((2, 5, 5, 4)))).all()


# -- Haiku ------------------------------------------------------------------------------------


def test_haiku_layers():
    hk = library("haiku")

    def forward(x):
        weights = init.lecun_normal()
        layer = hk.Linear(
            16,
            w_init=lambda shape, dtype: weights(hk.next_rng_key(), shape, dtype),
            b_init=lambda shape, dtype: init.normal(0.1)(hk.next_rng_key(), shape, dtype),
        )
        return layer(x)

    net = hk.transform(forward)
    key, x = jax.random.PRNGKey(42), jnp.ones((2, 100))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        eager, jitted = net.init(key, x), jax.jit(net.init)(key, x)
    jax.tree.map(np.testing.assert_array_equal, eager, jitted)
    assert float(eager["linear"]["w"].std()) == pytest.approx(0.1, rel=0.1)
    assert (eager["linear"]["b"] != 0).all()


# -- Equinox ----------------------------------------------------------------------------------


def test_equinox_layers():
    eqx = library("equinox")
    weights = init.truncated_normal(0.02)

    def build(key):
        layers = eqx.nn.MLP(4, 3, 32, 2, key=key)
        linears = lambda tree: [layer.weight for layer in tree.layers]  # noqa: E731
        keys = jax.random.split(key, len(layers.layers))
        new = [weights(key, w.shape, w.dtype) for key, w in zip(keys, linears(layers), strict=True)]
        return eqx.tree_at(linears, layers, new)

    eager, jitted = build(KEY), eqx.filter_jit(build)(KEY)
    for a, b in zip(eager.layers, jitted.layers, strict=True):
        assert (a.weight == b.weight).all()
        assert abs(a.weight).max() <= 0.04
    ensemble = eqx.filter_vmap(build)(jax.random.split(KEY, 3))
    assert ensemble.layers[0].weight.shape == (3, 32, 4)
