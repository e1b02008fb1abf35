"""fill: every array layout gets the contiguous array's values; every other array is refused."""

from __future__ import annotations

import inspect
import math

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

import netinit
from netinit import Constant, Normal, Stream, TruncatedNormal, Uniform, _core
from netinit.arrays.slice import Slice
from netinit.initializers import Quantile
from netinit.initializers.identity import Identity
from netinit.initializers.orthogonal import Orthogonal
from netinit.shapes.layout import DENSE, Layout

STREAM = Stream(1234, "w")
STORAGE = {
    "float32": "f4",
    "float64": "f8",
    "float16": "f2",
    "bfloat16": "u2",
    "float8_e4m3fn": "u1",
    "float8_e5m2": "u1",
}
INITIALIZERS = [
    Normal(0, 0.02),
    Uniform(-1, 2),
    TruncatedNormal(0, 1),
    Constant(0.5),
    Quantile(scipy.stats.uniform()),
]

dtypes = st.sampled_from(list(STORAGE))
initializers = st.sampled_from(INITIALIZERS)
shapes = st.lists(st.integers(0, 5), max_size=4).map(tuple)


def filled(size, dtype, initializer, **where):
    """Return the values of a contiguous array: what every other layout is compared with."""
    out = np.empty(size, STORAGE[dtype])
    initializer.fill(Slice(out, dtype, **where), STREAM)
    return out


def bits(array):
    return np.ascontiguousarray(array).reshape(-1).view(np.uint8).tolist()


@st.composite
def layouts(draw):
    """Make a view of some shape, order, steps, directions and alignment, and its buffer."""
    shape, dtype = draw(shapes), draw(dtypes)
    item = np.dtype(STORAGE[dtype]).itemsize
    order = draw(st.permutations(range(len(shape))))
    strides, span = [0] * len(shape), item
    for axis in order:
        strides[axis] = span * draw(st.integers(1, 2)) + draw(st.sampled_from([0, 0, 1, item]))
        span = strides[axis] * max(shape[axis], 1)
    lead = draw(st.integers(0, 9))
    buffer = np.full(span + lead + 9, 0xA5, np.uint8)
    for axis in range(len(shape)):
        if draw(st.booleans()) and shape[axis]:
            lead += strides[axis] * (shape[axis] - 1)
            strides[axis] = -strides[axis]
    return buffer, np.ndarray(shape, STORAGE[dtype], buffer, lead, strides), dtype


@given(layouts(), initializers)
def test_every_layout_gets_the_values_of_the_contiguous_array(layout, initializer):
    buffer, view, dtype = layout
    initializer.fill(Slice(view, dtype), STREAM)
    assert bits(view) == bits(filled(view.shape, dtype, initializer))
    # and not one byte beside the elements is touched
    np.copyto(view, np.frombuffer(b"\xa5" * view.itemsize, view.dtype)[0])
    assert (buffer == 0xA5).all()


@given(layouts(), st.integers(1, 3))
def test_matrix_rules_on_every_layout(layout, stack):
    _, view, dtype = layout
    if view.ndim < 2 or view.shape[0] % stack:
        return
    layout = Layout((0,), (1,), stack=stack)
    for initializer in (Identity(Normal(0, 0.1), layout), Orthogonal(2, layout)):
        initializer.fill(Slice(view, dtype), STREAM)
        assert bits(view) == bits(filled(view.shape, dtype, initializer))


@st.composite
def slices(draw):
    """Make a whole shape and a slice of it: its start and its shape."""
    whole = draw(st.lists(st.integers(0, 7), max_size=4).map(tuple))
    start = tuple(draw(st.integers(0, n)) for n in whole)
    part = tuple(draw(st.integers(0, n - s)) for n, s in zip(whole, start, strict=True))
    return whole, start, part


@given(slices(), dtypes, initializers)
def test_a_slice_is_the_slice_of_the_whole(cut, dtype, initializer):
    whole, start, part = cut
    expected = filled(whole, dtype, initializer)[
        tuple(slice(s, s + n) for s, n in zip(start, part, strict=True))
    ]
    assert bits(filled(part, dtype, initializer, shape=whole, start=start)) == bits(expected)


@given(slices(), dtypes, st.sampled_from([1, 2, 3]), st.integers(0, 3))
def test_a_slice_of_a_matrix_rule_is_the_slice_of_the_whole(cut, dtype, stack, axis):
    whole, start, part = cut
    if len(whole) < 2 or axis >= len(whole) or whole[axis] % stack:
        return
    layout = Layout((1,), (0,), stack=stack, stack_axis=axis)
    at = tuple(slice(s, s + n) for s, n in zip(start, part, strict=True))
    for initializer in (Identity(Normal(0, 0.1), layout), Orthogonal(2, layout)):
        expected = filled(whole, dtype, initializer)[at]
        assert bits(filled(part, dtype, initializer, shape=whole, start=start)) == bits(expected)


