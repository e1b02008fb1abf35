"""Patterns: the formula of each, every slice that of the whole, each dtype exact, recipes."""

from __future__ import annotations

import itertools
import math
import pickle

import ml_dtypes
import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

import netinit
from netinit import Constant, Layout, Normal, Stream, Uniform, _core
from netinit.arrays.dtypes import DRAWN, STORAGE
from netinit.arrays.narrow import read_numbers
from netinit.arrays.slice import Slice
from netinit.initializers import (
    ICNR,
    Bilinear,
    DeltaOrthogonal,
    Dirac,
    Eye,
    Given,
    Hadamard,
    Parts,
    Quantile,
    Sparse,
)
from netinit.initializers.recipes import initializer_from_json
from tests.reference import subsets

STREAM = Stream(1234, "pattern")
CONVOLUTION = Layout((0,), (1,), stack=2)
CASES = [
    (Eye(2.5), (7, 5)),
    (Eye(), (5, 9)),
    (Dirac(), (5, 3, 4)),
    (Dirac(3), (6, 3, 3, 2)),
    (Sparse(0.3, 1.0), (23, 17)),
    (Sparse(0.8, Uniform(-2, -1)), (40, 13)),
    (Bilinear(), (3, 2, 4, 5)),
    (ICNR(0.5), (8, 3, 3)),
    (ICNR(Uniform(1, 2), 4, -1, True), (2, 3, 8)),
    (Given(np.arange(7.0)), (5, 7)),
    (Given(np.linspace(-1, 1, 10).reshape(5, 1, 2)), (5, 6, 2)),
    (DeltaOrthogonal(2.0), (4, 3, 5, 6)),
    (DeltaOrthogonal(1.0, kernel_first=False), (6, 5, 3)),
    (Hadamard(), (9, 6)),
    (Hadamard(Layout((2,), (1,))), (3, 4, 16)),
    (Hadamard(CONVOLUTION), (8, 2, 3)),
    (Parts([Constant(1), Normal(0, 1), Uniform(-1, 0)]), (9, 4)),
    (Parts([0.1, Constant(2)], axis=-1), (3, 4)),
]


def filled(initializer, extent, dtype="float32", **slice_of):
    out = np.empty(extent, STORAGE[dtype])
    initializer.fill(Slice(out, dtype, **slice_of), STREAM)
    return out


@pytest.mark.parametrize(("initializer", "shape"), CASES, ids=str)
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_a_slice_is_that_of_the_whole(initializer, shape, data):
    whole = filled(initializer, shape)
    bounds = [sorted(data.draw(st.tuples(*[st.integers(0, n)] * 2))) for n in shape]
    there = tuple(slice(*pair) for pair in bounds)
    extent, start = [b - a for a, b in bounds], [a for a, _ in bounds]
    part = filled(initializer, extent, shape=shape, start=start)
    np.testing.assert_array_equal(part, whole[there])


@pytest.mark.parametrize(("initializer", "shape"), CASES, ids=str)
@pytest.mark.parametrize("dtype", ["float64", "float16", "bfloat16"])
def test_strided_memory_of_each_dtype(initializer, shape, dtype):
    plain = filled(initializer, shape, dtype)
    strided = np.zeros([2 * n for n in shape], STORAGE[dtype]).T
    view = strided[tuple(slice(None, None, 2) for _ in shape)].T
    initializer.fill(Slice(view, dtype), STREAM)
    np.testing.assert_array_equal(view, plain)
    if not isinstance(initializer, DeltaOrthogonal):
        wide = read_numbers(plain, dtype).astype(float)
        zeros = np.asarray(filled(initializer, shape)) == 0
        np.testing.assert_array_equal(wide == 0, zeros)


@pytest.mark.parametrize(("initializer", "shape"), CASES, ids=str)
def test_patterns_survive_json_and_pickle(initializer, shape):
    assert initializer_from_json(initializer.to_json()) == initializer
    assert pickle.loads(pickle.dumps(initializer)) == initializer
    assert hash(initializer) == hash(initializer_from_json(initializer.to_json()))


@pytest.mark.parametrize(("initializer", "shape"), CASES, ids=str)
def test_what_moments_are_planned_are_shown(initializer, shape):
    if initializer.std is None or isinstance(initializer, Given):
        return
    large = tuple(12 * n for n in shape)
    values = filled(initializer, large, "float64")
    assert values.mean() == pytest.approx(initializer.mean, abs=0.1)
    assert values.std() == pytest.approx(initializer.std, rel=0.1)
    assert initializer.constant is False


