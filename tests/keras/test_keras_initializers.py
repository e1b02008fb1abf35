"""What netinit's Keras initializers promise: values, seeds, names, configurations."""

from __future__ import annotations

import doctest
import importlib
import itertools
import math
import random

import numpy as np
import pytest

keras = pytest.importorskip("keras")

import netinit  # noqa: E402
from netinit.keras import draw, initializers  # noqa: E402
from netinit.keras.drawn import Drawn  # noqa: E402
from netinit.keras.names import NAMES  # noqa: E402

#: Keras's own, on torch.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

CLASSES = sorted({cls.__name__ for cls in NAMES.values()})
RANDOM = [name for name in CLASSES if issubclass(NAMES[name], Drawn)]
DTYPES = ["float32", "float64", "float16", "bfloat16"]
#: What JAX makes of float64 while it is without 64 bits, which it warns of.
NO_FLOAT64 = pytest.mark.filterwarnings("ignore:Explicitly requested dtype.*float64")


def numpy_of(tensor):
    return np.asarray(keras.ops.convert_to_numpy(tensor))


def make(name, **options):
    return getattr(initializers, name)(**options)


# -- values -----------------------------------------------------------------------------------


@NO_FLOAT64
@pytest.mark.parametrize("dtype", [*DTYPES, None])
@pytest.mark.parametrize("name", RANDOM)
def test_values_are_those_of_the_stream_on_every_backend(name, dtype):
    initializer = make(name, seed=5)
    tensor = initializer((3, 4, 5), dtype=dtype)
    held = keras.backend.standardize_dtype(tensor.dtype)
    asked = dtype or keras.config.floatx()
    assert held == asked or (held == "float32" and keras.backend.backend() == "jax")
    values = numpy_of(tensor).astype("float64")
    rule = initializer.rule((3, 4, 5))
    if isinstance(rule, netinit.initializers.Distribution):
        if held == "bfloat16":
            ml_dtypes = pytest.importorskip("ml_dtypes")
            expected = np.empty((3, 4, 5), ml_dtypes.bfloat16)
        else:
            expected = np.empty((3, 4, 5), held)
        assert (values == netinit.fill(expected, rule, seed=5).astype("float64")).all()
    else:
        matrix = values.reshape(12, 5)
        tolerance = {"float64": 1e-12, "float32": 1e-5}.get(held, 2e-2)
        assert matrix.T @ matrix == pytest.approx(np.eye(5), abs=tolerance)


def test_orthogonal_has_orthonormal_rows_where_these_are_fewer():
    values = numpy_of(initializers.Orthogonal(gain=2.0, seed=1)((2, 3, 40))).reshape(6, 40)
    assert values @ values.T == pytest.approx(4 * np.eye(6), abs=1e-5)


def test_bounds_are_never_left():
    for dtype in ("float16", "bfloat16", "float32"):
        tensor = initializers.RandomUniform(-1.0, 1.0, seed=1)((300, 300), dtype)
        values = numpy_of(tensor).astype("float64")
        assert -1 <= values.min() < values.max() < 1
        tensor = initializers.TruncatedNormal(stddev=1.0, seed=1)((300, 300), dtype)
        assert abs(numpy_of(tensor).astype("float64")).max() <= 2


def test_floatx_is_the_dtype_of_none():
    before = keras.config.floatx()
    keras.config.set_floatx("float16")
    try:
        tensor = initializers.HeNormal(seed=1)((2, 3))
    finally:
        keras.config.set_floatx(before)
    assert keras.backend.standardize_dtype(tensor.dtype) == "float16"


def test_values_that_are_refused_raise():
    with pytest.raises(ValueError, match="overflow"):
        initializers.RandomNormal(stddev=1e10, seed=1)((3,), "float16")
    nan = (float("nan"), np.float32("nan"))
    for name, option, values in (
        ("TruncatedNormal", "mean", (*nan, math.inf)),  # with which Keras on numpy never returns
        ("TruncatedNormal", "stddev", (*nan, -np.inf)),
        ("RandomUniform", "maxval", nan),
        ("Orthogonal", "gain", nan),
    ):
        for value, (shape, dtype) in itertools.product(
            values, (((3, 4), None), ((3, 4), "int32"), ((3,), "float64"))
        ):
            with pytest.raises(ValueError, match=f"^{option} must be a finite number, not "):
                make(name, **{option: value}, seed=1)(shape, dtype)
    with pytest.raises(ValueError, match="scale must be a finite number, not nan"):
        initializers.VarianceScaling(scale=float("nan"), seed=1)((3, 4))


