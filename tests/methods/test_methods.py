"""Methods: each formula by hand, roles, fixed values, recipes."""

from __future__ import annotations

import math
import pickle

import pytest
import scipy.stats

import netinit
from netinit import Constant, Layout, Normal, Parameter, Uniform, initializers
from netinit.base.spelling import fold
from netinit.errors import UnresolvedShapeError
from netinit.initializers.recipes import initializer_from_json
from netinit.methods import Identity, Kaiming, Lecun, Orthogonal, Random, VarianceScaling, Xavier
from netinit.methods.registry import METHODS, method_from_json
from netinit.shapes.layout import DENSE

WEIGHT = Parameter("w", (200, 50), layout=DENSE)
BIAS = Parameter("b", (200,), role="bias")
METHODS_WITH_DEFAULTS = [
    cls() for cls in (Kaiming, Xavier, Lecun, VarianceScaling, Orthogonal, Random, Identity)
]
#: What those cannot do without that have no defaults, for a parameter named "w".
OPTIONS = {
    "Every": {"what": 0.02},
    "Rules": {"rules": {"*": "xavier_normal"}},
    "GPT2": {"layers": 12},
    "Megatron": {"layers": 12},
    "DeepNorm": {"encoder_layers": 6},
    "TFixup": {"encoder_layers": 6},
    "Fixup": {"branches": 6},
}


@pytest.mark.parametrize(
    ("method", "std"),
    [
        (Kaiming(), math.sqrt(2 / 50)),
        (Kaiming(mode="fan_out"), math.sqrt(2 / 200)),
        (Kaiming(mode="fan_avg"), math.sqrt(2 / 125)),
        (Kaiming(nonlinearity="tanh"), 5 / 3 / math.sqrt(50)),
        (Kaiming(nonlinearity="leaky_relu", a=math.sqrt(5)), 1 / math.sqrt(150)),
        (Xavier(), math.sqrt(2 / 250)),
        (Kaiming(mode="fan_geo_avg"), math.sqrt(2 / 100)),
        (Kaiming(nonlinearity="gelu"), 1.5335304411955352 / math.sqrt(50)),
        (Kaiming(nonlinearity="elu"), initializers.gain("elu") / math.sqrt(50)),
        (Kaiming(nonlinearity="celu", a=0.5), initializers.gain("celu", 0.5) / math.sqrt(50)),
        (Kaiming(nonlinearity="leaky_relu"), math.sqrt(2 / 50)),
        (Xavier(gain=3), 3 * math.sqrt(2 / 250)),
        (Lecun(), math.sqrt(1 / 50)),
        (VarianceScaling(3, "fan_out", "normal"), math.sqrt(3 / 200)),
    ],
)
def test_std_of_fans(method, std):
    normal = method.initializer(WEIGHT)
    assert isinstance(normal, Normal)
    assert normal.mean == 0
    assert normal.std == pytest.approx(std, rel=1e-15)
    options = {**method.to_json(), "distribution": "uniform"}
    uniform = method_from_json(options).initializer(WEIGHT)
    assert isinstance(uniform, Uniform)
    assert uniform.high == -uniform.low == pytest.approx(math.sqrt(3) * std, rel=1e-15)
    assert uniform.std == pytest.approx(std, rel=1e-15)


def test_pytorch_default_of_a_layer_is_one_line():
    method = Kaiming("uniform", nonlinearity="leaky_relu", a=math.sqrt(5))
    assert method.initializer(WEIGHT).high == pytest.approx(1 / math.sqrt(50), rel=1e-15)


def test_groups_and_gates_have_fans_of_their_own():
    grouped = Parameter("w", (64, 8, 3, 3), layout=Layout((0,), (1,), stack=4))
    assert Kaiming(mode="fan_out").initializer(grouped).std == pytest.approx(math.sqrt(2 / 144))


@pytest.mark.parametrize("method", METHODS_WITH_DEFAULTS)
def test_biases_are_zero_and_fixed_values_are_fixed(method):
    assert method.initializer(BIAS) == Constant(0)
    scale = Parameter("s", (3,), role="scale", fixed=Constant(1))
    assert method.initializer(scale) == Constant(1)
    # a fixed value does not wait for the shape, nor does a bias
    unknown = Parameter("s", None, role="scale", fixed=Constant(1))
    assert method.initializer(unknown) == Constant(1)
    with pytest.raises(UnresolvedShapeError, match="'w'"):
        method.initializer(Parameter("w", None))


@pytest.mark.parametrize("shape", [(0, 5), (5, 0), (0, 0), (0,), (4, 0, 3)])
@pytest.mark.parametrize("name", [name for name in METHODS if name != "Native"])
def test_empty_arrays_have_an_initializer(name, shape):
    options = {"base": {"w": shape}} if name == "MuP" else OPTIONS.get(name, {})
    weight = Parameter("w", shape)
    METHODS[name](**options).initializer(weight)
    Kaiming(mode="fan_out").initializer(weight)


