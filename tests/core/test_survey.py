"""ni_survey: statistics of arrays against numpy's, the same bits however they are found."""

from __future__ import annotations

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netinit import _core

FLOATS = ["float32", "float64", "float16", "bfloat16", "float8_e4m3fn", "float8_e5m2"]
COUNT, NANS, INFINITIES, ZEROS, SUBNORMALS, REPEATS, MEAN, OFFSET, SQUARES, LOW, HIGH, HASH = range(
    12
)


def dtype_of(name: str) -> np.dtype:
    return np.dtype(getattr(ml_dtypes, name, None) or name)


def numbers(dtype: str, size: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    values = rng.standard_normal(size) * 0.5 + 0.25
    if size > 40:
        values[[3, 17, 31]] = 0, -0.0, 0
    return values.astype(dtype_of(dtype))


def survey(values: np.ndarray, dtype: str, before=None, threads=None):
    found = _core.survey(values.view(np.uint8), dtype, before, threads)
    return Found(found)


class Found(tuple):
    """A result whose MEAN is the mean."""

    def __getitem__(self, which):
        value = super().__getitem__(which)
        return value + super().__getitem__(OFFSET) if which == MEAN else value


@pytest.fixture(autouse=True)
def keep_isa():
    before = _core.active_isa()
    yield
    _core.use_isa(before)


@pytest.mark.parametrize("size", [1, 2, 3, 100, 4096, 8192, 16384, 40_003, 600_001])
@pytest.mark.parametrize("dtype", FLOATS)
def test_against_numpy(dtype, size):
    values = numbers(dtype, size)
    exact = values.astype(np.float64)
    found = survey(values, dtype)
    smallest = float(ml_dtypes.finfo(values.dtype).smallest_normal)
    assert found[:3] == (size, 0, 0)
    assert found[ZEROS] == (exact == 0).sum()
    assert found[SUBNORMALS] == ((exact != 0) & (np.abs(exact) < smallest)).sum()
    assert found[MEAN] == pytest.approx(exact.mean(), rel=1e-13)
    assert found[SQUARES] == pytest.approx(
        ((exact - exact.mean()) ** 2).sum(), rel=1e-12, abs=1e-28
    )
    assert found[LOW] == exact.min()
    assert found[HIGH] == exact.max()


@pytest.mark.parametrize("dtype", FLOATS)
def test_what_is_not_finite_is_counted_and_left_out(dtype):
    values = numbers(dtype, 100_000)
    places = np.arange(50, 90_000, 997)
    values[places] = np.nan
    infinite = dtype != "float8_e4m3fn"
    if infinite:
        values[places + 1], values[places + 2] = np.inf, -np.inf
    exact = values.astype(np.float64)
    finite = exact[np.isfinite(exact)]
    found = survey(values, dtype)
    assert found[NANS] == len(places)
    assert found[INFINITIES] == (2 * len(places) if infinite else 0)
    assert found[MEAN] == pytest.approx(finite.mean(), rel=1e-13)
    assert found[SQUARES] == pytest.approx(((finite - finite.mean()) ** 2).sum(), rel=1e-12)
    assert (found[LOW], found[HIGH]) == (finite.min(), finite.max())


@pytest.mark.parametrize("dtype", FLOATS)
def test_every_short_pattern_is_read_right(dtype):
    size = dtype_of(dtype).itemsize
    words = np.arange(2 ** min(16, 8 * size), dtype=f"u{min(size, 2)}")
    values = words.view(dtype_of(dtype)) if size <= 2 else words.astype(dtype_of(dtype))
    with np.errstate(invalid="ignore"):  # of signalling NaN
        exact = values.astype(np.float64)
    found = survey(values, dtype)
    assert found[NANS] == np.isnan(exact).sum()
    assert found[INFINITIES] == np.isinf(exact).sum()
    assert found[HIGH] == exact[np.isfinite(exact)].max()
    for k in range(0, len(values), 1 if size == 1 else 251):
        alone, number = survey(values[k : k + 1], dtype), exact[k]
        if np.isfinite(number):
            assert (alone[MEAN], alone[LOW], alone[HIGH]) == (number,) * 3


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "bfloat16"])
def test_instruction_sets_and_threads_change_no_bit(dtype):
    values = numbers(dtype, 3_000_017)
    found = set()
    for isa in _core.isas():
        _core.use_isa(isa)
        found |= {survey(values, dtype, None, threads) for threads in (1, 2, 3, 8)}
    assert len(found) == 1


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 70_000), st.lists(st.integers(1, 5), max_size=4), st.sampled_from(FLOATS))
def test_an_array_may_come_in_parts(size, blocks, dtype):
    values = numbers(dtype, size)
    whole = survey(values, dtype)
    block, at, found = 16384 // values.itemsize, 0, None
    for count in blocks:
        part = values[at : at + count * block]
        if len(part) == count * block:
            found = survey(part, dtype, found)
            at += len(part)
    found = survey(values[at:], dtype, found)
    assert (found[:6], found[9:]) == (whole[:6], whole[9:])  # the hash is of the bytes
    assert found[MEAN] == pytest.approx(whole[MEAN], rel=1e-12)
    assert found[SQUARES] == pytest.approx(whole[SQUARES], rel=1e-12)


def test_parts_must_end_at_blocks():
    first = survey(numbers("float32", 100), "float32")
    with pytest.raises(ValueError, match="element index"):
        survey(numbers("float32", 100), "float32", first)
    with pytest.raises(ValueError, match="3 bytes are no whole number of elements of float32"):
        _core.survey(np.zeros(3, np.uint8), "float32")


def test_large_means_lose_nothing():
    """The sum of squares less the squared mean would have no digit left."""
    values = np.random.default_rng(1).standard_normal(200_000) * 1e-3 + 1e9
    exact = values - 1e9  # without rounding
    found = survey(values, "float64")
    assert found[MEAN] == pytest.approx(1e9 + exact.mean(), rel=1e-15)
    assert (found[SQUARES] / len(values)) ** 0.5 == pytest.approx(exact.std(), rel=1e-12)


def test_equal_bytes_and_no_others_have_equal_hashes():
    values = numbers("float32", 50_000)
    hashes = {survey(values, "float32")[HASH]}
    assert survey(values.copy(), "float32")[HASH] in hashes
    changed = []
    for place in (0, 1, 4095, 4096, 30_000, 49_999):
        other = values.copy()
        other.view(np.uint32)[place] ^= 1
        changed.append(other)
    swapped = values.copy()
    swapped[[7, 8]] = swapped[[8, 7]]
    blocks = values.copy()
    blocks[:4096], blocks[4096:8192] = values[4096:8192], values[:4096]
    changed += [swapped, blocks, values[:-1], np.append(values, np.float32(0))]
    hashes |= {survey(other, "float32")[HASH] for other in changed}
    assert len(hashes) == len(changed) + 1


def test_repeated_words_are_counted():
    words = np.random.default_rng(2).integers(0, 2**63, 2048).astype(np.uint64)
    words[100:110] = words[100]
    assert survey(words, "uint64")[REPEATS] == 9
    assert survey(words.view(np.float32), "float32")[REPEATS] == 9
    assert (
        survey(np.zeros(3 * 2048), "float64")[REPEATS] == 3 * 2040
    )  # but for the last eight of each 16 KiB


def test_flushing_of_subnormals_does_not_reach_the_team():
    values = np.full(8192, 1e-40, np.float32)
    found = survey(values, "float32")
    assert found[SUBNORMALS] == 8192
    assert found[MEAN] == pytest.approx(float(values[0]), rel=1e-12)
