"""Truncated normal elements: the reference bit for bit, the interval, and exact mathematics."""

from __future__ import annotations

import json
import math
import random
from pathlib import Path

import numpy as np
import pytest

from tests.exact import Interval
from tests.native.library import special
from tests.reference import Distribution, element_values
from tests.reference.targets import at_least, at_most, widen
from tests.reference.truncated import choose, prepare_general, standard
from tests.stream_cases import FLOATS, INFINITY, STORAGE, as_bits, core_values, truncated

STREAM = (0x0F1E2D3C4B5A6978, 2**64 - 300, 2)
LIMIT = 8.0
# Where the quantile crosses 0 off the middle: shares of a word's own part of the interval.
SHARE = {"float32": 2.0**-20, "float64": 0.5}

EXTREMES = json.loads((Path(__file__).parents[1] / "golden" / "extreme_words.json").read_text())
EXTREME_STREAM = tuple(int(x) for x in EXTREMES["stream"])
EXTREME_ELEMENTS = np.array([row[0] for row in EXTREMES["words"]], np.uint64)

BOUNDS = [
    (-2.0, 2.0),
    (-1.97, 1.97),
    (-0.1, 0.1),
    (-2.5, 2.5),
    (-6.7, 6.7),
    (-1.0, 3.0),
    (-3.0, 1.0),
    (-6.0, 1.5),
    (-6.7, 38.0),
    (0.0, 1.0),
    (0.0, INFINITY),
    (-INFINITY, 1.0),
    (0.5, 2.0),
    (1.5, 8.0),
    (2.0, 2.1),
    (2.0, 9.5),
    (3.9, 8.2),
    (3.999, INFINITY),
    (4.0, INFINITY),
    (4.0, 4.001),
    (8.0, 8.25),
    (-8.25, -8.0),
    (20.0, INFINITY),
    (40.0, 60.0),
    (63.9, 64.1),
    (64.5, 65.0),
    (100.0, 100.1),
    (399.99, 400.1),
    (500.0, INFINITY),
    (-INFINITY, -1000.0),
]

# What sweeps over all words (float32) and over 2^22 random and extreme ones (float64) have met.
WORST_KNOWN = [
    (-2.0, 2.0, "float32", 4292130368),
    (-2.0, 2.0, "float32", 4293188151),
    (1.5, 8.0, "float64", 18446744073706450074),
    (2.0, 9.5, "float64", 18446744073699078892),
    (3.9, 8.2, "float64", 18446744070714222592),
    (3.9, INFINITY, "float64", 18446744073372050232),
]


def stored_numbers(out: np.ndarray, dtype: str) -> np.ndarray:
    return np.asarray(widen(out, dtype), np.float64)


def holds_no_value(d: Distribution, dtype: str) -> bool:
    """Say whether no value of the type lies between the bounds."""
    low, high = at_least(d.low, dtype), at_most(d.high, dtype)
    return low is None or high is None or low > high


def extreme_words(wide: bool, crossing: int) -> np.ndarray:
    """Return words w, or numbers W: near the ends, the middle, the crossing, powers of two."""
    bits = 53 if wide else 32
    near = np.arange(-12, 13).astype(object)
    centres = [0, 2**bits, 2 ** (bits - 1), crossing, *(2**k for k in range(0, bits, 2))]
    centres += [2**bits - 2**k for k in range(0, bits, 2)]
    numbers = {int(c + n) for c in centres for n in near if 0 <= c + n < 2**bits}
    generator = random.Random(crossing)
    numbers |= {generator.randrange(2**bits) for _ in range(150)}
    for k in range(1, bits):
        numbers |= {2**bits - 1 - generator.randrange(2**k), generator.randrange(2**k)}
    chosen = sorted(numbers)
    if len(chosen) > 500:
        chosen = chosen[:20] + generator.sample(chosen[20:-20], 460) + chosen[-20:]
    return np.array(chosen, np.uint64) << np.uint64(11 if wide else 0)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("low", "high"), BOUNDS)
def test_accuracy(dtype, low, high):
    wide = dtype == "float64"
    regime = choose(low, high, 0.0, 1.0, wide)
    crossing = 0
    if regime.name == "general":
        crossing = prepare_general(regime.a, regime.b, special, wide).K
    words = extreme_words(wide, crossing)
    if regime.mirrored:
        words ^= np.uint64(2**64 - 1 if wide else 2**32 - 1)
    x = standard(words, regime, special, wide) * (-1 if regime.mirrored else 1)
    x = np.clip(x, at_least(low, dtype), at_most(high, dtype))
    numbers = (words >> np.uint64(11)) | np.uint64(1) if wide else words
    interval, worst = Interval(low, high, dtype), 0.0
    for word, value in zip(numbers.tolist(), x.tolist(), strict=True):
        verdict = interval.judge(word, value)
        off_middle = regime.name == "general" and low != -high
        if not (off_middle and verdict.share <= SHARE[dtype]):
            worst = max(worst, verdict.ulp)
    assert worst <= LIMIT


