"""Trees of JAX whose keys are flattened have the roles and the values of nested ones."""

from __future__ import annotations

import numpy as np
import pytest

jax = pytest.importorskip("jax")
nn = pytest.importorskip("flax.linen")
traverse_util = pytest.importorskip("flax.traverse_util")

import jax.numpy as jnp  # noqa: E402

import netinit  # noqa: E402


class Net(nn.Module):
    @nn.compact
    def __call__(self, x):
        x = nn.MultiHeadDotProductAttention(num_heads=2, name="att")(x)
        x = nn.BatchNorm(use_running_average=True, name="bn")(x)
        return nn.DenseGeneral((2, 5), name="head")(x)


SHAPES = jax.eval_shape(Net().init, jax.random.key(0), jnp.ones((1, 3, 8)))


@pytest.mark.parametrize("separator", [".", "/"])
def test_flattened_keys(separator):
    flat = traverse_util.flatten_dict(SHAPES, sep=separator)
    plan = netinit.plan(flat, method="Lecun")
    assert str(plan["batch_stats.bn.var"].initializer) == "Constant(1)"
    assert plan["params.att.query.kernel"].parameter.fan_in == 8
    made = netinit.initialize(flat, method="Lecun")
    nested = traverse_util.flatten_dict(netinit.initialize(SHAPES, method="Lecun"), sep=separator)
    assert made.keys() == nested.keys()
    for name, array in made.items():
        assert (np.asarray(array) == np.asarray(nested[name])).all()


def test_the_same_shapes_without_jax_have_the_same_values():
    flat = traverse_util.flatten_dict(SHAPES, sep=".")
    specs = {name: netinit.ArraySpec(leaf.shape) for name, leaf in flat.items()}
    made, bare = (netinit.initialize(net, method="Lecun") for net in (flat, specs))
    for name, array in bare.items():
        assert type(array) is np.ndarray
        assert (np.asarray(made[name]) == array).all()


def test_outputs_of_several_axes_are_told_by_the_bias():
    parameter = netinit.plan(SHAPES)["params.head.kernel"].parameter
    assert (parameter.fan_in, parameter.fan_out) == (8, 10)


def test_what_ends_like_a_bias_is_one():
    layer = {"kernel": (4, 2, 3), "query_bias": (2, 3)}
    shapes = {key: jax.ShapeDtypeStruct(shape, "float32") for key, shape in layer.items()}
    assert netinit.plan({"att": shapes}, netinit.All)["att.query_bias"].role == "bias"
