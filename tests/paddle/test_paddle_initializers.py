"""netinit's initializers beside Paddle's own: names, numbers, distributions, errors, seeds."""

from __future__ import annotations

import inspect
import math

import numpy as np
import pytest

paddle = pytest.importorskip("paddle")
stats = pytest.importorskip("scipy.stats")

from paddle.nn import init as their_functions  # noqa: E402
from paddle.nn import initializer as theirs  # noqa: E402

import netinit  # noqa: E402
from netinit.catalogue.equivalents import PEERS  # noqa: E402
from netinit.paddle import init, initializer  # noqa: E402
from netinit.paddle.drawn import Drawn  # noqa: E402

NAN, INF = math.nan, math.inf
DTYPES = ["float32", "float64", "float16", "bfloat16", "int32", "complex64", "float8_e4m3fn"]
SHAPES = [
    (),
    (5,),
    (0,),
    (3, 4),
    (0, 3),
    (3, 0),
    (4, 3, 2),
    (4, 0, 3),
    (4, 3, 2, 5),
    (2, 3, 2, 2, 2),
]
#: Every class that draws, with arguments of every kind.
DRAWN = {
    "Normal": [
        *[{}, {"mean": -1.0, "std": 3}, {"std": 0.0}, {"std": -1.0}, {"std": NAN}, {"mean": INF}],
        *[{"mean": 1e39}, {"std": "s"}, {"mean": None}, {"mean": 1 + 1j}, {"mean": 1 + 2j}],
    ],
    "NormalInitializer": [{"loc": 1.0, "scale": 2.0}, {"seed": 3}, {"seed": None}],
    "Uniform": [
        *[{}, {"low": 2.0, "high": 5.0}, {"low": 2.0, "high": 2.0}, {"low": 2.0, "high": 1.0}],
        *[{"low": NAN}, {"high": INF}, {"low": "l"}, {"high": None}],
    ],
    "UniformInitializer": [
        *[{"low": 0.0, "seed": 3}, {"diag_num": 1}, {"diag_num": 2, "diag_step": 3}],
    ],
    "TruncatedNormal": [
        *[{}, {"std": 2.0, "a": -1.0, "b": 3.0}, {"mean": 0.5, "std": 0.02}, {"std": "s"}],
        {"a": None},
    ],
    "TruncatedNormalInitializer": [{"loc": 1.0, "scale": 2.0, "seed": 3}],
    "XavierNormal": [
        *[{}, {"gain": 2}, {"fan_in": 7}, {"fan_out": 5.5}, {"fan_in": 0}, {"gain": "g"}],
        *[{"gain": 0.0}, {"gain": None}],
    ],
    "XavierUniform": [
        *[{}, {"gain": 2}, {"fan_in": 7, "fan_out": 3}, {"fan_in": -1, "fan_out": -1}],
    ],
    "XavierInitializer": [{"uniform": False, "seed": 2}, {"uniform": None}],
    "KaimingNormal": [
        *[{}, {"fan_in": 9}, {"mode": "fan_out"}, {"mode": "fan_avg"}, {"fan_in": 0}],
        *[{"mode": "fan_out", "fan_in": 3}, {"nonlinearity": "tanh"}, {"negative_slope": "x"}],
        *[{"nonlinearity": "leaky_relu", "negative_slope": 0.3}, {"nonlinearity": "swish"}],
    ],
    "KaimingUniform": [{}, {"mode": "fan_out", "nonlinearity": "selu"}, {"fan_in": 0.5}],
    "MSRAInitializer": [{"uniform": False, "seed": 2}, {"mode": "x"}],
    "Orthogonal": [{}, {"gain": 2}, {"gain": -1.0}, {"gain": None}],
}
CASES = [(name, options) for name, each in DRAWN.items() for options in each]
#: What Paddle cannot draw in half precision, and netinit can.
MENDED = ("float16", "bfloat16")


def outcome(*arguments):
    """Return the shape of what `made` returns, or its error."""
    try:
        return made(*arguments).shape
    except Exception as error:
        return type(error).__name__, str(error).partition("\n")[0]


