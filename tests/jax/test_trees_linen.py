"""Variables of flax.linen, and other trees of JAX arrays, in initialize and plan."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

jax = pytest.importorskip("jax")
nn = pytest.importorskip("flax.linen")
optax = pytest.importorskip("optax")

import jax.numpy as jnp  # noqa: E402

import netinit  # noqa: E402

KEY = jax.random.key(0)


class Net(nn.Module):
    """A layer of each kind that flax.linen has parameters for."""

    @nn.compact
    def __call__(self, x, tokens):  # (batch, length, 32), (batch, length)
        x = x + nn.Embed(11, 32)(tokens)
        x = nn.MultiHeadDotProductAttention(num_heads=4, qkv_features=64)(x)
        x = nn.BatchNorm(use_running_average=False)(x)
        x = nn.PReLU()(nn.Conv(48, (3,))(x))
        x = nn.RNN(nn.OptimizedLSTMCell(40))(nn.LayerNorm()(x))
        boxed = nn.with_partitioning(nn.initializers.lecun_normal(), (None, "model"))
        return nn.DenseGeneral((2, 5), name="head")(nn.Dense(64, kernel_init=boxed)(x))


ARGUMENTS = jnp.ones((2, 6, 32)), jnp.zeros((2, 6), int)
SHAPES = jax.eval_shape(Net().init, KEY, *ARGUMENTS)
#: The head's kernel (64, 2, 5): its bias tells, and so may a spec in its place.
HEAD = netinit.ArraySpec((64, 2, 5), layout=netinit.Layout((1, 2), (0,)))


def leaves(tree):
    return {
        jax.tree_util.keystr(path, simple=True, separator="."): leaf
        for path, leaf in jax.tree_util.tree_flatten_with_path(nn.meta.unbox(tree))[0]
    }


def bits(tree):
    return {name: np.asarray(leaf).tobytes() for name, leaf in leaves(tree).items()}


def test_a_new_tree_of_jax_arrays_with_the_values_of_the_names():
    made = netinit.initialize(SHAPES, method="Lecun", seed=7)
    assert jax.tree.structure(made) == jax.tree.structure(SHAPES)
    plan = netinit.plan(SHAPES, method="Lecun", seed=7)
    found = leaves(made)
    assert [a.name for a in plan] == list(found)
    for assignment in plan:
        array = found[assignment.name]
        assert isinstance(array, jax.Array)
        assert (array.dtype, array.shape) == (jnp.float32, assignment.parameter.shape)
        expected = netinit.create(array.shape, assignment.initializer, seed=7, name=assignment.name)
        assert (np.asarray(array) == expected).all()
    assert all(isinstance(leaf, jax.ShapeDtypeStruct) for leaf in leaves(SHAPES).values())


def test_the_net_runs():
    apply = jax.jit(lambda *given: Net().apply(*given, mutable=["batch_stats"]))
    out, _ = apply(netinit.initialize(SHAPES), *ARGUMENTS)
    assert bool(jnp.isfinite(out).all())


def test_fans_are_those_of_the_layers_own_initializers():
    """Flax's default is lecun_normal, of std 1 / sqrt(fan_in), in each of these kernels."""
    own = leaves(jax.jit(Net().init)(KEY, *ARGUMENTS))
    shapes = jax.tree.map(lambda leaf: leaf, SHAPES)
    shapes["params"]["head"]["kernel"] = HEAD
    plan = netinit.plan(shapes, "*.kernel", method="Lecun")
    kernels = [a for a in plan if ".h" not in a.name or "head" in a.name]  # orthogonal in Flax
    assert len(kernels) == 11
    for assignment in kernels:
        std, size = assignment.std, assignment.parameter.size
        assert float(own[assignment.name].std()) == pytest.approx(std, rel=3 / (2 * size) ** 0.5)


def test_attention_kernels_have_the_fans_of_their_maps():
    plan = netinit.plan(SHAPES, "*Attention_0*kernel", method="Lecun")
    fans = {a.name.split(".")[-2]: a.parameter for a in plan}
    assert {n: (p.fan_in, p.fan_out) for n, p in fans.items()} == {
        "query": (32, 64),
        "key": (32, 64),
        "value": (32, 64),
        "out": (64, 32),
    }
    assert plan[0].std == pytest.approx(0.177, abs=5e-4)


