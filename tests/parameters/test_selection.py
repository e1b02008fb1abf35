"""Which parameters a call is about."""

from __future__ import annotations

import copy
import pickle
import re

import pytest

import netinit
from netinit import Constant, Parameter
from netinit.parameters.selection import select_parameters


class Linear:
    """A class of layers, known by its name."""


NET = [
    Parameter("enc.fc.weight", (2, 3), initialized=True, aliases=("head.weight",), layer="Linear"),
    Parameter("enc.fc.bias", (2,), role="bias", layer="Linear"),
    Parameter("enc.norm.weight", (2,), role="scale", fixed=Constant(1), initialized=True),
    Parameter("mean", (2,), role="statistic", kind="buffer", fixed=Constant(0)),
    Parameter("table", (2,), role="statistic", kind="buffer"),
]


@pytest.mark.parametrize(
    ("select", "names"),
    [
        ("uninitialized", ["enc.fc.bias", "mean"]),
        ("Uninitialized", ["enc.fc.bias", "mean"]),
        (netinit.Automatic, ["enc.fc.bias", "mean"]),
        (netinit.All, ["enc.fc.weight", "enc.fc.bias", "enc.norm.weight", "mean"]),
        ("*.weight", ["enc.fc.weight", "enc.norm.weight"]),
        ("enc.fc.*", ["enc.fc.weight", "enc.fc.bias"]),
        ("head.*", ["enc.fc.weight"]),
        (["*.bias", "mean"], ["enc.fc.bias", "mean"]),
        (("mean", "*.bias", "*.bias"), ["enc.fc.bias", "mean"]),
        (lambda p: p.role == "scale", ["enc.norm.weight"]),
        (lambda p: False, []),
        (["*.bias", lambda p: p.kind == "buffer"], ["enc.fc.bias", "mean"]),
        ([], []),
        ("enc.?c.[bw]*", ["enc.fc.weight", "enc.fc.bias"]),
        # what a rule may be for
        ("weight", ["enc.fc.weight", "enc.norm.weight"]),
        ("bias", ["enc.fc.bias"]),
        ("scale", ["enc.norm.weight"]),
        ("Lin*", ["enc.fc.weight", "enc.fc.bias"]),
        (Linear, ["enc.fc.weight", "enc.fc.bias"]),
        ([("Linear", 1), "scale"], ["enc.fc.bias", "enc.norm.weight"]),
        (re.compile(r"\.fc\."), ["enc.fc.weight", "enc.fc.bias"]),
        (range(2, 5), ["enc.fc.weight"]),
        ([frozenset({"scale", "bias"})], ["enc.fc.bias", "enc.norm.weight"]),
    ],
)
def test_selection(select, names):
    assert [p.name for p in select_parameters(NET, select)] == names


@pytest.mark.parametrize(
    ("select", "message"),
    [
        ("enc.fc.wieght", "no parameter's name matches 'enc.fc.wieght'; did you mean 'enc.fc.weig"),
        ("ENC.fc.weight", "did you mean 'enc.fc.weight'"),
        ("enc.fc", r"did you mean 'enc\.fc\.\*'"),
        ("all", "netinit.All"),
        ("All", "netinit.All"),
        ("uninitialised!", r"did you mean 'uninitialized'\? Names: 'enc"),
        (["*.bias", "nothing"], "'nothing'"),
        ("table", "'table'"),
    ],
)
def test_patterns_that_match_nothing_are_refused(select, message):
    with pytest.raises(ValueError, match=message):
        select_parameters(NET, select)


@pytest.mark.parametrize("select", [3, None, netinit.Inherited, [3], [netinit.All]])
def test_what_is_no_selection_is_refused(select):
    with pytest.raises(TypeError, match="select must be"):
        select_parameters(NET, select)


@pytest.mark.parametrize("word", [netinit.All, netinit.Automatic, netinit.Inherited])
def test_words_are_one_of_each(word):
    assert pickle.loads(pickle.dumps(word)) is word
    assert copy.deepcopy(word) is word
    assert getattr(netinit, repr(word).removeprefix("netinit.")) is word


def test_a_layers_name_is_suggested_for_what_is_in_it_and_for_nothing_else():
    net = [Parameter("fc10.weight", (2, 3))]
    with pytest.raises(ValueError, match=r"did you mean 'fc10\.\*'\?$"):
        select_parameters(net, "fc10")
    with pytest.raises(ValueError, match="fc1") as error:
        select_parameters(net, "fc1")
    assert "fc1.*" not in str(error.value)
