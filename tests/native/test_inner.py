"""What no call of the public header shows: refused memory, borders of rules, ties, interrupts."""

from __future__ import annotations

import ctypes
import platform
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import netinit._core as core
from tests.native.library import inner, matrices

NO_MEMORY = "a workspace could not be allocated"
STREAM = (ctypes.c_uint64 * 3)(1, 2, 3)


def orthogonal(out: np.ndarray) -> str:
    library = inner()
    made = matrices(out)
    status = library.ni_orthogonal(STREAM, ctypes.byref(made), ctypes.c_double(1.0), None)
    return library.ni_status_text(status).decode()


def sparse(out: np.ndarray) -> str:
    library = inner()
    made = matrices(out)
    status = library.ni_sparse(STREAM, None, ctypes.c_int64(3), ctypes.byref(made), None)
    return library.ni_status_text(status).decode()


def qr(out: np.ndarray) -> str:
    library = inner()
    a, q, r = (matrices(x) for x in (np.ones((9, 5)), np.empty((9, 5)), out[:5, :5]))
    status = library.ni_qr(*map(ctypes.byref, (a, q, r)), None)
    return library.ni_status_text(status).decode()


@pytest.mark.parametrize("call", [orthogonal, sparse, qr])
def test_each_allocation_that_fails_is_an_error_before_anything_is_written(call):
    library = inner()
    failed = 0
    for grant in range(20):
        out = np.full((9, 7), 7.0)
        library.inner_grant(ctypes.c_long(grant))
        said = call(out)
        library.inner_grant(ctypes.c_long(-1))
        if said == "done":
            break
        failed += 1
        assert said == NO_MEMORY
        assert (out == 7).all()
    assert said == "done"
    assert failed == {orthogonal: 5, sparse: 1, qr: 5}[call]


@pytest.mark.parametrize(("begin", "end"), [(0, 42), (18, 60), (20, 65), (230, 240)])
def test_a_share_of_short_runs_ends_where_it_is_to(begin, end):
    out = np.full((40, 7), 7.0, np.float32)
    numbers = map(ctypes.c_int64, (40, 6, begin, end))
    inner().inner_share(out.ctypes.data_as(ctypes.c_void_p), *numbers, 0)
    written = (out[:, :6] != 7).reshape(-1)
    assert written[begin:end].all()
    assert not written[:begin].any()
    assert not written[end:].any()
    assert (out[:, 6] == 7).all()


@pytest.mark.parametrize("count", [6, 64, 255, 256, 700, 1024, 9000])
def test_a_share_looks_every_few_thousand_elements_whether_it_is_to_stop(count):
    rows = (1 << 17) // count
    out = np.zeros((rows, count + 1), np.float32)
    numbers = map(ctypes.c_int64, (rows, count, 0, rows * count))
    inner().inner_share(out.ctypes.data_as(ctypes.c_void_p), *numbers, 1)
    assert 0 < np.count_nonzero(out) <= 2 << 13


@pytest.mark.parametrize("stride", ["matrix_stride", "row_stride", "col_stride"])
def test_orthogonal_matrices_that_share_memory_are_refused_before_anything_is_written(stride):
    library = inner()
    out = np.full((2, 9, 7), 7.0)
    made = matrices(out)
    setattr(made, stride, 0)
    status = library.ni_orthogonal(STREAM, ctypes.byref(made), ctypes.c_double(1.0), None)
    assert library.ni_status_text(status).decode() == "two elements of the output share memory"
    assert (out == 7).all()


