"""The plan: its rows, its table, its recipe, its warnings."""

from __future__ import annotations

import json
import random
import warnings

import numpy as np
import pytest
import scipy.stats

import netinit
from netinit import ArraySpec, Constant, Layout, Parameter, Stream
from netinit.errors import SymmetryWarning
from netinit.initializers.recipes import initializer_from_json
from netinit.methods.registry import method_from_json
from netinit.numpy.adapter import MappingAdapter
from netinit.plans.plan import build_plan, plan_for
from netinit.shapes.layout import DENSE

PARAMETERS = [
    Parameter("emb.weight", (100, 16), role="embedding", layout=Layout((0,), (1,)), zero_row=0,
              aliases=("head.weight",)),
    Parameter("fc.weight", (32, 16), "bfloat16", layout=DENSE),
    Parameter("fc.bias", (32,), "bfloat16", role="bias"),
    Parameter("norm.weight", (32,), role="scale", fixed=Constant(1), initialized=True),
    Parameter("lazy.weight", None, layout=DENSE, note="shape follows from the input"),
]  # fmt: skip
TABLE = """\
name         shape     dtype     role       fan_in  fan_out  initializer       note
emb.weight   100 x 16  float32   embedding      16      100  Normal(0, 0.354)  also head.weight; row 0 set to 0
fc.weight    32 x 16   bfloat16  weight         16       32  Normal(0, 0.354)
fc.bias      32        bfloat16  bias                        Constant(0)
lazy.weight  unknown   float32   weight                                        shape follows from the input

4 of 5 parameters, 2,144 elements, 7.312 KiB; 1 kept as they are. Method Kaiming(distribution='normal', \
mode='fan_in', nonlinearity='relu', a=0.0), seed 1234."""  # noqa: E501


def test_table():
    assert str(build_plan(PARAMETERS)) == repr(build_plan(PARAMETERS)) == TABLE


def test_table_of_nothing_is_its_totals():
    text = str(build_plan(PARAMETERS[3:4]))
    assert text.startswith("0 of 1 parameters, 0 elements, 0 bytes; 1 kept as they are.")


def test_rows():
    plan = build_plan(PARAMETERS, netinit.All, "xavier", "text")
    assert len(plan) == 5
    assert [row.name for row in plan] == [p.name for p in PARAMETERS]
    assert all(row.stream == Stream("text", row.name) for row in plan)
    assert plan.assignments[0].std == pytest.approx((2 / 116) ** 0.5)
    assert plan.assignments[0].mean == 0
    assert (plan.assignments[4].initializer, plan.assignments[4].std, plan.assignments[4].mean) == (
        None,
        None,
        None,
    )
    assert plan.method == netinit.methods.Xavier()


def test_recipe_makes_every_row_again():
    method = netinit.methods.Random(netinit.Uniform(-1, 1), 0.1)
    plan = build_plan(PARAMETERS[:4], netinit.All, method, "text")
    recipe = json.loads(json.dumps(plan.to_json()))
    assert recipe["netinit"] == netinit.__version__
    assert (recipe["stream"], recipe["seed"]) == (1, "text")
    assert method_from_json(recipe["method"]) == method
    assert list(recipe["tensors"]) == [row.name for row in plan]
    for row in plan:
        written = recipe["tensors"][row.name]
        assert initializer_from_json(written) == row.initializer
        assert written.get("zero_row") == row.parameter.zero_row
        assert "draw" not in written


def test_recipe_of_what_cannot_be_written():
    with pytest.raises(netinit.errors.UnresolvedShapeError, match=r"lazy\.weight"):
        build_plan(PARAMETERS).to_json()
    plan = build_plan(PARAMETERS[:2], method=netinit.methods.Random(scipy.stats.laplace()))
    with pytest.raises(TypeError, match=r"'emb\.weight': Quantile\(laplace\) cannot be kept"):
        plan.to_json()


@pytest.mark.parametrize("method", [netinit.methods.Random(Constant(1)), netinit.methods.Random(0)])
def test_equal_weights_are_warned_of(method):
    with pytest.warns(SymmetryWarning, match=r"every element of 'emb\.weight', 'fc\.weight' equ"):
        build_plan(PARAMETERS, method=method)


def test_symmetry_is_no_concern_of_biases_and_single_weights():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        build_plan(PARAMETERS)
        build_plan([Parameter("w", (1, 1), layout=DENSE)], method=netinit.methods.Random(0))
        build_plan(PARAMETERS[2:4], netinit.All, method=netinit.methods.Random(0))


def test_warning_points_at_the_caller():
    net = {"w": ArraySpec((2, 3))}
    for call in (netinit.plan, netinit.initialize):
        with pytest.warns(SymmetryWarning) as caught:
            call(net, method=netinit.methods.Random(0))
        assert caught[0].filename == __file__


def test_two_parameters_of_one_name_are_refused():
    with pytest.raises(ValueError, match=r"two parameters have the name 'fc\.bias'"):
        build_plan([PARAMETERS[2], PARAMETERS[2]])


def test_a_layout_that_does_not_fit_is_named():
    odd = Parameter("gru.weight", (7, 5), layout=Layout((0,), (1,), stack=3))
    with pytest.raises(ValueError, match=r"parameter 'gru\.weight': layout: axis 0"):
        build_plan([odd])


def test_plan_does_nothing_and_checks_everything():
    net = {"a": ArraySpec((2, 3))}
    plan = netinit.plan(net, netinit.All, method="He", seed=netinit.Automatic)
    assert net == {"a": ArraySpec((2, 3))}
    assert isinstance(plan.seed, int)
    with pytest.raises(ValueError, match="did you mean 'Kaiming'"):
        netinit.plan(net, method="Kaimin")
    with pytest.raises(TypeError, match="net must be one of"):
        netinit.plan(3)


def test_a_mistake_draws_no_seed():
    class Unasked(MappingAdapter):
        def global_seed(self):
            raise AssertionError("drawn")

    adapter = Unasked({"a": ArraySpec((2, 3))})
    with pytest.raises(ValueError, match="Kaimin"):
        plan_for(adapter, netinit.All, "Kaimin", netinit.Inherited)
    with pytest.raises(ValueError, match="'b'"):
        plan_for(adapter, "b", "Kaiming", netinit.Inherited)


@pytest.mark.parametrize("make", [np.random.default_rng, np.random.RandomState, random.Random])
def test_where_nothing_is_selected_no_generator_is_advanced(make):
    generator, untouched = make(5), make(5)
    plan = netinit.plan({"a": np.zeros(3, "f4")}, seed=generator)
    assert (len(plan), plan.seed) == (0, None)
    assert str(plan).endswith("a=0.0).")
    with pytest.warns(netinit.errors.NothingToInitializeWarning):
        netinit.initialize({}, seed=generator)
    with pytest.raises(TypeError, match="seed must be"):
        netinit.plan({}, seed=1.5)
    assert netinit.plan({}, seed="text").seed == "text"
    drawn = netinit.plan({"a": ArraySpec(3)}, seed=generator).seed
    assert drawn == netinit.plan({"a": ArraySpec(3)}, seed=untouched).seed
