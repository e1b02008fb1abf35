"""What an initializer for JAX promises by itself: values, streams, matrices."""

from __future__ import annotations

import numpy as np
import pytest

jax = pytest.importorskip("jax")
stats = pytest.importorskip("scipy.stats")
jnp = jax.numpy

import netinit  # noqa: E402
from netinit.arrays.slice import Slice  # noqa: E402
from netinit.jax import initializers as init  # noqa: E402
from netinit.jax.draw import draw  # noqa: E402
from netinit.jax.host import key_stream  # noqa: E402

KEY = jax.random.key(42)
BUILDERS = {
    "normal": init.normal(0.3),
    "uniform": init.uniform(0.3),
    "truncated_normal": init.truncated_normal(0.3),
    "variance_scaling": init.variance_scaling(1.3, "fan_geo_avg", "normal"),
    "glorot_uniform": init.glorot_uniform(),
    "he_normal": init.he_normal(),
    "orthogonal": init.orthogonal(),
    "delta_orthogonal": init.delta_orthogonal(),
}


@pytest.mark.parametrize("name", BUILDERS)
@pytest.mark.parametrize("dtype", [jnp.float32, jnp.bfloat16, jnp.float16, jnp.float8_e5m2])
def test_a_key_means_one_array_and_another_key_another(name, dtype):
    draw = BUILDERS[name]
    x = draw(KEY, (3, 8, 16), dtype)
    assert x.dtype == dtype
    assert x.shape == (3, 8, 16)
    assert (x == draw(jax.random.key(42), (3, 8, 16), dtype)).all()
    assert not (x == draw(jax.random.key(43), (3, 8, 16), dtype)).all()


@pytest.mark.parametrize("impl", ["threefry2x32", "rbg", "unsafe_rbg", "philox4x32"])
def test_keys_of_every_implementation(impl):
    key = jax.random.key(5, impl=impl)
    x = init.normal(1.0)(key, (40, 50))
    words = " ".join(f"{word:08x}" for word in np.asarray(jax.random.key_data(key)))
    filled = netinit.fill(np.empty((40, 50), "f4"), netinit.Normal(), seed=f"jax key {words}")
    assert (np.asarray(x) == filled).all()
    keys = jax.random.split(key, 2)
    a, b = (init.normal(1.0)(key, (10000,)) for key in keys)
    assert abs(np.corrcoef(a, b)[0, 1]) < 0.04


@pytest.mark.parametrize("dtype", [jnp.float8_e4m3fn, jnp.float8_e5m2])
@pytest.mark.parametrize("shape", [(), (1,), (7,), (3, 5)])
def test_arrays_of_bytes_of_any_size(shape, dtype):
    x = init.uniform(1.0)(KEY, shape, dtype)
    filled = netinit.fill(np.empty(shape, dtype), netinit.Uniform(), seed=KEY)
    assert (np.asarray(x) == filled).all()


def test_a_raw_key_is_its_typed_key():
    raw = jax.random.PRNGKey(42)
    for key in (raw, np.asarray(raw)):
        assert (init.uniform()(key, (7,)) == init.uniform()(KEY, (7,))).all()


def test_the_stream_is_the_one_that_the_key_means_as_a_seed():
    x = init.truncated_normal(0.5)(KEY, (30, 20))
    filled = netinit.fill(
        np.empty((30, 20), "f4"), netinit.TruncatedNormal(0, 0.5, -1, 1), seed=KEY
    )
    assert (np.asarray(x) == filled).all()


def test_values_do_not_change():
    x = np.asarray(init.normal(1.0)(KEY, (4,)))
    np.testing.assert_allclose(x, [-2.3900068, 0.1292168, 1.2737333, 1.3401337], rtol=1e-6)


@pytest.mark.parametrize(("lower", "upper"), [(6.0, 7.0), (-40.0, -39.0), (5.0, np.inf)])
def test_far_tails_are_exact(lower, upper):
    x = np.asarray(init.truncated_normal(1.0, None, lower, upper)(KEY, (20000,)), np.float64)
    low, high = (lower, upper) if lower > 0 else (-upper, -lower)
    tail = stats.norm.logsf(low)

    def distribution(x):  # of |x|, by the survival function: its logarithms are exact
        x = np.maximum(np.abs(x), low)
        kept = -np.expm1(stats.norm.logsf(x) - tail)
        return kept / -np.expm1(stats.norm.logsf(high) - tail)

    assert low <= np.abs(x).min()
    assert np.abs(x).max() <= high
    assert stats.kstest(np.abs(x), distribution).pvalue > 1e-4


# -- the plane --------------------------------------------------------------------------------


@pytest.mark.parametrize("distribution", ["normal", "truncated_normal", "uniform"])
def test_complex_values_are_symmetric_and_of_their_size(distribution):
    z = np.asarray(
        init.variance_scaling(3.0, "fan_in", distribution)(KEY, (300, 400), jnp.complex64)
    ).ravel()
    std = (3.0 / 300) ** 0.5
    largest = {"normal": np.inf, "truncated_normal": 2 * std / 0.95311164, "uniform": 2**0.5 * std}
    assert np.abs(z).max() <= largest[distribution] * (1 + 1e-6)
    angles = stats.kstest(np.angle(z), stats.uniform(-np.pi, 2 * np.pi).cdf)
    moduli = {
        "normal": stats.rayleigh(scale=std / 2**0.5).cdf,
        "uniform": lambda r: np.minimum(r**2 / (2 * std**2), 1),
        "truncated_normal": lambda r: -np.expm1(-((r * 0.95311164 / std) ** 2)) / -np.expm1(-4),
    }
    assert angles.pvalue > 1e-4
    assert stats.kstest(np.abs(z), moduli[distribution]).pvalue > 1e-4
    assert abs(stats.spearmanr(np.abs(z[:-1]), np.abs(z[1:])).statistic) < 0.02


