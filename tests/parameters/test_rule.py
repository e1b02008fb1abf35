"""Rules: the layouts of kernels, and of layers that hold one array many times."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netinit import Layout, Parameter
from netinit.parameters.rule import BIAS, VARIANCE, Rule, kernel, repeated
from netinit.shapes.fans import fans, fans_of_axes

extents = st.integers(1, 4)


def described(rule, shape):
    return rule.describe(Parameter("x", tuple(shape)))


@given(st.lists(extents, min_size=2, max_size=5), st.booleans())
def test_the_last_two_axes_of_a_kernel_are_its_maps(shape, transposed):
    parameter = described(kernel(len(shape), transposed=transposed), shape)
    into, out = (-1, -2) if transposed else (-2, -1)
    expected = fans_of_axes(shape, into, out)
    assert (parameter.fan_in, parameter.fan_out) == expected


@given(st.lists(extents, min_size=1, max_size=3), extents, st.integers(1, 4))
def test_gates_are_packed_along_the_last_axis(before, width, gates):
    shape = (*before, width * gates)
    parameter = described(kernel(len(shape) + 1, gates=gates), (2, *shape))
    assert parameter.fan_out == fans_of_axes((2, *before, width)).fan_out
    assert parameter.fan_in == fans_of_axes((2, *before, width)).fan_in


@given(
    st.lists(extents, max_size=3),
    st.sampled_from(
        [
            ((3, 5), Layout((0,), (1,))),
            ((8, 3), Layout((0,), (1,), stack=4)),
            ((2, 3, 6), kernel(3).layout),
            ((4, 2, 5), Layout((1, 2), (0,))),
        ]
    ),
)
def test_repeated_arrays_have_the_fans_of_one(leading, case):
    shape, layout = case
    rule = repeated(Rule("weight", layout), (*leading, *shape), len(shape))
    parameter = described(rule, (*leading, *shape))
    assert (parameter.fan_in, parameter.fan_out) == fans(shape, layout)


@pytest.mark.parametrize("rule", [BIAS, VARIANCE])
def test_what_has_no_layout_is_repeated_as_it_is(rule):
    assert repeated(rule, (3, 4), 1) is rule


def test_a_rule_describes_a_parameter_and_leaves_the_rest():
    given = Parameter("bn.var", (3,), "float16", initialized=True, layer="BatchNorm")
    found = VARIANCE.describe(given)
    assert (found.role, found.kind, str(found.fixed)) == ("statistic", "buffer", "Constant(1)")
    assert (found.name, found.dtype, found.initialized, found.layer) == (
        given.name,
        given.dtype,
        given.initialized,
        given.layer,
    )