def test_random():
    method = Random(weights=2, biases=Uniform(-1, 1))
    assert method.initializer(WEIGHT) == Normal(0, 2)
    assert method.initializer(BIAS) == Uniform(-1, 1)
    assert Random() == Random(Normal(0, 1), None)
    assert str(Random(scipy.stats.laplace()).initializer(WEIGHT)) == "Quantile(laplace)"
    with pytest.raises(TypeError, match="Random's biases must be a number"):
        Random(biases="zeros")


def test_orthogonal_plans_its_std():
    planned = Orthogonal(gain=2).initializer(WEIGHT)
    assert planned == initializers.Orthogonal(2, DENSE)
    assert planned.std == pytest.approx(2 / math.sqrt(200))
    wide = Parameter("w", (10, 6, 5), layout=DENSE)  # 10 x 30: the rows are orthonormal
    assert Orthogonal().initializer(wide).std == pytest.approx(1 / math.sqrt(30))
    with pytest.raises(ValueError, match="Orthogonal's gain must be a finite number"):
        Orthogonal(math.nan)


def test_identity():
    planned = Identity().initializer(WEIGHT)
    assert planned == initializers.Identity(Normal(0, 0.01), DENSE)
    ones = 50 / 10000
    assert planned.mean == pytest.approx(ones)
    assert planned.std == pytest.approx(math.sqrt(ones * (1 - ones) + 1e-4))
    # no linear map, no identity: the noise alone
    assert Identity(0.1).initializer(Parameter("v", (5,))) == Normal(0, 0.1)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Kaiming(distribution="nromal"),
        lambda: Kaiming(mode="fan_inn"),
        lambda: Kaiming(nonlinearity="rleu"),
        lambda: Xavier(distribution="Unifrom"),
    ],
)
def test_misspelt_values_name_the_nearest(make):
    with pytest.raises(ValueError, match=r"(Kaiming|Xavier)'s [a-z]+ .* is unknown; did you mean"):
        make()


def test_numbers_are_checked():
    with pytest.raises(ValueError, match=r"Xavier's gain must be at least 0, not -1\.0"):
        Xavier(gain=-1)
    with pytest.raises(TypeError, match="Kaiming's a must be a number, not 'x'"):
        Kaiming(a="x")
    with pytest.raises(TypeError, match="Kaiming's mode must be a string, not 3"):
        Kaiming(mode=3)


@pytest.mark.parametrize(
    "method",
    [
        Kaiming("uniform", "fan_out", "leaky_relu", 0.2),
        Xavier("uniform", 2),
        Lecun("truncated_normal"),
        VarianceScaling(2, "fan_geo_avg", "uncorrected_truncated_normal"),
        Orthogonal(3),
        Random(netinit.TruncatedNormal(0, 0.02), 0.1),
        Random(),
        Identity(Uniform(-0.1, 0.1)),
    ],
)
def test_methods_survive_json_and_pickle(method):
    assert method_from_json(method.to_json()) == method
    assert pickle.loads(pickle.dumps(method)) == method
    assert fold(method.to_json()["method"]) in {fold(name) for name in METHODS}


def test_corrupt_recipes_are_refused():
    with pytest.raises(ValueError, match="needs the key 'method'"):
        method_from_json({"gain": 1})
    with pytest.raises(ValueError, match="did you mean 'Xavier'"):
        method_from_json({"method": "xaver"})


@pytest.mark.parametrize(
    "initializer",
    [
        initializers.Orthogonal(2, Layout((0,), (1,), stack=3)),
        initializers.Orthogonal(1, Layout((1,), (0,), stack=2, stack_axis=1)),
        initializers.Identity(Normal(0, 0.01), Layout((0, 2), (1,))),
        Uniform(-1, 2),
    ],
)
def test_initializers_survive_json(initializer):
    recipe = initializer.to_json()
    assert initializer_from_json(recipe) == initializer
    padded = initializers.ZeroRows(initializer, 1, 2)
    assert initializer_from_json({**recipe, "zero_row": 1}) == padded
    assert padded.to_json() == {**recipe, "zero_row": 1}


@pytest.mark.parametrize(
    "recipe",
    [
        {"matrix": "orthogonal"},
        {"matrix": "identity", "layout": {"out_axes": [0], "in_axes": [1]}},
        {"matrix": "orthogonal", "gain": "x", "layout": {"out_axes": [0], "in_axes": [1]}},
        {"matrix": "orthogonal", "gain": 1, "layout": 3},
        {"matrix": "unitary"},
        {"matrix": 5},
        {},
    ],
)
def test_corrupt_initializer_recipes_are_refused(recipe):
    with pytest.raises(ValueError, match=r"recipe|unknown"):
        initializer_from_json(recipe)
