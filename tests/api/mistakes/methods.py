"""Mistakes in what to fill with: methods, their options, rules, selections."""

import re

import numpy as np

import netinit
from netinit import methods


def specs():
    return {"fc.weight": netinit.ArraySpec((4, 3)), "fc.bias": netinit.ArraySpec((4,))}


def plan(select="uninitialized", **options):
    return lambda: netinit.plan(specs(), select, **options)


def method(what):
    return plan(method=what)


class Linear:
    """A class of layers."""


class Conv:
    """Another one."""


#: What is done, by its name, and the message that it gets.
MISTAKES = {
    # -- names and options ----------------------------------------------------------------------
    "a misspelt method": (method("Kaimng"), "method or initializer 'Kaimng' .* mean 'Kaiming'"),
    "letters exchanged": (method("xaiver"), "'xaiver' is unknown; did you mean 'Xavier'"),
    "a misspelt initializer": (method("kaiming_unifrom"), "did you mean 'kaiming_uniform'"),
    "a part of a name": (method("ortho"), "'ortho' is unknown; did you mean 'orthogonal'"),
    "a misspelt option": (
        method(("Xavier", {"gian": 2})),
        "Xavier's option 'gian' is unknown; did you mean 'gain'",
    ),
    "an option of another method": (
        method(("Xavier", {"mode": "fan_in"})),
        "Xavier's option 'mode' is unknown. Allowed: 'distribution', 'gain'",
    ),
    "the same by the class": (
        lambda: methods.Xavier(mode="fan_in"),
        "Xavier's option 'mode' is unknown. Allowed: 'distribution', 'gain'",
    ),
    "a misspelt option by the class": (
        lambda: methods.Orthogonal(gian=2),
        "Orthogonal's option 'gian' is unknown; did you mean 'gain'",
    ),
    "options without a mapping": (
        method(("Xavier", "uniform")),
        r"Xavier's options must be \{option: value\} or \(option, value\), not 'uniform'",
    ),
    "an option that is given twice": (
        method(("Xavier", {"gain": 2}, ("gain", 3))),
        "Xavier's option 'gain' is given twice",
    ),
    "a misspelt mode": (
        method(("Kaiming", {"mode": "fan_uot"})),
        "Kaiming's mode 'fan_uot' is unknown; did you mean 'fan_out'.*'fan_avg'",
    ),
    "a misspelt distribution": (
        lambda: methods.Kaiming("unifrom"),
        "Kaiming's distribution 'unifrom' is unknown; did you mean 'uniform'",
    ),
    "a misspelt nonlinearity": (
        method(("Kaiming", {"nonlinearity": "rleu"})),
        "nonlinearity 'rleu' is unknown; did you mean 'relu'",
    ),
    "a mode that is None": (
        lambda: methods.Kaiming(mode=None),
        "Kaiming's mode must be a string, not None",
    ),
    "a gain as text": (
        lambda: methods.Xavier(gain="2"),
        "Xavier's gain must be a number, or 'auto', not '2'",
    ),
    "a gain below 0": (lambda: methods.Xavier(gain=-1), "Xavier's gain must be at least 0, not -1"),
    "a scale below 0": (
        lambda: methods.VarianceScaling(scale=-2),
        "VarianceScaling's scale must be at least 0, not -2",
    ),
    "a slope without its nonlinearity": (
        lambda: methods.Kaiming(a=0.2),
        "'relu' has none; give nonlinearity='leaky_relu' with a=0.2, or leave a out",
    ),
    # -- schemes --------------------------------------------------------------------------------
    "a scheme without the net's depth": (
        method("GPT2"),
        "GPT2's layers must be given: an integer, at least 1, as layers=12",
    ),
    "a depth of 0": (lambda: methods.GPT2(layers=0), "GPT2's layers .* at least 1, not 0"),
    "half a layer": (lambda: methods.GPT2(layers=2.5), "GPT2's layers must be an integer.*2.5"),
    "a depth as text": (lambda: methods.GPT2(layers="12"), "GPT2's layers must be a number.*'12'"),
    "a depth by another name": (
        lambda: methods.DeepNorm(layer=12),
        "DeepNorm's option 'layer' is unknown.*'encoder_layers'",
    ),
    # -- objects of other kinds -----------------------------------------------------------------
    "a class of distributions": (
        method(netinit.Normal),
        "not the class Normal: make an instance of it",
    ),
    "nothing": (method(None), r"a number \(a standard deviation\), .* not None"),
    "a truth value": (method(True), r"a number \(a standard deviation\), .* not True"),
    "a set": (method({"xavier_uniform"}), "a mapping of rules, not {'xavier_uniform'}"),
    "a standard deviation below 0": (method(-1.0), "standard deviation, at least 0, not -1.0"),
    "a standard deviation that is no number": (method(float("nan")), "finite number, not nan"),
    "a function that draws": (
        method({"weight": np.random.normal}),
        "must take a netinit.Parameter .*'normal' does not.* given by name",
    ),
    "a name where a distribution is asked for": (
        lambda: methods.Random(weights="normal"),
        "Random's weights must be .* a netinit distribution .* not 'normal'",
    ),
    # -- rules ----------------------------------------------------------------------------------
    "no rules": (method({}), "rules must have at least one entry"),
    "a rule for a misspelt name": (
        method({"fc.wieght": 0.02}),
        "the rule for 'fc.wieght' fits no parameter; did you mean 'fc.weight'",
    ),
    "a rule for a layer that is not there": (
        method({Linear: 0.02}),
        "Linear'> fits no parameter. Layers: none; names: 'fc.weight', 'fc.bias'",
    ),
    "a tuple that means or": (
        method({("weight", "bias"): 0.02}),
        "all of a tuple must hold; for any of them give a set",
    ),
    "a tuple of classes, as isinstance has it": (
        method({(Linear, Conv): 0.02}),
        "all of a tuple must hold; for any of them give a set",
    ),
    "a rule for None": (method({None: 0.02}), "a rule must be for a name pattern, .*, not None"),
    "a rule for half a rank": (method({2.5: 0.02}), "a rank, a predicate, .*, not 2.5"),
    "a rule that fills with None": (method({"weight": None}), "what to fill with .*, not None"),
    "a number for a bias": (
        method({"bias": 0.01, "weight": 0.02}),
        r"parameter 'fc.bias': 0.01 would be the standard deviation .* netinit.Constant\(0.01\)",
    ),
    "a predicate on what a parameter has not": (
        method({lambda p: p.nam == "x": 0.02}),
        "is called with each netinit.Parameter, .*fails for 'fc.weight': .*'nam'",
    ),
    # -- selections -----------------------------------------------------------------------------
    "a method as the selection": (
        plan("Xavier"),
        "no parameter's name matches 'Xavier'.*given by name: method='Xavier'",
    ),
    "an initializer as the selection": (
        plan(netinit.Normal(0, 1)),
        r"select must be .* given by name: method=Normal\(mean=0.0, std=1.0\)",
    ),
    "a class of layers that the net has not": (
        plan(Linear),
        "Linear'> fits no parameter. Layers: none; names: 'fc.weight', 'fc.bias'",
    ),
    "a misspelt name": (plan("fc.wieght"), "select: .* 'fc.wieght'; did you mean 'fc.weight'"),
    "a layer without its arrays": (plan("fc"), r"matches 'fc'; did you mean 'fc\.\*'"),
    "all as text": (plan("all"), "matches 'all'; for all of them give netinit.All"),
    "all as the function": (plan(all), "built-in function all> is called with each .*Parameter"),
    "a misspelt word": (plan("unitialized"), "did you mean 'uninitialized'"),
    "one misspelt of several": (plan(("weight", "bais")), "'bais'; did you mean 'fc.bias'"),
    "no selection": (plan(None), "select must be 'uninitialized', netinit.All, .* not None"),
    "a truth value as the selection": (plan(True), "select must be .*'\\*.bias', not True"),
    "a rank as the selection": (plan(2), "a selector such as .*, not 2"),
    "an empty name": (plan(""), "no parameter's name matches ''"),
    "an expression that finds nothing": (
        plan(re.compile("wieght")),
        r"re.compile\('wieght'\) fits no parameter.*names: 'fc.weight', 'fc.bias'",
    ),
}
