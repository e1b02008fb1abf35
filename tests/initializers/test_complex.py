"""Complex arrays: their parts are two draws of one stream, slice by slice."""

from __future__ import annotations

import math

import numpy as np
import pytest

import netinit
from netinit import Normal, Stream, Uniform
from netinit.arrays.slice import Slice
from netinit.initializers.complex import IMAGINARY_DRAW, Cartesian
from netinit.initializers.complex_plane import ComplexTruncatedNormal


@pytest.mark.parametrize(("dtype", "part"), [(np.complex64, "float32"), (np.complex128, "float64")])
def test_parts_are_the_draws(dtype, part):
    z = np.empty((5, 7), dtype).T
    Cartesian(Normal(1, 2), Normal(1, 2)).fill(Slice(z, z.dtype.name), Stream(5, "z", 3))
    for values, draw in ((z.real, 3), (z.imag, 3 + IMAGINARY_DRAW)):
        want = np.empty((7, 5), part)
        Normal(1, 2).fill(Slice(want, part), Stream(5, "z", draw))
        np.testing.assert_array_equal(values, want)


def test_slices_and_draws_that_wrap():
    whole, part = np.empty((6, 4), np.complex64), np.empty((2, 3), np.complex64)
    stream = Stream(5, "z", (1 << 32) - 1)
    rule = Cartesian(Uniform(-1, 1), Uniform(-1, 1))
    rule.fill(Slice(whole, "complex64"), stream)
    rule.fill(Slice(part, "complex64", (6, 4), (3, 1)), stream)
    np.testing.assert_array_equal(part, whole[3:5, 1:4])
    assert abs(np.corrcoef(whole.real.ravel(), whole.imag.ravel())[0, 1]) < 0.5


def test_a_value_on_the_bound_of_the_disk_is_kept():
    part = Normal(0, math.sqrt(0.5))
    size, on_it = 1 << 28, 107_701_835  # the first such of this stream
    first, kept = np.empty((2, 1), np.complex64)
    Cartesian(part, part).fill(Slice(first, "complex64", (size,), (on_it,)), Stream(1234, "z"))
    assert first.real * first.real + first.imag * first.imag == 4
    ComplexTruncatedNormal(1).fill(Slice(kept, "complex64", (size,), (on_it,)), Stream(1234, "z"))
    assert kept == first


def test_real_arrays_are_refused():
    with pytest.raises(TypeError, match="complex64 or complex128, not float32"):
        Cartesian(Normal(), Normal()).check((3,), "float32")


@pytest.mark.parametrize("dtype", ["complex64", np.complex128, complex])
@pytest.mark.parametrize("shape", [(), 5, (0, 3), (2, 3, 4)])
def test_new_arrays_have_circular_normal_elements(shape, dtype):
    z = netinit.numpy.normal(shape, std=3, seed="s", name="n", draw=2, dtype=dtype)
    want = np.empty(z.shape, dtype)
    part = Normal(0, 3 / math.sqrt(2))
    Cartesian(part, part).fill(Slice(want, want.dtype.name), Stream("s", "n", 2))
    np.testing.assert_array_equal(z, want)
    assert (z.dtype, type(z)) == (np.dtype(dtype), np.ndarray)
    assert z.flags.c_contiguous
    assert z.flags.writeable


@pytest.mark.parametrize(
    ("name", "options", "variance"),
    [
        ("normal", {"std": 0.5}, 0.25),
        ("xavier_normal", {}, 2 / 900),
        ("he_normal", {}, 2 / 500),
        ("lecun_normal", {"gain": 2}, 4 / 500),
        ("variance_scaling", {"distribution": "normal", "mode": "fan_out"}, 1 / 400),
    ],
)
def test_the_variance_is_shared_by_both_parts(name, options, variance):
    z = getattr(netinit.numpy, name)((400, 500), **options, dtype="complex64").astype(complex)
    assert np.mean(np.abs(z) ** 2) == pytest.approx(variance, rel=0.02)
    assert z.real.var() == pytest.approx(z.imag.var(), rel=0.02)
    assert abs(np.mean(z.real * z.imag)) < 0.01 * variance


def test_constants_are_real_numbers():
    np.testing.assert_array_equal(netinit.numpy.constant(2, 3.5, dtype="complex64"), [3.5, 3.5])
    np.testing.assert_array_equal(netinit.numpy.eye((2, 3), dtype=complex), np.eye(2, 3))
    assert not netinit.numpy.zeros((3, 3), dtype="complex128").any()
    assert not netinit.numpy.kaiming_normal((3, 0), dtype="complex128").size


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: netinit.numpy.uniform(3, dtype="complex64"),
            r"xavier_normal, .* not by Uniform\(0, 1",
        ),
        (lambda: netinit.numpy.normal(3, mean=1, dtype="complex64"), "of mean 0 .* not by Normal"),
        (
            lambda: netinit.numpy.orthogonal((3, 3), dtype=complex),
            "constant and eye, not by Orthogonal",
        ),
        (
            lambda: netinit.numpy.normal(3, dtype="complex32"),
            "'complex32' is unknown.*'complex128'",
        ),
        (lambda: netinit.numpy.normal(3, std=1e300, dtype="complex64"), "overflow"),
    ],
)
def test_what_has_no_complex_form_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
