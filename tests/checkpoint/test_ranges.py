"""What a writer keeps of the bytes it was given, and a comparison where a file ends."""

from __future__ import annotations

import itertools
from types import SimpleNamespace

import numpy as np
import pytest

from netinit.checkpoint.jobs import ComparingJob
from netinit.checkpoint.writer import _Ranges


@pytest.mark.parametrize("order", [*itertools.permutations(range(4))])
def test_ranges_on_end_become_one(order):
    ranges = _Ranges()
    for k in order:
        assert ranges.add(3 * k, 3 * k + 3)
        assert not ranges.add(3 * k + 1, 3 * k + 2)
    assert (ranges.total, ranges._begins, ranges._ends) == (12, [0], [12])


@pytest.mark.parametrize("length", [1, 2, 5])
@pytest.mark.parametrize("there", [0, 1, 4])
def test_a_file_that_ends_early_is_not_equal(tmp_path, length, there):
    path = tmp_path / "file"
    path.write_bytes(bytes(there))
    with path.open("rb") as file:
        equal = ComparingJob._equal(SimpleNamespace(_file=file), np.zeros(length, np.uint8), 0)
    assert equal == (there >= length)
