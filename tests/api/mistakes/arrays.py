"""Mistakes in `netinit.fill` and `netinit.create`: arrays, dtypes, shapes, seeds."""

import numpy as np
from numpy.lib.stride_tricks import as_strided

import netinit


class Lies:
    """Says that it is an integer, and is none."""

    def __index__(self):
        return "x"


def fill(what=1.0, **options):
    """Return what fills `out`, an array (4, 3) of float32 that must stay as it is."""
    return lambda out: netinit.fill(out, what, **options)


def view(change):
    return lambda out: netinit.fill(change(out), 1.0)


def of(array):
    return lambda out: netinit.fill(array, 1.0)


def create(*arguments, **options):
    return lambda out: netinit.create(*arguments, **options)


def read_only(out):
    part = out[:]
    part.flags.writeable = False
    return part


MISTAKES = {
    # -- out ------------------------------------------------------------------------------------
    "a list": (of([0.0] * 3), "out must be a numpy array or a torch tensor, not list; .*create"),
    "a shape": (of((4, 3)), "out must be a numpy array .*, not tuple; netinit.create makes"),
    "a number": (of(3), "out must be a numpy array or a torch tensor, not int"),
    "a numpy number": (of(np.float32(3)), "a numpy array or a torch tensor, not float32"),
    "None": (of(None), "out must be a numpy array or a torch tensor, not NoneType"),
    "a mapping": (of({"w": np.zeros(3)}), "not dict; .* netinit.initialize fills nets"),
    "arguments exchanged": (
        lambda out: netinit.fill(1.0, out),
        "out must be a numpy array or a torch tensor, not float",
    ),
    "integers": (of(np.zeros(3, int)), "out must be of dtype float32, .*, not int64"),
    "truth values": (of(np.zeros(3, bool)), "out must be of dtype float32, .*, not bool"),
    "objects": (of(np.zeros(3, object)), "out must be of dtype float32, .*, not object"),
    "texts": (of(np.zeros(3, "U3")), "out must be of dtype float32, .*, not <U3"),
    "bytes in the other order": (
        view(lambda out: out.view(out.dtype.newbyteorder())),
        "out is byte-swapped .*; give an array in the machine's byte order",
    ),
    "an array that may only be read": (view(read_only), r"out is read-only; .* out.copy\(\)"),
    "a broadcast array": (
        view(lambda out: np.broadcast_to(out[0], (4, 3))),
        r"out is read-only; .* out.copy\(\)",
    ),
    "an array that overlaps itself": (
        view(lambda out: as_strided(out, (3, 3), (4, 4))),
        r"out overlaps itself: with shape \(3, 3\) and strides \(4, 4\) several elements share",
    ),
    "complex numbers of a real distribution": (
        lambda out: netinit.fill(np.zeros(3, "c8"), "uniform"),
        r"complex arrays are filled by normal .*, not by Uniform\(0, 1\)",
    ),
    # -- what -----------------------------------------------------------------------------------
    "a class to fill with": (fill(netinit.Normal), "the class Normal: make an instance of it"),
    "a scheme for one array": (
        fill(("GPT2", {"layers": 3})),
        r"GPT2 treats a net's weights .*; give it the net: netinit.initialize\(net, method=",
    ),
    "an array of another shape": (
        fill(np.zeros(5)),
        r"a given array of shape \(5,\) does not broadcast to \(4, 3\)",
    ),
    "a list of lists of other lengths": (fill([[1, 2], [3]]), r"not \[\[1, 2\], \[3\]\]"),
    "a complex number": (fill(1j), r"a number \(a standard deviation\), .* not 1j"),
    "rules for another name": (
        fill({"bias": netinit.Constant(0.0)}),
        "fits an array of the name ''; .* goes by its name, as in name='fc.bias'",
    ),
    "a number that is too large": (
        fill(netinit.Constant(1e39)),
        "do not fit the dtype: .* overflow: constant of mean 1e.39, in float32",
    ),
    # -- seed, name, draw, threads --------------------------------------------------------------
    "a seed with a point": (fill(seed=2.0), "seed must be an integer, a text, .*, not 2.0"),
    "a truth value as the seed": (fill(seed=True), "seed must be an integer, a text, .*, not True"),
    "bytes as the seed": (fill(seed=b"x"), "seed must be an integer, a text, .*, not b'x'"),
    "numpy's module as the seed": (fill(seed=np.random), "numpy or torch generator .*not <module"),
    "a list as the seed": (fill(seed=[1, 2]), r"seed must be .*, not \[1, 2\]"),
    "a name that is None": (fill(name=None), "name must be a string, not None"),
    "a name that is a number": (fill("orthogonal", name=3), "name must be a string, not 3"),
    "a draw below 0": (fill(draw=-1), r"draw must be in 0 to 2\*\*32 - 1, not -1"),
    "a draw as text": (fill(draw="0"), "draw must be an integer, not '0'"),
    "a draw with a point": (fill(draw=1.5), "draw must be an integer, not 1.5"),
    "no threads": (fill(threads=0), "threads must be at least 1, not 0"),
    "threads as text": (fill(threads="2"), "threads must be an integer or None, not '2'"),
    "threads as a truth value": (fill(threads=True), "threads must be an integer .*, not True"),
    # -- slices ---------------------------------------------------------------------------------
    "a place without the whole shape": (
        fill(start=(1, 0)),
        r"start = \(1, 0\) needs shape, that of the whole array",
    ),
    "a row without the whole shape": (
        lambda out: netinit.fill(out[3], 1.0, start=(3, 0)),
        r"start = \(3, 0\) needs shape, that of the whole array",
    ),
    "a shape of fewer axes": (fill(shape=(4,)), r"shape = \(4,\) must have 2 entries, one an axis"),
    "a whole that is smaller": (
        fill(shape=(2, 3)),
        r"does not lie within shape = \(2, 3\): axis 0 would need the indices 0 to 3",
    ),
    "a slice beyond the end": (
        fill(shape=(8, 3), start=(5, 0)),
        r"does not lie within shape = \(8, 3\): axis 0 would need the indices 5 to 8",
    ),
    "a negative place": (
        fill(shape=(8, 3), start=(-1, 0)),
        "axis 0 would need the indices -1 to 2",
    ),
    "a place of one number": (
        fill(shape=(8, 3), start=1),
        "start must be a sequence of integers, not 1",
    ),
    "an extent with a point": (fill(shape=(8, 3.0)), r"shape must be .* integers, not \(8, 3.0\)"),
    "an extent that is None": (fill(shape=(8, None)), r"shape must be .* not \(8, None\)"),
    "an extent that lies": (fill(shape=(Lies(), 3)), r"shape must be .* integers, not \(<.*Lies"),
    # -- create: shapes and dtypes --------------------------------------------------------------
    "a shape with a point": (create(1.5, 1.0), "shape must be integers, not 1.5"),
    "a shape as text": (create("34", 1.0), "shape must be integers, not '34'"),
    "no shape": (create(None, 1.0), "shape must be integers, not None"),
    "a shape that has None": (create((3, None), 1.0), r"shape must be integers, not \(3, None\)"),
    "an array as an extent": (
        create((3, np.array([4])), 1.0),
        r"shape must be integers, not \(3, array\(\[4\]\)\)",
    ),
    "a shape that lies": (create(Lies(), 1.0), "shape must be integers, not <.*Lies"),
    "a negative extent": (create((3, -1), 1.0), r"must not have negative extents: \(3, -1\)"),
    "create's arguments exchanged": (create("normal", (3, 4)), "shape must be integers.*'normal'"),
    "an array that is too large": (
        create((10**9, 10**9), 1.0),
        r"no memory for an array of shape \(1000000000, 1000000000\) and float32: 4,000,000,",
    ),
    "an array larger than addresses": (
        create((10**12, 10**12), 1.0),
        r"no memory for an array of shape \(1000000000000, .* float32: 4,000,000,000,000,000,000,",
    ),
    "a misspelt dtype": (
        create(3, 1.0, dtype="flaot32"),
        "dtype 'flaot32' is unknown; did you mean 'float32'",
    ),
    "a part of a dtype's name": (
        create(3, 1.0, dtype="float8"),
        "dtype 'float8' is unknown; did you mean 'float8_",
    ),
    "a dtype that is not drawn": (create(3, 1.0, dtype="int32"), "did you mean 'float32'"),
    "a truth value's dtype": (create(3, 1.0, dtype=bool), "dtype 'bool' is unknown. Allowed: 'fl"),
    "an array as the dtype": (
        create(3, 1.0, dtype=np.zeros(2)),
        r"dtype array\(\[0., 0.\]\) is unknown. Allowed: 'float32'",
    ),
    "no dtype": (create(3, 1.0, dtype=None), "dtype None is unknown. Allowed: 'float32'"),
    "a placeholder's misspelt dtype": (
        lambda out: netinit.ArraySpec((2, 3), "flaot32"),
        "ArraySpec: dtype 'flaot32' is unknown; did you mean 'float32'",
    ),
    "a placeholder's shape as text": (
        lambda out: netinit.ArraySpec("3"),
        "shape must be integers, not '3'",
    ),
}
