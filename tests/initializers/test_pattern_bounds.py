"""Patterns at the bounds of their arguments: the last row, two blocks, an axis from the end."""

from __future__ import annotations

import numpy as np
import pytest

import netinit
from netinit import Layout
from netinit.initializers import ICNR, Given, Identity
from netinit.initializers.zero_rows import ZeroRows


def filled(what, shape, dtype):
    return netinit.fill(np.empty(shape, dtype), what, name="w")


def test_two_identities_in_one_array():
    stacked = Identity(netinit.Constant(0), Layout((0,), (1,), stack=2, stack_axis=0))
    assert (filled(stacked, (6, 3), "float64") == np.tile(np.eye(3), (2, 1))).all()


def test_icnr_counts_its_axis_from_either_end():
    first, other = (
        netinit.fill(np.empty((4, 3)), ICNR(netinit.Normal(), 2, axis), name="w")
        for axis in (0, -2)
    )
    assert (first == other).all()
    for axis in (2, -3):
        with pytest.raises(ValueError, match="is not an axis"):
            netinit.fill(np.empty((4, 3)), ICNR(netinit.Normal(), 2, axis), name="w")


def test_the_last_row_may_be_zero():
    rows = ZeroRows(netinit.Constant(1), 3, 4)
    assert (filled(rows, (4, 2), "float64") == [[1, 1], [1, 1], [1, 1], [0, 0]]).all()
    rows.check_rows(4)
    with pytest.raises(ValueError, match="with 3 rows"):
        rows.check_rows(3)


def test_as_many_given_numbers_as_a_recipe_holds():
    assert len(Given(np.arange(4096.0)).to_json()["values"]) == 4096
    with pytest.raises(TypeError, match="up to 4096"):
        Given(np.arange(4097.0)).to_json()


@pytest.mark.parametrize("mean", [1.0, 1.5, 2.0])
def test_a_mean_at_a_bound_is_within(mean):
    assert netinit.TruncatedNormal(mean, 0.0, 1.0, 2.0).mean == mean
    with pytest.raises(ValueError, match="must be within"):
        netinit.TruncatedNormal(mean + 1.5, 0.0, 1.0, 2.0)
