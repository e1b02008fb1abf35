"""`netinit.jax.initialize` over eight devices; run by test_sharded_arrays.py where they are."""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.sharding import AxisType, NamedSharding, SingleDeviceSharding
from jax.sharding import PartitionSpec as P

import netinit
import netinit.jax

MESH = jax.make_mesh((2, 4), ("x", "y"), axis_types=(AxisType.Auto,) * 2)
SPECS = [P(), P("x"), P("x", "y"), P(("x", "y")), P(None, "y"), P("y", "x")]
METHODS = ["Kaiming", "Xavier", "Orthogonal", "Identity", ("Sparse", {"sparsity": 0.5})]
SHAPE = (48, 40)


def struct(*shape, dtype=jnp.float32, sharding=None):
    return jax.ShapeDtypeStruct(shape, dtype, sharding=sharding)


def whole(name="kernel", shape=SHAPE, dtype="float32", **how):
    """Return what numpy gets, in one piece."""
    return netinit.initialize({name: netinit.ArraySpec(shape, dtype)}, **how)[name]


def check(array, expected):
    """Compare shard by shard and together, in bits."""
    assert array.dtype == expected.dtype
    for shard in array.addressable_shards:
        assert np.asarray(shard.data).tobytes() == expected[shard.index].tobytes()
    assert np.asarray(array).tobytes() == expected.tobytes()


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize("method", METHODS, ids=str)
@pytest.mark.parametrize("spec", SPECS, ids=str)
def test_shards_have_the_bits_of_numpys_whole_array(spec, method, dtype):
    sharding = NamedSharding(MESH, spec)
    expected = whole(dtype=dtype, method=method, seed=3)
    with_struct = {"kernel": struct(*SHAPE, dtype=dtype, sharding=sharding)}
    bare = {"kernel": struct(*SHAPE, dtype=dtype)}
    for made in (
        netinit.initialize(with_struct, method=method, seed=3),
        netinit.jax.initialize(bare, sharding=sharding, method=method, seed=3),
    ):
        assert made["kernel"].sharding == sharding
        check(made["kernel"], expected)


@pytest.mark.parametrize("shape", [(16, 8, 3, 3), (8, 4, 6), (8,), (), (0, 8)], ids=str)
def test_fans_are_those_of_the_whole_shape(shape):
    spec = P("x", "y") if len(shape) > 1 else P("y") if shape else P()
    made = netinit.jax.initialize({"kernel": struct(*shape)}, sharding=NamedSharding(MESH, spec))
    check(made["kernel"], whole(shape=shape))


# -- how shardings are said -------------------------------------------------------------------

NET = {
    "encoder": {"kernel": struct(16, 24), "bias": struct(24)},
    "head": {"kernel": netinit.ArraySpec((24, 8)), "bias": struct(8)},
    "step": jnp.zeros((), int),
}
EXPECTED = {"encoder.kernel": P("x", "y"), "encoder.bias": P(), "head.kernel": P("y")}


def specs_of(net):
    return {f"{owner}.{name}": net[owner][name].sharding.spec for owner, name in (
        ("encoder", "kernel"), ("encoder", "bias"), ("head", "kernel"), ("head", "bias"),
    )}  # fmt: skip


@pytest.mark.parametrize(
    ("sharding", "expected"),
    [
        (P(), [P()] * 4),
        (lambda name: P("y") if name.startswith("head") else P("x"), [P("x")] * 2 + [P("y")] * 2),
        (
            {"encoder": {"kernel": P("x", "y"), "bias": P("x")}, "head": P("y")},
            [P("x", "y"), P("x"), P("y"), P("y")],
        ),
        (jax.tree.map(lambda leaf: P("x") if leaf.shape else P(), NET,
                      is_leaf=lambda leaf: hasattr(leaf, "shape")), [P("x")] * 4),
    ],
    ids=["one", "by name", "prefix", "tree"],
)  # fmt: skip
def test_specs_of_the_mesh_that_is_set(sharding, expected):
    with jax.set_mesh(MESH):
        made = netinit.jax.initialize(NET, sharding=sharding)
    assert list(specs_of(made).values()) == expected
    assert made["step"] is NET["step"]
    check(made["head"]["kernel"], whole("head.kernel", (24, 8)))


def test_none_leaves_an_array_where_it_would_be():
    own = NamedSharding(MESH, P("x"))
    net = {"a": struct(8, 8, sharding=own), "b": struct(8, 8), "c": struct(8, 8)}
    other = NamedSharding(MESH, P("y"))
    for sharding in ({"a": None, "b": None, "c": other}, {"a": None, "b": None, "c": other}.get):
        made = netinit.jax.initialize(net, sharding=sharding)
        assert made["a"].sharding == own
        assert not made["b"].committed
        assert made["c"].sharding == other
    assert netinit.jax.initialize(net)["a"].sharding == own