@NO_FLOAT64
@pytest.mark.parametrize("dtype", DTYPES)
def test_tensors_elsewhere_get_the_values_of_the_host(monkeypatch, dtype):
    expected = initializers.HeNormal(seed=1)((3, 4), dtype)
    monkeypatch.setattr(draw, "_IN_PLACE", ())  # as for a tensor in a device's memory
    tensor = initializers.HeNormal(seed=1)((3, 4), dtype)
    assert tensor.dtype == expected.dtype
    assert (numpy_of(tensor) == numpy_of(expected)).all()


@pytest.mark.skipif(keras.backend.backend() != "torch", reason="torch's meta device")
def test_a_meta_tensor_uses_no_seed_up():
    generator = keras.random.SeedGenerator(3)
    before = numpy_of(generator.state.value)
    with keras.device("meta"):
        tensor = initializers.HeNormal(seed=generator)((4, 5))
    assert tensor.is_meta
    assert (numpy_of(generator.state.value) == before).all()


@pytest.mark.skipif(keras.backend.backend() != "jax", reason="JAX traces")
def test_compiled_functions_draw_the_same():
    jax = importlib.import_module("jax")
    initializer = initializers.HeNormal(seed=3)
    compiled = jax.jit(initializer.__call__, static_argnames=["shape", "dtype"])
    assert (compiled(shape=(4, 5), dtype="float32") == initializer((4, 5))).all()

    generator = keras.random.SeedGenerator(3)
    drawn = initializers.HeNormal(seed=generator)

    @jax.jit
    def stateless(state):
        with keras.StatelessScope(state_mapping=[(generator.state, state)]) as scope:
            values = drawn((4, 5), "bfloat16")
        return values, scope.get_current_value(generator.state)

    first, state = stateless(generator.state.value)
    second, _ = stateless(state)
    assert (first == drawn((4, 5), "bfloat16")).all()
    assert (second == drawn((4, 5), "bfloat16")).all()
    assert (first != second).any()


# -- seeds ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", RANDOM)
def test_an_integer_gives_the_same_values_at_every_call(name):
    initializer = make(name, seed=11)
    first = numpy_of(initializer((6, 7)))
    assert (first == numpy_of(initializer((6, 7)))).all()
    assert (first == numpy_of(make(name, seed=11)((6, 7)))).all()
    assert (first != numpy_of(make(name, seed=12)((6, 7)))).any()


@pytest.mark.parametrize("name", RANDOM)
def test_none_is_an_integer_of_pythons_generator(name):
    random.seed(4)
    expected = random.randint(1, 10**9)
    random.seed(4)
    initializer = make(name)
    assert initializer.seed == expected
    first = numpy_of(initializer((6, 7)))
    assert (first == numpy_of(initializer((6, 7)))).all()
    assert (first == numpy_of(make(name, seed=expected)((6, 7)))).all()
    assert initializer.get_config()["seed"] is None
    assert (first != numpy_of(initializer.clone()((6, 7)))).any()


@pytest.mark.parametrize("name", RANDOM)
def test_a_generator_advances(name):
    initializer = make(name, seed=keras.random.SeedGenerator(11))
    first, second = numpy_of(initializer((6, 7))), numpy_of(initializer((6, 7)))
    assert (first != second).any()
    assert (first == numpy_of(make(name, seed=11)((6, 7)))).all()
    again = make(name, seed=keras.random.SeedGenerator(11))
    assert (first == numpy_of(again((6, 7)))).all()
    assert (second == numpy_of(again((6, 7)))).all()


def test_any_integer_is_a_seed():
    for seed in (-1, 2**31, 2**32 - 1, 2**40, True):
        assert numpy_of(initializers.RandomNormal(seed=seed)((3,))).shape == (3,)


def test_clones_of_seeded_initializers_are_equal():
    for name in RANDOM:
        initializer = make(name, seed=9)
        copy = initializer.clone()
        assert type(copy) is type(initializer)
        assert (numpy_of(copy((3, 4))) == numpy_of(initializer((3, 4)))).all()


# -- names and configurations -----------------------------------------------------------------


def test_there_is_every_name_of_keras():
    public = {name for name in vars(keras.initializers) if not name.startswith("_")}
    assert public <= set(initializers.__all__)
    for name in public:
        theirs, found = getattr(keras.initializers, name), getattr(initializers, name)
        if isinstance(theirs, type):
            assert issubclass(found, theirs)
            assert found.__name__ == theirs.__name__


