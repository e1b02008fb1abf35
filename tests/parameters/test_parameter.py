"""A row of a plan: what may be changed, and copies that are made without a look at the changes."""

import copy
import dataclasses
import pickle

import pytest

from netinit import Layout, Parameter
from netinit.parameters.parameter import made

#: No two attributes have one value, and none has that of an attribute that is not given.
OTHERS = {field.name: object() for field in dataclasses.fields(Parameter)}


def test_a_copy_has_every_attribute_of_the_row():
    copied = made(Parameter(**OTHERS))
    assert type(copied) is Parameter
    assert {name: getattr(copied, name) for name in OTHERS} == OTHERS


@pytest.mark.parametrize("name", OTHERS)
def test_a_copy_has_its_own_attributes(name):
    row = Parameter(**OTHERS)
    copied = made(row, **{name: 5})
    assert {each for each in OTHERS if getattr(copied, each) != OTHERS[each]} == {name}
    assert getattr(row, name) is OTHERS[name]


def test_no_attribute_is_made_up():
    with pytest.raises(AttributeError, match="shap"):
        made(Parameter("a", (3, 5)), shap=(5, 3))


def test_a_copy_can_no_more_be_set_than_a_row():
    for row in (Parameter("a", (3, 5)), made(Parameter("a", (3, 5)))):
        with pytest.raises(dataclasses.FrozenInstanceError, match="cannot assign to field 'name'"):
            row.name = "b"


def test_rows_are_compared_hashed_copied_and_pickled_as_values():
    row = Parameter("a", (3, 5), layout=Layout((0,), (1,)), aliases=("b",))
    for other in (made(row), copy.copy(row), pickle.loads(pickle.dumps(row))):
        assert other == row
        assert hash(other) == hash(row)
    assert dataclasses.replace(made(row), name="c") == Parameter(
        "c", (3, 5), layout=Layout((0,), (1,)), aliases=("b",)
    )


def test_the_size_is_that_of_the_whole_array_and_0_while_its_shape_is_not_known():
    known, unknown = Parameter("a", (3, 5), "bfloat16"), Parameter("a", None)
    assert (known.size, known.nbytes) == (15, 30)
    assert (unknown.size, unknown.nbytes) == (0, 0)