@settings(max_examples=200)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(-14, 14)), max_size=3), st.integers(0, 3))
def test_overlap_is_found_exactly(axes, initializer):
    """Strides of any bytes: filled where no two elements share a byte, else refused."""
    shape, strides = tuple(n for n, _ in axes), tuple(s for _, s in axes)
    offsets = np.zeros((1,) * len(shape), int)
    for axis, (n, stride) in enumerate(axes):
        offsets = offsets + (np.arange(n) * stride).reshape([-1] + [1] * (len(shape) - axis - 1))
    offsets = np.sort(offsets.reshape(-1))
    overlapping = bool((np.diff(offsets) < 4).any())
    buffer = np.full(400, 0xA5, np.uint8)
    view = np.ndarray(shape, "f4", buffer, 200, strides)
    if overlapping:
        with pytest.raises(ValueError, match="overlap"):
            INITIALIZERS[initializer].fill(Slice(view, "float32"), STREAM)
        assert (buffer == 0xA5).all()
    else:
        INITIALIZERS[initializer].fill(Slice(view, "float32"), STREAM)
        assert bits(view) == bits(filled(shape, "float32", INITIALIZERS[initializer]))


def test_a_large_array_with_unusual_strides_is_filled():
    # Strides that are not nested, yet meet nowhere: 2 and 3 elements, 3 and 2 of them.
    base = np.zeros(2_000_000, "f4")
    view = np.lib.stride_tricks.as_strided(base, (3, 2, 100_000), (8, 12, 64))
    Normal().fill(Slice(view, "float32"), STREAM)
    assert bits(view) == bits(filled(view.shape, "float32", Normal()))


@pytest.mark.parametrize(
    "strides", [(0, 4), (4, 0), (4, 4), (8, 4), (12, 2)], ids=lambda s: "x".join(map(str, s))
)
def test_overlapping_arrays_are_refused(strides):
    base = np.arange(100, dtype="f4")
    view = np.lib.stride_tricks.as_strided(base, (3, 5), strides)
    before = base.copy()
    for distribution in INITIALIZERS:
        with pytest.raises(ValueError, match="overlap"):
            netinit.fill(view, distribution)
    assert (base == before).all()


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: np.zeros(3, "i4"), TypeError, "dtype float32, float64, float16.*not int32"),
        (lambda: np.zeros(3, "u2"), TypeError, "not uint16"),
        (lambda: np.zeros(3, np.dtype("c8").newbyteorder()), ValueError, "byte-swapped"),
        (lambda: np.zeros(3, bool), TypeError, "not bool"),
        (lambda: np.zeros(3, object), TypeError, "not object"),
        (lambda: np.zeros(3, "S4"), TypeError, r"not \|S4"),
        (lambda: np.zeros(3, [("a", "f4"), ("b", "f4")]), TypeError, "not "),
        (lambda: np.zeros(3, "M8[s]"), TypeError, "not datetime64"),
        (lambda: np.zeros(3, np.longdouble), TypeError, "not (long|float)"),
        (lambda: np.zeros(3, np.dtype("f4").newbyteorder()), ValueError, "byte-swapped.*'[<>]f4'"),
        (lambda: np.zeros(3, np.dtype("f8").newbyteorder()), ValueError, "byte-swapped"),
        (lambda: [0.0, 1.0], TypeError, "numpy array or a torch tensor, not list"),
        (lambda: 1.0, TypeError, "not float"),
        (lambda: memoryview(bytearray(8)), TypeError, "holds bytes"),
        (lambda: np.float32(1), TypeError, "not float32"),
        (lambda: None, TypeError, "not NoneType"),
        (lambda: np.broadcast_to(np.zeros(3, "f4"), (2, 3)), ValueError, "read-only"),
        (lambda: np.frombuffer(bytes(8), "f4"), ValueError, "read-only"),
    ],
)
@pytest.mark.parametrize("distribution", [Normal(), INITIALIZERS[-1]], ids=["core", "ppf"])
def test_arrays_that_cannot_be_filled_are_refused(make, error, message, distribution):
    out = make()
    before = out.tobytes() if isinstance(out, np.ndarray) and not out.dtype.hasobject else None
    with pytest.raises(error, match=message):
        netinit.fill(out, distribution)
    if before is not None:
        assert out.tobytes() == before


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"shape": (4,)}, ValueError, r"shape = \(4,\) must have 2 entries"),
        ({"shape": (2, 2)}, ValueError, r"does not lie within shape = \(2, 2\): axis 1"),
        ({"start": (0, 0, 0)}, ValueError, r"start = \(0, 0, 0\) must have 2 entries"),
        ({"start": (0, 1)}, ValueError, r"start = \(0, 1\) needs shape"),
        ({"shape": (5, 5), "start": (-1, 0)}, ValueError, "axis 0"),
        ({"shape": (5, 5), "start": (4, 0)}, ValueError, "indices 4 to 5"),
        ({"shape": 6}, TypeError, "shape must be a sequence of integers, not 6"),
        ({"start": (0.0, 0)}, TypeError, "start must be a sequence of integers"),
        ({"shape": (2**62, 8)}, ValueError, "has 2[*][*]63 elements or more"),
        ({"threads": 0}, ValueError, "thread"),
        ({"threads": -1}, ValueError, "thread"),
        ({"threads": 1.5}, TypeError, "threads must be an integer or None, not 1.5"),
        ({"seed": 1.5}, TypeError, "seed must be"),
        ({"name": b"w"}, TypeError, "name must be a string"),
        ({"draw": -1}, ValueError, "draw must be in 0 to"),
        ({"what": "nromal"}, ValueError, "initializer 'nromal' is unknown; did you mean 'normal'"),
        ({"what": object()}, TypeError, "what to fill with must be a number"),
        ({"what": -1}, ValueError, "at least 0"),
        ({"what": math.nan}, ValueError, "finite"),
        ({"what": Normal(1e39, 1)}, ValueError, "dtype"),
        ({"what": Uniform(0, 1e39)}, ValueError, "dtype"),
    ],
)
def test_wrong_arguments_are_refused_and_nothing_is_written(arguments, error, message):
    out = np.full((2, 3), 7, "f4")
    arguments = {"what": Normal(), **arguments}
    with pytest.raises(error, match=message):
        netinit.fill(out, **arguments)
    assert (out == 7).all()


