"""Runs of every length that is done otherwise than its neighbours hold the whole array's values."""

import numpy as np
import pytest

import netinit

#: Elements of a run: about those at which short ones end, of whole blocks and of others.
LENGTHS = [1, 3, 4, 64, 252, 254, 255, 256, 257, 260, 1020, 1023, 1024, 1025, 1028]


@pytest.mark.parametrize("before", [0, 1, 2, 4])
@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("dtype", ["f4", "f8", "f2"])
def test_slices_of_rows(dtype, length, before):
    shape = (37, before + length + 4 - (before + length) % 4)
    columns = slice(before, before + length)
    whole = netinit.fill(np.empty(shape, dtype), 1.0, name="w")
    apart = np.full((37, 2 * length), 7, dtype)
    for out in (np.empty((37, length), dtype), apart[:, :length], apart[:, ::-2]):
        netinit.fill(out, 1.0, name="w", shape=shape, start=(0, before))
        assert (out == whole[:, columns]).all()


@pytest.mark.parametrize("length", LENGTHS)
def test_gaps_stay_as_they_are(length):
    out = np.full((50, length + 5), 7, "f4")
    netinit.fill(out[:, :length], 1.0, name="w")
    assert (out[:, :length] == netinit.fill(np.empty((50, length), "f4"), 1.0, name="w")).all()
    assert (out[:, length:] == 7).all()
