"""Which name is the nearest to a word that was typed."""

from __future__ import annotations

import pytest

from netinit.base.spelling import nearest

NAMES = ["float8_e4m3fn", "float16", "bfloat16", "orthogonal", "normal"]


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("float8", "float8_e4m3fn"),
        ("ORTHO", "orthogonal"),
        ("orthgonal", "orthogonal"),
        ("ort", None),  # three letters begin many names by chance
        ("o", None),
        ("zzz", None),
    ],
)
def test_nearest(word, name):
    assert nearest(word, NAMES) == name


def test_four_letters_are_the_begin_of_a_name():
    assert nearest("vari", ["variance_scaling"]) == "variance_scaling"
