"""netinit's initializers beside Keras's own: numbers, distributions, shapes, dtypes, errors."""

from __future__ import annotations

import math

import numpy as np
import pytest

keras = pytest.importorskip("keras")
stats = pytest.importorskip("scipy.stats")

from keras.src.initializers import random_initializers  # noqa: E402

import netinit  # noqa: E402
from netinit.keras import initializers  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")  # Keras's own, of every kind

BACKEND = keras.backend.backend()
#: Every function with arguments of every kind.
DRAWN = [
    ("RandomNormal", {}),
    ("RandomNormal", {"mean": -1.0, "stddev": 3.0}),
    ("RandomNormal", {"mean": 2.0, "stddev": 0.0}),
    ("RandomUniform", {}),
    ("RandomUniform", {"minval": 2.0, "maxval": 5.0}),
    ("RandomUniform", {"minval": 2.0, "maxval": 2.0}),
    ("TruncatedNormal", {}),
    ("TruncatedNormal", {"mean": -1.0, "stddev": 3.0}),
    ("TruncatedNormal", {"stddev": 0.0}),
    *(
        ("VarianceScaling", {"scale": scale, "mode": mode, "distribution": distribution})
        for mode in ("fan_in", "fan_out", "fan_avg")
        for distribution in ("uniform", "normal", "untruncated_normal", "Truncated_Normal")
        for scale in (0.3, 2)
    ),
    ("VarianceScaling", {"input_axes": [0], "output_axes": [1]}),
    ("VarianceScaling", {"input_axes": [0]}),
    *(
        (f"{name}{kind}", {})
        for name in ("Glorot", "He", "Lecun")
        for kind in ("Normal", "Uniform")
    ),
    ("HeNormal", {"input_axes": [-1], "output_axes": [-2]}),
]
SHAPES = [
    (), (3,), (0,), (3, 4), (4, 3), (0, 3), (3, 0), (2, 3, 4), (2, 0, 3), (3, 3, 2, 5),
    (1, 2, 3, 4), (2, 1, 2, 3, 2), (1, 0, 2, 2, 2),
]  # fmt: skip


def both(name, options, seed=5):
    return (
        getattr(module, name)(**options, seed=seed) for module in (keras.initializers, initializers)
    )


def numpy_of(tensor):
    if keras.backend.standardize_dtype(tensor.dtype) == "bfloat16":  # Keras on TensorFlow fails
        tensor = keras.ops.cast(tensor, "float32")
    return np.asarray(keras.ops.convert_to_numpy(tensor))


def outcome(call):
    """Return what a call gives: shape and dtype, or its error."""
    try:
        tensor = call()
    except Exception as error:
        return type(error), str(error)
    return tuple(tensor.shape), keras.backend.standardize_dtype(tensor.dtype)


# -- numbers ----------------------------------------------------------------------------------


def numbers_of_keras(monkeypatch, initializer, shape):
    """Return what Keras asks its backend for: the kind and its two numbers."""
    asked = []

    def record(kind, first, second):
        def drawn(shape, dtype=None, seed=None, **numbers):
            asked.append((kind, numbers[first], numbers[second]))

        return drawn

    with monkeypatch.context() as patch:
        for kind, names in {
            "normal": ("mean", "stddev"),
            "truncated_normal": ("mean", "stddev"),
            "uniform": ("minval", "maxval"),
        }.items():
            patch.setattr(random_initializers.random, kind, record(kind, *names))
        initializer(shape)
    return asked[0]


def numbers_of_netinit(rule, kind):
    if isinstance(rule, netinit.Uniform):
        return "uniform", rule.low, rule.high
    if isinstance(rule, netinit.Normal):
        return "normal", rule.mean, rule.std
    reach = 2 * rule.parent.std
    assert (rule.low, rule.high) == pytest.approx(
        (rule.parent.mean - reach, rule.parent.mean + reach)
    )
    return "truncated_normal", rule.parent.mean, rule.parent.std


