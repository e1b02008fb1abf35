"""Plausible mistakes: the message names what was given and the remedy; nothing is written."""

import re
from importlib.util import find_spec

import numpy as np
import pytest

import netinit
from netinit.initializers.gains import NONLINEARITIES
from tests.api.mistakes import arrays, functions, methods, nets

TABLES = {"methods": methods, "functions": functions, "nets": nets}
if find_spec("torch"):
    from tests.api.mistakes import modules

    TABLES["modules"] = modules

CALLS = [
    pytest.param(*row, id=f"{table}: {mistake}")
    for table, module in TABLES.items()
    for mistake, row in module.MISTAKES.items()
]
ERRORS = (ValueError, TypeError, KeyError, IndexError, AttributeError)


def test_there_are_more_than_a_hundred():
    assert sum(len(table.MISTAKES) for table in (methods, functions, nets, arrays)) > 100


@pytest.mark.parametrize(("call", "message"), CALLS)
def test_the_message_names_the_remedy(call, message):
    with pytest.raises(ERRORS) as raised:
        call()
    assert re.search(message, str(raised.value)), str(raised.value)


@pytest.mark.parametrize(("call", "message"), arrays.MISTAKES.values(), ids=arrays.MISTAKES)
def test_the_message_names_the_remedy_and_nothing_is_written(call, message):
    out = np.full((4, 3), 7, np.float32)
    with pytest.raises((*ERRORS, MemoryError)) as raised:
        call(out)
    assert re.search(message, str(raised.value)), str(raised.value)
    assert (out == 7).all()


def test_a_typo_is_not_taken_for_a_method():
    with pytest.raises(ValueError, match="no parameter's name matches") as raised:
        netinit.plan({"fc.weight": netinit.ArraySpec((4, 3))}, "fc.wieght")
    assert "method=" not in str(raised.value)


@pytest.mark.parametrize("nonlinearity", NONLINEARITIES)
def test_a_slope_is_taken_by_those_that_have_one(nonlinearity):
    if NONLINEARITIES[nonlinearity] in ("leaky_relu", "elu", "celu", "prelu"):
        assert netinit.methods.Kaiming(nonlinearity=nonlinearity, a=0.2).a == 0.2
    else:
        with pytest.raises(ValueError, match="has none"):
            netinit.methods.Kaiming(nonlinearity=nonlinearity, a=0.2)


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        ("bf16", "bfloat16"),
        ("f32", "float32"),
        ("fp16", "float16"),
        ("half", "float16"),
        ("double", "float64"),
        ("f8_e4m3", "float8_e4m3fn"),
        ("torch.bfloat16", "bfloat16"),
        (np.float32, "float32"),
        (np.dtype("f8"), "float64"),
        (float, "float64"),
    ],
)
def test_a_dtype_has_one_meaning_in_all_its_spellings(spelling, name):
    pytest.importorskip("ml_dtypes")
    assert netinit.create(3, 1.0, dtype=spelling).dtype.name == name
    spec = netinit.ArraySpec((3,), dtype=spelling)
    assert netinit.initialize({"w": spec})["w"].dtype.name == name
    assert netinit.numpy.zeros(3, dtype=spelling).dtype.name == name