def test_roles_and_layers():
    plan = netinit.plan(SHAPES)
    roles = {a.name.removeprefix("params."): (a.parameter.role, str(a.initializer)) for a in plan}
    assert roles["batch_stats.BatchNorm_0.mean"] == ("statistic", "Constant(0)")
    assert roles["batch_stats.BatchNorm_0.var"] == ("statistic", "Constant(1)")
    assert roles["BatchNorm_0.scale"] == ("scale", "Constant(1)")
    assert roles["LayerNorm_0.bias"] == ("shift", "Constant(0)")
    assert roles["Dense_0.bias"] == ("bias", "Constant(0)")
    assert roles["Embed_0.embedding"][0] == "embedding"
    assert roles["PReLU_0.negative_slope"] == ("slope", "Constant(0.01)")
    assert roles["MultiHeadDotProductAttention_0.key.bias"] == ("bias", "Constant(0)")
    assert [a.name for a in netinit.plan(SHAPES, [("Dense", "weight")])] == [
        "params.Dense_0.kernel"
    ]


def test_a_layer_that_is_scanned_over_is_a_stack_of_maps():
    class Block(nn.Module):
        @nn.compact
        def __call__(self, x, _):
            y = nn.MultiHeadDotProductAttention(num_heads=2)(x[None])[0]
            return nn.Dense(16)(nn.LayerNorm()(y)), None

    scanned = nn.scan(Block, variable_axes={"params": 0}, split_rngs={"params": True}, length=3)
    shapes = jax.eval_shape(scanned().init, KEY, jnp.ones((5, 16)), None)
    plan = netinit.plan(shapes, method="Lecun")
    for a in plan:
        if a.parameter.role == "weight":
            assert (a.parameter.fan_in, a.parameter.fan_out) == (16, 16)
    stack = nn.meta.unbox(netinit.initialize(shapes, method="Orthogonal"))["params"]
    for kernel in stack["Dense_0"]["kernel"]:
        assert np.allclose(kernel @ kernel.T, np.eye(16), atol=1e-5)


def test_a_trained_net_is_initialized_anew_in_part():
    variables = netinit.initialize(nn.meta.unbox(SHAPES), seed=1)
    optimizer = optax.sgd(0.1)

    @jax.jit
    @partial(jax.grad, has_aux=True)
    def gradient(params, stats):
        given = {"params": params, "batch_stats": stats}
        out, new = Net().apply(given, *ARGUMENTS, mutable=["batch_stats"])
        return (out**2).mean(), new["batch_stats"]

    params, stats = variables["params"], variables["batch_stats"]
    state = optimizer.init(params)
    for _ in range(3):
        grads, stats = gradient(params, stats)
        updates, state = optimizer.update(grads, state)
        params = optax.apply_updates(params, updates)
    trained = {"params": params, "batch_stats": stats}
    before = bits(trained)
    made = netinit.initialize(trained, ["params.Dense_0.*", "batch_stats.*"], seed=1)
    assert bits(trained) == before
    fresh, after = bits(variables), bits(made)
    anew = {n for n in after if n.startswith(("params.Dense_0.", "batch_stats."))}
    assert len(anew) == 4
    for name in after:
        assert after[name] == (fresh if name in anew else before)[name]
        assert before[name] != fresh[name] or name not in anew
    assert bits(netinit.initialize(trained, netinit.All, seed=1)) == fresh


def test_a_train_state_keeps_its_optimizer():
    from flax.training.train_state import TrainState

    variables = nn.meta.unbox(netinit.initialize(SHAPES))
    state = TrainState.create(apply_fn=Net().apply, params=variables["params"], tx=optax.adam(0.1))
    state = state.apply_gradients(grads=state.params)
    made = netinit.initialize(state, netinit.All, seed=2)
    assert int(made.step) == 1
    assert bits(made.opt_state) == bits(state.opt_state)
    assert bits(made.params) == bits(netinit.initialize(variables, netinit.All, seed=2)["params"])