def test_one_rounding_to_half_precision():
    value = 1 + 2**-8 + 2**-30  # float32 would round it to the tie 1 + 2**-8 of bfloat16
    eye = netinit.create((1, 1), Eye(value), dtype="bfloat16")
    assert eye.dtype == ml_dtypes.bfloat16
    assert float(eye[0, 0]) == 1 + 2**-7


# -- the formulas -----------------------------------------------------------------------------


def test_eye_and_dirac():
    np.testing.assert_array_equal(filled(Eye(3), (4, 6)), 3 * np.eye(4, 6))
    kernel = np.zeros((6, 3, 4, 3))
    for group, d in itertools.product(range(2), range(3)):
        kernel[group * 3 + d, d, 2, 1] = 1
    np.testing.assert_array_equal(filled(Dirac(2), kernel.shape), kernel)


def test_bilinear_is_the_filter_of_fully_convolutional_nets():
    for size in range(1, 8):
        factor = (size + 1) // 2
        centre = factor - 1 if size % 2 else factor - 0.5
        line = 1 - abs(np.arange(size) - centre) / factor
        want = np.broadcast_to(np.outer(line, line), (3, 2, size, size))
        np.testing.assert_allclose(filled(Bilinear(), (3, 2, size, size), "float64"), want, 1e-14)


def test_icnr_repeats_what_the_initializer_gives_a_small_array():
    few = filled(Normal(0, 1), (3, 4, 5))
    np.testing.assert_array_equal(filled(ICNR(1.0, 9), (27, 4, 5)), np.repeat(few, 9, axis=0))
    tiled = filled(ICNR(1.0, 9, 0, True), (27, 4, 5))
    np.testing.assert_array_equal(tiled, np.tile(few, (9, 1, 1)))


def test_delta_orthogonal_keeps_norms():
    kernel = filled(DeltaOrthogonal(2), (4, 3, 5, 6), "float64")
    np.testing.assert_allclose(kernel[1, 1] @ kernel[1, 1].T, 4 * np.eye(5), atol=1e-12)
    kernel[1, 1] = 0
    assert not kernel.any()


@pytest.mark.parametrize("rows", [2, 3, 8, 20, 64])
def test_hadamard_is_scipys(rows):
    size = 1 << max(0, rows - 1).bit_length()
    want = scipy.linalg.hadamard(size)[:rows, : rows - 1] / math.sqrt(size)
    np.testing.assert_allclose(filled(Hadamard(), (rows, rows - 1), "float64"), want, rtol=1e-15)


def test_given_copies_and_broadcasts():
    array = np.array([1.0, 2.0])
    initializer = Given(array)
    array[0] = 5
    np.testing.assert_array_equal(filled(initializer, (3, 2)), [[1, 2]] * 3)
    with pytest.raises(TypeError, match="cannot be kept in a recipe"):
        Given(np.arange(5000)).to_json()
    assert Given(np.zeros(5000)).to_json() == {"pattern": "given", "values": [0.0]}
    with pytest.raises(TypeError, match="cannot be kept in a recipe"):
        Given([math.inf]).to_json()
    assert Given(2).constant
    assert not initializer.constant


@pytest.mark.parametrize(
    ("initializer", "shape", "message"),
    [
        (Eye(), (2, 3, 4), "Eye needs an array of 2 axes, not of shape"),
        (Dirac(), (3, 3), "Dirac needs an array"),
        (Dirac(2), (3, 3, 3), "divisible by groups = 2"),
        (Sparse(0.1), (3,), "Sparse needs an array of 2 axes"),
        (Bilinear(), (3, 3), "Bilinear needs an array"),
        (ICNR(1.0), (6, 3), "divisible by copies = 4"),
        (ICNR(1.0, 4, 2), (8, 3), "axis 2 is not an axis"),
        (DeltaOrthogonal(), (3, 3), "DeltaOrthogonal needs an array with a kernel"),
        (Given([1, 2, 3]), (2, 2), r"does not broadcast to \(2, 2\)"),
        (Parts([1.0, 1.0]), (3,), "divisible by 2"),
        (Parts([1.0, 1.0], 1), (4,), "axis 1 is not an axis"),
        (Hadamard(), (4,), "axis 1 is not an axis"),
    ],
)
def test_shapes_that_do_not_fit_are_refused_before_anything_is_written(initializer, shape, message):
    out = np.full(shape, 7, np.float32)
    with pytest.raises(ValueError, match=message):
        netinit.fill(out, initializer)
    assert (out == 7).all()
    net = {"w": np.full(shape, 7, np.float32), "v": np.full(3, 7, np.float32)}
    with pytest.raises(ValueError, match=f"parameter 'w': .*{message}"):
        netinit.initialize(
            net, netinit.All, method=[("w", initializer), ("v", netinit.Constant(1))]
        )
    assert (net["v"] == 7).all()


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda: Eye(math.nan), ValueError),
        (lambda: Dirac(0), ValueError),
        (lambda: Dirac(1.5), TypeError),
        (lambda: Sparse(1.5), ValueError),
        (lambda: Sparse("x"), TypeError),
        (lambda: Sparse(0.5, -1), ValueError),
        (lambda: ICNR(1.0, 0), ValueError),
        (lambda: Given("x"), TypeError),
        (lambda: Parts([]), ValueError),
        (lambda: DeltaOrthogonal(math.inf), ValueError),
    ],
)
def test_numbers_are_checked(make, error):
    with pytest.raises(error):
        make()


