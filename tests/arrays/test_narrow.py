"""Types that numpy lacks, by their bits: rounded once to nearest even, and read as numbers."""

from __future__ import annotations

import ml_dtypes
import numpy as np
import pytest

from netinit.arrays.narrow import NARROW, read_numbers, round_narrow, write_numbers

each_dtype = pytest.mark.parametrize("dtype", NARROW)


def every(dtype: str) -> np.ndarray:
    """Return all bit patterns."""
    storage = NARROW[dtype].storage
    return np.arange(2 ** (8 * storage.itemsize)).astype(storage)


def finite(dtype: str) -> np.ndarray:
    """Return all finite numbers in ascending order, a zero once."""
    numbers = read_numbers(every(dtype), dtype).astype("f8")
    return np.unique(numbers[np.isfinite(numbers)])


def rounded(values, dtype: str) -> np.ndarray:
    return read_numbers(round_narrow(values, dtype), dtype)


@each_dtype
def test_the_numbers_are_those_of_ml_dtypes(dtype):
    expected = every(dtype).view(getattr(ml_dtypes, dtype)).astype("f4")
    found = read_numbers(every(dtype), dtype)
    assert found.dtype == "f4"
    assert np.array_equal(found, expected, equal_nan=True)
    number = ~np.isnan(expected)
    assert (np.signbit(found) == np.signbit(expected))[number].all()


@each_dtype
def test_its_own_numbers_are_kept(dtype):
    numbers = read_numbers(every(dtype), dtype)
    ordinary = every(dtype)[~np.isnan(numbers)]
    assert (round_narrow(read_numbers(ordinary, dtype), dtype) == ordinary).all()


@each_dtype
def test_numbers_between_are_rounded_once(dtype):
    # Half-way points go to even; the nearest double to either side of one goes to that side,
    # which rounding by way of float32 would miss.
    numbers = finite(dtype)
    middle = (numbers[1:] + numbers[:-1]) / 2
    assert (round_narrow(middle, dtype) & 1 == 0).all()
    assert (rounded(np.nextafter(middle, -np.inf), dtype) == numbers[:-1]).all()
    assert (rounded(np.nextafter(middle, np.inf), dtype) == numbers[1:]).all()


@each_dtype
def test_beyond_the_range(dtype):
    kind = NARROW[dtype]
    numbers = finite(dtype)
    step = numbers[-1] - numbers[-2]
    assert numbers[-1] == kind.max
    # Where the largest number's last bit is 0 the half-way point above it still goes to it.
    least = kind.max + step / 2
    least = least if round_narrow(kind.max, dtype) & 1 else np.nextafter(least, np.inf)
    assert rounded(np.nextafter(least, 0), dtype) == kind.max
    above = round_narrow([np.inf, -np.inf, least, -1e300, -1e-45], dtype).tolist()
    beyond = kind.beyond
    assert above == [beyond, beyond | kind.sign, beyond, beyond | kind.sign, kind.sign]


@each_dtype
def test_every_nan_stays_one(dtype):
    payloads = np.array([0x7F800001, 0x7FC00000, 0x7FFFFFFF, 0xFF800001, 0xFFFFFFFF], "u4")
    assert np.isnan(rounded(payloads.view("f4"), dtype)).all()


@pytest.mark.parametrize("dtype", ["float16", "float8_e5m2"])
def test_writing_rounds_once_and_overflows_silently(dtype):
    out = np.empty(3, "f2" if dtype == "float16" else "u1")
    write_numbers(out, np.array([1.0, -1e6, 1e-9]), dtype)
    assert read_numbers(out, dtype).tolist() == [1.0, -np.inf, 0.0]
