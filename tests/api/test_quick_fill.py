"""The front of fill: plain arguments take it, all others the long way, and nobody can tell."""

from __future__ import annotations

import copy
import inspect
import pickle
import sys

import numpy as np
import pytest

import netinit
from netinit import Constant, Normal, TruncatedNormal, Uniform
from netinit.initializers import unnamed
from netinit.initializers.base import Initializer
from netinit.initializers.orthogonal import Orthogonal

LONG = netinit.fill.__wrapped__


@pytest.fixture(autouse=True)
def nothing_noted(monkeypatch):
    monkeypatch.setattr(unnamed, "_warned", True)


def took_long(call) -> bool:
    """Return whether a call reaches the function behind the front."""
    seen = []
    sys.setprofile(lambda frame, event, _: seen.append(frame.f_code) if event == "call" else None)
    try:
        call()
    except (TypeError, ValueError):
        pass
    finally:
        sys.setprofile(None)
    return LONG.__code__ in seen


def outcome(function, make, args, kwargs):
    """Return the bytes of what is filled, and the error if there is one."""
    out = make()
    try:
        assert function(out, *args, **kwargs) is out
        error = None
    except (TypeError, ValueError, OverflowError, netinit.errors.SameStreamWarning) as raised:
        error = (type(raised), str(raised))
    return np.asarray(out).tobytes(), error


def alike(make, args, kwargs):
    """Check that the front and the long way give the same, and return the error."""
    front, long = (outcome(function, make, args, kwargs) for function in (netinit.fill, LONG))
    assert front == long
    return front[1]


def array(shape=(4, 5), dtype="f4"):
    return np.full(shape, 7, dtype)


def read_only():
    made = array()
    made.flags.writeable = False
    return made


PLAIN = {
    "normal": ((Normal(1, 2),), {}),
    "uniform": ((Uniform(-1, 1),), {"name": "w"}),
    "truncated": ((TruncatedNormal(0, 1),), {"seed": "a text"}),
    "constant": ((Constant(3),), {"draw": 4}),
    "a number": ((0.02,), {"seed": 7, "name": "w"}),
    "zero": ((0.0,), {}),
    "minus zero": ((-0.0,), {}),
    "a large seed": ((0.02,), {"seed": 1 << 80, "name": "w"}),
    "by keywords": ((), {"what": 0.02, "shape": None, "start": None, "threads": None}),
    "the last draw": ((0.02,), {"draw": (1 << 32) - 1}),
}


@pytest.mark.parametrize("dtype", ["f4", "f8", "f2"])
@pytest.mark.parametrize(("args", "kwargs"), PLAIN.values(), ids=list(PLAIN))
@pytest.mark.parametrize("shape", [(), (0,), (16,), (4, 0, 2), (5, 6), (9000,)])
def test_plain_arguments_take_the_front(args, kwargs, shape, dtype):
    assert alike(lambda: array(shape, dtype), args, kwargs) is None
    if np.prod(shape) <= unnamed.SMALL:
        assert not took_long(lambda: netinit.fill(array(shape, dtype), *args, **kwargs))
    assert not took_long(lambda: netinit.fill(array(shape, dtype), *args, **kwargs | {"name": "v"}))


@pytest.mark.parametrize("text", ["normal", "he_normal", "Glorot Uniform", "zeros"])
def test_a_text_takes_it_the_second_time(text):
    shapes = [(3, 7), (2, 21)]  # whose fans differ
    for _ in range(2):
        for shape in shapes:
            for dtype in ("f4", "f8"):
                assert alike(lambda s=shape, d=dtype: array(s, d), (text,), {"name": "w"}) is None
    assert not took_long(lambda: netinit.fill(array((3, 7)), text, name="w"))
    assert took_long(lambda: netinit.fill(array((3, 7)), text, name="another"))


