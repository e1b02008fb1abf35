"""Trees over eight devices; run by test_trees_sharding.py in a process that has them."""

from __future__ import annotations

import gc
import math
import weakref

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import linen as nn
from flax import nnx
from jax.sharding import AxisType, NamedSharding
from jax.sharding import PartitionSpec as P

import netinit
from netinit.jax.trees import placing

AUTO = jax.make_mesh((2, 4), ("x", "y"), axis_types=(AxisType.Auto,) * 2)
EXPLICIT = jax.make_mesh((2, 4), ("x", "y"), axis_types=(AxisType.Explicit,) * 2)
SPECS = [P(), P("x"), P("x", "y"), P(("x", "y")), P(None, "y"), P("y", "x")]


@pytest.fixture
def taken(monkeypatch):
    """Return the shapes of all the memory that trees take."""
    shapes = []
    aligned_empty = placing.aligned_empty

    def record(shape, dtype):
        shapes.append(shape)
        return aligned_empty(shape, dtype)

    monkeypatch.setattr(placing, "aligned_empty", record)
    return shapes


def check(array, whole, sharding):
    assert array.sharding == sharding
    assert array.dtype == whole.dtype
    for shard in array.addressable_shards:
        assert (np.asarray(shard.data) == np.asarray(whole)[shard.index]).all()


@pytest.mark.parametrize("method", ["Kaiming", "Orthogonal", "Identity"])
@pytest.mark.parametrize("dtype", [jnp.float32, jnp.bfloat16])
@pytest.mark.parametrize("spec", SPECS, ids=str)
def test_each_device_makes_its_shard_alone(spec, dtype, method, taken):
    sharding = NamedSharding(AUTO, spec)
    whole = netinit.initialize({"w": jax.ShapeDtypeStruct((16, 24), dtype)}, method=method)["w"]
    del taken[:]
    asked = {"w": jax.ShapeDtypeStruct((16, 24), dtype, sharding=sharding)}
    made = netinit.initialize(asked, method=method)
    check(made["w"], whole, sharding)
    assert sum(map(math.prod, taken)) == 16 * 24  # no part twice, however many hold it
    again = netinit.initialize(made, netinit.All, method=method, seed=1)
    assert again["w"].sharding == sharding
    assert (again["w"] != made["w"]).any()
    check(made["w"], whole, sharding)


@pytest.mark.parametrize("small", [0, 16 * 24 * 4])
@pytest.mark.parametrize("spec", SPECS, ids=str)
def test_parts_are_filled_together_where_they_are_small(spec, small, taken, monkeypatch):
    monkeypatch.setattr(placing, "_SMALL", small)
    sharding = NamedSharding(AUTO, spec)
    shape = (16, 24)
    made = netinit.initialize({"w": jax.ShapeDtypeStruct(shape, jnp.float32, sharding=sharding)})
    part = sharding.shard_shape(shape)
    extents = (16, part[1]) if small else part
    assert taken == [extents] * (16 * 24 // math.prod(extents))
    check(made["w"], netinit.initialize({"w": jax.ShapeDtypeStruct(shape, "f4")})["w"], sharding)


def test_a_host_holds_two_parts_at_most_where_devices_have_memory_of_their_own(monkeypatch):
    monkeypatch.setattr(placing, "_SMALL", 0)
    alive, most = [], []
    aligned_empty, device_put = placing.aligned_empty, jax.device_put

    def watched(shape, dtype):
        array = owner = aligned_empty(shape, dtype)
        while owner.base is not None:
            owner = owner.base
        most.append(1 + sum(ref() is not None for ref in alive))
        alive.append(weakref.ref(owner))
        return array

    def copied(arrays, places, **_):
        return device_put([array.copy() for array in arrays], places)

    monkeypatch.setattr(placing, "aligned_empty", watched)
    monkeypatch.setattr(jax, "device_put", copied)
    sharding = NamedSharding(AUTO, P("x", "y"))
    net = {name: jax.ShapeDtypeStruct((16, 24), jnp.float32, sharding=sharding) for name in "ab"}
    made = netinit.initialize(net)
    assert len(most) == 16
    assert max(most) == 2
    gc.collect()
    assert all(ref() is None for ref in alive)
    check(made["b"], netinit.initialize({"b": jax.ShapeDtypeStruct((16, 24), "f4")})["b"], sharding)


def test_arrays_on_one_of_the_devices_stay_there():
    device = jax.devices()[3]
    tree = {"w": jax.device_put(jnp.ones((4, 3)), device)}
    made = netinit.initialize(tree, netinit.All)["w"]
    assert made.devices() == {device}
    with jax.default_device(device):
        free = netinit.initialize({"w": jax.ShapeDtypeStruct((4, 3), jnp.float32)})["w"]
    assert free.devices() == {device}
    assert not free.committed
    assert (np.asarray(free) == np.asarray(made)).all()


def test_a_module_of_nnx_under_a_mesh():
    def make():
        kernel = nnx.with_partitioning(nnx.initializers.lecun_normal(), ("x", "y"))
        return nnx.Linear(16, 24, kernel_init=kernel, rngs=nnx.Rngs(0))

    with jax.set_mesh(EXPLICIT):
        abstract = nnx.eval_shape(make)
        made = netinit.initialize(abstract)
    whole = netinit.initialize(nnx.eval_shape(lambda: nnx.Linear(16, 24, rngs=nnx.Rngs(0))))
    check(made.kernel[...], whole.kernel[...], NamedSharding(EXPLICIT, P("x", "y")))
    with pytest.raises(TypeError, match=r"'bias': its sharding names no devices: set their mesh"):
        netinit.initialize(abstract)


def test_variables_of_linen_with_the_shardings_of_their_boxes():
    kernel = nn.with_partitioning(nn.initializers.lecun_normal(), (None, "y"))
    shapes = jax.eval_shape(nn.Dense(24, kernel_init=kernel).init, jax.random.key(0), jnp.ones(16))
    asked = jax.tree.map(
        lambda leaf, sharding: jax.ShapeDtypeStruct(leaf.shape, leaf.dtype, sharding=sharding),
        nn.meta.unbox(shapes), nn.get_sharding(shapes, AUTO),
    )  # fmt: skip
    made, whole = netinit.initialize(asked)["params"], netinit.initialize(shapes)["params"]
    check(made["kernel"], whole["kernel"].value, NamedSharding(AUTO, P(None, "y")))
    assert made["bias"].sharding.is_fully_replicated


def test_what_cannot_be_cut_is_said_before_anything_is_made(taken):
    sharding = NamedSharding(AUTO, P("y"))
    tree = {
        "a": jax.ShapeDtypeStruct((8, 8), jnp.float32),
        "b": jax.ShapeDtypeStruct((7, 8), jnp.float32, sharding=sharding),
    }
    with pytest.raises(ValueError, match=r"'b': .*should evenly divide"):
        netinit.initialize(tree)
    assert taken == []
