"""bfloat16 by its bits: rounded once to nearest even, and widened to the same numbers."""

from __future__ import annotations

import numpy as np

from netinit.bfloat16 import round_to_bfloat16, widen_bfloat16

EVERY = np.arange(2**16, dtype="u2")
FINITE = np.unique(widen_bfloat16(EVERY[EVERY & 0x7F80 != 0x7F80]).astype("f8"))


def rounded(values):
    return widen_bfloat16(round_to_bfloat16(values))


def test_its_own_numbers_are_kept():
    assert (rounded(FINITE) == FINITE).all()
    ordinary = EVERY[~np.isnan(widen_bfloat16(EVERY))]
    assert (round_to_bfloat16(widen_bfloat16(ordinary)) == ordinary).all()


def test_numbers_between_are_rounded_once():
    # Half-way points go to even; the nearest double to either side of one goes to that side,
    # which rounding by way of float32 would miss.
    middle = (FINITE[1:] + FINITE[:-1]) / 2
    assert (round_to_bfloat16(middle) & 1 == 0).all()
    assert (rounded(np.nextafter(middle, -np.inf)) == FINITE[:-1]).all()
    assert (rounded(np.nextafter(middle, np.inf)) == FINITE[1:]).all()


def test_beyond_the_range():
    beyond = np.array([np.inf, -np.inf, 1e39, 3.3961776e38, -1e-45])
    assert round_to_bfloat16(beyond).tolist() == [0x7F80, 0xFF80, 0x7F80, 0x7F80, 0x8000]


def test_every_nan_stays_one():
    payloads = np.array([0x7F800001, 0x7FC00000, 0x7FFFFFFF, 0xFF800001, 0xFFFFFFFF], "u4")
    assert np.isnan(rounded(payloads.view("f4"))).all()
