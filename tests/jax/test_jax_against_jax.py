"""Each initializer beside JAX's own, over shapes, dtypes and arguments: JAX is the oracle."""

from __future__ import annotations

import inspect
import itertools
import warnings

import numpy as np
import pytest

jax = pytest.importorskip("jax")
stats = pytest.importorskip("scipy.stats")
jnp, theirs = jax.numpy, jax.nn.initializers

from netinit.jax import initializers as ours  # noqa: E402
from netinit.jax.rules import scaling_values  # noqa: E402

KEY = jax.random.key(7)
NAMES = [name for name in dir(theirs) if not name.startswith("_")]
#: Every way to call a function that draws: its name and its arguments.
CALLS = [
    ("normal", {}),
    ("normal", {"stddev": 3}),
    ("normal", {"stddev": 0.0}),
    ("normal", {"stddev": -2.0}),
    ("uniform", {}),
    ("uniform", {"scale": 2.5}),
    ("uniform", {"scale": -1}),
    ("uniform", {"scale": 0}),
    ("truncated_normal", {}),
    ("truncated_normal", {"stddev": 2.0, "lower": -1.0, "upper": 0.5}),
    ("truncated_normal", {"stddev": 1.0, "lower": 0.5, "upper": np.inf}),
    ("truncated_normal", {"stddev": -1.0, "lower": 0.0, "upper": 3.0}),
    ("truncated_normal", {"stddev": 1.0, "lower": 1.0, "upper": -1.0}),
    ("truncated_normal", {"stddev": 1.0, "lower": 1.0, "upper": 1.0}),
    *(
        ("variance_scaling", {"scale": 1.5, "mode": mode, "distribution": distribution})
        for mode in ("fan_in", "fan_out", "fan_avg", "fan_geo_avg")
        for distribution in ("normal", "truncated_normal", "uniform")
    ),
    ("variance_scaling", {"scale": 1.0, "mode": "fan", "distribution": "normal"}),
    ("variance_scaling", {"scale": 1.0, "mode": "fan_in", "distribution": "cauchy"}),
    ("variance_scaling", {"scale": 1.0, "mode": "FAN_IN", "distribution": "normal"}),
    ("variance_scaling", {"scale": -1.0, "mode": "fan_in", "distribution": "normal"}),
    *((f"{who}_{kind}", {}) for who in ("glorot", "he", "lecun") for kind in ("normal", "uniform")),
    *(
        ("glorot_uniform", axes)
        for axes in (
            {"in_axis": 0, "out_axis": 1},
            {"in_axis": (0, 1), "out_axis": -1},
            {"in_axis": (0.0, 1), "out_axis": -1},
            {"in_axis": [0, 1], "out_axis": True},
            {"in_axis": 1, "out_axis": 2, "batch_axis": 0},
            {"out_axis": 0},
            {"in_axis": 7},
        )
    ),
    ("orthogonal", {}),
    ("orthogonal", {"scale": -2.0, "column_axis": 0}),
    ("orthogonal", {"column_axis": 1}),
    ("orthogonal", {"column_axis": 5}),
    ("delta_orthogonal", {}),
    ("delta_orthogonal", {"scale": 0.5, "column_axis": 0}),
]
SHAPES = [
    (), (0,), (5,), (3, 4), (4, 3), (0, 4), (3, 0), (2, 3, 4), (3, 0, 4), (0, 3, 4), (4, 3, 2),
    (3, 2, 4, 5), (2, 3, 3, 4, 4), (1, 2, 1, 2, 1, 2), [2, 3], (2.0, 3), (-1, 3), 3, None, "ab",
]  # fmt: skip
DTYPES = [
    None, jnp.float32, jnp.float16, jnp.bfloat16, jnp.float64, jnp.complex64, jnp.complex128,
    jnp.float8_e4m3fn, jnp.int32, bool, "float32", "nonsense", float,
]  # fmt: skip