# -- matrices ---------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [jnp.float32, jnp.float16, jnp.bfloat16, jnp.complex64])
@pytest.mark.parametrize("column_axis", [-1, 0, 1])
@pytest.mark.parametrize("shape", [(12, 12), (5, 20), (20, 5), (4, 3, 6), (2, 3, 4, 5)])
def test_orthogonal_matrices_have_orthonormal_rows_or_columns(shape, column_axis, dtype):
    q = init.orthogonal(2.0, column_axis)(KEY, shape, dtype)
    assert q.dtype == dtype
    wide = np.complex128 if dtype == jnp.complex64 else np.float64
    q = np.moveaxis(np.asarray(q).astype(wide), column_axis, -1).reshape(-1, shape[column_axis])
    gram = q.conj().T @ q if q.shape[0] >= q.shape[1] else q @ q.conj().T
    tolerance = 40 * float(jnp.finfo(dtype).eps)
    np.testing.assert_allclose(gram, 4 * np.eye(len(gram)), atol=tolerance)


def test_complex_orthogonal_matrices_are_of_the_haar_measure():
    """The phase of an element is uniform, which it is not without the phases of the diagonal."""
    q = jax.vmap(lambda key: init.orthogonal()(key, (2, 2), jnp.complex64))(
        jax.random.split(KEY, 2000)
    )
    for phases in np.angle(np.asarray(q)).reshape(2000, 4).T:
        assert stats.kstest(phases, stats.uniform(-np.pi, 2 * np.pi).cdf).pvalue > 1e-4


@pytest.mark.parametrize("dtype", [jnp.float32, jnp.bfloat16, jnp.complex64])
@pytest.mark.parametrize("column_axis", [-1, 0])
@pytest.mark.parametrize("shape", [(4, 5, 7), (3, 4, 6, 6), (2, 3, 5, 2, 8), (1, 3, 3)])
def test_delta_orthogonal_kernels_are_zero_but_for_their_centre(shape, column_axis, dtype):
    kernel = init.delta_orthogonal(0.5, column_axis)(KEY, shape, dtype)
    assert kernel.dtype == dtype
    wide = np.complex128 if dtype == jnp.complex64 else np.float64
    kernel = np.asarray(kernel).astype(wide)
    centre = tuple((n - 1) // 2 for n in shape[:-2])
    matrix = kernel[centre].copy()
    kernel[centre] = 0
    assert not kernel.any()
    gram = matrix @ matrix.conj().T
    tolerance = 20 * float(jnp.finfo(dtype).eps)
    np.testing.assert_allclose(gram, 0.25 * np.eye(shape[-2]), atol=tolerance)


def test_a_convolution_with_a_delta_orthogonal_kernel_keeps_the_norm():
    kernel = init.delta_orthogonal()(KEY, (3, 3, 8, 12))
    x = jax.random.normal(KEY, (2, 9, 9, 8))
    y = jax.lax.conv_general_dilated(
        x, kernel, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC")
    )
    assert float(jnp.linalg.norm(y)) == pytest.approx(float(jnp.linalg.norm(x)), rel=1e-5)


# -- numbers that are not plain -----------------------------------------------------------------


def test_an_array_of_scales_is_broadcast_as_by_jax():
    scales = jnp.array([1.0, 10.0, 100.0])
    x = init.normal(scales)(KEY, (5000, 3))
    np.testing.assert_allclose(np.std(x, axis=0), scales, rtol=0.05)
    assert init.uniform(scales)(KEY, (2, 1)).shape == (2, 3)


def test_arrays_of_bounds_are_kept():
    lower, upper = jnp.array([-1.0, 0.5]), jnp.array([0.0, 2.0])
    ours, theirs = (
        np.asarray(m.truncated_normal(2.0, None, lower, upper)(KEY, (20000, 2)))
        for m in (init, jax.nn.initializers)
    )
    for column in range(2):
        assert stats.ks_2samp(ours[:, column], theirs[:, column]).pvalue > 1e-4
        assert (np.asarray(lower)[column] * 2 <= ours[:, column]).all()


def test_complex_values_too_large_are_infinite():
    x = init.normal(3e38)(KEY, (1000,), jnp.complex64)
    assert 0 < float(jnp.isfinite(x).mean()) < 1
    assert not jnp.isfinite(init.normal(np.inf)(KEY, (10,), jnp.complex64)).any()


@pytest.mark.parametrize("value", [np.nan, np.inf, 6e4])
def test_what_overflows_is_what_jax_makes_of_it(value):
    x = init.normal(value)(KEY, (1000,), jnp.float16)
    theirs = jax.nn.initializers.normal(value)(KEY, (1000,), jnp.float16)
    assert abs(float(jnp.isfinite(x).mean()) - float(jnp.isfinite(theirs).mean())) < 0.06


def test_the_words_of_a_key_are_read_as_numbers():
    stream = key_stream([1, 2**32 - 1])
    x = draw(jax.random.wrap_key_data(jnp.array([1, 2**32 - 1], jnp.uint32)),
             netinit.Uniform(), (9,), "float32")  # fmt: skip
    expected = np.empty(9, "f4")
    netinit.Uniform().fill(Slice(expected, "float32"), stream)
    assert (np.asarray(x) == expected).all()
