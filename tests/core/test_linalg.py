"""netinit.linalg.qr: numpy's reduced mode with a diagonal that is not negative."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netinit.linalg import qr

EPS = {"float32": 2.0**-23, "float64": 2.0**-52}
SHAPES = [(1, 1), (3, 1), (1, 3), (5, 5), (64, 64), (65, 65), (200, 70), (70, 200), (63, 150)]


def check(a: np.ndarray, q: np.ndarray, r: np.ndarray) -> None:
    """Assert that a = q r is a factorization of the promised kind, to some roundings."""
    eps, (m, n) = EPS[a.dtype.name], a.shape
    assert q.shape == (m, min(m, n))
    assert r.shape == (min(m, n), n)
    assert q.dtype == r.dtype == a.dtype
    wide = [x.astype(np.float64) for x in (a, q, r)]
    assert np.abs(wide[1].T @ wide[1] - np.eye(min(m, n))).max() <= 16 * eps
    norms = np.linalg.norm(wide[0], axis=0)
    assert (np.linalg.norm(wide[1] @ wide[2] - wide[0], axis=0) <= 64 * eps * norms).all()
    assert np.array_equal(r, np.triu(r))
    assert (np.diag(r) >= 0).all()


@pytest.mark.parametrize("dtype", EPS)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_gaussian_matrices(isa, shape, dtype):
    a = np.random.default_rng(1).standard_normal(shape).astype(dtype)
    before = a.copy()
    q, r = qr(a)
    assert np.array_equal(a, before)
    check(a, q, r)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_agrees_with_numpy(shape):
    a = np.random.default_rng(2).standard_normal(shape)
    expected_q, expected_r = np.linalg.qr(a)
    sign = np.where(np.diag(expected_r) < 0, -1.0, 1.0)
    q, r = qr(a)
    assert np.allclose(q, expected_q * sign, atol=1e-11)
    assert np.allclose(r, expected_r * sign[:, None], atol=1e-11)


@pytest.mark.parametrize("dtype", EPS)
@pytest.mark.parametrize("scale", [1e-30, 1e30, 2.0**-140])
def test_extreme_scales(dtype, scale):
    a = (np.random.default_rng(3).standard_normal((90, 70)) * scale).astype(dtype)
    q, r = qr(a)
    if scale != 2.0**-140 or dtype == "float64":  # subnormal float32 entries have few digits
        check(a, q, r)
    assert np.isfinite(q).all()
    assert np.isfinite(r).all()


@pytest.mark.parametrize("scale", [1e-300, 1e-320, 1e300])
def test_squares_that_leave_the_range_of_float64(scale):
    a = np.random.default_rng(3).standard_normal((80, 66)) * scale
    q, r = qr(a)
    assert np.abs(q.T @ q - np.eye(66)).max() < 1e-14
    expected = np.linalg.qr(a / scale)[1]
    assert np.allclose(
        np.diag(r) / scale, np.abs(np.diag(expected)), rtol=1e-2 if scale == 1e-320 else 1e-12
    )


@pytest.mark.parametrize("dtype", EPS)
def test_deficient_matrices(dtype):
    zeros = np.zeros((70, 66), dtype)
    check(zeros, *qr(zeros))
    repeated = np.repeat(np.random.default_rng(4).standard_normal((80, 1)), 70, 1).astype(dtype)
    check(repeated, *qr(repeated))
    ones = np.eye(70, dtype=dtype)
    q, r = qr(ones)
    assert np.allclose(q, ones, atol=1e-6)
    assert np.allclose(r, ones, atol=1e-6)


def test_stacks_and_empty_matrices():
    a = np.random.default_rng(5).standard_normal((2, 3, 7, 4))
    q, r = qr(a)
    for index in np.ndindex(2, 3):
        one = qr(a[index])
        assert np.array_equal(q[index], one.Q)
        assert np.array_equal(r[index], one.R)
    for shape in [(0, 3), (3, 0), (0, 0), (0, 4, 4), (2, 0, 5)]:
        expected, result = np.linalg.qr(np.empty(shape)), qr(np.empty(shape))
        assert [x.shape for x in result] == [x.shape for x in expected]


@given(
    st.integers(1, 80),
    st.integers(1, 80),
    st.sampled_from(["C", "F", "reversed", "strided", "swapped", "unaligned"]),
)
def test_any_layout_gives_the_same_bits(m, n, kind):
    a = np.random.default_rng(m * 100 + n).standard_normal((m, n))
    raw = bytearray(a.nbytes + 1)
    unaligned = np.frombuffer(raw, np.float64, a.size, 1).reshape(m, n)
    unaligned[...] = a
    arranged = {
        "C": a,
        "F": np.asfortranarray(a),
        "reversed": a[::-1, ::-1].copy()[::-1, ::-1],
        "strided": np.repeat(np.repeat(a, 2, 0), 3, 1)[::2, ::3],
        "swapped": a.astype(">f8"),
        "unaligned": unaligned,
    }[kind]
    expected = qr(a)
    for x, y in zip(qr(arranged), expected, strict=True):
        assert np.array_equal(x, y)


def test_integers_become_float64():
    q, r = qr([[1, 2], [3, 4]])
    assert q.dtype == np.float64
    check(np.array([[1.0, 2], [3, 4]]), q, r)


@pytest.mark.parametrize("dtype", EPS)
def test_one_hash(isa, threads, dtype):
    a = np.random.default_rng(6).standard_normal((333, 140)).astype(dtype)
    digest = hashlib.sha256(b"".join(x.tobytes() for x in qr(a, threads=threads))).hexdigest()
    expected = {
        "float32": "e47fe20af292d55b1f5848823e5c218dde72f8be931bba54c552da895c89e5fa",
        "float64": "fed9e0a5fb3866734ad9fe2057c583d5a563c89e51eed5000e6b2be1ae11d628",
    }
    assert digest == expected[dtype]


def test_not_a_number_stays_in_its_matrix():
    a = np.random.default_rng(7).standard_normal((2, 6, 5))
    a[0, 3, 2] = np.nan
    q, r = qr(a)
    assert np.isnan(q[0]).any()
    check(a[1], q[1], r[1])


@pytest.mark.parametrize(
    ("a", "error", "message"),
    [
        (np.ones((2, 2), complex), TypeError, "complex128"),
        (np.ones((2, 2), np.float16), TypeError, "float16"),
        (np.array([["a"]]), TypeError, "dtype"),
        (np.ones(3), ValueError, r"2 dimensions.*\(3,\)"),
        (1.0, ValueError, "2 dimensions"),
    ],
)
def test_bad_input(a, error, message):
    with pytest.raises(error, match=message):
        qr(a)