@pytest.mark.parametrize("recipe", [{"pattern": "ey"}, {"pattern": "eye", "x": 1}, {"pattern": 1}])
def test_corrupt_recipes_are_refused(recipe):
    with pytest.raises(ValueError, match=r"recipe|unknown"):
        initializer_from_json(recipe)


@pytest.mark.parametrize(
    "initializer",
    [Sparse(0.5, 1e300), Parts([1.0, 1e300]), ICNR(1e300, 2), ICNR(Sparse(0.5, 1e300), 2)],
)
def test_numbers_out_of_range_are_found_before_anything_is_written(initializer):
    net = {"v": np.full(3, 7, "f4"), "w": np.full((4, 4), 7, "f4")}
    with pytest.raises(ValueError, match=r"parameter 'w': .*float32"):
        netinit.initialize(net, netinit.All, method=[("v", Constant(1)), ("w", initializer)])
    assert (net["v"] == 7).all()


def test_fill_takes_patterns():
    out = netinit.fill(np.empty((2, 3)), Eye(), shape=(4, 4), start=(2, 1))
    np.testing.assert_array_equal(out, np.eye(4)[2:, 1:])


# -- sparse -----------------------------------------------------------------------------------


@pytest.mark.parametrize("sparsity", [0, 1e-9, 0.1, 1 / 3, 0.5, 0.51, 0.9, 1])
@pytest.mark.parametrize("shape", [(1, 3), (2, 5), (64, 64), (300, 7), (1000, 33), (0, 3), (3, 0)])
def test_each_column_has_exactly_as_many_zeros(shape, sparsity):
    values = filled(Sparse(sparsity, Constant(1)), shape)
    assert set((values == 0).sum(axis=0)) <= {math.ceil(sparsity * shape[0])}
    assert not np.signbit(values).any()


def test_the_mask_is_that_of_every_dtype_and_the_rest_is_drawn():
    masks = {dtype: filled(Sparse(0.4, 1.0), (50, 30), dtype) == 0 for dtype in DRAWN}
    for mask in masks.values():
        np.testing.assert_array_equal(mask, masks["float32"])
    drawn = filled(Normal(0, 1), (50, 30))
    np.testing.assert_array_equal(
        filled(Sparse(0.4, 1.0), (50, 30)), np.where(masks["float32"], 0, drawn)
    )
    kept = np.full((50, 30), 2.0)
    Sparse(0.4, 1.0).clear(Slice(kept, "float64"), STREAM)
    np.testing.assert_array_equal(kept, np.where(masks["float32"], 0, 2))


@pytest.mark.parametrize(
    ("shape", "sparsity"),
    [((64, 5), 0.1), ((9, 7), 0.5), ((300, 6), 0.4), ((300, 6), 0.6), ((5000, 3), 0.02)],
)
@pytest.mark.parametrize("draw", [0, 2**32 - 2**30 - 1])
def test_the_mask_is_that_of_the_plain_reference(shape, sparsity, draw):
    stream = Stream(7, "mask", draw)
    out = np.empty(shape, np.float32)
    Sparse(sparsity, Constant(1)).fill(Slice(out, "float32"), stream)
    want = subsets.zeros((stream.key, stream.offset, draw), shape, math.ceil(sparsity * shape[0]))
    np.testing.assert_array_equal(out == 0, want)