def made(module, name, options, shape, dtype="float32"):
    """Return a tensor that a class of a module has filled."""
    tensor = paddle.full(shape, 7, dtype="float32").astype(dtype)
    assert getattr(module, name)(**options)(tensor) is None
    return tensor


def numpy_of(tensor):
    return tensor.astype("float64").numpy()


# -- names and signatures -----------------------------------------------------------------------


def names_of(module):
    """Return the public names of a module of Paddle's, but for what it imports to work with."""
    return {
        name
        for name, value in vars(module).items()
        if not name.startswith("_")
        and not inspect.ismodule(value)
        and getattr(value, "__module__", "").startswith(("paddle.nn.init", "paddle.base.init"))
        and (module is theirs or name[0].islower())
    }


@pytest.mark.parametrize(("module", "own"), [(theirs, initializer), (their_functions, init)])
def test_names_and_signatures_are_those_of_paddle(module, own):
    assert set(own.__all__) == names_of(module) == set(PEERS[module.__name__])
    for name in own.__all__:
        found, expected = getattr(own, name), getattr(module, name)
        if inspect.isclass(expected):
            assert issubclass(found, expected)
        pair = [inspect.signature(each).parameters.values() for each in (found, expected)]
        assert [(p.name, p.default, p.kind) for p in pair[0]] == [
            (p.name, p.default, p.kind) for p in pair[1]
        ], name


def test_every_name_of_the_public_list_is_there():
    assert set(theirs.__all__) <= set(initializer.__all__)
    drawn = {
        name for name in initializer.__all__ if issubclass_of_drawn(getattr(initializer, name))
    }
    assert drawn == set(DRAWN)


def issubclass_of_drawn(what):
    return inspect.isclass(what) and issubclass(what, Drawn)


# -- errors -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "options"), CASES, ids=str)
def test_errors_are_those_of_paddle(name, options):
    for dtype in DTYPES:
        for shape in SHAPES:
            if name == "Orthogonal" and 0 in shape:
                continue  # its QR fails on such, or does not return
            expected = outcome(theirs, name, options, shape, dtype)
            found = outcome(initializer, name, options, shape, dtype)
            if found != expected:
                assert dtype in MENDED, (dtype, shape, found, expected)
                assert expected[0] in ("RuntimeError", "NotFoundError"), (dtype, shape, expected)


def test_tensors_without_elements_are_orthogonal():
    weight = paddle.empty([0, 3])
    initializer.Orthogonal()(weight)
    assert weight.shape == [0, 3]


@pytest.mark.parametrize("what", [None, 5, [1.0], np.zeros(3)], ids=repr)
@pytest.mark.parametrize("name", ["KaimingNormal", "TruncatedNormal", "Orthogonal"])
def test_what_is_no_tensor_is_left_to_paddle(name, what):
    for module in (theirs, initializer):
        with pytest.raises(AssertionError):
            getattr(module, name)()(what)


# -- distributions ----------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(90, 160), (30, 40, 3, 3)])
@pytest.mark.parametrize(("name", "options"), CASES, ids=str)
def test_values_are_distributed_as_those_of_paddle(name, options, shape):
    paddle.seed(5)
    if name == "Orthogonal" or isinstance(outcome(theirs, name, options, shape), tuple):
        return
    expected, found = (
        numpy_of(made(module, name, options, shape)).ravel() for module in (theirs, initializer)
    )
    if not np.isfinite(expected).all() or expected.std() == 0:
        assert np.array_equal(found, expected, equal_nan=True)
    else:
        assert stats.ks_2samp(found, expected).pvalue > 1e-4


@pytest.mark.parametrize("dtype", ["float64", "float16", "bfloat16"])
@pytest.mark.parametrize("name", [name for name in DRAWN if name != "Orthogonal"])
def test_other_dtypes_hold_the_same_distribution(name, dtype):
    paddle.seed(6)
    wide, narrow = (
        numpy_of(made(initializer, name, {}, (200, 300), d)) for d in ("float32", dtype)
    )
    assert made(initializer, name, {}, (2, 3), dtype).dtype == getattr(paddle, dtype)
    assert narrow.std() == pytest.approx(wide.std(), rel=0.02)
    assert abs(narrow.mean() - wide.mean()) < 0.02 * wide.std()
    if "Truncated" in name:
        assert np.abs(narrow).max() <= 2