@pytest.mark.parametrize("dtype", [0, 1])
def test_more_elements_than_memory_has_bytes_are_refused_before_any_is_read(dtype):
    library, statistics = inner(), ctypes.create_string_buffer(200)
    for count in (-1, 2**63 // (4, 8)[dtype], 2**63 - 1):
        status = library.ni_survey(None, dtype, ctypes.c_int64(count), statistics, None)
        assert library.ni_status_text(status).decode().startswith("shape has too many dimensions")
    assert statistics.raw == bytes(200)


@pytest.mark.parametrize("which", ["q", "r"])
def test_factors_whose_elements_share_memory_are_refused_before_anything_is_written(which):
    library = inner()
    q, r = np.full((9, 5), 7.0), np.full((5, 5), 7.0)
    factors = {"q": matrices(q), "r": matrices(r)}
    factors[which].row_stride = 8
    a = matrices(np.ones((9, 5)))
    status = library.ni_qr(ctypes.byref(a), *map(ctypes.byref, factors.values()), None)
    assert library.ni_status_text(status).decode() == "two elements of the output share memory"
    assert (q == 7).all()
    assert (r == 7).all()


def test_what_fails_in_a_batch_is_not_lost():
    library = inner()
    out = np.empty((6, 9, 7))
    for grant in range(30):
        library.inner_grant(ctypes.c_long(grant))
        said = orthogonal(out)
        library.inner_grant(ctypes.c_long(-1))
        assert said == NO_MEMORY, grant
    assert orthogonal(out) == "done"


@pytest.mark.parametrize("rows", [2**57, 2**58, 2**63 - 1])
def test_a_workspace_whose_size_is_no_number_is_not_asked_for(rows):
    library = inner()
    one = matrices(np.empty((1, 1)))
    one.rows = rows  # by the 64 columns of a strip
    library.inner_grant(ctypes.c_long(0))
    status = library.ni_orthogonal(STREAM, ctypes.byref(one), ctypes.c_double(1.0), None)
    asked = library.inner_asked()
    library.inner_grant(ctypes.c_long(-1))
    assert library.ni_status_text(status).decode() == NO_MEMORY
    assert asked == 0


def test_nothing_is_computed_of_what_an_interrupt_left_unread():
    assert inner().inner_inverted_after_stop() == 0


# ---- stores past the caches, in a process of its own: at a wrong address they end it

PAST_CACHES = """
import ctypes, sys
library, kind = ctypes.CDLL(sys.argv[1]), int(sys.argv[2])
low, high = ctypes.c_double(1.0), ctypes.c_double(2.0)
for isa in sys.argv[3:]:
    assert library.ni_use_isa(isa.encode()) == 0
    for dtype in range(6):
        for ahead in [*range(66), 4095]:
            for blocks in (1, 3, 47, 48, 200, 2000):
                place = ctypes.c_size_t(ahead), ctypes.c_uint64(blocks)
                same = library.inner_past_caches(kind, dtype, low, high, *place)
                assert same == 1, (isa, dtype, ahead, blocks)
"""


@pytest.mark.parametrize("kind", [1, 2])
def test_stores_past_the_caches_at_any_alignment(kind):
    command = [sys.executable, "-c", PAST_CACHES, inner()._name, str(kind), *core.isas()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr


# ---- the borders of the truncated normal's regimes are part of the stream

CONSTANT, UNIFORM, WIDE, CENTRAL, GENERAL, TAIL = 1, 2, 4, 5, 6, 7
FAR = 100
F32, F64, F16 = 0, 1, 2
NEXT = 1 + 2**-40


@pytest.mark.parametrize(
    ("dtype", "low", "high", "rule"),
    [
        (F32, -6.77 * NEXT, 6.77 * NEXT, WIDE),
        (F32, -6.77, 6.77 * NEXT, GENERAL),
        (F32, -6.77 * NEXT, 6.77, GENERAL),
        (F64, -8.58 * NEXT, 8.58 * NEXT, WIDE),
        (F64, -8.58, 8.58, GENERAL),
        (F64, -8.57, 8.57, GENERAL),
        (F32, -2.0, 2.0, CENTRAL),
        (F32, -2.0 - 2**-20, 2.0 + 2**-20, CENTRAL),
        (F32, -2.0 - 2**-20 * 1.01, 2.0 + 2**-20 * 1.01, GENERAL),
        (F32, -2.0 - 2**-11, 2.0 + 2**-11, GENERAL),
        (F16, -2.0 - 2**-20, 2.0 + 2**-20, CENTRAL),
        (F64, -2.0, 2.0, GENERAL),
        (F32, -1.0, 1.0 + 2**-30, CENTRAL),
        (F32, -1.0, 1.0 + 2**-30 * 1.01, GENERAL),
        (F32, -1.0 - 2**-30 * 1.01, 1.0, GENERAL),
        (F32, 4.0, 9.0, TAIL),
        (F32, 4.0 / NEXT, 9.0, GENERAL),
        (F32, 64.0, 65.0, TAIL),
        (F32, 64.0 * NEXT, 65.0, TAIL + FAR),
        (F64, 400.0, 401.0, TAIL),
        (F64, 400.0 * NEXT, 401.0, TAIL + FAR),
        (F32, 2.0**40, 2.0**41, TAIL + FAR),
        (F32, 2.0**40 * NEXT, 2.0**41, CONSTANT),
        (F64, 2.0**40, 2.0**41, TAIL + FAR),
        (F64, 2.0**40 * NEXT, 2.0**41, CONSTANT),
        (F64, -(2.0**41), -(2.0**40) * NEXT, CONSTANT),
        (F32, 0.5, 0.5 + 2.0**-30, GENERAL),
        (F32, 0.5, 0.5 + 2.0**-30 / 1.01, UNIFORM),
        (F32, 2.0, 2.0 + 2.0**-31, GENERAL),
        (F64, 0.0, 2.0**-58, GENERAL),
        (F64, 0.0, 2.0**-58 / NEXT, UNIFORM),
        (F64, 2.0, 2.0 + 2**-50, GENERAL),
        (F64, 16.0, 16.0 + 2**-48, TAIL),
    ],
)
def test_where_one_rule_ends_and_the_next_begins(dtype, low, high, rule):
    numbers = map(ctypes.c_double, (0.0, 1.0, low, high))
    assert inner().inner_rule(4, dtype, *numbers) == rule


# ---- fma without an instruction for it

HALF = 2.0**-53
FMA = [
    (1.0, 1.0 + 2 * HALF, 2.0**-200),
    (1.0, 1.0, HALF),
    (1.0 + 2 * HALF, 1.0 + 2 * HALF, -1.0),
    *[(1.0 + s * 2**-26, 1.0 + 2**-27, t * 2.0**-e) for s in (0, 1) for t in (1, -1)
      for e in (54, 60, 100, 126, 127, 128, 129, 180, 300, 1000, 1074)],
    # halfway between two numbers but for what is 2^-120 and less of it
    *[(1.0 + 2**-26, 1.0 + 2**-27 * k, t * 2.0**-e) for k in (1, 2, 3) for t in (1, -1)
      for e in (106, 119, 120, 121, 125, 126, 127, 128, 129, 130, 200, 1074)],
    *[(t * 2.0**-e, 1.0, 1.0 + 2 * HALF * k) for k in (0, 1) for t in (1, -1)
      for e in (52, 53, 54, 126, 127, 128, 129, 1000)],
    (2.0**-500, 2.0**-570, 2.0**-1074), (2.0**-540, 2.0**-540 * 1.5, 2.0**-1074),
    (2.0**-537, 2.0**-538 * 1.5, -(2.0**-1074)), (1e308, 10.0, -1e308), (1e308, 1.0, 1e308),
]  # fmt: skip


def exact(a: float, b: float, c: float) -> float:
    value = Fraction(a) * Fraction(b) + Fraction(c)
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def test_emulated_fma_is_rounded_once():
    library = inner()
    library.inner_fma.restype = ctypes.c_double
    drawn = np.random.default_rng(5)
    cases = list(FMA)
    for _ in range(20_000):
        a, b, c = (float(x) for x in drawn.standard_normal(3))
        shift = int(drawn.integers(-140, 140))
        kept = int(drawn.integers(1, 53))  # few bits make halves between numbers likely
        a, b = (float(np.ldexp(np.trunc(np.ldexp(x, kept)), -kept)) for x in (a, b))
        cases.append((a, b, float(np.ldexp(np.sign(c) * 2.0, shift)) if shift % 2 else c))
    for case in cases:
        found = library.inner_fma(*map(ctypes.c_double, case))
        assert found == exact(*case), case


# ---- ties of a sparse matrix's cut


@pytest.mark.parametrize("mask", [0xFFFFFFFF, 0x3, 0x80000001, 0x00030000, 0])
@pytest.mark.parametrize("size", [1, 2, 17, 100, 199, 200])
def test_of_equal_words_the_first_rows_are_kept(size, mask):
    rows = 5000  # more than the words of one drawing
    member = np.zeros(rows, np.uint64)
    chosen = np.sort(np.random.default_rng(size).choice(rows, 200, replace=False))
    member[chosen] = 0xFFFF
    words = np.empty(rows, np.uint32)
    inner().inner_keep_smallest(
        ctypes.c_int64(rows), ctypes.c_int64(size), ctypes.c_uint32(mask),
        ctypes.c_void_p(member.ctypes.data), ctypes.c_void_p(words.ctypes.data),
    )  # fmt: skip
    smallest = sorted(chosen, key=lambda row: (words[row], row))[:size]
    assert sorted(np.flatnonzero(member & np.uint64(1))) == sorted(smallest)
    assert (member[chosen] & np.uint64(0xFFFE) == 0xFFFE).all()  # other columns


# ---- control groups


def groups(folder: Path, lines: str, files: dict[str, str]) -> str:
    (folder / "proc" / "self").mkdir(parents=True)
    (folder / "proc" / "self" / "cgroup").write_text(lines)
    for name, text in files.items():
        path = folder / "sys" / "fs" / "cgroup" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return str(folder)


FIRST = {"cpu/a/cpu.cfs_quota_us": "150000\n", "cpu/a/cpu.cfs_period_us": "100000\n"}


@pytest.mark.parametrize(
    ("lines", "files", "expected"),
    [
        ("0::/a/b\n", {"a/b/cpu.max": "150000 100000\n"}, 2),
        ("0::/a/b\n", {"a/b/cpu.max": "200000 100000\n"}, 2),
        ("0::/a/b\n", {"a/b/cpu.max": "10000 100000\n"}, 1),
        ("0::/a/b\n", {"a/b/cpu.max": "max 100000\n"}, 64),
        ("0::/a/b\n", {"a/b/cpu.max": "max 100000\n", "a/cpu.max": "300000 100000\n"}, 3),
        ("0::/a/b\n", {"a/b/cpu.max": "500000 100000\n", "cpu.max": "300000 100000\n"}, 3),
        ("0::/a/b\n", {"a/b/cpu.max": "200000 100000\n", "cpu.max": "300000 100000\n"}, 2),
        ("0::/\n", {"cpu.max": "400000 100000\n"}, 4),
        ("0::/a\n", {"a/cpu.max": "6400000 100000\n"}, 64),
        ("0::/a\n", {"a/cpu.max": "0 100000\n"}, 64),
        ("0::/a\n", {"a/cpu.max": "200000 0\n"}, 64),
        ("0::/a\n", {"a/cpu.max": "200000 -100000\n"}, 64),
        ("0::/a\n", {}, 64),
        ("4:cpu,cpuacct:/a\n", FIRST, 2),
        ("4:cpuacct,cpu:/a\n", FIRST, 2),
        ("4:cpu:/a/b\n", FIRST, 2),
        ("4:cpuset:/a\n", FIRST, 64),
        ("4:cpuacct:/a\n", FIRST, 64),
        ("4:cpuset,cpuacct:/a\n3:memory:/a\n", FIRST, 64),
        ("4:cpu:/a\n", {"cpu/a/cpu.cfs_quota_us": "-1\n", "cpu/a/cpu.cfs_period_us": "9\n"}, 64),
        ("damaged\n4:cpu\n", FIRST, 64),
        ("", {}, 64),
    ],
)  # fmt: skip
def test_quotas_of_control_groups(tmp_path, lines, files, expected):
    folder = groups(tmp_path, lines, files).encode()
    assert inner().inner_quota(folder, 64) == expected


# ---- instruction sets are used where the processor and the system have all that they need

NARROW_FIRST = [12, 27, 28, 29]  # FMA, OSXSAVE, AVX, F16C
NARROW_SECOND, WIDE_SECOND = [5], [16, 17, 30, 31]  # AVX2; F, DQ, BW and VL of AVX-512
NARROW_SAVED, WIDE_SAVED = [1, 2], [5, 6, 7]  # SSE, AVX; masks, and both halves of registers


def bits(*places: int) -> int:
    return sum(1 << place for place in places)


@pytest.mark.skipif(platform.machine() != "x86_64", reason="asks cpuid")
def test_an_instruction_set_wants_all_of_its_bits():
    def supported(*missing):
        leaves = (NARROW_FIRST, NARROW_SECOND + WIDE_SECOND, NARROW_SAVED + WIDE_SAVED)
        said = [bits(*leaf) & ~bits(*m) for leaf, m in zip(leaves, missing, strict=True)]
        return inner().inner_supported(*map(ctypes.c_uint, said))

    assert supported([], [], []) == 3
    for bit in WIDE_SECOND:
        assert supported([], [bit], []) == 2
    for bit in WIDE_SAVED:
        assert supported([], [], [bit]) == 2
    for bit in NARROW_FIRST:
        assert supported([bit], [], []) == 1
    for bit in NARROW_SAVED:
        assert supported([], [], [bit]) == 1
    assert supported([], NARROW_SECOND, []) == 1
