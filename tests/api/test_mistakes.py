"""Plausible mistakes: the message names the remedy, and nothing is written."""

import re

import numpy as np
import pytest

import netinit
from netinit.initializers.gains import NONLINEARITIES

SPECS = {"fc.weight": netinit.ArraySpec((4, 3)), "fc.bias": netinit.ArraySpec((4,))}


class Linear:
    """A class of layers."""


MISTAKES = {
    "a method as the selection": (
        lambda: netinit.initialize(SPECS, "Xavier"),
        "no parameter's name matches 'Xavier'.*given by name: method='Xavier'",
    ),
    "an initializer as the selection": (
        lambda: netinit.plan(SPECS, netinit.Normal(0, 1)),
        r"select must be .* given by name: method=Normal\(mean=0.0, std=1.0\)",
    ),
    "a class of layers that the net has not": (
        lambda: netinit.initialize(SPECS, Linear),
        "Linear'> fits no parameter. Layers: none; names: 'fc.weight', 'fc.bias'",
    ),
    "a misspelt name": (
        lambda: netinit.initialize(SPECS, "fc.wieght"),
        "did you mean 'fc.weight'",
    ),
    "a tuple that means or": (
        lambda: netinit.plan(SPECS, method={("weight", "bias"): 0.02}),
        "all of a tuple must hold; for any of them give a set",
    ),
    "a slope without its nonlinearity": (
        lambda: netinit.methods.Kaiming(a=0.2),
        "'relu' has none; give nonlinearity='leaky_relu' with a=0.2, or leave a out",
    ),
    "torch's arguments of kaiming_uniform_": (
        lambda: netinit.numpy.kaiming_uniform((3, 4), a=5**0.5),
        "a is the slope of leaky_relu",
    ),
    "a scheme without the net's depth": (
        lambda: netinit.plan(SPECS, method="GPT2"),
        "GPT2's layers must be given: an integer, at least 1, as layers=12",
    ),
    "a dtype that is not drawn": (
        lambda: netinit.create(3, 1.0, dtype="int32"),
        "did you mean 'float32'",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_the_message_names_the_remedy(mistake):
    call, message = MISTAKES[mistake]
    with pytest.raises((TypeError, ValueError)) as raised:
        call()
    assert re.search(message, str(raised.value)), str(raised.value)


def test_a_typo_is_not_taken_for_a_method():
    with pytest.raises(ValueError, match="no parameter's name matches") as raised:
        netinit.initialize(SPECS, "fc.wieght")
    assert "method=" not in str(raised.value)


@pytest.mark.parametrize("nonlinearity", NONLINEARITIES)
def test_a_slope_is_taken_by_those_that_have_one(nonlinearity):
    if NONLINEARITIES[nonlinearity] in ("leaky_relu", "elu"):
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
