"""Initializers under JAX's transformations: the values of the eager call, whatever is around it."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import pytest

jax = pytest.importorskip("jax")
jnp = jax.numpy

import netinit  # noqa: E402
from netinit.jax import foreign, primitive  # noqa: E402
from netinit.jax import initializers as init  # noqa: E402

KEY = jax.random.key(42)
BUILDERS = {
    "normal": init.normal(0.3),
    "uniform": init.uniform(0.3),
    "truncated_normal": init.truncated_normal(0.3, None, -1.0, jnp.inf),
    "glorot_uniform": init.glorot_uniform(),
    "he_normal": init.he_normal(),
    "orthogonal": init.orthogonal(),
    "delta_orthogonal": init.delta_orthogonal(),
}
DTYPES = [jnp.float32, jnp.float16, jnp.bfloat16, jnp.float8_e4m3fn, jnp.float8_e5m2]


@pytest.mark.parametrize("name", BUILDERS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_jit_gives_the_eager_values(name, dtype):
    call = partial(BUILDERS[name], shape=(3, 8, 16), dtype=dtype)
    eager, jitted = call(KEY), jax.jit(call)(KEY)
    assert eager.dtype == jitted.dtype == dtype
    assert (eager == jitted).all()


@pytest.mark.parametrize("distribution", ["normal", "truncated_normal", "uniform"])
def test_jit_gives_the_eager_values_on_the_plane(distribution):
    call = partial(
        init.variance_scaling(1.0, "fan_in", distribution), shape=(30, 40), dtype=jnp.complex64
    )
    assert (call(KEY) == jax.jit(call)(KEY)).all()


def test_sixty_four_bits():
    with jax.enable_x64(True):
        for dtype in (jnp.float64, jnp.complex128):
            call = partial(init.lecun_normal(), shape=(30, 40), dtype=dtype)
            assert call(KEY).dtype == dtype
            assert (call(KEY) == jax.jit(call)(KEY)).all()
        assert init.normal()(KEY, (3,)).dtype == jnp.float64


@pytest.mark.parametrize("key", [KEY, jax.random.PRNGKey(42)], ids=["typed", "raw"])
@pytest.mark.parametrize("name", BUILDERS)
def test_vmap_over_keys_is_a_loop_over_keys(name, key):
    call = partial(BUILDERS[name], shape=(3, 4, 5))
    keys = jax.random.split(key, 6)
    expected = jnp.stack([call(key) for key in keys])
    assert (jax.vmap(call)(keys) == expected).all()
    assert (jax.jit(jax.vmap(call, out_axes=2))(keys) == jnp.moveaxis(expected, 0, 2)).all()
    pairs = keys.reshape(2, 3, *keys.shape[1:])
    twice = jax.vmap(jax.vmap(call), in_axes=1)(pairs)
    assert (twice == jnp.swapaxes(expected.reshape(2, 3, 3, 4, 5), 0, 1)).all()


def test_scan_and_map_over_keys():
    call = partial(init.normal(), shape=(4, 5))
    keys = jax.random.split(KEY, 3)
    expected = jnp.stack([call(key) for key in keys])
    assert (jax.lax.map(call, keys) == expected).all()
    scanned = jax.jit(lambda keys: jax.lax.scan(lambda _, key: (_, call(key)), 0, keys)[1])(keys)
    assert (scanned == expected).all()
    branch = jax.jit(lambda yes: jax.lax.cond(yes, call, lambda key: jnp.zeros((4, 5)), KEY))
    assert (branch(True) == call(KEY)).all()


def test_eval_shape_makes_nothing():
    huge = 1 << 40
    for call in (init.normal(), init.truncated_normal(), init.uniform()):
        x = jax.eval_shape(partial(call, shape=(huge,), dtype=jnp.bfloat16), KEY)
        assert (x.shape, x.dtype) == ((huge,), jnp.bfloat16)
        assert jax.eval_shape(lambda: call(KEY, (huge,))).shape == (huge,)  # noqa: B023


def test_a_program_holds_a_call_and_no_values():
    """Also where the key is known while the program is traced."""
    program = jax.make_jaxpr(lambda: init.normal()(KEY, (1000,)))()
    assert all(np.size(constant) < 10 for constant in program.consts)
    assert "netinit_fill" in str(program)


def test_gradients_flow_round_the_values_and_through_scales():
    def loss(weights, key, scale):
        noise = init.normal(scale)(key, weights.shape)
        return jnp.sum((weights + noise) ** 2)

    weights = jnp.arange(6.0)
    unit = init.normal(1.0)(KEY, (6,))
    by_weights, by_scale = jax.jit(jax.grad(loss, argnums=(0, 2)))(weights, KEY, 2.0)
    np.testing.assert_allclose(by_weights, 2 * (weights + 2 * unit), rtol=1e-5)
    np.testing.assert_allclose(by_scale, jnp.sum(2 * (weights + 2 * unit) * unit), rtol=1e-4)


@pytest.mark.parametrize(
    "build",
    [
        lambda s: init.uniform(s),
        lambda s: init.truncated_normal(s),
        lambda s: init.variance_scaling(s, "fan_in", "uniform"),
        lambda s: init.orthogonal(s),
        lambda s: init.delta_orthogonal(s),
    ],
)
def test_a_traced_number_means_what_the_plain_one_does(build):
    traced = jax.jit(lambda s: build(s)(KEY, (3, 4, 5)))(1.7)
    np.testing.assert_allclose(traced, build(1.7)(KEY, (3, 4, 5)), rtol=2e-5, atol=1e-6)
    slope = jax.grad(lambda s: jnp.sum(jnp.abs(build(s)(KEY, (3, 4, 5)))))(1.7)
    assert np.isfinite(slope)


def test_traced_bounds_mean_the_distribution_of_plain_ones():
    def call(bound):
        return init.truncated_normal(1.0, None, -bound, bound)(KEY, (20000,))

    traced, plain = jax.jit(call)(1.7), call(1.7)
    assert abs(traced).max() <= 1.7
    np.testing.assert_allclose(np.std(traced), np.std(plain), rtol=0.02)


def test_rematerialization_draws_the_same_again():
    @jax.checkpoint
    def layer(x, key):
        return jnp.tanh(x @ init.he_normal()(key, (8, 8)))

    x = jnp.ones((2, 8))
    plain = jax.grad(lambda x: layer.__wrapped__(x, KEY).sum())(x)
    np.testing.assert_allclose(jax.grad(lambda x: layer(x, KEY).sum())(x), plain, rtol=1e-6)


def test_arrays_may_be_donated():
    x = init.normal(1.0)(KEY, (1000,))
    expected = np.array(x) + 1
    y = jax.jit(lambda x: x + 1, donate_argnums=0)(x)
    assert x.is_deleted()
    del x
    assert (np.asarray(jax.jit(jnp.copy, donate_argnums=0)(y)) == expected).all()


def test_disabled_jit():
    with jax.disable_jit():
        x = jax.jit(partial(init.normal(), shape=(5,)))(KEY)
    assert (x == init.normal()(KEY, (5,))).all()


def test_the_callback_of_other_platforms_gives_the_same_values():
    """What is lowered for a GPU or TPU, run on the CPU."""
    lowered = {}
    for rule in (primitive._by_callback, primitive._by_custom_call):
        one = jax.jit(partial(rule, **parameters((7, 9))))(words(KEY), np.zeros(2, np.int32))
        lowered[rule] = np.asarray(one)
    first, second = lowered.values()
    assert (first == second).all()


def parameters(shape):
    return {"rule": netinit.Normal(), "shape": shape, "part": shape, "dtype": np.dtype("f4")}


def words(key):
    return jax.random.key_data(key)


def test_an_error_in_a_program_is_an_error_of_the_program(monkeypatch):
    def fail(*_):
        raise MemoryError("no room")

    monkeypatch.setattr(foreign, "fill_blocks", fail)
    with pytest.raises(jax.errors.JaxRuntimeError, match="MemoryError: no room"):
        jax.jit(partial(init.normal(), shape=(5,)))(KEY).block_until_ready()


def test_compiled_programs_may_be_kept_in_a_cache(tmp_path):
    """A program says what it fills by text, so another process can run it."""
    program = f"""
import jax
from netinit.jax import initializers
jax.config.update("jax_compilation_cache_dir", {str(tmp_path)!r})
jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)
jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
for std in (1.0, 2.0):
    print(jax.jit(lambda key: initializers.normal(std)(key, (3,)))(jax.random.key(42)))
"""
    runs, kept = [], []
    for _ in range(2):
        command = [sys.executable, "-c", program]
        runs.append(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        kept.append(sorted(path.name for path in tmp_path.glob("*-cache")))
    assert runs[0] == runs[1] == f"{init.normal(1.0)(KEY, (3,))}\n{init.normal(2.0)(KEY, (3,))}\n"
    assert kept[0] == kept[1] != []


def test_many_threads_at_once():
    keys = jax.random.split(KEY, 8)
    call = partial(init.normal(1.0), shape=(1 << 16,))
    jitted = jax.jit(call)
    expected = [np.asarray(call(key)) for key in keys]
    with ThreadPoolExecutor(8) as pool:
        for run in (jitted, call):
            for x, y in zip(pool.map(run, [*keys] * 3), expected * 3, strict=True):
                assert (np.asarray(x) == y).all()
