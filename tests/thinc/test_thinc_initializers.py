"""netinit.thinc against Thinc's own initializers, and its array forms against their formulas."""

from __future__ import annotations

import copy
import inspect
import math
import pickle
import warnings

import numpy as np
import pytest

pytest.importorskip("thinc")
stats = pytest.importorskip("scipy.stats")

import thinc.initializers as theirs  # noqa: E402
from thinc.api import NumpyOps, fix_random_seed  # noqa: E402

import netinit.thinc  # noqa: E402
import netinit.thinc.initializers as ours  # noqa: E402
from netinit.initializers.elementwise import Elementwise  # noqa: E402

OPS = NumpyOps()
SCALED = [
    f"{name}_{kind}_init" for name in ("lecun", "he", "glorot") for kind in ("normal", "uniform")
]
#: Settings of each function, valid and not.
SETTINGS = {
    **{name: [{}] for name in (*SCALED, "zero_init")},
    "uniform_init": [
        {}, {"lo": -3, "hi": 0.5}, {"lo": 1, "hi": 0}, {"lo": 1, "hi": 1}, {"hi": math.nan},
        {"hi": math.inf}, {"lo": "a"}, {"lo": None}, {"low": 1},
    ],
    "normal_init": [
        {}, {"mean": 0.5}, {"mean": -1}, {"mean": math.nan}, {"mean": math.inf}, {"mean": "a"},
        {"mean": None}, {"std": 1},
    ],
}  # fmt: skip
CASES = [(name, settings) for name, rows in SETTINGS.items() for settings in rows]
SHAPES = [
    (), (3,), 5, (3, 4), [3, 4], (2, 3, 4), (1, 2, 3, 4), (2, 2, 1, 2, 2), (0, 3), (3, 0), (0, 0),
    (2, 0, 3), (2, -3), (-2, 2), (2.0, 3), (np.int64(3), np.int64(2)), (np.int64(2), np.int64(0)),
]  # fmt: skip


def outcome(function, *args, **settings):
    """Return what a call gives: shape and dtype, or its error; and its warnings."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result = function(*args, **settings)
            given = (result.shape, result.dtype.name)
        except Exception as error:
            given = (type(error), str(error))
    return given, [(warning.category, str(warning.message)) for warning in caught]


def test_there_is_every_name_of_thinc():
    assert set(theirs.__all__) <= set(ours.__all__)
    public = {name for name in vars(theirs) if name.startswith("configure_")}
    assert public <= set(ours.__all__)
    assert netinit.thinc.__all__ == ours.__all__
    assert all(getattr(netinit.thinc, name) is getattr(ours, name) for name in ours.__all__)


@pytest.mark.parametrize(("name", "settings"), CASES, ids=str)
def test_shapes_errors_and_warnings_are_those_of_thinc(name, settings):
    for shape in SHAPES:
        expected = outcome(getattr(theirs, name), OPS, shape, **settings)
        assert outcome(getattr(ours, name), OPS, shape, **settings) == expected, shape


@pytest.mark.parametrize("name", theirs.__all__)
def test_signatures_and_missing_arguments_are_those_of_thinc(name):
    function, expected = getattr(ours, name), getattr(theirs, name)
    parameters = inspect.signature(function).parameters.values()
    wanted = inspect.signature(expected).parameters.values()
    assert [(p.name, p.kind, p.default) for p in parameters] == [
        (p.name, p.kind, p.default) for p in wanted
    ]
    for args in [(), (OPS,), (OPS, (3, 4), 1)]:
        assert outcome(function, *args) == outcome(expected, *args)
    by_name = function(ops=OPS, shape=(3, 4))
    assert by_name.shape == (3, 4)


@pytest.mark.parametrize("name", [name for name in dir(theirs) if name.startswith("configure_")])
def test_what_is_configured_has_the_defaults_of_thinc(name):
    parameters = inspect.signature(getattr(ours, name)).parameters.values()
    wanted = inspect.signature(getattr(theirs, name)).parameters.values()
    assert [(p.name, p.kind, p.default) for p in parameters] == [
        (p.name, p.kind, p.default) for p in wanted
    ]


def numbers_of_thinc(monkeypatch, name, shape, settings):
    """Return what Thinc asks numpy for: the kind, and the mean and std or the bounds."""
    asked = []

    def record(kind, first, second):
        def drawn(a=0.0, b=1.0, size=None, *, loc=None, scale=None):
            asked.append((kind, a if loc is None else loc, b if scale is None else scale))
            return np.zeros(shape)

        return drawn

    with monkeypatch.context() as patch:
        for kind in ("normal", "uniform"):
            patch.setattr(np.random, kind, record(kind, 0.0, 1.0))
        getattr(theirs, name)(OPS, shape, **settings)
    return asked[0]


def distribution_of(monkeypatch, call):
    """Return the distribution that a call of netinit's draws from."""
    drawn = []
    with monkeypatch.context() as patch:
        patch.setattr(
            Elementwise, "fill", lambda distribution, out, stream: drawn.append(distribution)
        )
        call()
    return drawn[0]