@pytest.mark.parametrize("name", sorted(NAMES))
def test_every_text_names_an_initializer(name):
    found = initializers.get(name)
    assert type(found) is NAMES[name]
    if name != "constant" and name != "Constant":  # of which Keras makes a KeyError
        assert isinstance(found, type(keras.initializers.get(name)))
    assert type(keras.initializers.get(f"netinit>{name}")) is NAMES[name]
    assert type(initializers.get(f"netinit>{name}")) is NAMES[name]


OPTIONS = {
    "Constant": [{"value": 3.0}, {"value": np.arange(4.0)}],
    "Identity": [{"gain": 2.0}],
    "Orthogonal": [{"gain": 3.0}],
    "RandomNormal": [{"mean": 1.0, "stddev": 2.0}],
    "RandomUniform": [{"minval": 1.0, "maxval": 2.0}],
    "STFT": [{"side": "imag", "window": None, "scaling": "spectrum", "periodic": True}],
    "TruncatedNormal": [{"mean": 1.0, "stddev": 2.0}],
    "VarianceScaling": [
        {"scale": 3.0, "mode": "fan_avg", "distribution": "uniform"},
        {"input_axes": [0], "output_axes": [1]},
    ],
}


@pytest.mark.parametrize("name", CLASSES)
@pytest.mark.parametrize("way", ["keras", "netinit", "dict", "from_config"])
def test_configurations_go_round(name, way):
    for options in [{}, *OPTIONS.get(name, [])]:
        seeds = [{"seed": 5}, {"seed": keras.random.SeedGenerator(5)}] if name in RANDOM else [{}]
        for seed in seeds:
            initializer = make(name, **options, **seed)
            config = initializers.serialize(initializer)
            assert config["registered_name"] == f"netinit>{name}"
            copy = {
                "keras": lambda config=config: keras.initializers.deserialize(config),
                "netinit": lambda config=config: initializers.deserialize(config),
                "dict": lambda config=config: initializers.get(config),
                "from_config": initializer.clone,
            }[way]()
            assert type(copy) is type(initializer)
            assert repr(copy.get_config()) == repr(initializer.get_config())
            shape = (3, 1, 4) if name == "STFT" else (4, 4)
            assert (numpy_of(copy(shape)) == numpy_of(initializer(shape))).all()


@pytest.mark.parametrize("name", CLASSES)
def test_configurations_of_keras_are_read(name):
    seed = {"seed": 5} if name in RANDOM else {}
    theirs = keras.initializers.serialize(getattr(keras.initializers, name)(**seed))
    assert type(initializers.deserialize(theirs)) is NAMES[name]
    assert type(initializers.get(theirs)) is NAMES[name]


def test_what_is_no_name_is_answered_as_keras_does():
    assert initializers.get(None) is None
    assert type(initializers.get(initializers.HeNormal)) is initializers.HeNormal
    given = initializers.Ones()
    assert initializers.get(given) is given
    array = np.arange(6.0).reshape(2, 3)
    assert (numpy_of(initializers.get(array)((2, 3))) == array).all()
    for identifier in ("typo", {"class_name": "typo", "config": {}}, 3):
        with pytest.raises(ValueError) as theirs:  # noqa: PT011
            keras.initializers.get(identifier)
        with pytest.raises(ValueError) as found:  # noqa: PT011
            initializers.get(identifier)
        assert str(found.value) == str(theirs.value)


def test_custom_objects_go_before():
    class Mine(keras.initializers.Initializer):
        pass

    config = {"class_name": "HeNormal", "config": {}}
    assert type(initializers.deserialize(config, custom_objects={"HeNormal": Mine})) is Mine


def test_classes_that_others_registered_under_the_same_name_stay_theirs():
    class HeNormal(keras.initializers.Initializer):
        pass

    keras.saving.register_keras_serializable(package="others")(HeNormal)
    try:
        config = keras.initializers.serialize(HeNormal())
        assert type(initializers.deserialize(config)) is HeNormal
        assert type(initializers.get(config)) is HeNormal
    finally:
        del keras.saving.get_custom_objects()["others>HeNormal"]


MODULES = ["constants", "draw", "drawn", "initializers", "names", "random", "rules"]


@pytest.mark.parametrize("name", MODULES)
def test_examples_are_true_on_this_backend(name):
    assert doctest.testmod(importlib.import_module(f"netinit.keras.{name}")).failed == 0
