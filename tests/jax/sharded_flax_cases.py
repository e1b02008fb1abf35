"""Flax over eight devices, by what its nets say of partitions; run by test_sharded_flax.py."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import linen as nn
from flax import nnx
from jax.sharding import AxisType, NamedSharding
from jax.sharding import PartitionSpec as P

import netinit
import netinit.jax
from netinit.jax import foreign, initializers

PAGE = Path(__file__).parents[2] / "docs" / "trees.md"
AUTO = jax.make_mesh((2, 4), ("x", "y"), axis_types=(AxisType.Auto,) * 2)
EXPLICIT = jax.make_mesh((2, 4), ("x", "y"), axis_types=(AxisType.Explicit,) * 2)
KEY = jax.random.key(0)
X = jnp.linspace(-1, 1, 32).reshape(2, 16)


class Linen(nn.Module):
    """Kernels that are boxed with their partitions, and arrays that are not."""

    made_by: object = nn.initializers.lecun_normal()

    @nn.compact
    def __call__(self, x):
        for width, names in ((24, ("x", "y")), (8, ("y", None))):
            kernel = nn.with_partitioning(self.made_by, names)
            x = nn.relu(nn.LayerNorm()(nn.Dense(width, kernel_init=kernel)(x)))
        return x


class Net(nnx.Module):
    def __init__(self, rngs):
        def kernel(*names):
            return nnx.with_partitioning(nnx.initializers.lecun_normal(), names)

        self.first = nnx.Linear(16, 24, kernel_init=kernel("x", "y"), rngs=rngs)
        self.norm = nnx.BatchNorm(24, use_running_average=True, rngs=rngs)
        self.dropout = nnx.Dropout(0.5, deterministic=True, rngs=rngs)
        self.second = nnx.Linear(24, 8, kernel_init=kernel("y", None), rngs=rngs)

    def __call__(self, x):
        return self.second(self.dropout(self.norm(self.first(x))))


def same(made, whole):
    made, whole = (jax.tree_util.tree_leaves_with_path(nn.meta.unbox(t)) for t in (made, whole))
    assert [path for path, _ in made] == [path for path, _ in whole]
    for (_, array), (_, expected) in zip(made, whole, strict=True):
        assert np.asarray(array).tobytes() == np.asarray(expected).tobytes()


@pytest.mark.parametrize("boxed", [True, False])
def test_linen(boxed):
    shapes = jax.eval_shape(Linen().init, KEY, X)
    shardings = nn.get_sharding(shapes, AUTO)
    asked = shapes if boxed else nn.meta.unbox(shapes)
    made = netinit.jax.initialize(asked, sharding=shardings, method="Lecun", seed=2)
    assert jax.tree.structure(made) == jax.tree.structure(asked)
    found = jax.tree.map(lambda leaf: leaf.sharding, nn.meta.unbox(made))
    assert found == shardings
    assert found["params"]["Dense_0"]["kernel"].spec == P("x", "y")
    whole = netinit.initialize(shapes, method="Lecun", seed=2)
    same(made, whole)
    out = jax.jit(Linen().apply)(nn.meta.unbox(made), X)
    assert np.allclose(out, Linen().apply(nn.meta.unbox(whole), X), atol=1e-5)


@pytest.mark.parametrize("mesh", [AUTO, EXPLICIT], ids=["auto", "explicit"])
def test_the_state_of_nnx(mesh):
    with jax.set_mesh(mesh):
        graph, state = nnx.split(nnx.eval_shape(lambda: Net(nnx.Rngs(0))))
    shardings = nnx.get_named_sharding(state, AUTO)
    made = netinit.jax.initialize(state, sharding=shardings, seed=2)
    assert made["first"]["kernel"].get_value().sharding == NamedSharding(AUTO, P("x", "y"))
    assert made["norm"]["var"].get_value().sharding == NamedSharding(AUTO, P())
    assert isinstance(made["dropout"]["rngs"]["key"].get_value(), jax.ShapeDtypeStruct)

    def plain():
        return nnx.Linear(16, 24, rngs=nnx.Rngs(0))

    whole = netinit.initialize({"first": nnx.state(nnx.eval_shape(plain))}, seed=2)["first"]
    same(made["first"]["kernel"].get_value(), whole["kernel"].get_value())

    net = nnx.merge(graph, made)
    nnx.update(net.dropout, nnx.state(nnx.Dropout(0.5, rngs=nnx.Rngs(0)), nnx.RngState))
    with jax.set_mesh(AUTO):
        out = nnx.jit(lambda net, x: net(x))(net, X)
    kernel, bias = (np.asarray(net.first.kernel[...]), np.asarray(net.first.bias[...]))
    hidden = (np.asarray(X) @ kernel + bias) / np.sqrt(1 + net.norm.epsilon)
    expected = hidden @ np.asarray(net.second.kernel[...])
    assert np.allclose(out, expected, atol=1e-5)


def test_a_module_of_nnx_with_its_shardings():
    with jax.set_mesh(AUTO):
        net = nnx.eval_shape(lambda: Net(nnx.Rngs(0)))
    shardings = nnx.get_named_sharding(nnx.state(net), AUTO)
    made = netinit.jax.initialize(net, sharding=shardings)
    assert made.second.kernel[...].sharding == NamedSharding(AUTO, P("y", None))
    same(made.first.bias[...], np.zeros(24, "f4"))


def test_programs_with_out_shardings_make_each_shard_alone(monkeypatch):
    """Flax's own way: the initializers inside jit, through netinit's primitive."""
    filled = []
    fill_blocks = foreign.fill_blocks

    def record(out, *rest):
        filled.append(out.shape)
        fill_blocks(out, *rest)

    model = Linen(initializers.orthogonal())
    shardings = nn.get_sharding(jax.eval_shape(model.init, KEY, X), AUTO)
    whole = model.init(KEY, X)
    monkeypatch.setattr(foreign, "fill_blocks", record)
    made = jax.jit(lambda key: nn.meta.unbox(model.init(key, X)), out_shardings=shardings)(KEY)
    jax.block_until_ready(made)
    assert jax.tree.map(lambda leaf: leaf.sharding, made) == shardings
    same(made, whole)
    assert set(filled) == {(8, 6), (6, 8)}


def test_the_section_of_the_page():
    """Its examples stand in the page, which runs with one device, and hold with eight."""
    (section,) = re.findall(r"^### Sharded arrays\n(.*?)^### ", PAGE.read_text(), re.M | re.S)
    names = {"jax": jax, "jnp": jnp, "netinit": netinit, "nn": nn, "nnx": nnx}
    test = doctest.DocTestParser().get_doctest(section, names, PAGE.name, str(PAGE), 0)
    report: list[str] = []
    result = doctest.DocTestRunner().run(test, out=report.append)
    assert len(test.examples) > 20
    assert result.failed == 0, "".join(report)
