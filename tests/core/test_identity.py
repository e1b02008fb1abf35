"""One hash for each (distribution, dtype): over instruction sets, threads, splits and layouts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import netinit._core as core
from tests.stream_cases import (
    STORAGE,
    STREAM,
    as_bits,
    core_fill,
    core_values,
    distribution_of,
    sha256,
    table_rows,
)

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "hashes.json").read_text())
HASHES = GOLDEN["hashes"]
COUNT = GOLDEN["elements"]
PART = 20_011  # for what need not be long; the portable float64 kernels are slow
MATRICES = [key.split()[1:] for key in HASHES if key.startswith("orthogonal")]
SPARSE = [key.split()[1:] for key in HASHES if key.startswith("sparse")]

rows = pytest.mark.parametrize(("case", "dtype"), table_rows())


def equal(array: np.ndarray, expected: np.ndarray) -> bool:
    return np.array_equal(as_bits(array), as_bits(expected))


def cuts(count: int, seed: int) -> Iterator[tuple[int, int]]:
    """Return random pieces of [0, count), some of a few elements."""
    generator = np.random.default_rng(seed)
    points = generator.integers(0, count, 12).tolist()
    points += [p + d for p in points[:4] for d in (1, 2, 5, 11)]
    edges = sorted({0, count, *(p for p in points if p < count)})
    return pairwise(edges)


def test_goldens_are_of_this_stream_version_and_complete():
    assert GOLDEN["version"] == core.STREAM_VERSION
    names = {f"{case} {dtype}" for case, dtype in table_rows()}
    assert names == {key for key in HASHES if not key.startswith(("orthogonal", "sparse"))}


@rows
def test_whole_run_has_the_golden_hash(isa, case, dtype):
    out = np.empty(COUNT, STORAGE[dtype])
    core_fill(out, dtype, distribution_of(case), threads=7)
    assert sha256(out) == HASHES[f"{case} {dtype}"]


@rows
def test_thread_counts_agree(isa, case, dtype):
    # Two threads share 2 * 65536 elements, seven share 7 * 65536.
    slow = isa == "scalar" and dtype == "float64"
    count = 2 * 65536 + 13 if slow else COUNT
    d = distribution_of(case)
    alone = core_fill(np.empty(count, STORAGE[dtype]), dtype, d, threads=1)
    for threads in (2,) if slow else (2, 3, 7):
        out = core_fill(np.zeros(count, STORAGE[dtype]), dtype, d, threads=threads)
        assert equal(out, alone), threads


@rows
def test_splits_agree(isa, case, dtype):
    d = distribution_of(case)
    whole = core_values(PART, dtype, d)
    out = np.zeros_like(whole)
    for begin, end in cuts(PART, len(case)):
        core_fill(out[begin:end], dtype, d, first=begin)
    assert equal(out, whole)


@rows
def test_alignments_agree(isa, case, dtype):
    d, count = distribution_of(case), 523
    whole = core_values(count, dtype, d)
    memory = np.empty(whole.nbytes + 130, np.uint8)
    for lead in (*range(0, 17), 31, 32, 33, 63, 64):
        memory[:] = 0xA5
        out = memory[lead : lead + whole.nbytes].view(whole.dtype)
        core_fill(out, dtype, d)
        assert equal(out, whole), lead
        assert (memory[:lead] == 0xA5).all()
        assert (memory[lead + whole.nbytes :] == 0xA5).all()


@rows
def test_strides_agree(isa, case, dtype):
    d = distribution_of(case)
    shape = (7, 31, 19)
    size = int(np.prod(shape))
    whole = core_values(size, dtype, d).reshape(shape)

    def same(out: np.ndarray) -> bool:
        out.fill(0)
        return equal(core_fill(out, dtype, d), whole)

    storage = STORAGE[dtype]
    assert same(np.empty((*shape[:2], 2 * shape[2]), storage)[..., ::2])
    assert same(np.empty(shape, storage)[::-1, :, ::-1])
    assert same(np.empty(shape, storage, order="F"))
    assert same(np.empty((shape[2], shape[0], shape[1]), storage).transpose(1, 2, 0))
    assert same(np.empty((9, 33, 25), storage)[1:8, 2:33, 3:22])
    assert same(np.empty((2 * shape[0], shape[1], shape[2]), storage)[::-2])


@rows
def test_slices_of_the_logical_array_agree(isa, case, dtype):
    d = distribution_of(case)
    whole = core_values(40 * 50, dtype, d).reshape(40, 50)
    for window in (np.s_[3:, 7:9], np.s_[:, 49:], np.s_[5:6, 2:], np.s_[11:30, 13:43]):
        begin = window[0].indices(40)[0] * 50 + window[1].indices(50)[0]
        out = np.zeros_like(whole[window])
        core_fill(out, dtype, d, first=begin, index_strides=(50, 1))
        assert equal(out, whole[window])
        turned = np.zeros_like(whole[window].T)
        core_fill(turned, dtype, d, first=begin, index_strides=(1, 50))
        assert equal(turned, whole[window].T)


@rows
def test_shards_agree(isa, case, dtype):
    # Of whole blocks and of parts, contiguous in memory and in a wider array, forwards and back.
    d = distribution_of(case)
    for width in (64, 61):
        whole = core_values(101 * width, dtype, d).reshape(101, width)
        for columns in (np.s_[4:8], np.s_[3:4], np.s_[5:14], np.s_[20:60], np.s_[1:17], np.s_[60:]):
            expected = whole[:, columns]
            wider = np.zeros_like(whole)
            for out in (np.zeros(expected.shape, whole.dtype), wider[:, columns]):
                core_fill(out, dtype, d, first=columns.start, index_strides=(width, 1))
                assert equal(out, expected)
            assert not np.delete(wider, columns, 1).view(f"u{whole.itemsize}").any()
            back = np.zeros(expected.shape, whole.dtype)[::-1]
            core_fill(back, dtype, d, first=columns.start, index_strides=(width, 1))
            assert equal(back, expected)


@pytest.mark.parametrize(("shape", "dtype"), MATRICES)
def test_orthogonal_has_the_golden_hash(isa, threads, shape, dtype):
    matrix = np.empty((1, *map(int, shape.split("x"))), STORAGE[dtype])
    core.orthogonal(matrix, dtype, *STREAM, 1.25, threads=threads)
    assert sha256(matrix) == HASHES[f"orthogonal {shape} {dtype}"]


@pytest.mark.parametrize(("shape", "zeros", "dtype"), SPARSE)
def test_sparse_has_the_golden_hash(isa, threads, shape, zeros, dtype):
    rows, cols = map(int, shape.split("x"))
    matrix = np.empty((rows, cols), STORAGE[dtype])
    drawn = ("normal", 0.0, 1.0, 0.0, 0.0)
    core.sparse(matrix, dtype, *STREAM, int(zeros), (rows, cols), (0, 0), threads, drawn)
    assert sha256(matrix) == HASHES[f"sparse {shape} {zeros} {dtype}"]
