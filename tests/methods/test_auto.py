"""`"auto"`: the gain of what follows each layer, wherever methods and initializers take it."""

from __future__ import annotations

import json
import math

import pytest

import netinit
from netinit import Parameter, methods, nets
from netinit.initializers.gains import gain, preserving_gain
from netinit.initializers.recipes import initializer_from_json
from netinit.parameters.following import Following


class Around:
    """A net in which one thing follows every layer."""

    def __init__(self, following):
        self._following, self.asked = following, 0

    def following(self, target):
        self.asked += 1
        return self._following


GELU = Around(Following("gelu", None, "fx"))
WEIGHT = Parameter("fc.weight", (200, 50), surroundings=GELU)

#: What "auto" is given to, and its standard deviation on a weight of 200 x 50 before a gelu.
CASES = [
    (methods.Kaiming(nonlinearity="auto"), gain("gelu") / math.sqrt(50)),
    (methods.Kaiming(nonlinearity="Auto", mode="fan_out"), gain("gelu") / math.sqrt(200)),
    (methods.Xavier(gain="auto"), gain("gelu") / math.sqrt(125)),
    (methods.Orthogonal(gain="auto"), gain("gelu") / math.sqrt(200)),
    (methods.VarianceScaling("auto", distribution="normal"), gain("gelu") / math.sqrt(50)),
    (methods.Every("kaiming_normal", {"nonlinearity": "auto"}), gain("gelu") / math.sqrt(50)),
    (methods.Every("xavier_uniform", {"gain": "auto"}), gain("gelu") / math.sqrt(125)),
    (methods.Every("lecun_normal", {"gain": "auto"}), gain("gelu") / math.sqrt(50)),
    (methods.Every("orthogonal", {"gain": "auto"}), gain("gelu") / math.sqrt(200)),
    (methods.Every("variance_scaling", {"scale": "auto"}), gain("gelu") / math.sqrt(50)),
    (methods.ForgetBias(methods.Xavier(gain="auto")), gain("gelu") / math.sqrt(125)),
    (methods.Rules({"weight": ("kaiming_normal", {"nonlinearity": "auto"})}),
     gain("gelu") / math.sqrt(50)),
]  # fmt: skip


@pytest.mark.parametrize(("method", "std"), CASES, ids=str)
def test_the_gain_is_that_of_what_follows(method, std):
    assert method.initializer(WEIGHT).std == pytest.approx(std, rel=1e-12)
    assert method.remark(WEIGHT) == "gelu follows (fx)"


def test_mup_scales_what_its_base_method_draws():
    base = {"fc.weight": (20, 5)}
    auto = methods.MuP(base, methods.Kaiming(nonlinearity="auto"))
    by_name = methods.MuP(base, methods.Kaiming(nonlinearity="gelu"))
    assert auto.weight(WEIGHT) == by_name.weight(WEIGHT)
    assert auto.remark(WEIGHT) == "gelu follows (fx)"


def test_the_net_is_asked_for_auto_alone():
    around = Around(Following("tanh"))
    weight = Parameter("w", (3, 4), surroundings=around)
    for method in (methods.Kaiming(), methods.Kaiming(nonlinearity="tanh"), methods.Xavier()):
        method.initializer(weight)
        assert method.remark(weight) == ""
    assert around.asked == 0


def test_conventions_are_for_names_and_preserving_gains_for_auto():
    weight = Parameter("w", (3, 1), surroundings=Around(Following("tanh")))
    assert methods.Kaiming(nonlinearity="tanh").weight(weight).std == pytest.approx(5 / 3)
    auto = methods.Kaiming(nonlinearity="auto").weight(weight)
    assert auto.std == pytest.approx(preserving_gain("tanh"))


def test_biases_are_zero():
    bias = Parameter("fc.bias", (200,), role="bias", surroundings=GELU)
    assert methods.Kaiming(nonlinearity="auto").initializer(bias) == netinit.Constant(0.0)


