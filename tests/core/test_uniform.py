"""Uniform elements: the reference bit for bit, every value of u, and the interval's edges."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.reference import Distribution, element_values
from tests.reference.targets import LARGEST, at_least, less_than, round_to, widen
from tests.reference.values import clamp, uniform_raw
from tests.stream_cases import FLOATS, as_bits, core_values

STREAM = (0x243F6A8885A308D3, 0x13198A2E03707344, 5)
SMALLEST = 2.0**-149

INTERVALS = [
    (0.0, 1.0),
    (-1.0, 1.0),
    (-0.3, 0.1),
    (1.0, 1.0 + 2.0**-10),
    (-1e-7, 3e-7),
    (2.0, 3.9999999),
    (-60000.0, 65504.0),
    (1.0, 2.0**15),
    (2.0**14, 2.0**14 + 1),
    (-(2.0**-24), 2.0**-24),
]
FLOAT64_INTERVALS = [
    (0.0, 2.0**53),
    (1.0, 1.0 + 2.0**-52),
    (-1e308, 5e307),
    (-5e-324, 5e-324),
    (0.1, 0.3),
]


def uniform(low: float, high: float) -> Distribution:
    return Distribution("uniform", low=low, high=high)


def values(bits: np.ndarray, dtype: str) -> np.ndarray:
    return np.asarray(widen(bits, dtype), np.float64)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize(("low", "high"), INTERVALS)
def test_reference(isa, dtype, low, high):
    elements = np.arange(2**33 - 1000, 2**33 + 1001, dtype=np.uint64)
    d = uniform(low, high)
    if max(-low, high) > LARGEST[dtype]:
        with pytest.raises(ValueError, match="overflow"):
            core_values(2001, dtype, d, STREAM)
        return
    out = core_values(2001, dtype, d, STREAM, 2**33 - 1000)
    assert np.array_equal(as_bits(out), as_bits(element_values(STREAM, elements, d, dtype)))


@pytest.mark.parametrize(("low", "high"), FLOAT64_INTERVALS)
def test_reference_of_float64(isa, low, high):
    d = uniform(low, high)
    out = core_values(2001, "float64", d, STREAM)
    expected = element_values(STREAM, np.arange(2001), d, "float64")
    assert np.array_equal(as_bits(out), as_bits(expected))
    assert out.min() >= low
    assert out.max() < high


def test_unit_interval_is_the_low_bits_of_the_word(isa):
    words = core_values(5000, "uint32", Distribution("bits"), STREAM)
    out = core_values(5000, "float32", uniform(0.0, 1.0), STREAM)
    assert np.array_equal(out, (words % 2**24).astype(np.float64) * 2.0**-24)
    wide = core_values(5000, "uint64", Distribution("bits"), STREAM)
    out = core_values(5000, "float64", uniform(0.0, 1.0), STREAM)
    assert np.array_equal(out, (wide % 2**53).astype(np.float64) * 2.0**-53)


@pytest.mark.parametrize("dtype", [dtype for dtype in FLOATS if dtype != "float64"])
@pytest.mark.parametrize(("low", "high"), [(-1.0, 1.0), (-0.3, 0.1), (1.0, 1.0 + 2.0**-6)])
def test_every_value_of_u_stays_inside(dtype, low, high):
    # There are 2^24 of u; the core has the reference's bits (test_reference).
    first, last = at_least(low, dtype), less_than(high, dtype)
    for part in np.split(np.arange(2**24, dtype=np.uint64), 32):
        x = clamp(uniform_raw(part, low, high - low, np.float32), first, last)
        stored = values(round_to(x, dtype), dtype)
        assert stored.min() >= low
        assert stored.max() < high


@pytest.mark.parametrize(
    ("dtype", "one_up"),
    [
        ("float16", 2.0**-10),
        ("bfloat16", 2.0**-7),
        ("float8_e4m3fn", 1 / 8),
        ("float8_e5m2", 1 / 4),
    ],
)
def test_interval_of_one_value(isa, dtype, one_up):
    assert set(values(core_values(5000, dtype, uniform(1.0, 1.0 + one_up)), dtype)) == {1.0}
    inside = uniform(1.0 + one_up / 8, 1.0 + 1.5 * one_up)
    assert set(values(core_values(5000, dtype, inside), dtype)) == {1.0 + one_up}


@pytest.mark.parametrize("dtype", FLOATS)
def test_low_equal_to_high_is_low(isa, dtype):
    out = core_values(9, dtype, uniform(0.1, 0.1))
    expected = element_values(STREAM, np.arange(9), Distribution("constant", 0.1), dtype)
    assert np.array_equal(as_bits(out), as_bits(expected))


@pytest.mark.parametrize(
    ("dtype", "low", "high", "message"),
    [
        ("float16", 1.0 + 2.0**-12, 1.0 + 2.0**-11, "no value"),
        ("float16", 0.0, 65520.0, "overflow"),
        ("bfloat16", -3e38, 3e38, "overflow"),
        ("float8_e4m3fn", 1.0 + 2.0**-5, 1.0 + 2.0**-4, "no value"),
        ("float8_e4m3fn", 0.0, 465.0, "overflow"),
        ("float8_e5m2", 0.0, 61440.0, "overflow"),
        ("float32", -3e38, 3e38, "overflow"),
        ("float32", 0.0, 3.5e38, "overflow"),
        ("float64", -1e308, 1e308, "overflow"),
        ("float32", 1.0, 0.0, "low <= high"),
        ("float32", math.nan, 1.0, "NaN"),
        ("float32", 0.0, math.inf, "infinite"),
    ],
)
def test_impossible_intervals_are_refused(dtype, low, high, message):
    with pytest.raises(ValueError, match=message):
        core_values(4, dtype, uniform(low, high))


def test_subnormal_interval(isa):
    out = core_values(4000, "float32", uniform(0.0, 4 * SMALLEST)).astype(np.float64)
    assert set(out / SMALLEST) == {0.0, 1.0, 2.0, 3.0}
