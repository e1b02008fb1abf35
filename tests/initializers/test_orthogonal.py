"""Random orthogonal matrices: orthonormal, the right function of their vectors, and sliceable."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import netinit
from netinit import Layout, Stream
from netinit import _core as core
from netinit.arrays.slice import Slice
from netinit.initializers.orthogonal import Orthogonal
from tests.native.library import orthogonal_of
from tests.processes import run_python
from tests.stream_cases import STREAM

SIZES = [
    (1, 1),
    (2, 1),
    (2, 2),
    (7, 7),
    (31, 5),
    (64, 64),
    (65, 64),
    (65, 65),
    (130, 129),
    (513, 40),
]
#: What max|Q^T Q - I| may be.
TOLERANCE = {"float32": 2e-6, "float64": 4e-15}
OUT_IN = Layout((0,), (1,))


def matrix(rows: int, columns: int, dtype: str = "float32", **options) -> np.ndarray:
    out = np.full((1, rows, columns), np.nan, dtype)
    core.orthogonal(out, dtype, *STREAM, options.pop("gain", 1.0), **options)
    return out[0]


def defect(q: np.ndarray) -> float:
    q = q.astype(np.float64)
    tall = q if q.shape[0] >= q.shape[1] else q.T
    return float(np.abs(tall.T @ tall - np.eye(tall.shape[1])).max())


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("shape", [*SIZES, (1024, 1024), (4096, 96)], ids=str)
def test_columns_or_rows_are_orthonormal(shape, dtype):
    assert defect(matrix(*shape, dtype)) <= TOLERANCE[dtype]
    if shape[0] != shape[1]:
        assert np.array_equal(matrix(*shape[::-1], dtype), matrix(*shape, dtype).T)


@pytest.mark.slow
@pytest.mark.parametrize("dtype", TOLERANCE)
def test_a_large_matrix_is_orthonormal(dtype):
    assert defect(matrix(4096, 4096, dtype)) <= TOLERANCE[dtype]


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("shape", [(64, 64), (257, 257), (1000, 96)], ids=str)
def test_as_orthonormal_as_lapack_makes_them(shape, dtype):
    linalg = pytest.importorskip("scipy.linalg")
    a = np.random.default_rng(5).standard_normal(shape).astype(dtype)
    assert defect(matrix(*shape, dtype)) <= 1.5 * defect(linalg.qr(a, mode="economic")[0])


def vectors_of(a: np.ndarray) -> np.ndarray:
    """Return the x_j of a matrix's Householder factorization, below its diagonal."""
    rest, x = a.copy(), np.zeros_like(a)
    for j in range(a.shape[1]):
        x[j:, j] = rest[j:, j]
        v = rest[j:, j] / np.linalg.norm(rest[j:, j])
        v[0] += -1.0 if v[0] < 0 else 1.0
        rest[j:] -= np.outer(v, 2 / (v @ v) * (v @ rest[j:]))
    return x


@pytest.mark.parametrize("shape", [size for size in SIZES if size[0] < 200], ids=str)
def test_the_vectors_of_a_factorization_give_its_q(isa, shape):
    a = np.random.default_rng(7).standard_normal(shape)
    q, r = np.linalg.qr(a)
    out = np.empty(shape)
    assert orthogonal_of(vectors_of(a), out, isa) == "done"
    assert np.abs(out - q * np.sign(np.diag(r))).max() < 1e-13


def test_a_zero_vector_reflects_nothing(isa):
    x = vectors_of(np.random.default_rng(8).standard_normal((70, 9)))
    x[:, 4] = 0
    q = np.eye(70, 9)
    for j in range(8, -1, -1):
        side = -1.0 if x[j, j] < 0 else 1.0
        q[:, j] *= side if j == 4 else -side
        if j != 4:
            v = x[:, j] / np.linalg.norm(x[:, j])
            v[j] += side
            q -= np.outer(v, 2 / (v @ v) * (v @ q))
    out = np.empty((70, 9))
    assert orthogonal_of(x, out, isa) == "done"
    assert np.abs(out - q).max() < 1e-14


def test_vectors_of_another_shape_or_type_are_refused():
    isa = core.active_isa()
    assert orthogonal_of(np.ones((2, 3)), np.empty((3, 2)), isa).startswith("shape")
    assert orthogonal_of(np.ones((3, 2), np.float32), np.empty((3, 2)), isa).startswith("dtype")


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("shape", [(150, 130), (130, 150)], ids=str)
@given(data=st.data())
def test_any_part_is_the_part_of_the_whole(shape, dtype, data):
    whole = matrix(*shape, dtype)
    slices = []
    for n in shape:
        first = data.draw(st.integers(0, n - 1))
        slices.append(slice(first, data.draw(st.integers(first + 1, n))))
    part = np.full_like(whole[tuple(slices)], np.nan)
    start = tuple(s.start for s in slices)
    core.orthogonal(part[None], dtype, *STREAM, 1.0, shape=shape, start=start)
    assert np.array_equal(part, whole[tuple(slices)])