def test_a_column_with_too_many_is_cut_as_in_the_reference():
    shape, size, columns = (8584, 6000), 575, (3293, 3295)  # of these two the first is cut
    stream = Stream(0, "cut")
    out = np.empty((shape[0], 2), np.float32)
    rule = Sparse((size - 0.5) / shape[0], Constant(1))
    rule.fill(Slice(out, "float32", shape=shape, start=(0, columns[0])), stream)
    where = (stream.key, stream.offset, 0)
    begun = [len(subsets.chosen_at_once(where, *shape, size, j)) for j in range(*columns)]
    assert begun[0] > size > begun[1]
    for k, j in enumerate(range(*columns)):
        want = subsets.subset(where, *shape, size, j)
        assert set(np.flatnonzero(out[:, k] == 0)) == want


@pytest.mark.parametrize("size", [1, 2, 3])
def test_every_subset_is_equally_likely(size):
    zeros = filled(Sparse(size / 6, Constant(1)), (6, 60000)) == 0
    code = (zeros * 2 ** np.arange(6)[:, None]).sum(axis=0)
    _, counts = np.unique(code, return_counts=True)
    assert len(counts) == math.comb(6, size)
    assert scipy.stats.chisquare(counts).pvalue > 1e-3


def test_rows_are_equally_likely_and_columns_independent_in_large_matrices():
    # 0.3 of 2000 rows: most zeros are drawn at once, some columns have too many
    zeros = filled(Sparse(0.3, Constant(1)), (2000, 3000)) == 0
    by_row = zeros.sum(axis=1)
    expected = 3000 * 0.3
    assert scipy.stats.chi2.cdf(((by_row - expected) ** 2).sum() / (expected * 0.7), 1999) < 0.999
    both = (zeros[:, ::2] & zeros[:, 1::2]).sum(axis=0)  # hypergeometric
    assert both.mean() == pytest.approx(2000 * 0.09, rel=0.005)
    variance = 600 * 0.3 * 0.7 * 1400 / 1999
    assert both.var() == pytest.approx(variance, rel=0.15)


@pytest.mark.parametrize(
    ("shape", "part"),
    [
        ((100, 400), (slice(None), slice(None))),
        ((100, 400), (slice(3, 90), slice(61, 67))),
        ((300, 9000), (slice(7, 200), slice(100, 8900))),  # wider than a tile
        ((70000, 1000), (slice(69000, None), slice(0, 1000))),  # more than one panel
    ],
)
@pytest.mark.parametrize("threads", [1, 2, 5])
def test_sparse_threads_parts_and_strides_do_not_show(shape, part, threads):
    whole = filled(Sparse(0.25, 1.0), shape)[part]
    start = tuple(p.indices(n)[0] for p, n in zip(part, shape, strict=True))
    rows, cols = whole.shape
    for out in (
        np.empty((rows, cols), np.float32),
        np.empty((cols, rows), np.float32).T,
        np.empty((rows, 2 * cols), np.float32)[:, ::-2],
        np.empty((rows, cols + 3), np.float32)[:, 3:],
    ):
        Sparse(0.25, 1.0).fill(
            Slice(out, "float32", shape=shape, start=start), STREAM, threads=threads
        )
        np.testing.assert_array_equal(out, whole)


def test_sparse_of_a_quantile_is_the_quantile_with_zeros():
    laplace = scipy.stats.laplace(scale=2)
    values = filled(Sparse(0.3, laplace), (40, 30))
    mask = filled(Sparse(0.3, 1.0), (40, 30)) == 0
    np.testing.assert_array_equal(values, np.where(mask, 0, filled(Quantile(laplace), (40, 30))))


def test_sparse_refuses_numbers_before_it_writes():
    out = np.full((8, 8), 7.0, np.float16)
    with pytest.raises(ValueError, match=r"normal of mean 0\.0, std 1e\+300, in float16"):
        Sparse(0.5, 1e300).fill(Slice(out, "float16"), STREAM)
    overlapping = np.lib.stride_tricks.as_strided(np.zeros(20, "f4"), (4, 4), (4, 4))
    with pytest.raises(ValueError, match=r"share memory|overlap"):
        Sparse(0.5, 1.0).fill(Slice(overlapping, "float32"), STREAM)
    assert (out == 7).all()


@pytest.mark.parametrize("isa", _core.isas())
def test_sparse_is_the_same_on_every_instruction_set(isa):
    want = {dtype: filled(Sparse(0.45, 1.0), (700, 130), dtype) for dtype in DRAWN}
    found = _core.active_isa()
    _core.use_isa(isa)
    try:
        for dtype, values in want.items():
            got = filled(Sparse(0.45, 1.0), (700, 130), dtype)
            np.testing.assert_array_equal(got.view(np.uint8), values.view(np.uint8))
    finally:
        _core.use_isa(found)
