"""Seeds, names, blocks, words and element windows: known answers, carries, and the core."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import netinit._core as core
from netinit import Stream
from tests.reference import Distribution, element_values, stream_of
from tests.reference.streams import block, blocks, philox
from tests.stream_cases import as_bits, core_fill, core_values, distribution_of

FOLDER = Path(__file__).parents[1] / "golden"
BITS = Distribution("bits")
GOLDEN = json.loads((FOLDER / "streams.json").read_text(encoding="utf-8"))


def known_answers() -> list[tuple[int, tuple, tuple, tuple]]:
    """Return rounds, counter, key and block of each line of philox_kat.txt."""
    rows = []
    for line in (FOLDER / "philox_kat.txt").read_text().splitlines():
        if line.startswith("philox4x32"):
            _, rounds, *words = line.split()
            numbers = [int(word, 16) for word in words]
            rows.append((int(rounds), *(tuple(numbers[i:j]) for i, j in ((0, 4), (4, 6), (6, 10)))))
    return rows


KNOWN = known_answers()
# The stream's counters end in a zero word and have ten rounds.
STREAM_KNOWN = [row for row in KNOWN if row[0] == 10 and row[1][3] == 0]


def core_words(count: int, key: int, offset: int, draw: int, first: int = 0) -> list[int]:
    return core_values(count, "uint32", BITS, (key, offset, draw), first).tolist()


def test_known_answers_are_all_there():
    assert [row[0] for row in KNOWN].count(7) == 3
    assert len(STREAM_KNOWN) >= 12


@pytest.mark.parametrize(("rounds", "counter", "key", "expected"), KNOWN)
def test_reference_gives_the_known_answers(rounds, counter, key, expected):
    assert philox(counter, key, rounds) == expected


@pytest.mark.parametrize(("_rounds", "counter", "key", "expected"), STREAM_KNOWN)
def test_core_gives_the_known_answers(isa, _rounds, counter, key, expected):
    key64, offset = key[0] + (key[1] << 32), counter[0] + (counter[1] << 32)
    assert core_words(4, key64, offset, counter[2]) == list(expected)
    # The same block, and its neighbours, from a block number that wraps to it.
    behind = (offset - 2**33 - 5) % 2**64
    words = core_words(12, key64, behind, counter[2], first=4 * (2**33 + 4))
    assert words[4:8] == list(expected)
    assert words[:4] == list(block(key64, offset, counter[2], -1))


def test_ten_thousandth_output_of_the_cpp_engine(isa):
    words = core_words(10000, 20111115, 0, 0)
    assert words[-4:] == [3696338170, 1611413366, 2034598530, 1955073260]


def test_vectorized_reference_is_the_plain_one():
    generator = np.random.default_rng(5)
    numbers = generator.integers(0, 2**64, 200, dtype=np.uint64)
    numbers[:4] = [0, 2**32 - 1, 2**64 - 1, 2**63]
    rows = blocks(2**64 - 3, 2**64 - 2**31, 2**32 - 1, numbers)
    for number, row in zip(numbers.tolist(), rows.tolist(), strict=True):
        assert row == list(block(2**64 - 3, 2**64 - 2**31, 2**32 - 1, number))


@pytest.mark.parametrize("dtype", ["uint32", "uint64"])
@pytest.mark.parametrize("centre", [2**32, 2**34, 2**40, 2**62])
def test_windows_around_carries(isa, dtype, centre):
    per_block = 4 if dtype == "uint32" else 2
    generator = np.random.default_rng(centre % 1000)
    for offset in (0, 2**32 - centre // per_block % 2**32, 2**64 - centre // per_block):
        key, draw = (int(x) for x in generator.integers(0, 2**32, 2))
        stream = (key, offset, draw)
        elements = np.arange(centre - 8, centre + 57, dtype=np.uint64)
        out = core_values(65, dtype, BITS, stream, centre - 8)
        assert np.array_equal(out, element_values(stream, elements, BITS, dtype))


def test_last_element_index():
    stream = (1, 2, 3)
    last = np.array([2**63 - 1], np.uint64)
    out = core_values(1, "uint32", BITS, stream, 2**63 - 1)
    assert np.array_equal(out, element_values(stream, last, BITS, "uint32"))
    with pytest.raises(ValueError, match="element index"):
        core_values(2, "uint32", BITS, stream, 2**63 - 1)
    with pytest.raises(ValueError, match="element index"):
        core_fill(np.zeros(2, "u4"), "uint32", BITS, stream, -1)


def test_uint64_is_two_words_of_the_same_blocks(isa):
    narrow = core_values(4004, "uint32", BITS).astype(np.uint64)
    wide = core_values(2002, "uint64", BITS)
    assert np.array_equal(wide, (narrow[0::2] << np.uint64(32)) + narrow[1::2])


@pytest.mark.parametrize(("seed", "name", "expected"), GOLDEN["streams"])
def test_streams_of_seeds_and_names(seed, name, expected):
    seed = int(seed[1]) if isinstance(seed, list) else seed
    key, offset = (int(part, 16) for part in expected.split())
    assert stream_of(seed, name) == (key, offset)
    stream = Stream(seed, name)
    assert (stream.key, stream.offset) == (key, offset)


def test_seeds_and_names_cannot_be_confused():
    pairs = [(1, "2w"), (12, "w"), ("1", "2w"), ("12", "w"), ("", "12w"), ("12w", ""), (-12, "w")]
    assert len({stream_of(seed, name) for seed, name in pairs}) == len(pairs)


@pytest.mark.parametrize("row", GOLDEN["elements"])
def test_golden_elements(isa, row):
    case, dtype = row.split()
    d = distribution_of(case)
    for (*stream, first), text in zip(GOLDEN["windows"], GOLDEN["elements"][row], strict=True):
        expected = [int(word, 16) for word in text.split()]
        out = core_values(len(expected), dtype, d, tuple(map(int, stream)), int(first))
        assert as_bits(out).tolist() == expected, (stream, first)


def test_golden_elements_are_of_this_version():
    assert GOLDEN["version"] == core.STREAM_VERSION