@pytest.mark.parametrize(("low", "high", "dtype", "word"), WORST_KNOWN)
def test_accuracy_of_the_worst_known_words(low, high, dtype, word):
    wide = dtype == "float64"
    x = standard(np.array([word], np.uint64), choose(low, high, 0.0, 1.0, wide), special, wide)
    number = word >> 11 | 1 if wide else word
    assert Interval(low, high, dtype).judge(number, float(x[0])).ulp <= LIMIT


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize(("low", "high"), BOUNDS)
def test_reference(isa, dtype, low, high):
    elements = np.arange(400, dtype=np.uint64)
    for mean, std in ((0.0, 1.0), (0.25, 0.0625)):
        d = truncated(mean + std * low, mean + std * high, mean, std)
        if holds_no_value(d, dtype):
            with pytest.raises(ValueError, match=r"no value|overflow"):
                core_values(400, dtype, d, STREAM)
            continue
        out = core_values(400, dtype, d, STREAM)
        expected = element_values(STREAM, elements, d, dtype, special)
        assert np.array_equal(as_bits(out), as_bits(expected))
        numbers = stored_numbers(out, dtype)
        assert numbers.min() >= d.low
        assert numbers.max() <= d.high


def some_number(generator: random.Random) -> float:
    """Return numbers of all sizes, small integers and zeros."""
    kind = generator.random()
    if kind < 0.1:
        return generator.choice([0.0, -0.0, 1.0, -1.0, 2.0, -2.0, 4.0])
    if kind < 0.6:
        return generator.uniform(-10, 10)
    size = generator.choice([3, 30, 160, 1000])
    return generator.choice([1, -1]) * 2.0 ** generator.uniform(-size, size)


@pytest.mark.parametrize("seed", range(8))
def test_reference_at_random_bounds(seed):
    generator = random.Random(seed)
    drawn = 0
    while drawn < 60:
        std, mean = abs(some_number(generator)), some_number(generator)
        a = generator.choice([generator.uniform(-12, 12), generator.uniform(-500, 500), -INFINITY])
        b = generator.choice([a + 2.0 ** generator.uniform(-70, 10), -a, INFINITY])
        d = truncated(*sorted((mean + std * a, mean + std * b)), mean, std)
        if math.isnan(d.low) or math.isnan(d.high):
            continue
        dtype = generator.choice(FLOATS)
        stream = tuple(generator.getrandbits(k) for k in (64, 64, 32))
        first = generator.getrandbits(62)
        try:
            out = core_values(40, dtype, d, stream, first)
        except ValueError:
            continue
        drawn += 1
        elements = np.arange(40, dtype=np.uint64) + np.uint64(first)
        expected = element_values(stream, elements, d, dtype, special)
        assert np.array_equal(as_bits(out), as_bits(expected)), (d, dtype, stream, first)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize(("low", "high"), BOUNDS)
def test_extreme_words_in_a_real_stream(isa, dtype, low, high):
    scale = 2 if dtype == "float64" else 1
    elements = np.unique(EXTREME_ELEMENTS // np.uint64(scale))
    d = truncated(low, high)
    if holds_no_value(d, dtype):
        pytest.skip("no value of the type lies between the bounds")
    out = [core_values(1, dtype, d, EXTREME_STREAM, int(e))[0] for e in elements]
    expected = element_values(EXTREME_STREAM, elements, d, dtype, special)
    assert np.array_equal(as_bits(np.array(out, STORAGE[dtype])), as_bits(expected))


@pytest.mark.parametrize("dtype", FLOATS)
def test_no_atom_at_the_bounds_far_from_the_mean(isa, dtype):
    # 100 standard deviations to either side: nothing reaches them.
    d = truncated(-2.0, 2.0, 0.0, 0.02)
    numbers = stored_numbers(core_values(100_000, dtype, d, STREAM), dtype)
    assert np.abs(numbers).max() < 0.02 * 8.6
    normal = core_values(100_000, dtype, truncated(-INFINITY, INFINITY, 0.0, 0.02), STREAM)
    assert np.array_equal(numbers, stored_numbers(normal, dtype))


@pytest.mark.parametrize(
    ("dtype", "numbers", "message"),
    [
        ("float32", (1.0, 0.0, 0.0, 1.0), "low <= high"),
        ("float32", (0.0, 1.0, 2.0, 0.0), "std is 0"),
        ("float32", (0.0, 1.0, 0.0, -1.0), "std"),
        ("float32", (math.nan, 1.0, 0.0, 1.0), "NaN"),
        ("float32", (0.0, math.nan, 0.0, 1.0), "NaN"),
        ("float32", (0.0, 1.0, math.nan, 1.0), "NaN"),
        ("float32", (0.0, 1.0, 0.0, INFINITY), "infinite"),
        ("float32", (INFINITY, INFINITY, 0.0, 1.0), "low <= high"),
        ("float16", (1.0 + 2.0**-12, 1.0 + 2.0**-11, 0.0, 1.0), "no value"),
        ("float16", (1e6, INFINITY, 0.0, 1.0), "overflow"),
        ("float8_e4m3fn", (1.01, 1.1, 0.0, 1.0), "no value"),
        ("float8_e4m3fn", (500.0, INFINITY, 0.0, 1.0), "overflow"),
        ("float8_e5m2", (-INFINITY, INFINITY, 0.0, 1e4), "overflow"),
        ("float16", (-INFINITY, INFINITY, 0.0, 1e4), "overflow"),
        ("float32", (-INFINITY, INFINITY, 3e38, 1e38), "overflow"),
    ],
)
def test_impossible_numbers_are_refused(dtype, numbers, message):
    with pytest.raises(ValueError, match=message):
        core_values(4, dtype, truncated(*numbers))
