"""Promises of fills at the borders of numbers: counters, indices, strides, bounds."""

from __future__ import annotations

import numpy as np
import pytest

import netinit._core as core
from tests.reference import Distribution
from tests.stream_cases import CASES, FLOATS, STORAGE, as_bits, core_fill, core_values, truncated

UPPER = 2**32


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("columns", [1, 3, 4, 16, 40])
@pytest.mark.parametrize("offset", [UPPER - 60, UPPER - 9, 2**64 - 40])
def test_short_runs_over_a_carry_of_the_counter(isa, dtype, columns, offset):
    stream = (3, offset, 5)
    whole = core_values(400 * 64, dtype, CASES["normal"], stream).reshape(400, 64)
    for first in (0, 3, 8):
        part = np.zeros((400, columns), STORAGE[dtype])
        core_fill(part, dtype, CASES["normal"], stream, first, index_strides=(64, 1))
        assert np.array_equal(as_bits(part), as_bits(whole[:, first : first + columns]))


def test_indices_from_0_to_the_last():
    last = 2**63 - 1
    bits = Distribution("bits")

    def fill(shape, first, strides):
        out = np.full(shape, 7, np.uint32)
        core_fill(out, "uint32", bits, first=first, index_strides=strides)
        return out

    for first, strides in [(-1, (1,)), (-1, (0,)), (1, (-1,)), (last - 1, (1,)), (-(2**63), (1,))]:
        with pytest.raises(ValueError, match=r"2\^63"):
            fill((3,), first, strides)
    with pytest.raises(ValueError, match=r"2\^63"):
        fill((), -1, ())
    ends = fill((3,), last - 2, (1,))
    assert np.array_equal(fill((3,), last, (-1,)), ends[::-1])
    assert np.array_equal(fill((3, 1), last - 2, (1, 5)).ravel(), ends)
    assert np.array_equal(fill((2,), last - 2, (2,)), ends[::2])
    rows = fill((50, 3), last - 2 - 49 * 10, (10, 1))
    assert np.array_equal(rows[-1], ends)
    assert np.array_equal(fill((2, 3), 2, (0, -1))[0], fill((3,), 2, (-1,)))


@pytest.mark.parametrize("dtype", FLOATS)
def test_a_zero_bound_is_positive(dtype):
    for d in (Distribution("uniform", low=-1e-300, high=-0.0), truncated(-1e300, -0.0, 1e9, 1.0)):
        try:
            values = core_values(64, dtype, d)
        except ValueError:  # no value of the type lies between
            continue
        zero = as_bits(values) << 1 == 0
        assert not (as_bits(values)[zero]).any()


def test_elements_clamped_to_a_bound_of_minus_zero_are_positive(isa):
    # So far from the mean that all are rounded to the bound, or past it.
    numbers = truncated(-np.inf, -0.0, mean=6048086280.478676, std=3.0)
    assert not as_bits(core_values(1000, "float64", numbers)).any()


@pytest.mark.parametrize("infinity", [np.inf, -np.inf])
def test_bounds_that_are_both_infinite_on_one_side_are_no_bounds(infinity):
    with pytest.raises(ValueError, match="bounds need low <= high"):
        core_values(4, "float32", truncated(infinity, infinity))


def test_a_mean_that_rounds_to_zero_is_positive(isa):
    numbers = Distribution("normal", mean=-1e-50, std=1e-50)
    assert not as_bits(core_values(1000, "float32", numbers)).any()


@pytest.mark.parametrize(
    ("dtype", "precision"), [("float32", 24), ("float16", 11), ("bfloat16", 8)]
)
def test_a_constant_halfway_between_two_numbers_is_the_even_one(dtype, precision):
    for halves, even in ((1, 0), (3, 4), (5, 4), (7, 8)):
        for sign in (1, -1):
            constant = Distribution("constant", sign * (1 + halves * 2.0**-precision))
            array = core_values(1, dtype, constant)
            if dtype == "bfloat16":
                array = (as_bits(array).astype(np.uint32) << 16).view(np.float32)
            elif dtype == "float16":
                array = array.view(np.float16)
            assert float(array[0]) == sign * (1 + even * 2.0**-precision)


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "bfloat16"])
@pytest.mark.parametrize("gain", [np.inf, -np.inf, np.nan, 1e39, -1e39, 2e308, -1.8e308])
def test_gains_beyond_the_largest_number(dtype, gain):
    if abs(gain) < 1e308 and dtype == "float64":
        pytest.skip("it is within")
    out = np.full((1, 3, 3), 7, STORAGE[dtype])
    with pytest.raises(ValueError, match=r"overflow|finite"):
        core.orthogonal(out, dtype, 1, 2, 3, gain)
    assert (out == 7).all()


def test_matrices_with_more_rows_or_columns_than_have_places():
    out = np.full((1, 1), 7, np.float32)
    for shape in ((2**32, 1), (1, 2**40 + 1)):
        with pytest.raises(ValueError, match="shape"):
            core.sparse(out, "float32", 1, 2, 3, 0, shape, (0, 0))
    for zeros in (-1, 6):
        with pytest.raises(ValueError, match="number"):
            core.sparse(out, "float32", 1, 2, 3, zeros, (5, 1), (0, 0))
    assert (out == 7).all()
    core.sparse(out, "float32", 1, 2, 3, 1, (1, 2**40), (0, 2**40 - 1))
    assert (out == 0).all()


def test_parts_lie_within_their_matrix():
    out = np.full((1, 2, 2), 7, np.float32)
    for start in ((-1, 0), (0, -1), (3, 0), (0, 2), (2**62, 0)):
        with pytest.raises(ValueError, match="index"):
            core.orthogonal(out, "float32", 1, 2, 3, 1.0, (4, 3), start)
    assert (out == 7).all()
    core.orthogonal(out, "float32", 1, 2, 3, 1.0, (4, 3), (2, 1))


def test_a_team_has_at_most_256_threads():
    assert 1 <= core.thread_count(100_000) <= 256


def test_elements_of_another_size():
    out = np.full(4, 7, np.float64)
    with pytest.raises(ValueError, match="elements of 8 bytes"):
        core_fill(out, "float32", CASES["normal"])
    assert (out == 7).all()


def test_overlaps_that_take_a_search():
    """Strides of which none passes over what the others span, and no two elements meet."""
    strides = (30030 // 2, 30030 // 3, 30030 // 5, 30030 // 7)
    assert not core.overlaps((2, 3, 5, 7), strides, 1)
    assert core.overlaps((3, 4, 5, 7), strides, 1)
    many = tuple(3**k for k in range(12))
    assert not core.overlaps((2,) * 12, tuple(4 * s for s in many), 4)