@pytest.mark.parametrize(("name", "options"), DRAWN, ids=str)
def test_numbers_are_those_of_keras(monkeypatch, name, options):
    theirs, found = both(name, options)
    for shape in SHAPES:
        if "input_axes" in options and len(shape) < 2:
            continue
        kind, *expected = numbers_of_keras(monkeypatch, theirs, shape)
        drawn, *numbers = numbers_of_netinit(found.rule(shape), kind)
        assert drawn == kind
        assert numbers == pytest.approx(expected, rel=1e-12)


# -- distributions ----------------------------------------------------------------------------

LARGE = [(name, options) for name, options in DRAWN if 0.0 not in options.values()]


@pytest.mark.parametrize(("name", "options"), LARGE, ids=str)
@pytest.mark.parametrize("shape", [(120, 160), (3, 3, 40, 50)])
def test_values_are_distributed_as_those_of_keras(name, options, shape):
    theirs, found = (numpy_of(initializer(shape)).ravel() for initializer in both(name, options))
    assert found.dtype == theirs.dtype == np.float32
    if options.get("minval", 0) == options.get("maxval", 1):
        assert (found == theirs).all()
    else:
        assert stats.ks_2samp(found, theirs).pvalue > 1e-4


@pytest.mark.parametrize("dtype", ["float64", "float16", "bfloat16"])
@pytest.mark.parametrize("name", ["RandomNormal", "RandomUniform", "TruncatedNormal"])
def test_other_dtypes_hold_the_same_distribution(name, dtype):
    options = {"minval": -1.0, "maxval": 1.0} if name == "RandomUniform" else {"stddev": 1.0}
    theirs, found = (
        numpy_of(initializer((100, 100), dtype)).astype("float64").ravel()
        for initializer in both(name, options)
    )
    # Half precision has few values, which each library rounds to in its own way.
    blur = np.random.default_rng(0).uniform(-(2**-8), 2**-8, (2, found.size))
    assert stats.ks_2samp(found + blur[0], theirs + blur[1]).pvalue > 1e-4


@pytest.mark.parametrize("shape", [(3, 3), (2, 5), (3, 2, 2)])
def test_orthogonal_matrices_are_distributed_as_those_of_keras(shape):
    entries = [[], []]
    for seed in range(300):
        for initializer, kept in zip(both("Orthogonal", {"gain": 2.0}, seed), entries, strict=True):
            kept.append(numpy_of(initializer(shape)).ravel()[[0, -1]])
    first, last = np.transpose(entries, (2, 0, 1))
    assert stats.ks_2samp(*first).pvalue > 1e-4
    assert stats.ks_2samp(*last).pvalue > 1e-4


# -- what draws nothing -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "options", "shape"),
    [
        ("Zeros", {}, (2, 3)),
        ("Ones", {}, ()),
        ("Constant", {"value": 2.5}, (2, 0, 3)),
        ("Constant", {"value": np.arange(3.0)}, (2, 3)),
        ("Identity", {"gain": 3.0}, (3, 5)),
        ("Identity", {}, (2, 2, 2)),
        ("STFT", {}, (16, 1, 9)),
        ("STFT", {"side": "imag", "window": None}, (16, 1, 9)),
        ("STFT", {"window": [1.0, 2.0]}, (16, 1, 9)),
        ("STFT", {"side": "left"}, (16, 1, 9)),
        ("STFT", {"scaling": "l2"}, (16, 1, 9)),
    ],
)
@pytest.mark.parametrize("dtype", [None, "float16", "bfloat16", "int32", "foo"])
def test_constants_are_those_of_keras(name, options, shape, dtype):
    def call(module):
        return getattr(module, name)(**options)(shape, dtype)

    expected = outcome(lambda: call(keras.initializers))
    assert outcome(lambda: call(initializers)) == expected
    if isinstance(expected[0], tuple):
        found, theirs = (
            numpy_of(call(module)).astype("float64")
            for module in (initializers, keras.initializers)
        )
        assert np.array_equal(found, theirs, equal_nan=True)  # a window of integers may be 0 / 0


# -- shapes, dtypes and errors ----------------------------------------------------------------

NAMES = ["RandomNormal", "RandomUniform", "TruncatedNormal", "VarianceScaling", "GlorotUniform"]
ODD_SHAPES = [
    *SHAPES[::3], [3, 4], (np.int64(2), 3), 5, None, "ab", (-1, 2), (None, 2), (2.0, 3), ((2,), 3),
]  # fmt: skip


