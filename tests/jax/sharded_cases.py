"""Arrays over four devices; run by test_jax_sharding.py in a process that has them."""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.nn import initializers as theirs
from jax.sharding import AxisType, NamedSharding
from jax.sharding import PartitionSpec as P

from netinit.jax import foreign
from netinit.jax import initializers as ours

KEY = jax.random.key(42)
SHAPE = (8, 12)
SPECS = [P("a", "b"), P(None, "b"), P(("a", "b"), None), P("b"), P(("b", "a")), P()]
EXPLICIT = jax.make_mesh((2, 2), ("a", "b"), axis_types=(AxisType.Explicit,) * 2)
AUTO = jax.make_mesh((2, 2), ("a", "b"), axis_types=(AxisType.Auto,) * 2)
CALLS = {
    "normal": lambda m: m.normal(1.0),
    "uniform": lambda m: m.uniform(1.0),
    "truncated_normal": lambda m: m.truncated_normal(1.0),
    "he_uniform": lambda m: m.he_uniform(),
    "lecun_normal": lambda m: m.lecun_normal(),
    "constant": lambda m: m.constant(2.0),
    "zeros": lambda m: m.zeros,
}


@pytest.fixture
def filled(monkeypatch):
    """Return the shapes of all that programs fill."""
    shapes = []
    fill_blocks = foreign.fill_blocks

    def record(out, *rest):
        shapes.append(out.shape)
        fill_blocks(out, *rest)

    monkeypatch.setattr(foreign, "fill_blocks", record)
    return shapes


@pytest.mark.parametrize("spec", SPECS, ids=str)
@pytest.mark.parametrize("name", CALLS)
def test_out_sharding_gives_the_whole_array_in_the_shards_of_jax(name, spec):
    init, peer = CALLS[name](ours), CALLS[name](theirs)
    whole = np.asarray(init(KEY, SHAPE))
    with jax.set_mesh(EXPLICIT):
        expected = peer(KEY, SHAPE, None, spec).sharding
        for sharding in (spec, NamedSharding(EXPLICIT, spec)):
            eager = init(KEY, SHAPE, None, sharding)
            jitted = jax.jit(lambda key: init(key, SHAPE, None, sharding))(KEY)  # noqa: B023
            for x in (eager, jitted):
                assert x.sharding == expected
                assert (np.asarray(x) == whole).all()
                for shard in x.addressable_shards:
                    assert (np.asarray(shard.data) == whole[shard.index]).all()


@pytest.mark.parametrize("distribution", ["normal", "truncated_normal", "uniform"])
def test_complex_arrays_are_sharded_too(distribution):
    init = ours.variance_scaling(1.0, "fan_in", distribution)
    with jax.set_mesh(EXPLICIT):
        x = init(KEY, SHAPE, jnp.complex64, P("a", "b"))
        assert x.sharding.spec == P("a", "b")
    assert (np.asarray(x) == np.asarray(init(KEY, SHAPE, jnp.complex64))).all()


def test_without_a_mesh_around_a_named_sharding_is_enough():
    """JAX itself needs its mesh to be set."""
    x = ours.normal(1.0)(KEY, SHAPE, None, NamedSharding(EXPLICIT, P("a")))
    assert (np.asarray(x) == np.asarray(ours.normal(1.0)(KEY, SHAPE))).all()


@pytest.mark.parametrize(
    "sharding",
    [NamedSharding(AUTO, P("a")), P("a"), "a", NamedSharding(EXPLICIT, P("a", None, "b")), 3],
    ids=str,
)
@pytest.mark.parametrize("name", ["normal", "uniform", "lecun_normal", "zeros"])
def test_errors_are_those_of_jax(name, sharding):
    messages = []
    for module in (ours, theirs):
        with pytest.raises(Exception) as raised:  # noqa: PT011
            CALLS[name](module)(KEY, SHAPE, None, sharding)
        text = str(raised.value).partition("This error occurs at source")[0]
        messages.append((type(raised.value), text))
    assert messages[0] == messages[1]


@pytest.mark.parametrize("name", ["orthogonal", "delta_orthogonal"])
def test_matrices_have_no_out_sharding_as_in_jax(name):
    for module in (ours, theirs):
        with pytest.raises(NotImplementedError):
            getattr(module, name)()(KEY, (3, 4, 5), None, NamedSharding(EXPLICIT, P()))


