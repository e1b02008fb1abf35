"""What `method=` accepts, and how it answers a slip of the pen."""

from __future__ import annotations

import pytest

import netinit
from netinit.methods import Every, Identity, Kaiming, Orthogonal, Random, Rules, Xavier
from netinit.methods.vocabulary import as_method


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
        (0.02, Every(netinit.Normal(0, 0.02))),
        (netinit.Uniform(-1, 1), Every(netinit.Uniform(-1, 1))),
        ({"distribution": "uniform", "low": 0, "high": 2}, Every(netinit.Uniform(0, 2))),
        ("Xavier-Uniform", Every("xavier_uniform")),
        ("glorot_uniform", Every("xavier_uniform")),
        (("he_normal", {"mode": "fan_out"}), Every("kaiming_normal", {"mode": "fan_out"})),
        (("HeNormal", ("Mode", "fan_out")), Every("kaiming_normal", {"mode": "fan_out"})),
        ({"weight": "orthogonal"}, Rules({"weight": "orthogonal"})),
        ([["weight", 0.1], ["bias", 0.0]], Rules({"weight": 0.1, "bias": 0.0})),
    ],
)  # fmt: skip
def test_forms(given, meant):
    assert as_method(given) == meant


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("Kaimng", "method or initializer 'Kaimng' is unknown; did you mean 'Kaiming'"),
        ("gloro", "did you mean 'Glorot'"),
        ("zzz", "method or initializer 'zzz' is unknown. Allowed: 'Dummy'"),
        (("Xavier", {"distributoin": "uniform"}), "Xavier's option 'distributoin' is unknown; did"),
        (("Xavier", {"distribution": "unifrom"}), "distribution 'unifrom' is unknown; did you mea"),
        (("Xavier", {"gain": 1, "Gain": 2}), "'gain' is given twice"),
        (("Xavier", {"gain": 1}, {"gain": 2}), "'gain' is given twice"),
        (("Kaiming", {"mode": "fan_on"}), "did you mean 'fan_"),
        ({"method": "kaimng"}, "method 'kaimng' is unknown; did you mean 'Kaiming'"),
    ],
)
def test_slips_name_the_nearest(given, message):
    with pytest.raises(ValueError, match=message):
        as_method(given)


@pytest.mark.parametrize(
    "given",
    [
        None,
        "Rules",
        "every",
        "MuP",
        (),
        (3, {}),
        netinit.All,
        netinit.Normal,
        True,
        ("Xavier", "Distribution", "Uniform"),
    ],
)
def test_what_is_no_method_is_refused(given):
    with pytest.raises(
        TypeError,
        match=r"what to fill with must be|options must be|must be given|must be a mapping",
    ):
        as_method(given)