@pytest.mark.parametrize("name", [*NAMES, "Orthogonal"])
def test_shapes_and_their_errors_are_those_of_keras(name):
    theirs, found = both(name, {})
    for shape in ODD_SHAPES:
        expected = outcome(lambda shape=shape: theirs(shape))
        assert outcome(lambda shape=shape: found(shape)) == expected, shape


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "dtype", ["float32", "float64", "float16", "bfloat16", "int32", "bool", "complex64", "foo", 3]
)
def test_dtypes_and_their_errors_are_those_of_keras(name, dtype):
    theirs, found = both(name, {})
    assert outcome(lambda: found((2, 3), dtype)) == outcome(lambda: theirs((2, 3), dtype))


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "bfloat16", "int32", "foo"])
def test_orthogonal_gives_the_dtype_asked_for_where_keras_cannot(dtype):
    theirs, found = both("Orthogonal", {})
    expected, result = (outcome(lambda i=i: i((2, 3), dtype)) for i in (theirs, found))
    wrong = ["float16", "bfloat16"] + ["float64"] * (
        BACKEND == "numpy"
    )  # of which it makes float32
    if dtype in wrong:
        assert result == ((2, 3), dtype)
    else:
        assert result == expected


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("VarianceScaling", {"scale": 0}),
        ("VarianceScaling", {"scale": -1.0}),
        ("VarianceScaling", {"scale": "1"}),
        ("VarianceScaling", {"mode": "fan"}),
        ("VarianceScaling", {"mode": "FAN_IN"}),
        ("VarianceScaling", {"distribution": "cauchy"}),
        ("VarianceScaling", {"distribution": 3}),
        ("VarianceScaling", {"bogus": 1}),
        ("GlorotUniform", {"scale": 1.0}),
        ("RandomNormal", {"std": 1.0}),
        ("VarianceScaling", {"input_axes": [5], "output_axes": [0]}),
        ("RandomNormal", {"stddev": -1.0}),
        ("RandomNormal", {"stddev": "1"}),
        ("RandomNormal", {"stddev": np.arange(3.0)}),
        ("RandomNormal", {"stddev": math.inf}),
        ("TruncatedNormal", {"stddev": -1.0}),
        ("RandomUniform", {"minval": 1.0, "maxval": 0.0}),
        ("RandomUniform", {"maxval": math.inf}),
        ("Orthogonal", {"gain": "1"}),
        ("Orthogonal", {"gain": 0.0}),
    ],
    ids=str,
)
def test_arguments_and_their_errors_are_those_of_keras(name, options):
    def call(module):
        return getattr(module, name)(**options, seed=5)((2, 3))

    assert outcome(lambda: call(initializers)) == outcome(lambda: call(keras.initializers))


@pytest.mark.parametrize("name", [*NAMES, "Orthogonal"])
@pytest.mark.parametrize("seed", ["5", 5.0, np.int64(5), [5], (5, 0)], ids=str)
def test_seeds_and_their_errors_are_those_of_keras(name, seed):
    with pytest.raises(ValueError, match="seed") as theirs:
        getattr(keras.initializers, name)(seed=seed)
    with pytest.raises(ValueError, match="seed") as found:
        getattr(initializers, name)(seed=seed)
    assert str(found.value) == str(theirs.value)


def test_scalar_tensors_are_numbers():
    tensor = keras.ops.convert_to_tensor(2.0)
    drawn = initializers.RandomNormal(stddev=tensor, seed=3)((4, 5))
    assert (
        numpy_of(drawn) == numpy_of(initializers.RandomNormal(stddev=2.0, seed=3)((4, 5)))
    ).all()


def test_the_axes_of_an_einsum_reach_the_fans():
    layer = keras.layers.MultiHeadAttention(8, 16, kernel_initializer="netinit>LecunNormal")
    layer.build((None, 10, 32), (None, 10, 32))
    assert tuple(layer.query_dense.kernel.shape) == (32, 8, 16)
    values = numpy_of(layer.query_dense.kernel)
    assert values.std() == pytest.approx(math.sqrt(1 / 32), rel=0.05)
