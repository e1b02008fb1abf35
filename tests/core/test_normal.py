"""Normal elements: the reference bit for bit, and exact mathematics within 4 ulp."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from tests.exact import normal_pair_errors32, normal_pair_errors64
from tests.reference import Distribution, element_values
from tests.reference.elementary import normal_pair32, normal_pair64, odd_number
from tests.reference.streams import words32, words64
from tests.reference.targets import LARGEST
from tests.stream_cases import FLOATS, as_bits, core_values

STREAM = (0x0123456789ABCDEF, 0xFFFFFFFF00000000, 9)
STANDARD = Distribution("normal")
LIMIT = 4.0

EXTREMES = json.loads((Path(__file__).parents[1] / "golden" / "extreme_words.json").read_text())
EXTREME_STREAM = tuple(int(x) for x in EXTREMES["stream"])
EXTREME_ELEMENTS = np.array([row[0] for row in EXTREMES["words"]], np.uint64)

# The worst pairs that sweeps (native/sweep.c) over all radii and all angles have met.
WORST_PAIRS = [
    (3756653280, 3555587215),
    (2379259333, 748742576),
    (3733561312, 335013263),
    (2693453247, 1063067742),
    (2693453247, 10674081),
    (3436893598, 572971536),
    (3437581472, 506786735),
    (3731070304, 745929392),
    (3753494368, 732525872),
]


def extreme_words32() -> np.ndarray:
    """Return words next to the ends, the middle, the quarters and all powers of two."""
    near = np.arange(-1500, 1500)
    centres = [0, 2**30, 2**31, 3 * 2**30, 2**29, 3 * 2**29, 5 * 2**29, 7 * 2**29]
    words = [centre + near for centre in centres]
    words += [2**k + np.arange(-4, 5) for k in range(32)]
    words += [2**32 - 2**k + np.arange(-4, 5) for k in range(32)]
    return np.unique(np.concatenate(words) % 2**32).astype(np.uint64)


def pair32(w0: np.ndarray, w1: np.ndarray):
    return normal_pair32(w0, w1, np.float32(0), np.float32(1))


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize(
    ("mean", "std"), [(0.0, 1.0), (0.5, 0.02), (-3.0, 1e-6), (1e-3, 2000.0), (0.0, 1e-38)]
)
def test_reference(isa, dtype, mean, std):
    first = 2**34 - 1001
    elements = np.arange(first, first + 2001, dtype=np.uint64)
    d = Distribution("normal", mean, std)
    if 6.77 * std > LARGEST[dtype]:
        with pytest.raises(ValueError, match="overflow"):
            core_values(2001, dtype, d, STREAM)
        return
    out = core_values(2001, dtype, d, STREAM, first)
    assert np.array_equal(as_bits(out), as_bits(element_values(STREAM, elements, d, dtype)))


@pytest.mark.parametrize("dtype", FLOATS)
def test_extreme_words_in_a_real_stream(isa, dtype):
    scale = 2 if dtype == "float64" else 1
    for element in np.unique(EXTREME_ELEMENTS // np.uint64(scale)).tolist():
        elements = np.arange(4, dtype=np.uint64) + np.uint64(element // 4 * 4)
        out = core_values(4, dtype, STANDARD, EXTREME_STREAM, element // 4 * 4)
        expected = element_values(EXTREME_STREAM, elements, STANDARD, dtype)
        assert np.array_equal(as_bits(out), as_bits(expected))


def test_extreme_words_are_what_they_are_said_to_be():
    words = words32(*EXTREME_STREAM, EXTREME_ELEMENTS)
    assert words.tolist() == [row[1] for row in EXTREMES["words"]]
    assert {0, 2**31 - 1, 2**31, 2**32 - 1} <= set(words.tolist())


def test_float32_accuracy_of_random_words():
    generator = np.random.default_rng(20)
    w0, w1 = generator.integers(0, 2**32, (2, 1_000_000), dtype=np.uint64)
    assert normal_pair_errors32(w0, w1, pair32(w0, w1)).max() <= LIMIT


def test_float32_accuracy_of_extreme_words():
    words = extreme_words32()
    generator = np.random.default_rng(21)
    for _ in range(8):
        other = generator.permutation(words)
        assert normal_pair_errors32(words, other, pair32(words, other)).max() <= LIMIT
        other = generator.integers(0, 2**32, words.size, dtype=np.uint64)
        assert normal_pair_errors32(words, other, pair32(words, other)).max() <= LIMIT
        assert normal_pair_errors32(other, words, pair32(other, words)).max() <= LIMIT


def worst_words(errors: np.ndarray, words: np.ndarray, count: int) -> np.ndarray:
    return words[np.argsort(errors)[-count:]]


def test_float32_accuracy_of_the_worst_words_together():
    # The radius' error and the angle's add; so pair the worst words of each.
    generator = np.random.default_rng(22)
    words = generator.integers(0, 2**32, 1_000_000, dtype=np.uint64)
    zero = np.zeros_like(words)  # an angle of next to 0: the cosine is 1
    cosine = pair32(words, zero)[0]
    exact = np.sqrt(exact_square(words))
    radii = worst_words(np.abs(cosine / exact - 1), words, 1000)
    turns = np.concatenate([worst_words(e, words, 1000) for e in relative_turn_errors(words)])
    w0, w1 = (grid.ravel() for grid in np.meshgrid(radii, turns))
    assert normal_pair_errors32(w0, w1, pair32(w0, w1)).max() <= LIMIT


def exact_square(w: np.ndarray) -> np.ndarray:
    centred = w.astype(np.int64) - 2**32 * (w >= 2**31)
    upper = np.log1p(np.where(w >= 2**31, (centred + 0.5) * 2.0**-32, 0.0))
    return -2 * np.where(w >= 2**31, upper, np.log((w + 0.5) * 2.0**-32))


def relative_turn_errors(w: np.ndarray) -> list[np.ndarray]:
    """Return relative errors of cosine and sine times a constant radius."""
    fixed = np.full_like(w, 3 * 2**30)
    radius = np.sqrt(exact_square(fixed))
    angle = (w + 0.5) * (math.pi * 2.0**-31)
    exact = radius * np.cos(angle), radius * np.sin(angle)
    return [np.abs(x / e - 1) for x, e in zip(pair32(fixed, w), exact, strict=True)]


@pytest.mark.parametrize(("first", "second"), WORST_PAIRS)
def test_float32_accuracy_of_the_worst_known_pairs(first, second):
    w0, w1 = np.array([first], np.uint64), np.array([second], np.uint64)
    assert normal_pair_errors32(w0, w1, pair32(w0, w1)).max() <= LIMIT


def numbers64() -> np.ndarray:
    """Return W next to the ends, the middle and powers of two, and at random."""
    near = np.arange(-20, 20).astype(object)
    centres = [0, 2**62, 2**63, 3 * 2**62, 2**61, 3 * 2**61]
    numbers = [int(c + n * 2**11) % 2**64 for c in centres for n in near]
    numbers += [2**k for k in range(11, 64)] + [2**64 - 2**k for k in range(11, 64)]
    random = np.random.default_rng(23).integers(0, 2**64, 600, dtype=np.uint64)
    return np.concatenate([np.array(numbers, np.uint64), random])


def test_float64_accuracy():
    first = numbers64()
    second = np.random.default_rng(24).permutation(first)
    pair = normal_pair64(first, second, 0.0, 1.0)
    errors = [
        normal_pair_errors64(int(n0), int(n1), (float(x), float(y)))
        for n0, n1, x, y in zip(odd_number(first), odd_number(second), *pair, strict=True)
    ]
    assert max(errors) <= LIMIT


def test_reach():
    # u = 2^-33 and 2^-53: the largest elements that exist.
    w = np.array([0, 2**32 - 1], np.uint64)
    x = pair32(w, np.zeros(2, np.uint64))[0]
    assert x[0] == pytest.approx(math.sqrt(66 * math.log(2)), rel=1e-6)
    assert x[1] == pytest.approx(2.0**-16, rel=1e-6)
    x = normal_pair64(w * np.uint64(2**32 + 1), np.zeros(2, np.uint64), 0.0, 1.0)[0]
    assert x[0] == pytest.approx(math.sqrt(106 * math.log(2)), rel=1e-14)


def test_float64_pairs_are_neighbouring_elements(isa):
    elements = np.arange(2000, dtype=np.uint64)
    words = words64(*STREAM, elements)
    cosine, sine = normal_pair64(words[0::2], words[1::2], 0.0, 1.0)
    out = core_values(2000, "float64", STANDARD, STREAM)
    assert np.array_equal(out[0::2], cosine)
    assert np.array_equal(out[1::2], sine)


@pytest.mark.parametrize("dtype", FLOATS)
def test_std_zero_is_the_mean(isa, dtype):
    out = core_values(11, dtype, Distribution("normal", 0.1, 0.0))
    expected = core_values(11, dtype, Distribution("constant", 0.1))
    assert np.array_equal(as_bits(out), as_bits(expected))


@pytest.mark.parametrize(
    ("dtype", "mean", "std", "message"),
    [
        ("float32", 0.0, -1.0, "std"),
        ("float32", 0.0, math.nan, "NaN"),
        ("float32", math.inf, 1.0, "infinite"),
        ("float16", 0.0, 1e4, "overflow"),
        ("float16", 65000.0, 1e3, "overflow"),
        ("float16", 65519.999, 1e-9, "overflow"),
        ("float8_e4m3fn", 0.0, 68.6, "overflow"),
        ("float8_e5m2", 0.0, 9100.0, "overflow"),
        ("bfloat16", 3e38, 1e38, "overflow"),
        ("float32", 0.0, 1e38, "overflow"),
        ("float64", 1e308, 1e308, "overflow"),
    ],
)
def test_impossible_numbers_are_refused(dtype, mean, std, message):
    with pytest.raises(ValueError, match=message):
        core_values(4, dtype, Distribution("normal", mean, std))
