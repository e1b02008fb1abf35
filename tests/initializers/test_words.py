"""Bits of the stream as elements: their order, their slices, what they refuse; steps and fnuz."""

from __future__ import annotations

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import netinit
from netinit.arrays.dtypes import DTYPES, STORAGE
from netinit.arrays.slice import Slice
from netinit.initializers import Fnuz, Steps, Words
from netinit.streams.stream import Stream
from tests.reference.streams import stream_of, words32, words64

STREAM = Stream(1234, "codes")
INTEGERS = [name for name in DTYPES if name.startswith(("int", "uint"))]


def made(initializer, dtype, shape, whole=None, start=None, stream=STREAM):
    out = np.empty(shape, STORAGE[dtype])
    initializer.fill(Slice(out, dtype, whole, start), stream)
    return out


@pytest.mark.parametrize("dtype", INTEGERS)
def test_elements_are_the_bytes_of_the_stream(dtype):
    key, offset = stream_of(1234, "codes")
    size, elements = DTYPES[dtype], np.arange(12, dtype=np.uint64)
    if size == 8:
        want = words64(key, offset, 0, elements)
    else:
        want = words32(key, offset, 0, elements).astype("<u4").view(f"<u{size}").astype(f"u{size}")
    got = made(Words((1 << 8 * size) - 1), dtype, want.shape)
    np.testing.assert_array_equal(got.view(want.dtype), want)
    masked = made(Words(0x35, 0x40), dtype, want.shape).view(want.dtype)
    np.testing.assert_array_equal(masked, want & 0x35 | 0x40)


@st.composite
def slices(draw):
    whole = tuple(draw(st.lists(st.integers(1, 9), min_size=1, max_size=3)))
    start = tuple(draw(st.integers(0, n)) for n in whole)
    part = tuple(draw(st.integers(0, n - i)) for n, i in zip(whole, start, strict=True))
    return whole, start, part, draw(st.sampled_from(INTEGERS)), draw(st.booleans())


@given(slices())
def test_a_slice_has_what_the_whole_has_there(case):
    whole, start, part, dtype, strided = case
    bits = Words((1 << 8 * DTYPES[dtype]) - 1)
    there = tuple(slice(i, i + n) for i, n in zip(start, part, strict=True))
    want = made(bits, dtype, whole)[there]
    out = np.zeros((*part[:-1], 2 * part[-1]), STORAGE[dtype])[..., ::2] if strided else None
    if out is None:
        out = np.zeros(part, STORAGE[dtype])
    bits.fill(Slice(out, dtype, whole, start), STREAM)
    np.testing.assert_array_equal(out, want)


@pytest.mark.parametrize("offset", [0, 1, 2, 3])
def test_memory_may_begin_anywhere(offset):
    want = made(Words(0xFF), "uint8", (1000,))
    memory = np.zeros(1010, np.uint8)
    Words(0xFF).fill(Slice(memory[offset : offset + 1000], "uint8"), STREAM)
    np.testing.assert_array_equal(memory[offset : offset + 1000], want)
    assert not memory[:offset].any()
    assert not memory[offset + 1000 :].any()


def test_bits_are_uniform():
    codes = made(Words(0xFF), "uint8", (1 << 20,))
    counts = np.bincount(codes, minlength=256)
    chi2 = ((counts - 4096) ** 2 / 4096).sum()
    assert 170 < chi2 < 350  # 255 degrees of freedom: within about 4 standard deviations


def test_numbers_that_do_not_fit_are_refused():
    for wrong in (Words(0x100), Words(0, 0x1FF)):
        with pytest.raises(ValueError, match="has more bits than uint8"):
            wrong.check((3,), "uint8")
    with pytest.raises(ValueError, match="more bits than bool"):
        Words(2).check((3,), "bool")
    with pytest.raises(ValueError, match="mask must be at least 0, not -1"):
        Words(-1)
    with pytest.raises(ValueError, match="length must be at least 1, not 0"):
        Steps(0)
    with pytest.raises(ValueError, match="which float8_e8m0fnu does not store"):
        Steps().check((3,), "float8_e8m0fnu")
    with pytest.raises(ValueError, match="and not int8; method 'Dummy'"):
        netinit.Normal().check((3,), "int8")
    with pytest.raises(ValueError, match="is for float8_e4m3fnuz and float8_e5m2fnuz, not int8"):
        Fnuz(netinit.Normal()).check((3,), "int8")
    with pytest.raises(ValueError, match="has numbers that int8 does not hold"):
        netinit.initializers.Given([1.0, 300.0]).check((2,), "int8")


def test_steps_count_along_the_last_axis():
    whole = made(Steps(3), "int32", (2, 8))
    assert whole.tolist() == [[0, 0, 0, 1, 1, 1, 2, 2]] * 2
    part = made(Steps(3), "int32", (1, 4), (2, 8), (1, 2))
    np.testing.assert_array_equal(part, whole[1:, 2:6])
    assert made(Steps(), "int64", ()) == 0


@pytest.mark.parametrize(
    ("dtype", "base"), [("float8_e4m3fnuz", "float8_e4m3fn"), ("float8_e5m2fnuz", "float8_e5m2")]
)
@pytest.mark.parametrize("std", [1.0, 0.01, 1e-4])
def test_fnuz_are_half_of_the_other_type_and_never_nan(dtype, base, std):
    codes = made(Fnuz(netinit.Normal(0, 2 * std)), dtype, (300, 100))
    got = codes.view(getattr(ml_dtypes, dtype)).astype(float)
    twice = made(netinit.Normal(0, 2 * std), base, (300, 100))
    want = twice.view(getattr(ml_dtypes, base)).astype(float) / 2
    assert np.isfinite(got).all()
    np.testing.assert_array_equal(got, want)  # -0 and 0 are equal
    part = made(Fnuz(netinit.Normal(0, 2 * std)), dtype, (7, 20), (300, 100), (50, 80))
    np.testing.assert_array_equal(part, codes[50:57, 80:])