@pytest.mark.filterwarnings("error")
def test_leaves_of_every_kind():
    given = {
        "w": jnp.ones((4, 3)),
        "half": jax.ShapeDtypeStruct((300, 50), jnp.bfloat16),
        "spec": netinit.ArraySpec((2, 3), "float16"),
        "numpy": np.ones((2, 2), np.float32),
        "key": jax.random.key(3),
        "steps": jnp.arange(3),
        "wave": jnp.ones(3, complex),
        "name": "a text",
        "nothing": None,
        "empty": jax.ShapeDtypeStruct((0, 4), jnp.float32),
        "number": jax.ShapeDtypeStruct((), jnp.float32),
        "several": (jnp.ones((2, 2)), [jax.ShapeDtypeStruct((2, 2), jnp.float32)]),
    }
    made = netinit.initialize(given)
    kept = ("w", "numpy", "key", "steps", "wave", "name")
    assert all(made[name] is given[name] for name in kept)
    assert made["half"].dtype == jnp.bfloat16
    assert float(made["half"].astype("f4").std()) == pytest.approx((2 / 300) ** 0.5, rel=0.03)
    assert made["spec"].dtype == jnp.float16
    assert made["empty"].shape == (0, 4)
    assert isinstance(made["several"], tuple)
    names = [a.name for a in netinit.plan(given)]
    assert names == ["empty", "half", "number", "several.1.0", "spec"]
    everything = netinit.initialize(given, netinit.All)
    assert isinstance(everything["numpy"], jax.Array)
    assert (given["numpy"] == 1).all()


def test_a_large_array_is_not_the_memory_that_was_filled():
    """JAX keeps memory of numpy's as it is, so that none may be written twice."""
    first = netinit.initialize({"w": jax.ShapeDtypeStruct((512, 512), jnp.float32)}, seed=1)
    held = np.array(first["w"])
    netinit.initialize(first, netinit.All, seed=2)
    assert (np.asarray(first["w"]) == held).all()


def test_float64_where_jax_has_it():
    with jax.enable_x64(True):
        made = netinit.initialize({"w": jax.ShapeDtypeStruct((4, 3), jnp.float64)})["w"]
        expected = netinit.create((4, 3), netinit.Normal(0, 0.5**0.5), dtype="float64", name="w")
        assert made.dtype == jnp.float64
        assert (np.asarray(made) == expected).all()


def test_inside_jit():
    made = jax.jit(lambda tree: netinit.initialize(tree, netinit.All))({"w": jnp.ones((4, 3))})
    same = netinit.initialize({"w": jnp.ones((4, 3))}, netinit.All)
    assert (made["w"] == same["w"]).all()


def test_arrays_stay_where_they_are():
    array = jnp.ones((4, 3))
    placed = jax.device_put(array, jax.devices()[0])
    made = netinit.initialize({"a": array, "b": placed}, netinit.All)
    assert (made["a"].committed, made["b"].committed) == (False, True)


@pytest.mark.parametrize(
    ("net", "message"),
    [
        (jnp.ones(3), r"a tree of arrays, such as \{'w': array\}, not one array \(ArrayImpl\)"),
        (jax.ShapeDtypeStruct((2,), "float32"), "not one array"),
        (nn.Dense(3), r"Dense\) holds no arrays; give the variables: jax\.eval_shape"),
        ({"w": netinit.ArraySpec((2, 2), "float64"), "v": jnp.ones(2)}, "'w': float64 needs jax"),
        ([1, 2], "net must be one of: .* a tree of JAX arrays .*; not list"),
        ({1: jnp.ones(2), "a": "b"}, "the key 1 in 'the mapping' is no string"),
    ],
)
def test_what_is_refused(net, message):
    with pytest.raises(TypeError, match=message):
        netinit.initialize(net)


def test_filling_an_array_of_jax_says_what_to_do():
    with pytest.raises(TypeError, match=r"of JAX \(ArrayImpl\), whose arrays are not written to"):
        netinit.fill(jnp.ones(3), 0.02)


def test_the_memory_of_an_array_of_jax_may_only_be_read():
    out = jnp.ones(3)
    for lent in (memoryview(out), np.from_dlpack(out), np.asarray(out)):
        with pytest.raises(ValueError, match="out is read-only"):
            netinit.fill(lent, 0.02)
    assert (out == 1).all()


def test_nothing_to_do_gives_the_same_tree():
    tree = {"w": jnp.ones((2, 2))}
    with pytest.warns(netinit.errors.NothingToInitializeWarning):
        assert netinit.initialize(tree) is tree
