"""Mistakes in the functions of `netinit.numpy`, in initializers, and in names of netinit's own."""

import numpy as np

import netinit
from netinit import initializers, linalg, methods
from netinit import numpy as functions
from tests.api.mistakes.arrays import Lies


def named(name, room=netinit):
    return lambda: getattr(room, name)


MISTAKES = {
    # -- functions ------------------------------------------------------------------------------
    "numpy's and Keras's word for std": (
        lambda: functions.normal((3, 4), stddev=2),
        "normal's keyword 'stddev' is unknown; did you mean 'std'",
    ),
    "PyTorch's bounds": (
        lambda: functions.uniform((3, 4), a=0, b=1),
        "uniform's keyword 'a' is unknown. Allowed: 'low', 'high'",
    ),
    "PyTorch's generator": (
        lambda: functions.he_normal((3, 4), generator=1),
        "kaiming_normal's keyword 'generator' is unknown. Allowed: .*'seed'",
    ),
    "an axis by its plural": (
        lambda: functions.he_normal((3, 4), in_axes=0),
        "keyword 'in_axes' is unknown; did you mean 'in_axis'",
    ),
    "a standard deviation as text": (
        lambda: functions.normal((3, 4), std="x"),
        "std must be a number, not 'x'",
    ),
    "a standard deviation below 0": (
        lambda: functions.normal((3, 4), std=-1),
        "std must be at least 0, not -1.0",
    ),
    "bounds exchanged": (
        lambda: functions.uniform((3, 4), 1, -1),
        "low must not exceed high, but low = 1.0 and high = -1.0",
    ),
    "a bound without end": (
        lambda: functions.uniform((3, 4), 0, float("inf")),
        "high must be a finite number, not inf",
    ),
    "a constant that is None": (
        lambda: functions.constant((3, 4), None),
        "value must be a number, not None",
    ),
    "a distribution that is a function": (
        lambda: functions.from_ppf((3, 4), abs),
        "distribution must be a number, .* an object with a method ppf, not <built-in",
    ),
    "gates that do not fit": (
        lambda: functions.forget_bias((10,)),
        r"4 parts of equal size along axis 0 \(gates, .*\(10,\) must be divisible by 4",
    ),
    "a misspelt nonlinearity": (
        lambda: functions.he_normal((3, 4), nonlinearity="gleu"),
        "nonlinearity 'gleu' is unknown; did you mean 'glu'",
    ),
    "torch's arguments of kaiming_uniform_": (
        lambda: functions.kaiming_uniform((3, 4), a=5**0.5),
        "a is the slope of leaky_relu",
    ),
    "an axis that is not there": (
        lambda: functions.he_normal((3, 4), in_axis=5),
        "in_axis: axis 5 is not an axis of an array of 2 axes",
    ),
    "an axis twice": (
        lambda: functions.he_normal((3, 4), in_axis=0),
        "out_axis: axis 0 is also given as in_axis",
    ),
    "an axis as text": (
        lambda: functions.he_normal((3, 4), in_axis="0"),
        "in_axis must be an integer or a sequence of integers, not '0'",
    ),
    "an axis that is None": (
        lambda: functions.he_normal((3, 4), out_axis=None),
        "out_axis must be an integer or a sequence of integers, not None",
    ),
    "an axis that lies": (
        lambda: functions.he_normal((3, 4), in_axis=Lies()),
        "in_axis must be an integer or a sequence of integers, not <.*Lies",
    ),
    "a gain by its name": (
        lambda: functions.xavier_uniform((3, 4), gain="relu"),
        "gain must be a number, not 'relu'",
    ),
    "a kernel that is missing": (
        lambda: functions.dirac((3, 4)),
        r"Dirac needs an array \(out, in, \*kernel\), not of shape \(3, 4\)",
    ),
    "groups that do not divide": (
        lambda: functions.dirac((3, 4, 3), groups=2),
        r"the first extent of \(3, 4, 3\) must be divisible by groups = 2",
    ),
    "the identity of three axes": (
        lambda: functions.eye((3, 4, 5)),
        r"Eye needs an array of 2 axes, not of shape \(3, 4, 5\)",
    ),
    "a sparsity in percent": (
        lambda: functions.sparse((3, 4), sparsity=90),
        "sparsity must be in 0 to 1, not 90",
    ),
    "an option that must be given": (
        lambda: netinit.create((3, 4), "sparse"),
        "sparse: missing a required argument: 'sparsity'; options: sparsity, std",
    ),
    # -- initializers ---------------------------------------------------------------------------
    "a mean as text": (lambda: netinit.Normal("0", 1), "mean must be a number, not '0'"),
    "an array as the mean": (
        lambda: netinit.Normal(np.zeros(3), 1),
        r"mean must be a number, not array\(\[0., 0., 0.\]\)",
    ),
    "a uniform's bounds exchanged": (lambda: netinit.Uniform(1, 0), "low = 1.0 and high = 0.0"),
    "a constant that is a list": (
        lambda: netinit.Constant([1, 2]),
        r"value must be a number, not \[1, 2\]",
    ),
    "a given text": (lambda: initializers.Given("x"), "array must be real numbers"),
    "parts that are one": (lambda: initializers.Parts(1.0), "distributions must be a list.*1.0"),
    "no parts": (lambda: initializers.Parts([]), "distributions must have at least one entry"),
    "a part's axis as text": (
        lambda: initializers.Parts([1.0], axis="x"),
        "axis must be an integer, not 'x'",
    ),
    # -- streams, plans, names ------------------------------------------------------------------
    "a stream's seed with a point": (
        lambda: netinit.Stream(1.5),
        "seed must be an integer or a string, not 1.5",
    ),
    "a stream's draw that is too large": (
        lambda: netinit.Stream(1, "w", 2**32),
        r"draw must be in 0 to 2\*\*32 - 1, not 4294967296",
    ),
    "a stream's key as text": (
        lambda: netinit.Stream.from_key("x"),
        "key must be an integer, not 'x'",
    ),
    "a row that a plan has not": (
        lambda: netinit.plan({"w": netinit.ArraySpec(3)})[5],
        "by its name or its number, here less than 1, not by 5",
    ),
    "a plan's misspelt name": (
        lambda: netinit.plan({"fc.weight": netinit.ArraySpec(3)})["fc.wieght"],
        "parameter 'fc.wieght' is unknown; did you mean 'fc.weight'",
    ),
    "a function at the front door": (
        named("he_normal"),
        r"no attribute 'he_normal'; did you mean netinit\.numpy\.he_normal\?",
    ),
    "PyTorch's name of one": (
        named("xavier_uniform_"),
        r"did you mean netinit\.numpy\.xavier_uniform\?",
    ),
    "a method at the front door": (named("Kaiming"), r"did you mean netinit\.methods\.Kaiming\?"),
    "a misspelt verb": (named("initalize"), r"did you mean netinit\.initialize\?"),
    "a method's name that is a class": (
        lambda: methods.register(int),
        "register needs the method's name, a text, not .*int",
    ),
    "a mode of show_config": (
        lambda: netinit.show_config("dict"),
        "mode 'dict' is unknown; did you mean 'dicts'",
    ),
    "a vector to factor": (
        lambda: linalg.qr([1.0, 2.0]),
        r"a must have at least 2 dimensions, not the shape \(2,\)",
    ),
}
