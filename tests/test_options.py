"""What `method=` accepts, and how it answers a slip of the pen."""

from __future__ import annotations

import pytest

import netinit
from netinit import Identity, Kaiming, Orthogonal, Random, Xavier
from netinit.methods.registry import as_method


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("Kaiming", Kaiming()),
        ("kaiming", Kaiming()),
        ("KAIMING", Kaiming()),
        ("He", Kaiming()),
        ("glorot", Xavier()),
        ("Xavier", Xavier()),
        ("orthogonal", Orthogonal()),
        ("Random", Random()),
        ("identity", Identity()),
        (Xavier, Xavier()),
        (Xavier(gain=2), Xavier(gain=2)),
        (netinit.Automatic, Kaiming()),
        (("Xavier", {"distribution": "Uniform"}), Xavier("uniform")),
        (["Xavier", {"Distribution": "uniform", "GAIN": 2}], Xavier("uniform", 2)),
        (("Xavier", ("Distribution", "Uniform"), ("Gain", 2)), Xavier("uniform", 2)),
        (("Kaiming", {"Mode": "FanOut", "Nonlinearity": "LeakyReLU"}),
         Kaiming(mode="fan_out", nonlinearity="leaky_relu")),
        (("Kaiming",), Kaiming()),
        (("Random", {"Weights": 2, "Biases": 3}), Random(2, 3)),
        ((Xavier, {"gain": 2}), Xavier(gain=2)),
        ({"method": "xavier", "distribution": "uniform"}, Xavier("uniform")),
    ],
)  # fmt: skip
def test_forms(given, meant):
    assert as_method(given) == meant


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("Kaimng", "method 'Kaimng' is unknown; did you mean 'Kaiming'"),
        ("gloro", "did you mean 'Glorot'"),
        ("zzz", "method 'zzz' is unknown. Allowed: 'Kaiming'"),
        (("Xavier", {"distributoin": "uniform"}), "Xavier's option 'distributoin' is unknown; did"),
        (("Xavier", {"distribution": "unifrom"}), "distribution 'unifrom' is unknown; did you mea"),
        (("Xavier", {"gain": 1, "Gain": 2}), "'gain' is given twice"),
        (("Xavier", {"gain": 1}, {"gain": 2}), "'gain' is given twice"),
        (("Kaiming", {"mode": "fan_on"}), "did you mean 'fan_"),
        ({"distribution": "uniform"}, "needs the key 'method'"),
    ],
)
def test_slips_name_the_nearest(given, message):
    with pytest.raises(ValueError, match=message):
        as_method(given)


@pytest.mark.parametrize(
    "given",
    [None, 3, (), netinit.Normal(), ("Xavier", "Distribution", "Uniform"), (3, {}), netinit.All],
)
def test_what_is_no_method_is_refused(given):
    with pytest.raises(TypeError, match="method"):
        as_method(given)