def test_fill_returns_its_argument_and_depends_on_seed_name_and_draw():
    out = np.empty(100, "f4")
    assert netinit.fill(out, 1) is out
    variants = [{}, {"seed": 7}, {"seed": "1234"}, {"name": "w"}, {"draw": 1}]
    drawn = [netinit.fill(np.empty(100, "f4"), 1, **v).tobytes() for v in variants]
    assert len(set(drawn)) == len(variants)
    assert drawn[0] == out.tobytes() == netinit.fill(np.empty(100, "f4"), 1, seed=1234).tobytes()


def test_signature_is_the_documented_one():
    assert str(inspect.signature(netinit.fill)).split(" -> ")[0].replace(": ", ":") == (
        "(out:'T', what:'Any', *, seed:'Any' = 1234, name:'str' = '', draw:'int' = 0, "
        "shape:'Sequence[int] | None' = None, start:'Sequence[int] | None' = None, "
        "threads:'int | None' = None)"
    )


def test_seeds_of_every_kind():
    one = netinit.fill(np.empty(9, "f4"), 1, seed=np.random.default_rng(3))
    same = netinit.fill(np.empty(9, "f4"), 1, seed=np.random.default_rng(3))
    other = netinit.fill(np.empty(9, "f4"), 1, seed=netinit.Automatic)
    assert (one == same).all()
    assert (one != other).any()


def test_scalars_and_subclasses(tmp_path):
    scalar = netinit.fill(np.empty((), "f8"), Constant(3))
    assert scalar == 3
    matrix = netinit.fill(np.empty((3, 3), "f4").view(np.matrix), 1)
    mapped = netinit.fill(np.memmap(tmp_path / "w", "f4", "w+", shape=(3, 3)), 1)
    assert (np.asarray(matrix) == mapped).all()


def test_scalar_array_equals_first_element():
    for dtype in STORAGE:
        for initializer in INITIALIZERS:
            first = filled((5,), dtype, initializer)[:1]
            assert bits(filled((), dtype, initializer)) == bits(first)


def test_bfloat16_of_ml_dtypes():
    ml_dtypes = pytest.importorskip("ml_dtypes")
    out = netinit.fill(np.empty((4, 5), ml_dtypes.bfloat16)[:, ::2], 1, name="w")
    expected = filled((4, 3), "bfloat16", Normal())
    assert bits(out) == bits(expected)


@pytest.mark.parametrize("what", [1.0, Orthogonal(), "normal"])
def test_autograd_is_told_that_a_tensor_was_written(what):
    torch = pytest.importorskip("torch")
    factor = torch.ones(4, 4, requires_grad=True)
    values = torch.ones(4, 4)
    product = (factor * values).sum()
    netinit.fill(values, what)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        product.backward()


