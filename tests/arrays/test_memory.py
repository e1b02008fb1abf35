"""New memory: aligned, and huge pages asked for from 4 MiB on."""

from __future__ import annotations

import numpy as np
import pytest

from netinit import _core
from netinit.arrays.memory import advise_huge_pages, aligned_empty

LEAST = 4 << 20


@pytest.fixture
def asked(monkeypatch):
    found: list[tuple[int, int]] = []
    monkeypatch.setattr(_core, "advise_huge_pages", lambda *given: found.append(given))
    return found


@pytest.mark.parametrize("nbytes", [LEAST, LEAST + 1])
def test_huge_pages_from_4_mib_on(asked, nbytes):
    advise_huge_pages(4096, nbytes)
    assert asked == [(4096, nbytes)]


def test_none_below(asked):
    advise_huge_pages(4096, LEAST - 1)
    assert not asked


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float64", "uint8"])
def test_a_new_array_is_aligned_and_all_of_it_advised(asked, dtype):
    made = aligned_empty((1 << 20, 5), dtype)
    assert made.ctypes.data % 64 == 0
    ((address, nbytes),) = asked
    assert address <= made.ctypes.data
    assert address + nbytes >= made.ctypes.data + made.nbytes


def test_no_memory_is_an_error_with_the_size():
    with pytest.raises(MemoryError, match=r"shape \(4611686018427387904, 4\) and float32: 73,786"):
        aligned_empty((1 << 62, 4), "float32")
    assert aligned_empty((0, 3), "float16").shape == (0, 3)
    assert isinstance(aligned_empty((2,), "float32"), np.ndarray)