@pytest.mark.parametrize(
    "what",
    [
        ("Kaiming", {"nonlinearity": "auto"}),
        ("xavier_normal", {"gain": "auto"}),
        methods.Orthogonal(gain="auto"),
        {"*": methods.VarianceScaling(scale="auto")},
    ],
    ids=str,
)
def test_arrays_alone_do_not_say_what_follows(what):
    net = {"fc.weight": netinit.ArraySpec((3, 4))}
    with pytest.raises(ValueError, match=r"'fc.weight': 'auto' is what follows .* name it, as in"):
        netinit.plan(net, method=what)
    assert net == {"fc.weight": netinit.ArraySpec((3, 4))}


def test_one_array_does_not_either():
    with pytest.raises(ValueError, match="'auto' is what follows the layer in its net"):
        netinit.numpy.kaiming_normal((3, 4), nonlinearity="auto")
    with pytest.raises(ValueError, match="'auto' is what follows the layer in its net"):
        netinit.numpy.orthogonal((3, 4), gain="auto")


def test_a_slope_is_found_and_not_given():
    with pytest.raises(ValueError, match=r"a is found with nonlinearity='auto'; 0\.1 is given"):
        methods.Kaiming(nonlinearity="auto", a=0.1)


@pytest.mark.parametrize("make", [methods.Xavier, methods.Orthogonal])
def test_another_word_for_a_gain_is_refused(make):
    with pytest.raises(TypeError, match="gain must be a number, or 'auto', not 'relu'"):
        make(gain="relu")


def chain():
    return nets.NetChain([64, "tanh", 32, "gelu", 10], input=50)


def test_a_recipe_needs_no_net():
    plan = netinit.plan(chain(), method=methods.Kaiming(nonlinearity="auto"))
    recipe = json.loads(json.dumps(plan.to_json()))
    assert recipe["method"]["nonlinearity"] == "auto"
    again = initializer_from_json(recipe["tensors"]["2.Weights"])
    assert again == netinit.Normal(0, gain("gelu") / 8)


def test_a_selection_sees_the_whole_net():
    plan = netinit.plan(chain(), "2.*", method=methods.Kaiming(nonlinearity="auto"))
    assert [assignment.name for assignment in plan] == ["2.Weights", "2.Biases"]
    assert plan[0].initializer == netinit.Normal(0, gain("gelu") / 8)


def test_the_plan_says_what_was_found():
    table = str(netinit.plan(chain(), method=methods.Kaiming(nonlinearity="auto"))).splitlines()
    assert table[1].endswith("tanh follows, after the net's input: gain 1 (graph)")
    assert table[3].endswith("Normal(0, 0.192)  gelu follows (graph)")
    assert table[4].endswith("Constant(0)")
    assert table[5].endswith("nothing follows: linear (graph)")


def test_initialize_draws_what_the_plan_says():
    method = methods.Kaiming(nonlinearity="auto")
    net = netinit.initialize(chain(), method=method, seed=3)
    expected = netinit.numpy.normal((32, 64), 0, gain("gelu") / 8, seed=3, name="2.Weights")
    assert (net[2, "Weights"] == expected).all()


def test_the_command_line(tmp_path, capsys):
    pytest.importorskip("click")
    pytest.importorskip("rich")
    from netinit.cli.commands import run

    source = tmp_path / "net.json"
    source.write_text(nets.to_json(chain()))
    options = ["--method", "orthogonal", "--option", "gain=auto"]
    assert run(["plan", str(source), *options]) == 0
    assert "gelu follows (graph)" in capsys.readouterr().out
    target = tmp_path / "net.safetensors"
    assert run(["init", str(source), "-o", str(target), *options]) == 0
    assert run(["check", str(target)]) == 0
    assert run(["plan", str(target), *options]) == 1
    assert "arrays alone do not say" in capsys.readouterr().err
