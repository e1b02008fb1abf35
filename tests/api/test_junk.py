"""Objects that nobody should give: a message of netinit's own, whatever they are and wherever."""

import inspect
import re

import numpy as np
import pytest

import netinit
from netinit import initializers
from netinit import numpy as functions
from netinit.shapes.fans import fans, fans_of_axes
from tests.api.mistakes.arrays import Lies

JUNK = {
    "None": None,
    "a text": "x",
    "half": 1.5,
    "a liar": Lies(),
    "an array": np.array([3.5, 4]),
    "an object": object(),
    "a class": int,
    "a complex number": 1j,
    "a mapping": {"a": 1},
    "a slice": slice(3),
    "a shape with None": (3, None),
    "a shape with a liar": (Lies(), 3),
    "a shape with an array": (3, np.array([4])),
    "nested": [3, [4]],
    "a large integer": 10**30,
    "a large shape": (2**40, 2**40),
    "not a number": float("nan"),
}

#: What Python and numpy say where nobody has looked at an argument.
RAW = re.compile(
    "cannot be interpreted|unsupported operand|not iterable|not supported between|has no len|"
    "^__index__ returned|has no attribute|ambiguous|indices must be|can't multiply|only integer|"
    "unhashable|^must be real number|bad operand"
)

NAMES = [
    name
    for name in functions.__all__
    if name not in ("ArraySpec", "create") and callable(getattr(functions, name))
]
#: What a function or class must be given besides.
NEEDED = {
    "from_ppf": {"distribution": 1.0},
    "given": {"array": 1.0},
    "icnr": {"copies": 2},
    "sparse": {"sparsity": 0.5},
    "Constant": {"value": 0.5},
    "Given": {"array": 1.0},
    "Hadamard": {"layout": None},
    "ICNR": {"initializer": 1.0, "copies": 2},
    "Identity": {"noise": 1.0},
    "Parts": {"distributions": [1.0]},
    "Sparse": {"sparsity": 0.5},
}
FLAGS = ("first", "kernel_first", "sigmas", "tiled")


def check(call):
    """Call what may succeed; where it fails it must say why in words of its own."""
    said = ""
    try:
        call()
    except (TypeError, ValueError, MemoryError) as error:
        said = str(error)
    assert not RAW.search(said), said


def options_of(function):
    parameters = inspect.signature(function).parameters.values()
    named = (p for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD)
    return [p.name for p in named if p.name not in ("shape", *FLAGS)]


@pytest.mark.parametrize("junk", JUNK.values(), ids=JUNK)
@pytest.mark.parametrize("name", NAMES)
def test_functions(name, junk):
    function, needed = getattr(functions, name), NEEDED.get(name, {})
    check(lambda: function(junk, **needed))
    for option in (*options_of(function), "seed", "name", "draw", "dtype", "threads"):
        for shape in ((4, 4), (4, 4, 4, 4)):
            check(lambda shape=shape, option=option: function(shape, **{**needed, option: junk}))
    for axis in ("in_axis", "out_axis", "batch_axis"):
        check(lambda axis=axis: function((4, 4), **needed, **{axis: junk}))


@pytest.mark.parametrize("junk", JUNK.values(), ids=JUNK)
@pytest.mark.parametrize(
    "name", [name for name in initializers.__all__ if name[0].isupper() and name in NEEDED]
)
def test_initializers(name, junk):
    make = getattr(initializers, name)
    for option in options_of(make):
        check(
            lambda option=option: make(**{**NEEDED[name], option: junk}).check((4, 4, 4), "float32")
        )


@pytest.mark.filterwarnings("ignore::netinit.errors.NothingToInitializeWarning")
@pytest.mark.parametrize("junk", JUNK.values(), ids=JUNK)
def test_arrays_nets_and_layouts(junk):
    out = np.empty((4, 4), np.float32)
    for option in ("shape", "start", "seed", "name", "draw", "threads"):
        check(lambda option=option: netinit.fill(out, 1.0, **{option: junk}))
    check(lambda: netinit.fill(out, 1.0, shape=(8, 8), start=junk))
    check(lambda: netinit.fill(out, junk))
    check(lambda: netinit.fill(junk, 1.0))
    check(lambda: netinit.ArraySpec(junk))
    check(lambda: netinit.ArraySpec(3, junk))
    for option in ("select", "method", "seed", "threads"):
        net = {"w": netinit.ArraySpec((3, 4)), "b": netinit.ArraySpec(3)}
        check(lambda net=net, option=option: netinit.initialize(net, **{option: junk}))
    check(lambda: netinit.initialize(junk))
    check(lambda: netinit.initialize({"a": junk}))
    check(lambda: netinit.plan({"w": netinit.ArraySpec((3, 4))}, method={"w": junk}))
    check(lambda: fans(junk))
    check(lambda: fans_of_axes(junk))
    check(lambda: fans((3, 4), netinit.Layout(junk, (1,))))
    check(lambda: fans((3, 4), netinit.Layout((0,), (1,), stack=junk)))
    check(lambda: fans((3, 4), netinit.Layout((0,), (1,), 3, stack_axis=junk)))
    check(lambda: netinit.create((3, 4), initializers.Orthogonal(layout=junk)))
