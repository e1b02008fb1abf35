"""Complex arrays: their parts are two draws of one stream, slice by slice."""

from __future__ import annotations

import numpy as np
import pytest

from netinit import Normal, Stream, Uniform
from netinit.complex import IMAGINARY_DRAW, fill_complex
from netinit.fill import fill_array


@pytest.mark.parametrize(("dtype", "part"), [(np.complex64, "float32"), (np.complex128, "float64")])
def test_parts_are_the_draws(dtype, part):
    z = np.empty((5, 7), dtype).T
    fill_complex(z, Normal(1, 2), Stream(5, "z", 3))
    for values, draw in ((z.real, 3), (z.imag, 3 + IMAGINARY_DRAW)):
        want = np.empty((7, 5), part)
        fill_array(want, part, Normal(1, 2), Stream(5, "z", draw))
        np.testing.assert_array_equal(values, want)


def test_slices_and_draws_that_wrap():
    whole, part = np.empty((6, 4), np.complex64), np.empty((2, 3), np.complex64)
    stream = Stream(5, "z", (1 << 32) - 1)
    fill_complex(whole, Uniform(-1, 1), stream)
    fill_complex(part, Uniform(-1, 1), stream, shape=(6, 4), start=(3, 1))
    np.testing.assert_array_equal(part, whole[3:5, 1:4])
    assert abs(np.corrcoef(whole.real.ravel(), whole.imag.ravel())[0, 1]) < 0.5


def test_real_arrays_are_refused():
    with pytest.raises(TypeError, match="complex64 or complex128, not float32"):
        fill_complex(np.empty(3, np.float32), Normal(), Stream(0))
