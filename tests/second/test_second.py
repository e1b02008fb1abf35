"""What netinit draws is what an implementation from the page alone draws."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import netinit
from netinit import initializers
from netinit.initializers.complex_plane import ComplexTruncatedNormal, ComplexUniform
from tests.native.library import special as of_the_core
from tests.second import special
from tests.second.arrays import fma
from tests.second.formats import FORMATS
from tests.second.mixed import complex_streams, raw, sparse_zeros
from tests.second.normal import normal
from tests.second.orthogonal import orthogonal
from tests.second.plain import constant, uniform
from tests.second.truncated import truncated
from tests.second.words import Stream, stream
from tests.stream_cases import CASES, STREAM, sha256

ROOT = Path(__file__).parents[2]
GOLDEN = json.loads((ROOT / "tests" / "golden" / "streams.json").read_text(encoding="utf-8"))
HASHES = json.loads((ROOT / "tests" / "golden" / "hashes.json").read_text())["hashes"]
DTYPES: dict[str, Any] = {
    dtype: np.dtype(getattr(ml_dtypes, dtype, None) or dtype) for dtype in FORMATS
}
INF = math.inf
SEED, NAME = 7, "layers.0.weight"
HERE = stream(SEED, NAME)
STARTS = [0, 1, 2, 3, 2**32 - 3, 2**34 - 5, 2**62 - 3, 2**63 - 1 - 13]


def bits(values: list[float], dtype: str) -> np.ndarray:
    """Return numbers of a dtype as the integers of their bits: zeros have signs."""
    array = np.array(values, np.float64).astype(DTYPES[dtype])
    assert array.astype(np.float64).tolist() == values
    return array.view(f"u{array.itemsize}")


def filled(initializer: Any, dtype: str, start: int, count: int = 13, draw: int = 0) -> np.ndarray:
    """Return elements of a long array, by the library."""
    out = np.empty(count, DTYPES[dtype])
    netinit.fill(
        out, initializer, seed=SEED, name=NAME, draw=draw, shape=(2**63 - 1,), start=(start,)
    )
    return out.view(f"u{out.itemsize}")


def outcome(make: Callable[[], Any]) -> Any:
    """Return what is made as a list, None where that is an error of values."""
    try:
        return make().tolist()
    except ValueError:
        return None


# -- sections 2 and 3 ---------------------------------------------------------------------------


def test_streams_of_the_golden_table():
    for seed, name, numbers in GOLDEN["streams"]:
        found = stream(seed if isinstance(seed, str) else int(seed[1]), name)
        assert f"{found.key:016x} {found.offset:016x}" == numbers


@pytest.mark.parametrize("size", [1, 2, 4, 8])
def test_raw_bits(size):
    out = np.empty((5, 7), f"u{size}")
    netinit.fill(out, initializers.Words(2 ** (8 * size) - 1), seed=SEED, name=NAME, draw=3)
    assert out.ravel().tolist() == [raw(HERE.at(3), size, i) for i in range(35)]


def test_bits_of_the_golden_table():
    for size in (4, 8):
        for place, row in zip(
            GOLDEN["windows"], GOLDEN["elements"][f"bits uint{8 * size}"], strict=True
        ):
            key, offset, draw, first = map(int, place)
            words = [raw(Stream(key, offset, draw), size, first + i) for i in range(6)]
            assert " ".join(f"{w:0{2 * size}x}" for w in words) == row


# -- sections 3 to 6 ----------------------------------------------------------------------------


def drawn(source: Stream, dtype: str, indices: range, d: Any) -> list[float]:
    """Return elements by the page, of a distribution with the fields of Normal and the others."""
    if d.kind == "constant":
        return [constant(d.mean, dtype)] * len(indices)
    if d.kind == "uniform":
        return uniform(source, dtype, indices, d.low, d.high)
    if d.kind == "normal":
        return normal(source, dtype, indices, d.mean, d.std)
    return truncated(source, dtype, indices, d.mean, d.std, d.low, d.high)


@pytest.mark.parametrize("row", [row for row in GOLDEN["elements"] if "bits" not in row])
def test_elements_of_the_golden_table(row):
    case, dtype = row.split()
    for place, expected in zip(GOLDEN["windows"], GOLDEN["elements"][row], strict=True):
        key, offset, draw, first = map(int, place)
        values = drawn(Stream(key, offset, draw), dtype, range(first, first + 6), CASES[case])
        found = bits(values, dtype)
        assert " ".join(f"{x:0{2 * found.itemsize}x}" for x in found.tolist()) == expected


UNIFORM = [(0, 1), (-1, 1), (-0.0, 1e-3), (0.1, 0.1000001), (-1e-40, 1e-40), (-1, 0), (1, 2)]
UNIFORM += [(-447, 448), (-3e4, 3e4), (-0.0, -0.0), (-1e-60, -1e-60), (3, 65519.9), (3, 65520)]


@pytest.mark.parametrize("dtype", FORMATS)
@pytest.mark.parametrize(("low", "high"), UNIFORM)
def test_uniform(dtype, low, high):
    for start in STARTS:
        indices = range(start, start + 13)
        expected = outcome(lambda i=indices: bits(uniform(HERE, dtype, i, low, high), dtype))
        found = outcome(lambda s=start: filled(netinit.Uniform(low, high), dtype, s))
        assert found == expected


NORMAL = [(0, 1), (1, 0.5), (-0.0, 0), (0, 1e-8), (3, 1e-50), (-0.0, 1e-50), (-1e-60, 0)]
NORMAL += [(6e4, 700), (6e4, 900), (57344, 600), (400, 7), (400, 7.1), (3e38, 4e36), (1e308, 1e307)]


@pytest.mark.parametrize("dtype", FORMATS)
@pytest.mark.parametrize(("mean", "std"), NORMAL)
def test_normal(dtype, mean, std):
    for start in STARTS:
        indices = range(start, start + 13)
        expected = outcome(lambda i=indices: bits(normal(HERE, dtype, i, mean, std), dtype))
        found = outcome(lambda s=start: filled(netinit.Normal(mean, std), dtype, s))
        assert found == expected


# Both sides of each border between regimes, of each rule of zeros and of overflow.
STANDARD = [(-2, 2), (-INF, INF), (-6.77, 7), (-6.78, 7), (-8.58, 9), (-8.59, 9), (4, INF)]
STANDARD += [(3.9999, 5), (-5, -3.99), (-INF, -4), (64, INF), (64.1, 70), (399, 500), (401, 402)]
STANDARD += [(-402, -401), (2.0**40, INF), (2.0**41, INF), (-INF, -(2.0**41)), (0, 1), (-1, 0.5)]
STANDARD += [(0.5, 3), (1.5, 1.6), (0, 0.9999), (0.9, 1), (-3, 9), (-9, 3), (-INF, 2), (-INF, -39)]
STANDARD += [(1, 1 + 2.0**-31), (1, 1 + 2.0**-29), (-1 - 2.0**-31, -1), (9, 9 + 2.0**-35)]
STANDARD += [(-2 - 2.0**-20, 2 + 2.0**-20), (-2.00001, 2.00001), (-1, 1 + 2.0**-29)]
STANDARD += [(-2 - 2.0**-20 - 2.0**-31, 2 + 2.0**-20), (-2 - 2.0**-20, 2 + 2.0**-20 + 2.0**-31)]
STANDARD += [(-1, 1 + 2.0**-31), (-0.0, 2), (-INF, -0.0), (0.3, 0.3), (100, 100 + 2.0**-40)]
TRUNCATED = [(0, 1, low, high) for low, high in STANDARD]
TRUNCATED += [(1, 2, -40, 60), (1, 2, -20, -10), (0, 0, -1, 1), (5, 0, -1, 6), (7, 0, -1, 6)]
TRUNCATED += [(0, 1e-50, -1, 1), (-0.0, 1e-50, -1, -0.0), (3, 0.1, -40, INF), (100, 1e-3, 0, 1)]
TRUNCATED += [(0, 1e-44, 1e-45, 1e-43), (1e30, 1e20, 0, INF), (1e308, 1e306, -1e308, 1.7e308)]
TRUNCATED += [(0, 1e30, -1, 1), (0.5, 0.25, 0, 1)]


@pytest.mark.parametrize("dtype", FORMATS)
@pytest.mark.parametrize(("mean", "std", "low", "high"), TRUNCATED)
def test_truncated_normal(dtype, mean, std, low, high):
    for start in (0, 2**33 - 3):
        indices = range(start, start + 13)
        expected = outcome(
            lambda i=indices: bits(truncated(HERE, dtype, i, mean, std, low, high), dtype)
        )
        found = outcome(
            lambda s=start: filled(netinit.TruncatedNormal(mean, std, low=low, high=high), dtype, s)
        )
        assert found == expected


@given(
    st.sampled_from(sorted(FORMATS)),
    st.floats(-8, 8),
    st.floats(0.01, 4),
    st.floats(-30, 30),
    st.one_of(st.floats(0, 8), st.floats(0, 1e-8), st.just(INF)),
    st.integers(0, 2**63 - 10),
    st.integers(0, 2**32 - 1),
)
@settings(max_examples=150)
def test_any_truncated_normal(dtype, mean, std, low, width, start, draw):
    made = netinit.TruncatedNormal(mean, std, low=low, high=low + width)
    indices, source = range(start, start + 9), HERE.at(draw)
    expected = outcome(
        lambda: bits(truncated(source, dtype, indices, mean, std, low, low + width), dtype)
    )
    assert outcome(lambda: filled(made, dtype, start, 9, draw)) == expected


# -- sections 7 and 8 ---------------------------------------------------------------------------

SHAPES = [(1, 1), (2, 1), (3, 3), (5, 3), (3, 8), (66, 2), (2, 70)]


@pytest.mark.parametrize("dtype", FORMATS)
@pytest.mark.parametrize("shape", SHAPES)
def test_orthogonal(dtype, shape):
    out = np.empty(shape, DTYPES[dtype])
    netinit.fill(out, ("orthogonal", {"gain": 1.1}), seed=SEED, name=NAME)
    found = out.ravel().view(f"u{out.itemsize}").tolist()
    assert found == bits(orthogonal(HERE, dtype, shape, 1.1), dtype).tolist()


def test_orthogonal_of_two_chunks():
    out = np.empty((266, 3))
    netinit.fill(out, "orthogonal", seed=SEED, name=NAME)
    assert out.ravel().tolist() == orthogonal(HERE, "float64", out.shape)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_orthogonal_of_two_panels(dtype):
    matrix = bits(orthogonal(Stream(*STREAM), dtype, (65, 65), 1.25), dtype)
    assert sha256(matrix) == HASHES[f"orthogonal 65x65 {dtype}"]


def test_orthogonal_of_two_panels_and_chunks():
    out = np.empty((322, 65), np.float32)  # 258 rows below the first panel's own
    netinit.fill(out, "orthogonal", seed=SEED, name=NAME)
    assert out.ravel().tolist() == orthogonal(HERE, "float32", out.shape)


@pytest.mark.parametrize(
    ("rows", "columns", "sparsity"),
    [
        (5, 7, 0.3),
        (64, 3, 0.9),
        (100, 9, 0.5),
        (300, 5, 0.1),
        (700, 3, 0.77),
        (4, 4, 1),
        (17, 6, 0),
    ],
)
def test_sparse(rows, columns, sparsity):
    out = np.empty((rows, columns), np.float32)
    netinit.fill(out, initializers.Sparse(sparsity, 0.5), seed=SEED, name=NAME)
    zeros = sparse_zeros(HERE, rows, columns, sparsity)
    dense = np.reshape(normal(HERE, "float32", range(out.size), 0.0, 0.5), out.shape)
    for j, places in enumerate(zeros):
        dense[sorted(places), j] = 0
    assert out.tolist() == dense.tolist()


@pytest.mark.parametrize(("dtype", "part"), [("complex64", "float32"), ("complex128", "float64")])
def test_complex(dtype, part):
    out = np.empty(50, dtype)
    netinit.fill(out, netinit.Normal(0, 3), seed=SEED, name=NAME, draw=2**31 + 5)
    expected = [
        normal(s, part, range(50), 0.0, 3 / math.sqrt(2))
        for s in complex_streams(HERE.at(2**31 + 5))
    ]
    assert [out.real.tolist(), out.imag.tolist()] == expected


def test_complex_uniform_and_truncated():
    count = 60
    later = [complex_streams(HERE.at(draw)) for draw in range(4)]

    def parts(std: float, draw: int = 0) -> list[np.ndarray]:
        values = [normal(s, "float32", range(count), 0.0, std) for s in later[draw]]
        return list(np.array(values, np.float32))

    out = np.empty(count, np.complex64)
    netinit.fill(out, ComplexUniform(3.0), seed=SEED, name=NAME)
    (x, y), u = parts(1.0), np.array(uniform(HERE.at(1), "float32", range(count), 0, 1), np.float32)
    length, modulus = np.sqrt(x * x + y * y), np.sqrt(u) * np.float32(math.sqrt(2) * 3)
    assert out.tolist() == (x / length * modulus + 1j * (y / length * modulus)).tolist()

    netinit.fill(out, ComplexTruncatedNormal(3.0), seed=SEED, name=NAME)
    x, y = parts(math.sqrt(0.5))
    assert (x * x + y * y > 4).any()
    for draw in (1, 2, 3):
        missed = x * x + y * y > 4
        x, y = (np.where(missed, b, a) for a, b in zip((x, y), parts(0.5**0.5, draw), strict=True))
    assert out.real.tolist() == (x * np.float32(3)).tolist()
    assert out.imag.tolist() == (y * np.float32(3)).tolist()


class Parabola:
    """A distribution whose quantile function needs exactly rounded operations alone."""

    def ppf(self, q: np.ndarray) -> np.ndarray:
        return q * (2 - q)


@pytest.mark.parametrize("dtype", FORMATS)
def test_quantile(dtype):
    if dtype == "float64":
        q = [(HERE.double_word(i) >> 11 | 1) * 2.0**-53 for i in range(40)]
    else:
        q = [(HERE.word(i) + 0.5) * 2.0**-32 for i in range(40)]
    out = np.empty(40, DTYPES[dtype])
    netinit.fill(out, initializers.Quantile(Parabola()), seed=SEED, name=NAME)
    expected = bits([FORMATS[dtype].round(p * (2 - p)) for p in q], dtype)
    assert out.view(expected.dtype).tolist() == expected.tolist()


def test_parts_maps_and_copies():
    whole = np.reshape(normal(HERE, "float32", range(24), 0.0, 1.0), (6, 4))
    out = np.empty((6, 4), np.float32)
    netinit.fill(out, initializers.Parts([1.0, 2.0]), seed=SEED, name=NAME)
    assert out.tolist() == [*whole[:3].tolist(), *(2 * whole[3:]).tolist()]

    maps = initializers.Maps([initializers.Orthogonal()] * 2, (4, 2))
    netinit.fill(out, maps, seed=SEED, name=NAME)
    first = orthogonal(HERE, "float32", (4, 4))
    assert out.ravel().tolist() == first + orthogonal(HERE.at(1), "float32", (2, 4))

    for tiled, channels in ((False, [0, 0, 0, 1, 1, 1]), (True, [0, 1, 0, 1, 0, 1])):
        made = initializers.ICNR(1.0, copies=3, tiled=tiled)
        netinit.fill(out, made, seed=SEED, name=NAME)
        assert out.tolist() == whole[channels].tolist()

    netinit.fill(out, initializers.Identity(1.0), seed=SEED, name=NAME)
    assert out.tolist() == (whole.astype(np.float32) + np.eye(6, 4, dtype=np.float32)).tolist()


# -- the page and this folder -------------------------------------------------------------------


def test_the_tables_of_the_page_are_those_of_the_library():
    text = (ROOT / "csrc" / "setup" / "special.c").read_text()
    tables = {
        name: tuple(map(float.fromhex, re.findall(r"-?0x[0-9a-f.]+p[+-]\d+", body)))
        for name, body in re.findall(r"static const double (\w+)\[\] = \{(.*?)\};", text, re.DOTALL)
    }
    assert len(tables) == 6
    assert tables == {name: special.TABLES[name] for name in tables}


@pytest.mark.parametrize(
    ("mine", "name", "low", "high"),
    [
        (special.exp, "exp", -746, 709),
        (special.log, "log", 1e-300, 1e10),
        (special.above, "normal_sf", -39, 39),
        (special.log_above, "normal_log_sf", -40, 420),
        (special.half, "normal_half_erf", -10, 10),
    ],
)
def test_functions_of_the_set_up(mine, name, low, high):
    points = [low + (high - low) * i / 997 for i in range(998)]
    points += [i / 64 for i in range(-640, 641) if low < i / 64]
    points += [3.0, math.nextafter(3, 0), 9.0, math.nextafter(9, 0), math.nextafter(1, 2), 1e-200]
    assert [mine(x) for x in points] == [of_the_core(name, x) for x in points]
    assert mine(1e11) == of_the_core(name, 1e11)


@pytest.mark.parametrize(("dtype", "kind"), [("float32", np.float32), ("float64", np.float64)])
def test_operations_round_as_numpy_rounds(dtype, kind):
    fmt, rng = FORMATS[dtype], np.random.default_rng(5)
    for _ in range(500):
        a, b = np.ldexp(rng.standard_normal(2), rng.integers(-9, 9, 2)).astype(kind)
        x, y = float(a), float(b)
        assert (fmt.add(x, y), fmt.sub(x, y)) == (float(a + b), float(a - b))
        assert (fmt.mul(x, y), fmt.div(x, y)) == (float(a * b), float(a / b))
        assert fmt.sqrt(abs(x)) == float(np.sqrt(abs(a)))


@pytest.mark.parametrize(("dtype", "kind"), [("float32", np.float32), ("float64", np.float64)])
def test_both_arithmetics_fuse_alike(dtype, kind):
    rng = np.random.default_rng(6)
    a, b, c = np.ldexp(rng.standard_normal((3, 2000)), rng.integers(-30, 30, (3, 2000))).astype(
        kind
    )
    c[::2] = -(a * b)[::2]  # what rounding took
    expected = [FORMATS[dtype].fma(*map(float, row)) for row in zip(a, b, c, strict=True)]
    assert fma(a, b, c).tolist() == expected