class TestQuantile:
    def test_values_are_those_of_the_words(self):
        words = np.empty(1000, "u4")
        _core.fill(
            words, "uint32", STREAM.key, STREAM.offset, 0, ("bits", 0, 0, 0, 0), 0, None, None
        )
        expected = scipy.stats.gamma(2.0).ppf((words + 0.5) / 2**32).astype("f4")
        assert (filled(1000, "float32", Quantile(scipy.stats.gamma(2.0))) == expected).all()

    def test_float64_has_53_bits(self):
        values = filled(4096, "float64", Quantile(scipy.stats.uniform()))
        scaled = values * 2.0**53
        assert (scaled % 2 == 1).all()
        assert 0 < values.min() < 0.01 < 0.99 < values.max() < 1
        assert len(np.unique(values)) == 4096

    def test_discrete_distributions(self):
        values = filled(1000, "float32", Quantile(scipy.stats.bernoulli(0.25)))
        assert set(values) == {0, 1}
        assert values.mean() == pytest.approx(0.25, abs=0.06)

    def test_large_and_strided_arrays_are_worked_out_in_pieces(self):
        shape = (3, 1 << 19, 2)
        whole = filled(shape, "float32", INITIALIZERS[-1])
        view = np.zeros((2, 1 << 19, 3), "f4").T[:, ::-1]
        INITIALIZERS[-1].fill(Slice(view, "float32"), STREAM)
        assert (view == whole).all()
        part = filled((2, 1000, 1), "float32", INITIALIZERS[-1], shape=shape, start=(1, 5000, 1))
        assert (part == whole[1:, 5000:6000, 1:]).all()

    @pytest.mark.parametrize(
        ("ppf", "message"),
        [
            (lambda q: np.full(q.shape, math.nan), "ppf returned NaN for q = 0"),
            (lambda q: 3.0, r"must return an array of q's shape \(0,\), not \(\)"),
            (lambda q: q[:2], "must return an array"),
        ],
    )
    def test_bad_quantile_functions_are_refused(self, ppf, message):
        class Bad:
            pass

        bad = Bad()
        bad.ppf = ppf
        out = np.full(5, 7, "f4")
        with pytest.raises(ValueError, match=message):
            netinit.fill(out, bad)
        assert (out == 7).all()


class TestOrthogonal:
    @pytest.mark.parametrize(
        ("shape", "layout"),
        [
            ((7, 7), DENSE),
            ((9, 4), DENSE),
            ((4, 9), DENSE),
            ((1, 5), DENSE),
            ((5, 1), DENSE),
            ((1, 1), DENSE),
            ((6, 2, 3, 3), DENSE),
            ((3, 3, 2, 6), Layout((3,), (2,))),
            ((4, 3, 5), Layout((0, 1), (2,))),
            ((5,), Layout((), (0,))),
        ],
    )
    @pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
    def test_smaller_side_is_orthonormal(self, shape, layout, dtype):
        out = filled(shape, dtype, Orthogonal(2, layout)).astype("f8")
        kernel = [a for a in range(len(shape)) if a not in (*layout.out_axes, *layout.in_axes)]
        rows = math.prod(shape[a] for a in layout.out_axes)
        matrix = out.transpose(*layout.out_axes, *layout.in_axes, *kernel).reshape(rows, -1)
        matrix = matrix if rows <= matrix.shape[1] else matrix.T
        tolerance = {"float64": 1e-14, "float32": 1e-5, "float16": 1e-2}[dtype]
        assert np.abs(matrix @ matrix.T - 4 * np.eye(len(matrix))).max() < tolerance

    def test_blocks_are_drawn_apart(self):
        layout = Layout((0,), (1,), stack=3)
        out = filled((15, 5), "float32", Orthogonal(1, layout))
        for g in range(3):
            alone = np.empty((5, 5), "f4")
            one = Stream(1234, "w", g)
            Orthogonal(1, DENSE).fill(Slice(alone, "float32"), one)
            assert (out[5 * g : 5 * g + 5] == alone).all()
        assert (out[:5] != out[5:10]).any()


class TestIdentity:
    def test_noise_apart_it_is_the_identity(self):
        noise = Normal(0, 0.01)
        for shape, stack in [((5, 3), 1), ((3, 5), 1), ((12, 4), 3), ((4, 4), 1)]:
            layout = Layout((0,), (1,), stack=stack)
            out = filled(shape, "float64", Identity(noise, layout))
            rest = out - filled(shape, "float64", noise)
            expected = np.vstack([np.eye(shape[0] // stack, shape[1])] * stack)
            assert np.abs(rest - expected).max() < 1e-15

    def test_kernels_are_centred(self):
        out = filled((3, 3, 3, 4), "float32", Identity(Constant(0), DENSE))
        assert (out[:, :, 1, 2] == np.eye(3)).all()
        assert out.sum() == 3

    def test_bfloat16(self):
        out = filled((3, 3), "bfloat16", Identity(Constant(0.5), DENSE))
        values = (out.astype("u4") << 16).view("f4")
        assert (values == 0.5 + np.eye(3)).all()
