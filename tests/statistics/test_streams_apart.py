"""Neighbouring streams (names, seeds, draws, keys) share nothing and are uncorrelated."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest

from tests.reference import Distribution, stream_of
from tests.statistics.measures import Z_LIMIT
from tests.stream_cases import CASES, core_values

BITS = Distribution("bits")
COUNT = 2**18
STREAMS = 24

FAMILIES = {
    "names": lambda i: (*stream_of(1234, f"layers.{i}.weight"), 0),
    "short_names": lambda i: (*stream_of(0, chr(97 + i)), 0),
    "seeds": lambda i: (*stream_of(i, "weight"), 0),
    "negative_seeds": lambda i: (*stream_of(i - STREAMS // 2, "weight"), 0),
    "draws": lambda i: (*stream_of(1234, "weight"), i),
    "keys": lambda i: (i, 0, 0),
    "high_keys": lambda i: (i << 32, 0, 0),
    "key_bits": lambda i: (1 << i, 0, 0),
}


@pytest.mark.parametrize("family", FAMILIES)
def test_normals_are_uncorrelated(family):
    rows = np.stack(
        [
            core_values(COUNT, "float32", CASES["normal"], FAMILIES[family](i))
            for i in range(STREAMS)
        ]
    ).astype(np.float64)
    for power in (1, 2):
        x = rows if power == 1 else (rows * rows - 1) / math.sqrt(2)
        scores = (x @ x.T)[np.triu_indices(STREAMS, 1)] / math.sqrt(COUNT)
        assert np.abs(scores).max() <= Z_LIMIT
        spread = math.sqrt(2 * scores.size)
        assert abs((scores**2).sum() - scores.size) <= Z_LIMIT * spread


@pytest.mark.parametrize("family", FAMILIES)
def test_bits_differ_in_half_their_places(family):
    rows = [core_values(COUNT, "uint32", BITS, FAMILIES[family](i)) for i in range(STREAMS)]
    for first, second in pairwise(rows):
        differing = np.bitwise_count(first ^ second).sum(dtype=np.int64)
        places = 32 * COUNT
        assert abs(differing - places / 2) <= Z_LIMIT * math.sqrt(places) / 2


def test_every_bit_of_a_word_is_fair():
    words = core_values(2**24, "uint32", BITS)
    for bit in range(32):
        ones = np.count_nonzero(words & np.uint32(1 << bit))
        assert abs(ones - words.size / 2) <= Z_LIMIT * math.sqrt(words.size) / 2, bit
    for lag in (1, 2, 3, 4, 8):
        differing = np.bitwise_count(words[lag:] ^ words[:-lag]).sum(dtype=np.int64)
        places = 32 * (words.size - lag)
        assert abs(differing - places / 2) <= Z_LIMIT * math.sqrt(places) / 2, lag


@pytest.mark.parametrize("step", [2**12, 2**14, 2**32, 2**34, 2**53])
def test_no_block_comes_twice(step):
    # 512 windows of 2^11 blocks, `step` elements apart, and as many of consecutive names: among
    # 2^21 halves of blocks two are equal by chance once in 8 million times.
    halves, stream = [], FAMILIES["names"](0)
    for i in range(2**9):
        halves.append(core_values(2**12, "uint64", BITS, stream, i * step))
        halves.append(core_values(2**12, "uint64", BITS, FAMILIES["names"](i + 1)))
    first = np.concatenate(halves)[0::2]
    assert np.unique(first).size == first.size


def test_streams_of_100000_names_are_different():
    keys = {stream_of(1234, f"layers.{i}.weight") for i in range(100_000)}
    assert len(keys) == 100_000
    assert len({key for key, _ in keys}) == 100_000
