"""fill: complex arrays."""

import numpy as np
import pytest

import netinit
from netinit import Normal, Uniform


@pytest.mark.parametrize("dtype", ["complex64", "complex128"])
@pytest.mark.parametrize("what", [0.5, Normal(0, 2), "xavier_normal", "eye", netinit.Constant(3)])
def test_complex_arrays_have_what_create_gives(dtype, what):
    out = np.zeros((4, 10), dtype)[:, ::2]
    netinit.fill(out, what, name="w")
    assert np.array_equal(out, netinit.create((4, 5), what, name="w", dtype=dtype))
    part = netinit.fill(np.zeros((2, 5), dtype), what, name="w", shape=(4, 5), start=(1, 0))
    assert np.array_equal(part, netinit.create((4, 5), what, name="w", dtype=dtype)[1:3])


def test_complex_arrays_are_not_filled_by_what_has_no_complex_form():
    out = np.zeros(3, "c8")
    with pytest.raises(ValueError, match="complex arrays are filled by normal distributions"):
        netinit.fill(out, Uniform(-1, 1))
    assert not out.any()
