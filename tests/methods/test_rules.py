"""Rules: what they are for, what they fill with, which comes first, and mistakes."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
import scipy.stats

import netinit
from netinit import ArraySpec, Constant, Normal, Uniform, nets
from netinit.methods import Rules


def mapping():
    shapes = {
        "encoder.fc.weight": (200, 100),
        "encoder.fc.bias": (200,),
        "encoder.norm.weight": (200,),
        "decoder.conv.weight": (32, 16, 3, 3),
        "decoder.conv.bias": (32,),
        "scalar": (),
    }
    return {name: ArraySpec(shape) for name, shape in shapes.items()}


def initializers(rules, net=None):
    method = Rules(rules)
    plan = netinit.plan(mapping() if net is None else net, method.applies, method=method)
    return {row.name: row.initializer for row in plan}


@pytest.mark.parametrize(
    ("what", "names"),
    [
        ("encoder.*", {"encoder.fc.weight", "encoder.fc.bias", "encoder.norm.weight"}),
        ("bias", {"encoder.fc.bias", "decoder.conv.bias", "scalar"}),  # the last by its role
        ("*.bias", {"encoder.fc.bias", "decoder.conv.bias"}),
        ("scale", {"encoder.norm.weight"}),
        (re.compile(r"coder\.(fc|conv)\.w"), {"encoder.fc.weight", "decoder.conv.weight"}),
        (0, {"scalar"}),
        (1, {"encoder.fc.bias", "encoder.norm.weight", "decoder.conv.bias"}),
        (frozenset({2, 4}), {"encoder.fc.weight", "decoder.conv.weight"}),
        (("decoder.*", 1), {"decoder.conv.bias"}),
        (lambda p: p.size > 1000, {"encoder.fc.weight", "decoder.conv.weight"}),
        ((lambda p: p.size > 1000, frozenset({2})), {"encoder.fc.weight"}),
        (range(2, 5), {"encoder.fc.weight", "decoder.conv.weight"}),
        ("*", set(mapping())),
    ],
    ids=str,
)
def test_what_a_rule_is_for(what, names):
    assert set(initializers({what: Normal(0, 0.5)})) == names


@pytest.mark.parametrize(
    ("action", "initializer"),
    [
        (0.02, Normal(0, 0.02)),
        (Uniform(-1, 2), Uniform(-1, 2)),
        ("xavier_normal", Normal(0, math.sqrt(2 / 300))),
        ("Glorot-Normal", Normal(0, math.sqrt(2 / 300))),
        (("kaiming_normal", {"mode": "fan_out", "nonlinearity": "linear"}), Normal(0, 200**-0.5)),
        ("Xavier", Normal(0, math.sqrt(2 / 300))),
        (("Xavier", {"gain": 2}), Normal(0, 2 * math.sqrt(2 / 300))),
        (("Xavier", ("gain", 2)), Normal(0, 2 * math.sqrt(2 / 300))),
        (netinit.methods.Kaiming(), Normal(0, math.sqrt(2 / 100))),
        (netinit.methods.Kaiming, Normal(0, math.sqrt(2 / 100))),
        (lambda where: Normal(0, 1 / where.fan_out), Normal(0, 1 / 200)),
        (lambda where: "lecun_normal", Normal(0, 0.1)),
        (np.arange(100.0), netinit.initializers.Given(np.arange(100.0))),
        (np.float64(0.02), Normal(0, 0.02)),
        (np.float32(0.5), Normal(0, 0.5)),
        (scipy.stats.norm(0, 2), None),
        (netinit.initializers.Eye(), netinit.initializers.Eye()),
    ],
    ids=str,
)
def test_what_a_rule_fills_with(action, initializer):
    made = initializers({"encoder.fc.weight": action})["encoder.fc.weight"]
    if initializer is None:
        assert str(made) == "Quantile(norm)"
    else:
        assert made == initializer or made.std == pytest.approx(initializer.std, rel=1e-14)
        assert type(made) is type(initializer)


def test_a_bias_has_the_fans_of_its_layer():
    made = initializers({("*fc*"): "fan_in_uniform"})
    assert made["encoder.fc.weight"] == made["encoder.fc.bias"]
    assert made["encoder.fc.bias"].high == pytest.approx(0.1, rel=1e-15)
    made = initializers({"decoder.*": lambda where: 1 / math.sqrt(where.fan_in)})
    assert made["decoder.conv.bias"] == Normal(0, 1 / 12)


def test_the_first_rule_that_fits_is_taken_and_the_rest_is_left():
    net = {name: np.full(spec.shape, 7.0) for name, spec in mapping().items()}
    netinit.initialize(
        net, netinit.All, method=[("encoder.fc.*", Uniform(1, 2)), ({"weight"}, Uniform(2, 3))]
    )
    first = {name: int(array.flat[0]) for name, array in net.items()}
    assert first == {
        "encoder.fc.weight": 1,
        "encoder.fc.bias": 1,
        "encoder.norm.weight": 2,
        "decoder.conv.weight": 2,
        "decoder.conv.bias": 7,
        "scalar": 7,
    }


def test_methods_keep_to_fixed_values_and_distributions_do_not():
    assert initializers({"*": "Xavier"})["encoder.norm.weight"] == Constant(1)
    assert initializers({"*": "Xavier"})["decoder.conv.bias"] == Constant(0)
    assert initializers({"*": Normal(0, 0.02)})["encoder.norm.weight"] == Normal(0, 0.02)


def test_values_are_those_that_initialize_draws():
    a = netinit.initialize(
        mapping(), netinit.All, method={"*weight": "kaiming_normal", "*": 0.0}, seed=5
    )
    b = netinit.initialize(mapping(), seed=5)
    np.testing.assert_array_equal(a["encoder.fc.weight"], b["encoder.fc.weight"])
    c = netinit.initialize(mapping(), netinit.All, method={"*weight": "kaiming_normal"}, seed=6)
    assert not np.array_equal(a["encoder.fc.weight"], c["encoder.fc.weight"])


def test_nets_of_netinit():
    chain = nets.NetChain([nets.LinearLayer(4), nets.LinearLayer(2)], input=3)
    chain = netinit.initialize(chain, netinit.All, method={"LinearLayer": "fan_in_uniform"}, seed=1)
    assert abs(chain[0, "Weights"]).max() <= 3**-0.5
    assert abs(chain[1, "Biases"]).max() <= 4**-0.5
    assert abs(chain[1, "Biases"]).max() > 0


@pytest.mark.parametrize(
    ("rules", "error", "message"),
    [
        ({"weigth": 1.0}, ValueError, "the rule for 'weigth' fits no parameter; did you mean 'we"),
        ({7: 1.0}, ValueError, "the rule for 7 fits no parameter. Layers: none; names: 'encoder"),
        ({"encoder": 1.0}, ValueError, "the rule for 'encoder' fits no parameter"),
        ({"*": "xavier_unifrom"}, ValueError, "did you mean 'xavier_uniform'"),
        (
            {"*": ("xavier_uniform", {"gian": 1})},
            ValueError,
            "option 'gian' is unknown; did you m",
        ),
        ({"*": "sparse"}, TypeError, "sparse: missing .* 'sparsity'"),
        ({"*": lambda tensor: tensor.dim()}, TypeError, "'<lambda>' does not: .*'dim'; PyTorch's"),
        ({"*": object()}, TypeError, "what to fill with must be a number"),
        ({"*": -1.0}, ValueError, "at least 0"),
        ({2.5: 1.0}, TypeError, "a rule must be for a name pattern"),
        ({True: 1.0}, TypeError, "a rule must be for a name pattern"),
        ({}, ValueError, "rules must have at least one entry"),
        (
            {"*": netinit.initializers.Eye()},
            ValueError,
            "parameter '.*': Eye needs an array of 2 axes",
        ),
        ({1: lambda where: "zero-ish"}, ValueError, "'zero-ish' is unknown"),
    ],
    ids=str,
)
def test_mistakes_are_named_before_anything_is_written(rules, error, message):
    net = {name: np.full(spec.shape, 7.0) for name, spec in mapping().items()}
    with pytest.raises(error, match=message):
        netinit.initialize(net, netinit.All, method=rules)
    assert all((array == 7).all() for array in net.values())


def test_rules_are_a_method_that_says_what_no_rule_is_for():
    kept = netinit.plan(mapping(), method=Rules({"*.*": Normal()}))
    assert {p.name for p in kept.parameters} - {a.name for a in kept} == {"scalar"}
    assert "1 kept as they are" in repr(kept)
    with pytest.raises(ValueError, match="no rule fits; the last rule"):
        Rules({"*.*": Normal()}).initializer(netinit.Parameter("scalar", ()))
    plan = netinit.plan(mapping(), method=Rules({"*.*": Normal(), "scalar": Constant(2)}))
    assert "Rules('*.*': Normal(mean=0.0, std=1.0), 'scalar': Constant(value=2.0))" in repr(plan)
    assert plan.to_json()["method"]["method"] == "rules"


@pytest.mark.parametrize("number", [0.01, 1, np.float32(0.5)])
@pytest.mark.parametrize("what", ["bias", "scale", "*"])
def test_a_number_is_refused_where_a_constant_is_read(what, number):
    expected = r"standard deviation of a (bias|scale): give netinit\.Constant\(.*or netinit\.Normal"
    with pytest.raises(ValueError, match=expected):
        netinit.plan(mapping(), method={what: number})


def test_zero_is_zero_for_whatever_it_is():
    assert initializers({"bias": 0})["encoder.fc.bias"] == Normal(0, 0)
    assert initializers({"scale": 0.0})["encoder.norm.weight"] == Normal(0, 0)


def test_equal_weights_are_warned_of():
    with pytest.warns(netinit.errors.SymmetryWarning, match="leaves every element"):
        netinit.initialize(mapping(), netinit.All, method={"*": "ones"})