DRAWN = [(name, {}) for name in SCALED] + [
    ("uniform_init", {}),
    ("uniform_init", {"lo": -3, "hi": 0.5}),
    ("uniform_init", {"lo": 1, "hi": 0}),
    ("normal_init", {"mean": 0.25}),
    ("normal_init", {}),
]


@pytest.mark.parametrize(("name", "settings"), DRAWN, ids=str)
@pytest.mark.parametrize("shape", [(3, 7), (5, 2), (4, 3, 2), (1, 6, 2, 3), (2, 3, 1, 2, 5)])
def test_numbers_are_those_of_thinc(monkeypatch, name, settings, shape):
    kind, first, second = numbers_of_thinc(monkeypatch, name, shape, settings)
    found = distribution_of(monkeypatch, lambda: getattr(ours, name)(OPS, shape, **settings))
    if kind == "normal":
        assert (found.mean, found.std) == pytest.approx((first, second), rel=1e-12)
    else:
        assert (found.low, found.high) == pytest.approx(sorted((first, second)), rel=1e-12)


@pytest.mark.parametrize(("name", "settings"), DRAWN, ids=str)
@pytest.mark.parametrize("shape", [(150, 200), (20, 30, 50)])
def test_values_are_distributed_as_those_of_thinc(name, settings, shape):
    fix_random_seed(7)
    found = getattr(ours, name)(OPS, shape, **settings)
    expected = getattr(theirs, name)(OPS, shape, **settings)
    assert found.dtype == expected.dtype == np.float32
    if not expected.any():  # normal_init's default std is 0
        assert not found.any()
    else:
        assert stats.ks_2samp(found.ravel(), expected.ravel()).pvalue > 1e-4


@pytest.mark.parametrize(
    "name", [name for name in ours.__all__ if name in (*SCALED, "uniform_init")]
)
def test_the_global_seed_governs_and_calls_differ(name):
    function = getattr(ours, name)
    fix_random_seed(1)
    first, second = function(OPS, (8, 9)), function(OPS, (8, 9))
    fix_random_seed(1)
    again = function(OPS, (8, 9))
    fix_random_seed(2)
    other = function(OPS, (8, 9))
    assert (first == again).all()
    assert (first != second).any()
    assert (first != other).any()


def test_zeros_leave_the_generator_alone():
    fix_random_seed(1)
    expected = np.random.bytes(8)
    fix_random_seed(1)
    assert not ours.zero_init(OPS, (3, 4)).any()
    assert np.random.bytes(8) == expected


def test_what_float32_cannot_hold_is_refused_before_memory_is_written():
    with pytest.raises(ValueError, match="overflow"):
        ours.normal_init(OPS, (3, 4), mean=1e39)
    data = np.ones((3, 4), "float16")
    with pytest.raises(ValueError, match="overflow"):
        ours.uniform_init(data, -1e6, 1e6, inplace=True)
    assert (data == 1).all()


