"""What a binding asks of an output before it is written: whether it overlaps itself."""

import numpy as np
import pytest

import netinit._core as core

SIZES = [1, 2, 4, 8, 16, 3]


@pytest.mark.parametrize("itemsize", SIZES)
def test_overlaps_of_elements_of_any_size(itemsize):
    for strides, expected in [
        ((3 * itemsize, itemsize), False),
        ((itemsize, 2 * itemsize), False),  # interleaved: two rows in six elements
        ((itemsize, itemsize), True),
        ((0, itemsize), True),
        ((3 * itemsize - 1, itemsize), True),
        ((-3 * itemsize, itemsize), False),
    ]:
        assert core.overlaps((2, 3), strides, itemsize) is expected


@pytest.mark.parametrize("itemsize", SIZES)
def test_overlaps_are_those_of_the_addresses(itemsize):
    drawn = np.random.default_rng(itemsize)
    found = {True: 0, False: 0}
    for _ in range(300):
        shape = tuple(int(n) for n in drawn.integers(1, 4, 3))
        strides = tuple(int(n) for n in drawn.integers(-9 * itemsize, 9 * itemsize, 3))
        bytes_of = [
            int(np.dot(at, strides)) + byte for at in np.ndindex(shape) for byte in range(itemsize)
        ]
        overlap = len(set(bytes_of)) < len(bytes_of)
        assert core.overlaps(shape, strides, itemsize) is overlap
        found[overlap] += 1
    assert min(found.values()) > 30


def test_what_is_amiss_but_no_overlap_is_an_error():
    with pytest.raises(ValueError, match="negative length"):
        core.overlaps((2, -1), (4, 4), 4)
    with pytest.raises(ValueError, match="at most 64"):
        core.overlaps((1,) * 65, (4,) * 65, 4)
    for strides in ((-(2**63),), (2**63 - 1,)):  # from the first byte to the last is no number
        with pytest.raises(ValueError, match="too many bytes"):
            core.overlaps((3,), strides, 4)
    with pytest.raises(ValueError, match="too many bytes"):
        core.overlaps((2,), (-(2**63),), 4)


NORMAL = ("normal", 0.0, 1.0, 0.0, 0.0)


@pytest.mark.parametrize("wrong", ["f8", "f2", "u1"])
def test_the_elements_of_a_buffer_are_as_long_as_those_that_are_drawn(wrong):
    out = np.full((4, 4), 7, wrong)
    with pytest.raises(ValueError, match="not those of float32"):
        core.fill(out, "float32", 1, 2, 3, NORMAL)
    with pytest.raises(ValueError, match="matrices of float32"):
        core.orthogonal(out[np.newaxis], "float32", 1, 2, 3, 1.0)
    with pytest.raises(ValueError, match="a matrix of float32"):
        core.sparse(out, "float32", 1, 2, 3, 1, (4, 4), (0, 0))
    assert (out == 7).all()