def outcome(call):
    """Return the shape and dtype of what a call returns, or the error that it raises."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of 64-bit types that are not enabled
        try:
            result = call()
        except Exception as error:
            return type(error), str(error)
    return result.shape, result.dtype


def grid(x64):
    """Yield pairs of a shape and a dtype."""
    if x64:
        yield from itertools.product([(), (3, 4), (2, 3, 4)], [None, jnp.float64, jnp.complex128])
    else:
        yield from itertools.product(SHAPES, [None, jnp.complex64])
        yield from itertools.product([(3, 4), (2, 3, 4)], DTYPES)


@pytest.mark.parametrize("call", CALLS, ids=lambda call: f"{call[0]}-{call[1]}")
@pytest.mark.parametrize("x64", [False, True], ids=["x32", "x64"])
def test_shapes_dtypes_and_errors_are_those_of_jax(call, x64):
    name, arguments = call
    ours_init, theirs_init = (getattr(m, name)(**arguments) for m in (ours, theirs))
    with jax.enable_x64(x64):
        for shape, dtype in grid(x64):
            expected = outcome(lambda: jax.eval_shape(lambda: theirs_init(KEY, shape, dtype)))  # noqa: B023
            if shape == (-1, 3) and expected[0] == shape:  # JAX fails later, in its compiler
                expected = TypeError, "shape must have no negative extent, but is (-1, 3)"
            assert outcome(lambda: ours_init(KEY, shape, dtype)) == expected, (shape, dtype)  # noqa: B023


def test_extents_may_be_arrays_of_jax():
    extent = jnp.array(2)
    for module in (theirs, ours):
        assert module.normal()(KEY, jnp.array([2, 3])).shape == (2, 3)
        assert module.normal()(KEY, (extent, 3)).shape == (2, 3)
        assert jax.eval_shape(lambda key: module.normal()(key, (extent, 3)), KEY).shape == (2, 3)  # noqa: B023


@pytest.mark.parametrize("sharding", [jax.sharding.PartitionSpec("x"), "bad", 3], ids=repr)
def test_for_complex_arrays_jax_does_not_look_at_what_is_no_sharding(sharding):
    for module in (theirs, ours):
        x = module.he_normal()(KEY, (3, 4), jnp.complex64, sharding)
        assert x.shape == (3, 4)


@pytest.mark.parametrize(
    "key",
    [
        None, 3, 2.5, "key", np.array([1, 2], np.uint32), np.array([1, 2, 3], np.uint32),
        np.array([1, 2], np.int32), jnp.array([1.0, 2.0]), jnp.zeros((3, 2), jnp.uint32),
        jax.random.split(KEY, 3), [1, 2],
    ],
    ids=repr,
)  # fmt: skip
def test_what_is_no_single_key_is_refused_as_by_jax(key):
    for name in ("normal", "uniform", "truncated_normal", "lecun_normal", "orthogonal"):
        call = lambda module: getattr(module, name)()(key, (3, 4))  # noqa: B023, E731
        assert outcome(lambda: call(ours)) == outcome(lambda: call(theirs))  # noqa: B023


def test_a_type_that_is_not_enabled_warns_at_every_call():
    init = ours.normal()
    for _ in range(2):
        with pytest.warns(UserWarning, match="float64"):
            init(KEY, (3,), jnp.float64)


@pytest.mark.parametrize("name", NAMES)
def test_names_and_signatures_are_those_of_jax(name):
    mine, other = getattr(ours, name), getattr(theirs, name)
    assert name in ours.__all__
    assert parameters(mine) == parameters(other)
    if name not in ("Initializer", "zeros", "ones"):
        arguments = {"constant": (1,), "variance_scaling": (1.0, "fan_in", "normal")}.get(name, ())
        assert isinstance(mine(*arguments), theirs.Initializer)
        assert parameters(mine(*arguments, dtype=jnp.float16)) == parameters(
            other(*arguments, dtype=jnp.float16)
        )


def parameters(function):
    return [(p.name, p.default, p.kind) for p in inspect.signature(function).parameters.values()]


def test_there_are_no_other_names():
    assert sorted(ours.__all__) == sorted(NAMES)


# -- the same distribution --------------------------------------------------------------------

#: Calls whose values can be compared, each with a shape of some tens of thousands of elements.
LARGE = (3, 40, 150)
DRAWN = [
    call for call in CALLS
    if "orthogonal" not in call[0]
    and call[1].get("mode") not in ("fan", "FAN_IN")
    and call[1].get("distribution") != "cauchy"
    and call[1].get("scale") != -1.0
    and call[1].get("in_axis") not in (7, (0.0, 1))
]  # fmt: skip


def sample(module, name, arguments, dtype, seed):
    x = getattr(module, name)(**arguments)(jax.random.key(seed), LARGE, dtype)
    wide = np.complex128 if jnp.issubdtype(dtype, jnp.complexfloating) else np.float64
    return np.asarray(x).astype(wide).ravel()


def assert_same_distribution(a, b):
    if np.ptp(a) == 0 or np.ptp(b) == 0:
        np.testing.assert_array_equal(np.unique(a), np.unique(b))
    else:
        assert stats.ks_2samp(a, b).pvalue > 1e-4


@pytest.mark.parametrize("call", DRAWN, ids=lambda call: f"{call[0]}-{call[1]}")
def test_float32_values_have_the_distribution_of_jax(call):
    a, b = (sample(module, *call, jnp.float32, 3) for module in (ours, theirs))
    assert_same_distribution(a, b)


@pytest.mark.parametrize("dtype", [jnp.float16, jnp.float64, jnp.complex64, jnp.complex128])
@pytest.mark.parametrize(
    "name", ["normal", "uniform", "truncated_normal", "he_uniform", "he_normal"]
)
def test_other_types_have_the_distribution_of_jax(name, dtype):
    if jnp.issubdtype(dtype, jnp.complexfloating) and name in ("uniform", "truncated_normal"):
        pytest.skip("JAX refuses it, as tested above")
    with jax.enable_x64(np.dtype(dtype).itemsize > 4):
        a, b = (sample(module, name, {}, dtype, 5) for module in (ours, theirs))
    if np.iscomplexobj(a):
        for view in (np.real, np.imag, np.abs, np.angle):
            assert_same_distribution(view(a), view(b))
    else:
        assert_same_distribution(a, b)


@pytest.mark.parametrize(
    "name", ["normal", "uniform", "truncated_normal", "he_uniform", "he_normal"]
)
def test_half_precision_is_the_float32_value_rounded_once(name):
    """JAX rounds the standard deviation as well, so its values are not the oracle here."""
    init = getattr(ours, name)()
    single = init(KEY, (50, 60), jnp.float32)
    for dtype in (jnp.float16, jnp.bfloat16):
        half, rounded = init(KEY, (50, 60), dtype), single.astype(dtype)
        # Except next to a bound, which is not to be crossed by rounding.
        assert float((half != rounded).mean()) < 0.02
        assert jnp.allclose(half, rounded, rtol=2 * float(jnp.finfo(dtype).eps), atol=0)


@pytest.mark.parametrize("mode", ["fan_in", "fan_out", "fan_avg", "fan_geo_avg"])
def test_bounds_and_deviations_are_those_of_jax(mode):
    """JAX's own number is what its values are over those of jax.random for the same key."""
    shape, axes = (3, 3, 20, 50), (2, 3, 0)
    units = {
        "normal": (jax.random.normal(KEY, shape), lambda rule: rule.std),
        "truncated_normal": (
            jax.random.truncated_normal(KEY, -2, 2, shape),
            lambda rule: rule.parent.std,
        ),
        "uniform": (jax.random.uniform(KEY, shape, minval=-1.0), lambda rule: rule.high),
    }
    for distribution, (unit, number) in units.items():
        x = theirs.variance_scaling(1.7, mode, distribution, *axes)(KEY, shape)
        rule = scaling_values(1.7, mode, distribution, axes, shape, np.dtype("f4")).rule
        assert number(rule) == pytest.approx(float(jnp.median(x / unit)), rel=1e-6)
