"""Fans against worked examples, gains against PyTorch's table."""

from __future__ import annotations

import math

import pytest

from netinit import Layout
from netinit.initializers.gains import gain
from netinit.shapes.fans import fans


@pytest.mark.parametrize(
    ("shape", "layout", "expected"),
    [
        ((200, 50), None, (50, 200)),
        ((64, 32, 3, 3), None, (32 * 9, 64 * 9)),
        ((64, 8, 3, 3), Layout((0,), (1,), stack=4), (8 * 9, 16 * 9)),  # grouped convolution
        ((32, 16, 5), Layout((1,), (0,), stack=4), (8 * 5, 16 * 5)),  # transposed, grouped
        ((32, 1, 7), Layout((0,), (1,), stack=32), (7, 7)),  # depthwise
        ((4 * 20, 10), Layout((0,), (1,), stack=4), (10, 20)),  # the gates of an LSTM
        ((3 * 768, 768), Layout((0,), (1,), stack=3), (768, 768)),  # query, key and value
        ((768, 3 * 768), Layout((1,), (0,), stack=3, stack_axis=1), (768, 768)),
        ((3, 3, 16, 32), Layout((3,), (2,)), (16 * 9, 32 * 9)),  # a kernel (h, w, in, out)
        ((12, 64, 768), Layout((0, 1), (2,)), (768, 768)),  # heads
        ((7, 5, 3), Layout((0,), (1, 2)), (15, 7)),  # bilinear
        ((1000, 16), Layout((0,), (1,)), (16, 1000)),  # an embedding
        ((10,), None, (10, 10)),
        ((), None, (1, 1)),
        ((0, 5), None, (5, 0)),
        ((8, 0, 3), None, (0, 24)),
    ],
)
def test_fans(shape, layout, expected):
    assert fans(shape, layout) == expected


def test_layouts_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"axis 0 of the shape \(7, 5\) cannot be divided into 2"):
        fans((7, 5), Layout((0,), (1,), stack=2))
    with pytest.raises(ValueError, match=r"axis 2 is not an axis of the shape \(7, 5\)"):
        fans((7, 5), Layout((0,), (2,)))


@pytest.mark.parametrize(
    ("name", "a", "expected"),
    [
        ("linear", None, 1),
        ("conv2d", None, 1),
        ("conv_transpose3d", None, 1),
        ("sigmoid", None, 1),
        ("tanh", None, 5 / 3),
        ("relu", None, math.sqrt(2)),
        ("ReLU", None, math.sqrt(2)),
        ("Ramp", None, math.sqrt(2)),
        ("leaky_relu", None, math.sqrt(2 / (1 + 0.01**2))),
        ("LeakyReLU", 0.2, math.sqrt(2 / (1 + 0.2**2))),
        ("leaky_relu", math.sqrt(5), math.sqrt(1 / 3)),
        ("selu", None, 0.75),
    ],
)
def test_gain(name, a, expected):
    assert gain(name, a) == pytest.approx(expected, rel=1e-15)


def test_gain_of_an_unknown_nonlinearity_names_the_nearest():
    with pytest.raises(ValueError, match="'leaky_rleu' is unknown; did you mean 'leaky_relu'"):
        gain("leaky_rleu")


def test_gain_of_a_huge_slope_does_not_overflow():
    assert gain("leaky_relu", 1e200) == pytest.approx(math.sqrt(2) * 1e-200)