def test_values_are_moved_where_they_are_overwritten_only():
    old = {"kernel": jnp.ones((8, 8)), "kept": jnp.ones(8)}
    device = jax.devices()[5]
    made = netinit.jax.initialize(old, "kernel", sharding=device)
    assert made["kernel"].sharding == SingleDeviceSharding(device)
    assert made["kept"] is old["kept"]
    check(made["kernel"], whole("kernel", (8, 8)))


@pytest.mark.parametrize(
    ("sharding", "error", "message"),
    [
        (3, TypeError, r"sharding must be a jax.sharding.Sharding, .*; not 3"),
        (P("x"), TypeError, r"'encoder.bias': its sharding names no devices"),
        (lambda name: "x", TypeError, r"'encoder.bias': its sharding must be a Sharding .* 'x'"),
        ({"encoder": None}, ValueError, r"'head.bias': sharding says nothing of it"),
        ({"encodr": None}, ValueError, r"sharding: name.* 'encodr'.*did you mean"),
        (
            NamedSharding(MESH, P(None, "x")),
            ValueError,
            r"'encoder.bias': .*more axes than its shape has, \(24,\)",
        ),
    ],
    ids=str,
)
def test_mistakes(sharding, error, message):
    with pytest.raises(error, match=message):
        netinit.jax.initialize(NET, sharding=sharding)


@pytest.mark.parametrize("shape", [(7, 8), (8, 6)], ids=str)
def test_uneven_shards_are_jaxs_error_with_the_name(shape):
    sharding = NamedSharding(MESH, P("x", "y"))
    with pytest.raises(ValueError, match="should evenly divide") as theirs:
        jax.make_array_from_callback(shape, sharding, lambda index: np.zeros(shape)[index])
    net = {"a": struct(8, 8), "b": struct(*shape, sharding=sharding)}
    with pytest.raises(ValueError, match="'b': ") as ours:
        netinit.initialize(net)
    assert str(theirs.value).split("pytree")[-1][-40:] in str(ours.value)


# -- memory -----------------------------------------------------------------------------------


def add_in_place(array, spec):
    """Return a program that may write over what it is given, otherwise on each device."""

    def local(part):
        which = jax.lax.axis_index("x") * 4 + jax.lax.axis_index("y")
        return part.at[0].add(which.astype(part.dtype))

    mapped = jax.shard_map(local, mesh=MESH, in_specs=spec, out_specs=spec, check_vma=False)
    return jax.jit(mapped, donate_argnums=0)(array)


@pytest.mark.parametrize("spec", SPECS, ids=str)
@pytest.mark.parametrize("columns", [40, 4096])
def test_donated_arrays_are_safe(spec, columns):
    """Replicas share memory, which a program that owns its argument must not write over."""
    shape = (48, columns)
    sharding = NamedSharding(MESH, spec)
    expected, net = whole(shape=shape), {"kernel": struct(*shape, sharding=sharding)}
    made, witness = netinit.initialize(net), netinit.initialize(net)
    step = add_in_place(made["kernel"], spec)
    for shard in step.addressable_shards:
        wanted = expected[shard.index].copy()
        wanted[0] += shard.device.id
        assert (np.asarray(shard.data) == wanted).all()
    again = netinit.initialize(net)
    for array in (witness["kernel"], again["kernel"]):
        check(array, expected)
    twice = add_in_place(add_in_place(again["kernel"], spec), spec)
    assert np.isfinite(np.asarray(twice.addressable_shards[3].data)).all()
    check(witness["kernel"], expected)


def test_no_two_arrays_share_memory():
    sharding = NamedSharding(MESH, P("x", "y"))
    nets = [netinit.initialize({"kernel": struct(64, 64, sharding=sharding)}) for _ in range(2)]
    pointers = [
        s.data.unsafe_buffer_pointer() for n in nets for s in n["kernel"].addressable_shards
    ]
    assert len(set(pointers)) == 16


def test_optimizer_steps_with_donation():
    sharding = NamedSharding(MESH, P("y"))
    params = netinit.jax.initialize({"kernel": struct(48, 40), "b": struct(40)}, sharding=sharding)
    before = jax.tree.map(np.asarray, params)

    @partial(jax.jit, donate_argnums=0)
    def step(params):
        return jax.tree.map(lambda leaf: leaf + 1, params)

    after = step(step(params))
    for name, array in after.items():
        assert (np.asarray(array) == before[name] + 1 + 1).all()


# -- programs ---------------------------------------------------------------------------------


@pytest.mark.parametrize("spec", SPECS, ids=str)
def test_while_a_program_is_traced(spec):
    sharding = NamedSharding(MESH, spec)

    @jax.jit
    def program(x):
        return x + netinit.initialize({"kernel": struct(*SHAPE, sharding=sharding)})["kernel"]

    check(program(jnp.zeros(SHAPE)), whole())
