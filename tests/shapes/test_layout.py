"""Layouts with pieces: shapes, fans, recipes, other widths."""

import pytest

from netinit import Layout
from netinit.shapes.fans import fans
from netinit.shapes.layout import layout_from_json, layout_to_json, piece_shapes, refitted

QKV = Layout((0,), (1,), pieces=(64, 16, 16))


def test_pieces_recur_to_the_end_of_the_axis():
    assert piece_shapes((96, 8), QKV) == [(64, 8), (16, 8), (16, 8)]
    assert piece_shapes((192, 8), QKV) == [(128, 8), (32, 8), (32, 8)]
    assert piece_shapes((192, 8), Layout((0,), (1,))) == [(192, 8)]


def test_fans_are_those_of_the_largest_piece():
    assert tuple(fans((96, 8), QKV)) == (8, 64)
    assert tuple(fans((8, 96), Layout((1,), (0,), pieces=(64, 32), piece_axis=1))) == (8, 64)
    experts = Layout((2,), (1,), stack=4, pieces=(1, 1), piece_axis=2)
    assert tuple(fans((4, 8, 96), experts)) == (8, 48)


@pytest.mark.parametrize(
    "layout",
    [QKV, Layout((0,), (1,)), Layout((2,), (1,), stack=4, pieces=(1, 1), piece_axis=2)],
    ids=str,
)
def test_recipes(layout):
    assert layout_from_json(layout_to_json(layout)) == layout


def test_recipes_without_pieces_do_not_speak_of_them():
    assert layout_to_json(Layout((0,), (1,), stack=3)) == {
        "out_axes": [0],
        "in_axes": [1],
        "stack": 3,
        "stack_axis": 0,
    }


@pytest.mark.parametrize(
    ("layout", "message"),
    [
        (Layout((0,), (1,), pieces=(64, 16)), "cannot be cut into the pieces"),
        (Layout((0,), (1,), pieces=(96, 0)), "at least 1"),
        (Layout((0,), (1,), pieces=(96,), piece_axis=2), "axis 2 of the shape"),
        (Layout((0,), (1,), stack=2, pieces=(48,)), "axis 0 of the shape"),
    ],
)
def test_pieces_that_do_not_fit(layout, message):
    with pytest.raises(ValueError, match=message):
        fans((96, 8), layout)


def test_another_width_has_other_pieces():
    assert refitted(QKV, (96, 64), (192, 128)).pieces == (128, 32, 32)
    assert refitted(QKV, (192, 64), (96, 64)).pieces == (64, 16, 16)  # fewer rounds
    assert refitted(QKV, (96, 64), (3, 64)).pieces == ()
    assert refitted(QKV, (192, 64), (100, 64)).pieces == ()
    assert refitted(None, (2,), (3,)) is None