# -- the documented array forms ---------------------------------------------------------------

ARRAY_CALLS = {
    "normal_init": ((25,), ("normal", 0.0, 0.2)),
    "xavier_uniform_init": ((), ("uniform", -math.sqrt(6 / 50), math.sqrt(6 / 50))),
    "uniform_init": ((-2, 3), ("uniform", -2, 3)),
    "he_normal_init": ((), ("normal", 0.0, math.sqrt(2 / 30))),
    "lecun_uniform_init": ((), ("uniform", -math.sqrt(3 / 30), math.sqrt(3 / 30))),
}


@pytest.mark.parametrize("name", ARRAY_CALLS)
@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
def test_array_forms_draw_what_is_documented(monkeypatch, name, dtype):
    args, (kind, first, second) = ARRAY_CALLS[name]
    data = np.full((20, 30, 40), 7, dtype)
    found = distribution_of(monkeypatch, lambda: getattr(ours, name)(data, *args))
    numbers = (found.mean, found.std) if kind == "normal" else (found.low, found.high)
    assert numbers == pytest.approx((first, second), rel=1e-12)
    np.random.seed(4)
    new = getattr(ours, name)(data, *args)
    assert new is not data
    assert (data == 7).all()
    assert (new.shape, new.dtype) == (data.shape, data.dtype)
    exact = stats.norm(first, second) if kind == "normal" else stats.uniform(first, second - first)
    if dtype != "float16":  # whose rounding the test sees
        assert stats.kstest(new.ravel(), exact.cdf).pvalue > 1e-4
    np.random.seed(4)
    assert getattr(ours, name)(data, *args, inplace=True) is data
    assert (data == new).all()


def test_the_array_form_of_zeros():
    data = np.ones((2, 3))
    assert not ours.zero_init(data).any()
    assert data.all()
    assert ours.zero_init(data=data, inplace=True) is data
    assert not data.any()


def test_fan_in_may_be_left_to_the_array():
    data = np.zeros((100, 400))
    np.random.seed(0)
    first = ours.normal_init(data)
    np.random.seed(0)
    assert (ours.normal_init(data, fan_in=400) == first).all()
    assert first.std() == pytest.approx(0.05, rel=0.02)


def test_strided_arrays_get_the_values_of_contiguous_ones():
    plain, strided = np.empty((6, 8), "f4"), np.empty((8, 12), "f4").T[::2]
    np.random.seed(0)
    ours.glorot_uniform_init(plain, inplace=True)
    np.random.seed(0)
    ours.glorot_uniform_init(strided, inplace=True)
    assert (plain == strided).all()


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: ours.normal_init(np.zeros((2, 3)), 0), ValueError, "fan_in must be above 0"),
        (lambda: ours.normal_init(np.zeros((2, 3)), -2), ValueError, "fan_in must be above 0"),
        (lambda: ours.zero_init(np.zeros(3), lo=1), TypeError, "lo"),
        (lambda: ours.glorot_uniform_init(np.zeros(3)), IndexError, "tuple index out of range"),
        (lambda: ours.uniform_init(np.zeros(3), math.nan, 1), ValueError, "low must be"),
        (lambda: ours.he_normal_init(np.zeros((2, 3), int)), TypeError, "must be of dtype"),
    ],
)
def test_array_forms_refuse_what_they_cannot_do(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_only_numpy_arrays_have_array_forms():
    class Foreign:
        shape, dtype = (2, 3), "float32"

    with pytest.raises(TypeError, match="data must be a numpy array, not Foreign"):
        ours.glorot_uniform_init(Foreign())


@pytest.mark.parametrize("name", [n for n in ours.__all__ if not n.startswith("configure_")])
def test_functions_can_be_copied_and_pickled(name):
    function = getattr(ours, name)
    assert pickle.loads(pickle.dumps(function)) is function
    assert copy.deepcopy(function) is function
