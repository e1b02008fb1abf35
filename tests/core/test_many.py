"""Many fills in one call: each has the values that it has alone."""

import numpy as np
import pytest

from netinit import Constant, Normal, Stream, TruncatedNormal, Uniform, _core
from netinit.arrays.dtypes import DRAWN, STORAGE
from netinit.arrays.slice import Slice
from netinit.initializers.elementwise import fill_many, filling
from tests.processes import run_python

#: Sizes around those from which a team shares a fill, and none at all.
SIZES = (0, 1, 3, 64, 1000, (1 << 17) - 1, 1 << 17, 300_001)
DISTRIBUTIONS = (Normal(0, 0.02), Uniform(-1, 1), Constant(0.5), TruncatedNormal(0, 1, -2, 2))


def cases():
    """Yield arrays of zeros with what fills them, in an order that mixes sizes and types."""
    for number, size in enumerate(SIZES):
        for dtype in DRAWN:
            distribution = DISTRIBUTIONS[(number + len(dtype)) % len(DISTRIBUTIONS)]
            yield np.zeros(size, STORAGE[dtype]), dtype, Stream(7, f"{size} {dtype}"), distribution


@pytest.mark.parametrize("threads", [None, 1, 2, 5])
def test_values_are_those_of_single_fills(threads):
    many, alone = list(cases()), list(cases())
    fill_many([filling(a, dtype, s, d.core) for a, dtype, s, d in many], threads)
    for (ours, *_), (theirs, dtype, stream, distribution) in zip(many, alone, strict=True):
        distribution.fill(Slice(theirs, dtype), stream)
        assert ours.tobytes() == theirs.tobytes()


@pytest.mark.parametrize("threads", [1, 3])
def test_thousands_of_small_ones(threads):
    arrays = [np.zeros((5, 1 + i % 90), np.float32) for i in range(5000)]
    streams = [Stream(1, str(i)) for i in range(5000)]
    fill_many(
        [filling(a, "float32", s, Normal().core) for a, s in zip(arrays, streams, strict=True)],
        threads,
    )
    for array, stream in zip(arrays, streams, strict=True):
        alone = np.zeros_like(array)
        Normal().fill(Slice(alone, "float32"), stream)
        assert np.array_equal(array, alone)


def test_nothing_at_all():
    fill_many([])


@pytest.mark.parametrize("at", [0, 1, 7, 9])
def test_all_are_checked_before_the_first_is_written(at):
    arrays = [np.zeros(50, np.float16) for _ in range(10)]
    numbers = [Normal(0, 1.0)] * 10
    numbers[at] = Normal(0, 1e6)
    fillings = [
        filling(a, "float16", Stream(1), d.core) for a, d in zip(arrays, numbers, strict=True)
    ]
    with pytest.raises(ValueError, match=r"std 1000000\.0, in float16"):
        fill_many(fillings)
    assert not any(array.any() for array in arrays)


def test_a_read_only_one_is_refused_before_the_first_is_written():
    arrays = [np.zeros(50, np.float32) for _ in range(3)]
    arrays[2].flags.writeable = False
    with pytest.raises((BufferError, ValueError), match="read-only"):
        fill_many([filling(a, "float32", Stream(1), Normal().core) for a in arrays])
    assert not any(array.any() for array in arrays)


@pytest.mark.parametrize("step", [1, 40])
def test_those_that_share_memory_are_filled_in_their_order(step):
    memory, expected = np.zeros(40_000, np.float32), np.zeros(40_000, np.float32)
    parts = [slice(first, first + 80 * step) for first in range(0, 32_000, 40 * step)]
    parts = parts[::-1] if step == 1 else parts
    streams = [Stream(3, str(part)) for part in parts]
    fill_many(
        [
            filling(memory[part], "float32", stream, Normal().core)
            for part, stream in zip(parts, streams, strict=True)
        ],
        4,
    )
    for part, stream in zip(parts, streams, strict=True):
        Normal().fill(Slice(expected[part], "float32"), stream)
    assert np.array_equal(memory, expected)


def test_a_large_one_is_filled_after_a_small_one_of_the_same_memory():
    memory, expected = np.zeros(1 << 17, np.float32), np.zeros(1 << 17, np.float32)
    small, large = Stream(3, "small"), Stream(3, "large")
    fillings = [
        filling(part, "float32", stream, Normal().core)
        for part, stream in ((memory[1000:1064], small), (memory, large))
    ]
    fill_many(fillings, 1)
    Normal().fill(Slice(expected, "float32"), large)
    assert np.array_equal(memory, expected)


def test_a_number_of_threads_that_is_none_is_refused():
    out = np.zeros(3, np.float32)
    with pytest.raises(ValueError, match="threads"):
        fill_many([filling(out, "float32", Stream(1), Normal().core)], 0)
    assert not out.any()


def test_memory_alone_is_taken_as_elements_of_the_dtype():
    out, alone = np.zeros(33, np.float64), np.zeros(33, np.float64)
    memory = _core.memory(out.ctypes.data, out.nbytes)
    fill_many([filling(memory, "float64", Stream(2), Uniform().core)])
    Uniform().fill(Slice(alone, "float64"), Stream(2))
    assert np.array_equal(out, alone)


def test_small_ones_that_are_large_together_heed_a_wrong_environment():
    program = """
import numpy as np
from netinit import Normal, Stream
from netinit.initializers.elementwise import fill_many, filling
from tests.processes import run_python

arrays = [np.zeros(1 << 12, np.float32) for _ in range(32)]
for few in (31, 32):  # below the size of a fill that a team shares, and of that size
    fillings = [filling(a, "float32", Stream(1), Normal().core) for a in arrays[:few]]
    try:
        fill_many(fillings)
        print(np.count_nonzero(arrays))
    except ValueError as error:
        print(error)
"""
    filled, refused = run_python(program, NETINIT_NUM_THREADS="two").splitlines()
    assert int(filled) == 31 << 12
    assert "NETINIT_NUM_THREADS" in refused