@pytest.mark.parametrize("shape", [(3, 3), (2, 5), (5, 2), (3, 2, 2)])
def test_orthogonal_matrices_are_distributed_as_those_of_paddle(shape):
    paddle.seed(7)
    entries = [
        [
            numpy_of(made(module, "Orthogonal", {"gain": 2.0}, shape)).ravel()[[0, -1]]
            for _ in range(300)
        ]
        for module in (theirs, initializer)
    ]
    for first in np.transpose(entries, (2, 0, 1)):
        assert stats.ks_2samp(*first).pvalue > 1e-4
    for dtype, error in (("float32", 1e-5), ("float16", 2e-2)):
        matrix = numpy_of(made(initializer, "Orthogonal", {}, shape, dtype)).reshape(shape[0], -1)
        matrix = matrix if shape[0] <= matrix.shape[1] else matrix.T
        np.testing.assert_allclose(matrix @ matrix.T, np.eye(len(matrix)), atol=error)


def test_rules_are_the_formulas_at_fans_that_differ():
    weight = paddle.empty([7, 5, 3, 2])
    into, out = 5 * 6, 7 * 6
    assert initializer.XavierNormal(gain=3).rule(weight).std == 3 * math.sqrt(2 / (into + out))
    assert initializer.XavierUniform().rule(weight).high == pytest.approx(
        math.sqrt(6 / (into + out))
    )
    assert initializer.KaimingNormal().rule(weight).std == math.sqrt(2) / math.sqrt(into)
    fan_out = initializer.KaimingUniform(mode="fan_out", nonlinearity="tanh").rule(weight)
    assert fan_out.high == pytest.approx(5 / 3 * math.sqrt(3 / out))
    assert initializer.KaimingNormal().rule(paddle.empty([7, 5])).std == math.sqrt(2 / 7)


# -- seeds ------------------------------------------------------------------------------------


def test_paddle_seed_governs_the_values():
    def two():
        return [made(initializer, "Normal", {}, (30, 40)).numpy() for _ in range(2)]

    paddle.seed(11)
    first = two()
    after = paddle.rand([3]).numpy()
    paddle.seed(11)
    again = two()
    np.testing.assert_array_equal(first, again)
    np.testing.assert_array_equal(after, paddle.rand([3]).numpy())
    assert (first[0] != first[1]).any()
    paddle.seed(12)
    assert (two()[0] != first[0]).any()


def test_a_call_advances_the_generator_alike_whatever_it_fills():
    states = []
    for name, shape in (("Normal", (3,)), ("Orthogonal", (30, 20)), ("Uniform", (1000, 5))):
        paddle.seed(11)
        made(initializer, name, {}, shape)
        states.append(paddle.rand([3]).numpy())
    assert (states[0] == states[1]).all()
    assert (states[0] == states[2]).all()


def test_values_are_those_of_fill():
    tensor = made(initializer, "NormalInitializer", {"scale": 0.5, "seed": 9}, (30, 40), "bfloat16")
    want = netinit.fill(paddle.empty([30, 40], dtype="bfloat16"), 0.5, seed=9)
    assert (tensor == want).all()
    same = made(initializer, "NormalInitializer", {"scale": 0.5, "seed": 9}, (30, 40), "bfloat16")
    assert (tensor == same).all()


def test_the_seed_of_the_program_is_honoured():
    program = paddle.base.framework.default_main_program()
    program.random_seed = 21
    try:
        pair = [made(initializer, "Uniform", {}, (30,)).numpy() for _ in range(2)]
        their_pair = [made(theirs, "Uniform", {}, (30,)).numpy() for _ in range(2)]
    finally:
        program.random_seed = 0
    np.testing.assert_array_equal(*pair)
    np.testing.assert_array_equal(*their_pair)
    want = netinit.fill(np.empty(30, "f4"), netinit.Uniform(-1, 1), seed=21)
    np.testing.assert_array_equal(pair[0], want)
