"""One vocabulary: every item, everywhere that netinit asks what to fill with.

The table says what each item makes of a weight (10, 20) by `fill`, `create`, `initialize`, a rule
and the command line; or the message that it gives.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys

import numpy as np
import pytest
import scipy.stats

import netinit
from netinit import initializers, methods

NAME, SHAPE = "fc.weight", (10, 20)
KAIMING = netinit.Normal(0, 0.1**0.5)
XAVIER = netinit.Normal(0, (2 / 30) ** 0.5)
GIVEN = np.arange(20.0)

#: What is given; what fills the weight; the text for the command line, None where it has none.
ITEMS = {
    "a number": (0.02, netinit.Normal(0, 0.02), "0.02"),
    "an integer": (2, netinit.Normal(0, 2), "2"),
    "a numpy number": (np.float64(0.5), netinit.Normal(0, 0.5), None),
    "a distribution": (netinit.Uniform(-1, 2), netinit.Uniform(-1, 2), None),
    "its recipe": (
        {"distribution": "uniform", "low": -1, "high": 2},
        netinit.Uniform(-1, 2),
        '{"distribution": "uniform", "low": -1, "high": 2}',
    ),
    "an initializer": (initializers.Eye(2), initializers.Eye(2), None),
    "its recipe, too": ({"pattern": "eye"}, initializers.Eye(), '{"pattern": "eye"}'),
    "an array": (GIVEN, initializers.Given(GIVEN), None),
    "a ppf": (scipy.stats.laplace(), initializers.Quantile(scipy.stats.laplace()), None),
    "an entry's name": ("xavier_normal", XAVIER, "xavier_normal"),
    "an alias, in any case": ("Glorot-Normal", XAVIER, "Glorot-Normal"),
    "a name with options": (
        ("kaiming_normal", {"mode": "fan_out"}),
        netinit.Normal(0, 0.2**0.5),
        '["kaiming_normal", {"mode": "fan_out"}]',
    ),
    "a name that a method has too": ("orthogonal", initializers.Orthogonal(), "orthogonal"),
    "a method's name": ("Kaiming", KAIMING, "Kaiming"),
    "a method's name with options": (
        ("Xavier", {"Distribution": "normal"}),
        XAVIER,
        '["Xavier", {"Distribution": "normal"}]',
    ),
    "a method": (methods.Xavier(), XAVIER, None),
    "a class of methods": (methods.Kaiming, KAIMING, None),
    "a method's recipe": (
        {"method": "xavier", "gain": 1},
        XAVIER,
        '{"method": "xavier", "gain": 1}',
    ),
    "rules": ({"bias": 0.0, "*": 0.02}, netinit.Normal(0, 0.02), '{"bias": 0.0, "*": 0.02}'),
    "rules as pairs": (
        [["weight", "xavier_normal"], ["*", 0.0]],
        XAVIER,
        '[["weight", "xavier_normal"], ["*", 0.0]]',
    ),
    "a function of a parameter": (
        lambda parameter: netinit.Normal(0, 1 / parameter.fan_in),
        netinit.Normal(0, 0.05),
        None,
    ),
    "Automatic": (netinit.Automatic, KAIMING, None),
}
PLACES = ("fill", "create", "initialize", "rule", "command line")


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """Return a file whose header has the weight and its bias."""
    path = tmp_path_factory.mktemp("source") / "net.safetensors"
    shapes = [(NAME, "float32", SHAPE), ("fc.bias", "float32", SHAPE[:1])]
    header = netinit.checkpoint.layout_tensors(shapes, {})
    path.write_bytes(header.to_bytes() + bytes(header.data_bytes))
    return path


def net():
    return {NAME: netinit.ArraySpec(SHAPE), "fc.bias": netinit.ArraySpec(SHAPE[:1])}


def by_command_line(text, source, tmp_path):
    """Return the weight that `netinit init` writes, and what it says on stderr."""
    out = tmp_path / "out.safetensors"
    done = subprocess.run(
        [sys.executable, "-m", "netinit", "init", source, "-o", out, "--method", text],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        return None, done.stderr
    header = netinit.checkpoint.read_header(out)
    (tensor,) = [tensor for tensor in header.tensors if tensor.name == NAME]
    data = out.read_bytes()[header.data_start :]
    assert not netinit.checkpoint.check(out)
    return np.frombuffer(data[tensor.begin : tensor.end], "<f4").reshape(SHAPE), done.stderr


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("item", ITEMS)
def test_every_item_works_everywhere(item, place, source, tmp_path):
    what, meant, text = ITEMS[item]
    want = np.empty(SHAPE, "f4")
    meant.fill(netinit.arrays.slice.Slice(want, "float32"), netinit.Stream(1234, NAME))
    if place == "fill":
        got = netinit.fill(np.empty(SHAPE, "f4"), what, name=NAME)
    elif place == "create":
        got = netinit.create(SHAPE, what, name=NAME)
    elif place == "initialize":
        got = netinit.initialize(net(), method=what)[NAME]
    elif place == "rule":
        if isinstance(what, (dict, list)) and item.startswith("rules"):
            pytest.skip("rules stand in no rule's place")
        got = netinit.initialize(net(), method={"weight": what})[NAME]
    elif text is None:
        pytest.skip("an object, not text")
    else:
        got, said = by_command_line(text, source, tmp_path)
        assert got is not None, said
    np.testing.assert_array_equal(got, want)


def test_rules_in_the_place_of_a_rule_work_too():
    got = netinit.initialize(net(), method={"*": {"bias": 0, "*": 0.02}})
    np.testing.assert_array_equal(got[NAME], netinit.create(SHAPE, 0.02, name=NAME))


#: What is given, the text for the command line, and the message.
MISTAKES = {
    "a misspelt name": ("xavier_unifrom", "xavier_unifrom", "did you mean 'xavier_uniform'"),
    "a misspelt method": ("Kaimng", "Kaimng", "did you mean 'Kaiming'"),
    "a misspelt option": (
        ("xavier_normal", {"gian": 2}),
        '["xavier_normal", {"gian": 2}]',
        "xavier_normal's option 'gian' is unknown; did you mean 'gain'",
    ),
    "a negative number": (-1.0, "-1.0", "a number is a standard deviation, at least 0"),
    "nothing": (None, "null", "null|what to fill with must be a number"),
    "a list of numbers": ([1, 2], "[1, 2]", "what to fill with must be a number"),
    "a class of initializers": (netinit.Normal, None, "make an instance of it"),
    "a scheme without its options": ("GPT2", "GPT2", "GPT2's layers must be given"),
    "an unknown recipe": (
        {"method": "kaimng"},
        '{"method": "kaimng"}',
        "did you mean 'Kaiming'",
    ),
    "a rule for nothing": (
        {"conv.*": 1.0},
        '{"conv.*": 1.0}',
        "the rule for 'conv.\\*' fits no parameter|no rule of .* fits an array",
    ),
    "an initializer of another rank": ("dirac", "dirac", "Dirac needs an array"),
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("item", MISTAKES)
def test_every_mistake_is_named_everywhere(item, place, source, tmp_path):
    what, text, message = MISTAKES[item]
    out = np.full(SHAPE, 7, "f4")
    calls = {
        "fill": lambda: netinit.fill(out, what, name=NAME),
        "create": lambda: netinit.create(SHAPE, what, name=NAME),
        "initialize": lambda: netinit.initialize({NAME: out}, netinit.All, method=what),
        "rule": lambda: netinit.initialize({NAME: out}, netinit.All, method={"*": what}),
    }
    if place in calls:
        with pytest.raises((TypeError, ValueError), match=message):
            calls[place]()
        assert (out == 7).all()
    elif text is not None:
        got, said = by_command_line(text, source, tmp_path)
        assert got is None
        assert said.count("\n") == 1
        assert re.search(message, said)


@pytest.mark.parametrize(
    "scheme",
    [
        methods.GPT2(layers=2),
        ("DeepNorm", {"encoder_layers": 2}),
        methods.MuP({NAME: SHAPE}),
        "ForgetBias",
        ("Siren", {"omega": 3}),
        {"*": methods.GPT2(layers=2)},
    ],
    ids=str,
)
def test_a_scheme_for_one_array_says_what_to_call(scheme):
    out = np.full(SHAPE, 7, "f4")
    if scheme == "ForgetBias":  # the name of an entry too: an LSTM's bias
        scheme = methods.ForgetBias()
    if isinstance(scheme, tuple) and scheme[0] == "Siren":
        scheme = methods.Siren(omega=3)
    with pytest.raises(TypeError, match=r"cannot fill one array; .* netinit\.initialize\(net, me"):
        netinit.fill(out, scheme)
    with pytest.raises(TypeError, match="places in it"):
        netinit.create(SHAPE, scheme)
    assert (out == 7).all()


def test_one_array_is_filled_as_a_net_of_it_alone():
    for name in ("fc.weight", "fc.bias", "norm.weight", "conv.kernel", ""):
        shape = (4,) if name in ("fc.bias", "norm.weight") else (3, 3, 4, 5)
        alone = netinit.create(shape, "Kaiming", name=name)
        net_of_it = netinit.initialize({name: netinit.ArraySpec(shape)}, method="Kaiming")
        np.testing.assert_array_equal(alone, net_of_it[name])


def test_rules_survive_a_recipe():
    rules = {("Linear", "weight"): "xavier_normal", 1: netinit.Constant(0.5), "*": methods.Xavier()}
    method = methods.Rules(rules)
    again = methods.as_method(json.loads(json.dumps(method.to_json())))
    weight = netinit.Parameter("a.weight", (3, 4), layer="Linear")
    bias = netinit.Parameter("a.bias", (3,), role="bias", layer="Linear")
    for parameter in (weight, bias):
        assert again.initializer(parameter) == method.initializer(parameter)
    assert "in_words" in methods.Rules({re.compile("a"): 1.0}).to_json()