@pytest.mark.parametrize("spec", SPECS, ids=str)
@pytest.mark.parametrize("name", ["normal", "he_uniform", "orthogonal"])
def test_a_partitioned_program_makes_each_shard_alone(name, spec, filled):
    init = CALLS[name](ours) if name in CALLS else getattr(ours, name)()
    sharding = NamedSharding(AUTO, spec)
    x = jax.jit(lambda key: init(key, SHAPE), out_shardings=sharding)(KEY)
    assert x.sharding == sharding
    assert (np.asarray(x) == np.asarray(init(KEY, SHAPE))).all()
    x.block_until_ready()  # the replicas too, which nobody has asked for
    assert filled == [sharding.shard_shape(SHAPE)] * 4


def test_a_partitioned_program_over_many_keys(filled):
    keys = jax.random.split(KEY, 6)
    sharding = NamedSharding(AUTO, P("a", None, "b"))
    call = jax.vmap(lambda key: ours.normal(1.0)(key, SHAPE))
    x = jax.jit(call, out_shardings=sharding)(keys)
    assert (np.asarray(x) == np.asarray(call(keys))).all()
    x.block_until_ready()
    assert filled == [(3, 8, 6)] * 4


@pytest.mark.parametrize("shape", [(), (1,), (1, 5), (0, 4)], ids=str)
def test_a_partitioned_program_of_small_arrays(shape):
    call = partial(ours.normal(1.0), shape=shape)
    x = jax.jit(call, out_shardings=NamedSharding(AUTO, P()))(KEY)
    assert (np.asarray(x) == np.asarray(call(KEY))).all()


def test_what_cannot_be_cut_evenly_is_made_whole_along_that_axis():
    def call(key):
        x = ours.normal(1.0)(key, (7, 12)) * 2
        return jax.lax.with_sharding_constraint(x, NamedSharding(AUTO, P("a", "b")))

    assert (np.asarray(jax.jit(call)(KEY)) == 2 * np.asarray(ours.normal(1.0)(KEY, (7, 12)))).all()


@pytest.mark.parametrize("mesh", [AUTO, EXPLICIT], ids=["auto", "explicit"])
def test_inside_shard_map(mesh):
    keys = jax.random.split(KEY, 4)

    def call(keys):
        return ours.normal(1.0)(keys[0], (3, 5))[None]

    with jax.set_mesh(mesh):
        cut = jax.device_put(keys, NamedSharding(mesh, P(("a", "b"))))
        mapped = partial_map(call, mesh, P(("a", "b")))
        x = jax.jit(mapped)(cut)
        with pytest.raises(ValueError, match="replication"):
            jax.jit(partial_map(call, mesh, P()))(cut)
    expected = jax.vmap(lambda key: ours.normal(1.0)(key, (3, 5)))(keys)
    assert (np.asarray(x) == np.asarray(expected)).all()


def partial_map(call, mesh, out):
    return jax.shard_map(call, mesh=mesh, in_specs=P(("a", "b")), out_specs=out)


def test_inside_shard_map_over_one_of_two_axes():
    keys = jax.random.split(KEY, 2)
    mapped = jax.shard_map(
        lambda keys: ours.normal(1.0)(keys[0], SHAPE)[None],
        mesh=AUTO, in_specs=P("a"), out_specs=P("a"), axis_names={"a"},
    )  # fmt: skip
    expected = jax.vmap(lambda key: ours.normal(1.0)(key, SHAPE))(keys)
    assert (np.asarray(jax.jit(mapped)(keys)) == np.asarray(expected)).all()


def test_arrays_are_made_where_jax_makes_them():
    device = jax.devices()[2]
    for place in (device, NamedSharding(AUTO, P())):
        key = jax.device_put(KEY, place)
        for call in (lambda m: m.normal(), lambda m: m.orthogonal()):
            x, y = (call(m)(key, (3, 3)) for m in (ours, theirs))
            assert x.sharding.device_set == y.sharding.device_set
            assert x.committed == y.committed
    with jax.default_device(device):
        assert ours.normal()(KEY, (3,)).devices() == {device}


@pytest.mark.parametrize("mesh", [EXPLICIT, AUTO], ids=["explicit", "auto"])
def test_where_a_mesh_is_set_arrays_are_on_all_of_it(mesh):
    with jax.set_mesh(mesh):
        for m in (ours, theirs):
            x = m.normal()(KEY, (3, 3))
            assert x.sharding.is_fully_replicated
            assert x.sharding.device_set == set(mesh.devices.flat)
        mapped = jax.vmap(lambda s: s * ours.normal()(KEY, (3, 3)), axis_name="i")(jnp.ones(2))
        assert mapped.shape == (2, 3, 3)
