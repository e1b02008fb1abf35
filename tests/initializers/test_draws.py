"""Draw numbers past 2^32 - 1 begin again from 0, whole and in slices alike."""

import numpy as np
import pytest

import netinit
from netinit import initializers as init

LAST = 2**32 - 1
STACK = netinit.Layout((0,), (1,), stack=3)


@pytest.mark.parametrize(
    "initializer",
    [init.Orthogonal(1.0, STACK), init.Maps([init.Orthogonal()] * 3, (3, 3, 3))],
    ids=str,
)
def test_matrices_past_the_last_draw(initializer):
    whole = netinit.fill(np.empty((9, 4), "f4"), initializer, name="w", draw=LAST)
    for start in range(9):
        part = np.empty((9 - start, 4), "f4")
        netinit.fill(part, initializer, name="w", draw=LAST, shape=(9, 4), start=(start, 0))
        assert np.array_equal(part, whole[start:])
    second = netinit.fill(np.empty((3, 4), "f4"), init.Orthogonal(), name="w", draw=0)
    assert np.array_equal(whole[3:6], second)