ODD = {
    "a whole number": (array, (2,), {}),
    "a bool": (array, (True,), {}),
    "a negative number": (array, (-1.0,), {}),
    "not a number": (array, (float("nan"),), {}),
    "infinity": (array, (float("inf"),), {}),
    "numpy's number": (array, (np.float64(0.02),), {}),
    "a matrix": (array, (Orthogonal(),), {}),
    "a method": (array, ("Xavier",), {}),
    "an unknown text": (array, ("nrmal",), {}),
    "an array": (array, (np.arange(5.0),), {}),
    "none": (array, (None,), {}),
    "numpy's seed": (array, (0.02,), {"seed": np.int64(7)}),
    "a bool for a seed": (array, (0.02,), {"seed": True}),
    "a number for a seed": (array, (0.02,), {"seed": 7.0}),
    "a name that is none": (array, (0.02,), {"name": 3}),
    "a name that is no UTF-8": (array, (0.02,), {"name": "\ud800"}),
    "a seed that is no UTF-8": (array, (0.02,), {"seed": "\ud800"}),
    "a draw below": (array, (0.02,), {"draw": -1}),
    "a draw beyond": (array, (0.02,), {"draw": 1 << 32}),
    "a draw far beyond": (array, (0.02,), {"draw": 1 << 70}),
    "numpy's draw": (array, (0.02,), {"draw": np.int8(1)}),
    "a slice": (array, (0.02,), {"shape": (8, 5), "start": (1, 0)}),
    "threads": (array, (0.02,), {"threads": 1}),
    "no threads": (array, (0.02,), {"threads": 0}),
    "read-only": (read_only, (0.02,), {}),
    "rows apart": (lambda: array((8, 5))[::2], (0.02,), {}),
    "backwards": (lambda: array((4, 5))[::-1], (0.02,), {}),
    "columns first": (lambda: np.asfortranarray(array()), (0.02,), {}),
    "not aligned": (lambda: np.zeros(17, "u1")[1:].view("f4"), (0.02,), {}),
    "swapped": (lambda: array(dtype=">f4"), (0.02,), {}),
    "whole numbers": (lambda: array(dtype="i4"), (0.02,), {}),
    "complex": (lambda: array(dtype="c8"), (0.02,), {}),
    "a matrix of numpy's": (lambda: array().view(np.matrix), (0.02,), {}),
    "a dtype with metadata": (
        lambda: array().view(np.dtype("f4", metadata={"a": 1})),
        (0.02,),
        {"name": "w"},
    ),
    "beyond the range": (lambda: array(dtype="f2"), (1e9,), {}),
    "bounds beyond the range": (lambda: array(dtype="f2"), (Uniform(1e9, 2e9),), {}),
    "a buffer": (lambda: bytearray(16), (0.02,), {}),
    "a list": (lambda: [0.0], (0.02,), {}),
}


@pytest.mark.parametrize(("make", "args", "kwargs"), ODD.values(), ids=list(ODD))
def test_the_rest_goes_the_long_way(make, args, kwargs):
    alike(make, args, kwargs)
    aligned = not isinstance(make(), np.ndarray) or make().flags.aligned
    assert took_long(lambda: netinit.fill(make(), *args, **kwargs)) == aligned


class Own(Initializer):
    def fill(self, out, stream, threads=None):
        out.array[...] = 1

    def to_json(self):
        return {}


class Wider(Normal):
    def fill(self, out, stream, threads=None):
        out.array[...] = 2


def test_initializers_of_others_are_asked():
    assert netinit.fill(array(), Own()).max() == 1
    assert netinit.fill(array(), Wider(0, 1)).max() == 2


def test_large_arrays_without_a_name_are_noted_first(monkeypatch):
    monkeypatch.setattr(unnamed, "_warned", False)
    monkeypatch.setattr(unnamed, "_first", {})
    unnamed.NOTED.clear()
    first, second, seed = array((9, 9)), array((9, 9)), 1 << 40
    assert took_long(lambda: netinit.fill(first, 1.0, seed=seed))
    assert not took_long(lambda: netinit.fill(first, 1.0, seed=seed))
    with pytest.warns(netinit.errors.SameStreamWarning):
        netinit.fill(second, 1.0, seed=seed)


def test_streams_are_forgotten_and_found_again():
    out = array()
    first = netinit.fill(out, 1.0, name="0").copy()
    for k in range(3000):
        netinit.fill(out, 1.0, name=str(k))
    assert (netinit.fill(out, 1.0, name="0") == first).all()
    assert not (netinit.fill(out, 1.0, seed="1234", name="0") == first).any()


@pytest.mark.parametrize(
    ("args", "kwargs"),
    [((), {}), ((1,), {}), ((), {"out": 1}), ((1, 2), {"sed": 3}), ((), {"what": 1})],
)
def test_calls_that_lack_arguments(args, kwargs):
    with pytest.raises(TypeError) as front:
        netinit.fill(*args, **kwargs)
    with pytest.raises(TypeError) as long:
        LONG(*args, **kwargs)
    assert str(front.value).partition(". Did")[0] == str(long.value).partition(". Did")[0]


def test_one_argument_too_many():
    with pytest.raises(TypeError, match=r"fill\(\) takes 2 positional arguments but 3"):
        netinit.fill(array(), 1.0, 7)


def test_it_is_told_by_its_signature():
    fill = netinit.fill
    assert inspect.signature(fill) == inspect.signature(LONG)
    assert (fill.__name__, fill.__module__, fill.__doc__) == ("fill", LONG.__module__, LONG.__doc__)
    assert fill.__kwdefaults__ == LONG.__kwdefaults__
    assert pickle.loads(pickle.dumps(fill)) is copy.deepcopy(fill) is fill