@pytest.mark.parametrize("gain", [1.25, -2.0, 0.0])
def test_the_gain_scales(gain):
    assert np.array_equal(matrix(70, 66, gain=gain), np.float32(gain) * matrix(70, 66))


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_precision_is_rounded_once(isa, dtype):
    types = pytest.importorskip("ml_dtypes")
    out = np.zeros((1, 70, 66), np.uint16)
    core.orthogonal(out, dtype, *STREAM, 1.25)
    expected = matrix(70, 66, gain=1.25).astype(getattr(types, dtype, np.float16))
    assert np.array_equal(out[0], expected.view(np.uint16))


def test_a_stack_has_a_draw_for_each_matrix(threads):
    out = np.empty((9, 40, 33), np.float32)
    core.orthogonal(out, "float32", *STREAM, 1.0, threads=threads)
    key, offset, draw = STREAM
    for g, one in enumerate(out):
        alone = np.empty((1, 40, 33), np.float32)
        core.orthogonal(alone, "float32", key, offset, draw + g, 1.0)
        assert np.array_equal(one, alone[0])


LAYOUTS = [
    ((12, 5, 3, 3), Layout((0,), (1,))),
    ((3, 3, 5, 12), Layout((3,), (2,))),
    ((12, 20), Layout((0,), (1,), stack=3)),
    ((20, 12), Layout((1,), (0,), stack=4, stack_axis=1)),
    ((2, 9, 4, 6), Layout((1, 2), (3,), stack=2, stack_axis=0)),
    ((7,), Layout((), (0,))),
]


@pytest.mark.parametrize(("shape", "layout"), LAYOUTS, ids=str)
@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
@given(data=st.data())
def test_any_slice_of_any_layout(shape, layout, dtype, data):
    rule, stream = Orthogonal(1.5, layout), Stream(3, "w")
    whole = np.full(shape, np.nan, dtype)
    rule.fill(Slice(whole, dtype), stream)
    slices = []
    for n in shape:
        first = data.draw(st.integers(0, n - 1))
        slices.append(slice(first, data.draw(st.integers(first, n))))
    part = np.full_like(whole[tuple(slices)], np.nan)
    order = data.draw(st.sampled_from(["C", "F"]))
    part = np.asarray(part, order=order)
    rule.fill(Slice(part, dtype, shape, [s.start for s in slices]), stream)
    assert np.array_equal(part, whole[tuple(slices)])


def test_each_block_of_a_layout_is_orthonormal():
    out = np.empty((2, 9, 4, 6), np.float32)
    Orthogonal(1.0, LAYOUTS[4][1]).fill(Slice(out, "float32"), Stream(3, "w"))
    for block in out:
        assert defect(block.reshape(36, 6)) <= TOLERANCE["float32"]


@pytest.mark.parametrize("shape", [(0, 5), (5, 0), (0, 0)])
def test_nothing_is_nothing(shape):
    for dtype in TOLERANCE:
        core.orthogonal(np.empty((1, *shape), dtype), dtype, *STREAM, 1.0)
        core.orthogonal(np.empty((0, 3, 4), dtype), dtype, *STREAM, 1.0)


@pytest.mark.parametrize(
    ("dtype", "gain", "message"),
    [
        ("float32", np.nan, "NaN"),
        ("float32", np.inf, "NaN, or infinite"),
        ("float32", 1e39, "overflow"),
        ("float16", 65505.0, "overflow"),
    ],
)
def test_bad_gains_are_refused(dtype, gain, message):
    out = np.full((1, 3, 3), 7, np.float16 if dtype == "float16" else np.float32)
    with pytest.raises(ValueError, match=message):
        core.orthogonal(out, dtype, *STREAM, gain)
    assert (out == 7).all()


def test_a_part_beyond_the_matrix_is_refused():
    with pytest.raises(ValueError, match="index"):
        core.orthogonal(np.empty((1, 3, 3)), "float64", *STREAM, 1.0, shape=(5, 5), start=(3, 0))


def test_a_shard_of_rows_needs_little_memory():
    # The matrix has 410 MB; a panel of 64 columns, as many of q and the row are 52 MB.
    program = """
import resource, sys
import numpy as np
import netinit._core as core
out = np.zeros((1, 1, 1000), np.float32)
core.orthogonal(out, "float32", 1, 2, 0, 1.0, shape=(2000, 1000), start=(77, 0))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
out = np.zeros((1, 1, 192), np.float32)
core.orthogonal(out, "float32", 1, 2, 0, 1.0, shape=(100_000, 1024), start=(77, 0))
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) >> 10)
"""
    assert int(run_python(program)) < 80


def test_initialize_makes_orthogonal_weights():
    weights = {"w": np.empty((40, 30), np.float32), "v": np.empty((8, 4, 3, 3), np.float32)}
    netinit.initialize(weights, netinit.All, method="orthogonal")
    assert defect(weights["w"]) <= TOLERANCE["float32"]
    assert defect(weights["v"].reshape(8, 36)) <= TOLERANCE["float32"]


def test_a_forked_child_makes_the_same():
    program = """
import os, signal
import numpy as np
import netinit._core as core
from netinit.linalg import qr

def make():
    out = np.zeros((1, 700, 700), np.float32)
    core.orthogonal(out, "float32", 1, 2, 3, 1.0, threads=2)
    return np.concatenate([out[0], *qr(out[0], threads=2)])

expected = make()
child = os.fork()
if child == 0:
    signal.alarm(20)
    os._exit(0 if np.array_equal(make(), expected) else 3)
print(os.waitpid(child, 0)[1])
"""
    assert run_python(program).strip() == "0"
