"""Rules of arrays that hold one of fewer axes many times."""

import pytest

from netinit import Layout
from netinit.parameters.parameter import Parameter
from netinit.parameters.rule import Rule, repeated

QKV = Rule("weight", Layout((0,), (1,), pieces=(64, 16, 16)))


def row(rule, shape):
    return rule.describe(Parameter("qkv", shape))


def test_pieces_move_with_their_axis():
    layer = row(repeated(QKV, (5, 96, 64), 2), (5, 96, 64))
    assert layer.layout == Layout((1,), (2,), 5, 0, pieces=(64, 16, 16), piece_axis=1)
    assert [(piece.fan_in, piece.fan_out) for piece in layer.pieces] == [
        (64, 64),
        (64, 16),
        (64, 16),
    ]


def test_the_rule_of_one_stays_as_it_is():
    assert repeated(QKV, (96, 64), 2) is QKV
    assert repeated(QKV, (64,), 2) is QKV  # a part of one: what has no axes has no fans


@pytest.mark.parametrize("lead", [(), (2, 3)])
def test_the_fans_are_those_of_one(lead):
    rule = repeated(QKV, (*lead, 96, 64), 2)
    assert rule.layout.piece_axis == len(lead)
    assert (row(rule, (*lead, 96, 64)).fan_in, row(rule, (*lead, 96, 64)).fan_out) == (64, 64)
