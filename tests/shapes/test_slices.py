"""Where a slice lies in the whole array."""

from __future__ import annotations

import numpy as np
import pytest

from netinit.arrays.slice import Slice
from netinit.shapes.slices import slice_origin


def test_a_whole_array_has_fewer_than_two_to_the_63_elements():
    assert slice_origin((1, 1), (2**31, 2**32 - 1), (0, 0))[0] == (2**31, 2**32 - 1)
    with pytest.raises(ValueError, match=r"2\*\*63 elements or more"):
        slice_origin((1, 1), (2**31, 2**32), (0, 0))


def test_the_part_between_two_equal_indices_is_none():
    part = Slice.within(np.zeros((4, 3), np.float32), "float32", (10, 3), (2, 0))
    assert part.between(0, 3, 3) is None
    assert part.between(0, 0, 2) is None
    met = part.between(0, 3, 4)
    assert met is not None
    assert (met.start, met.array.shape) == ((3, 0), (1, 3))


@pytest.mark.parametrize(("shape", "start"), [((4,), (-1,)), ((4,), (3,)), ((-4,), (0,))])
def test_a_slice_beyond_either_end_is_refused(shape, start):
    with pytest.raises(ValueError, match="does not lie within shape"):
        slice_origin((2,), shape, start)
