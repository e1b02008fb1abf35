"""netinit's initializers beside MindSpore's: names, numbers, distributions, errors, seeds."""

from __future__ import annotations

import inspect
import math

import ml_dtypes
import numpy as np
import pytest

mindspore = pytest.importorskip("mindspore")
stats = pytest.importorskip("scipy.stats")

from mindspore.common import initializer as theirs  # noqa: E402

import netinit  # noqa: E402
from netinit.catalogue.equivalents import PEERS  # noqa: E402
from netinit.mindspore import initializer as own  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")  # MindSpore's own, of every kind

NAN, INF = math.nan, math.inf
DTYPES = ["f4", "f8", "f2", "i4", "c8"]
SHAPES = [(), (5,), (0,), (3, 4), (0, 3), (3, 0), (4, 3, 2), (4, 3, 2, 5), (6, 3, 2, 2, 2)]
#: Every class with arguments of every kind.
CALLS = {
    "Normal": [
        *[{}, {"sigma": 3, "mean": -1.0}, {"sigma": 0.0}, {"sigma": -1.0}, {"sigma": NAN}],
        *[{"mean": INF}, {"mean": 1e39}, {"sigma": "s"}, {"mean": None}],
    ],
    "Uniform": [{}, {"scale": 2.0}, {"scale": 0}, {"scale": -1.0}, {"scale": NAN}, {"scale": "s"}],
    "TruncatedNormal": [
        *[{}, {"sigma": 1.5, "mean": 0.3}, {"sigma": 0.5, "a": -0.1, "b": 0.9}, {"sigma": -1.0}],
    ],
    "XavierNormal": [{}, {"gain": 2}, {"gain": 0.0}, {"gain": -1.0}, {"gain": "g"}],
    "XavierUniform": [{}, {"gain": 2}, {"gain": 0.0}, {"gain": None}],
    "HeNormal": [
        *[{}, {"mode": "FAN_OUT"}, {"mode": "fan_avg"}, {"mode": 3}, {"nonlinearity": "tanh"}],
        *[{"negative_slope": 0.3}, {"negative_slope": True}, {"nonlinearity": "selu"}],
        *[{"negative_slope": "x"}, {"negative_slope": None}],
    ],
    "HeUniform": [{}, {"mode": "fan_out", "nonlinearity": "relu"}],
    "VarianceScaling": [
        *[{"mode": mode, "scale": 2, "distribution": "uniform"} for mode in ("fan_in", "fan_avg")],
        *[{"mode": "fan_out", "distribution": "untruncated_normal"}, {"scale": 0}, {"mode": "x"}],
        *[{"distribution": "normal"}, {"scale": "s"}, {}],
    ],
    "Sparse": [
        *[{"sparsity": s} for s in (0.0, 0.07, 0.3, 1, 1.5, -0.4, "s")],
        {"sparsity": 0.5, "sigma": -1.0},
    ],
    "Orthogonal": [{}, {"gain": 2}, {"gain": -1.0}, {"gain": "g"}],
    "Zero": [{}],
    "One": [{}],
    "Constant": [{"value": 0.5}, {"value": np.float32(2)}],
    "Identity": [{}],
    "Dirac": [{}, {"groups": 2}, {"groups": 3}],
}
CASES = [(name, options) for name, each in CALLS.items() for options in each]


def made(module, name, options, shape, dtype="f4"):
    out = np.full(shape, 7, dtype)
    assert getattr(module, name)(**options)(out) is None
    return out


def outcome(*arguments):
    """Return what a call gives: None, or its error."""
    try:
        made(*arguments)
    except Exception as error:
        return type(error).__name__, str(error).partition("\n")[0]
    return None


def test_names_and_signatures_are_those_of_mindspore():
    assert set(own.__all__) == set(theirs.__all__) == set(PEERS["mindspore.common.initializer"])
    assert set(CALLS) == set(own.__all__) - {"Initializer", "initializer"}
    for name in CALLS:
        assert issubclass(getattr(own, name), getattr(theirs, name))
    for name in own.__all__:
        pair = [inspect.signature(getattr(m, name)).parameters.values() for m in (own, theirs)]
        assert [(p.name, p.default) for p in pair[0]] == [(p.name, p.default) for p in pair[1]]


@pytest.mark.parametrize(("name", "options"), CASES, ids=str)
def test_errors_are_those_of_mindspore(name, options):
    for dtype in DTYPES:
        for shape in SHAPES:
            if name == "Sparse" and len(shape) == 2 and 0 in shape:
                continue  # it cannot choose none of no rows
            expected = outcome(theirs, name, options, shape, dtype)
            assert outcome(own, name, options, shape, dtype) == expected, (dtype, shape)


@pytest.mark.parametrize(("name", "options"), CASES, ids=str)
@pytest.mark.parametrize("shape", [(90, 160), (30, 40, 3, 3)])
def test_values_are_distributed_as_those_of_mindspore(name, options, shape):
    mindspore.set_seed(5)
    wrong = name == "VarianceScaling" and options == {}
    if name == "Orthogonal" or wrong or outcome(theirs, name, options, shape):
        return
    expected, found = (
        made(module, name, options, shape).astype("f8").ravel() for module in (theirs, own)
    )
    if not np.isfinite(expected).all():
        assert not np.isfinite(found).any()
    elif expected.std() == 0 or name in ("Identity", "Dirac"):
        np.testing.assert_array_equal(found, expected)
    else:
        assert stats.ks_2samp(found, expected).pvalue > 1e-4


def test_variance_scaling_draws_the_distribution_that_is_asked_for():
    mindspore.set_seed(6)
    values = made(own, "VarianceScaling", {}, (300, 400)).ravel().astype("f8")
    parent = math.sqrt(1 / 400) / 0.87962566103423978
    law = stats.truncnorm(-2, 2, scale=parent)
    assert stats.kstest(values, law.cdf).pvalue > 1e-4
    theirs_drawn = made(theirs, "VarianceScaling", {}, (300, 400)).ravel().astype("f8")
    assert theirs_drawn.std() == pytest.approx(values.std(), rel=0.01)
    bound = math.sqrt(3 / 400)
    assert np.abs(theirs_drawn).max() <= bound < np.abs(values).max()  # theirs is uniform


@pytest.mark.parametrize("dtype", ["f8", "f2", ml_dtypes.bfloat16])
@pytest.mark.parametrize("name", ["Normal", "Uniform", "XavierNormal", "HeUniform"])
def test_other_dtypes_hold_the_same_distribution(name, dtype):
    mindspore.set_seed(7)
    wide = made(own, name, {}, (200, 300)).astype("f8")
    narrow = made(own, name, {}, (200, 300), dtype).astype("f8")
    assert narrow.std() == pytest.approx(wide.std(), rel=0.02)


@pytest.mark.parametrize("shape", [(3, 3), (2, 5), (5, 2), (3, 2, 2)])
def test_orthogonal_matrices_are_distributed_as_those_of_mindspore(shape):
    mindspore.set_seed(8)
    entries = [
        [made(m, "Orthogonal", {"gain": 2.0}, shape).ravel()[[0, -1]] for _ in range(300)]
        for m in (theirs, own)
    ]
    for pair in np.transpose(entries, (2, 0, 1)):
        assert stats.ks_2samp(*pair).pvalue > 1e-4


@pytest.mark.parametrize("sparsity", [0.0, 0.07, 0.3, 1.0, 1.5, -0.4])
def test_each_column_has_as_many_zeros_as_mindspore_gives_it(sparsity):
    options = {"sparsity": sparsity}
    zeros = [(made(m, "Sparse", options, (20, 15)) == 0).sum(axis=0) for m in (own, theirs)]
    np.testing.assert_array_equal(*zeros)


# -- seeds, tensors, layers -------------------------------------------------------------------


def test_the_seed_of_mindspore_governs_the_values():
    def two():
        return [made(own, "Normal", {}, (30, 40)) for _ in range(2)]

    mindspore.set_seed(11)
    first = two()
    after = np.random.random(3)
    mindspore.set_seed(11)
    np.testing.assert_array_equal(first, two())
    np.testing.assert_array_equal(after, np.random.random(3))
    assert (first[0] != first[1]).any()


def test_values_are_those_of_fill_with_the_seed_of_numpy():
    mindspore.set_seed(11)
    found = made(own, "Normal", {"sigma": 0.5}, (30, 40), "f2")
    mindspore.set_seed(11)
    want = netinit.fill(np.empty((30, 40), "f2"), 0.5, seed=netinit.Inherited)
    np.testing.assert_array_equal(found, want)


def test_arrays_of_any_strides_are_filled():
    mindspore.set_seed(11)
    whole = np.zeros((30, 80), "f4")
    own.Normal()(whole[:, ::2])
    mindspore.set_seed(11)
    np.testing.assert_array_equal(whole[:, ::2], made(own, "Normal", {}, (30, 40)))
    assert not whole[:, 1::2].any()


@pytest.mark.parametrize("alias", theirs._INITIALIZER_ALIAS)
def test_texts_name_netinits_initializers(alias):
    if alias == "sparse":  # it has no default
        for module in (theirs, own):
            with pytest.raises(TypeError, match="sparsity"):
                module.initializer(alias, (3, 4))
        return
    shape = (4, 4, 3) if alias == "dirac" else (4, 4)
    made = own.initializer(alias.upper(), shape).init
    assert isinstance(made, theirs._INITIALIZER_ALIAS[alias])
    assert type(made) is getattr(own, type(made).__name__)


@pytest.mark.parametrize(
    ("init", "shape", "error"),
    [("foo", (2,), ValueError), ([1], (2,), TypeError), ("normal", (0, 2), ValueError)],
)
def test_errors_of_the_function_are_those_of_mindspore(init, shape, error):
    with pytest.raises(error) as found:
        own.initializer(init, shape)
    with pytest.raises(error) as expected:
        theirs.initializer(init, shape)
    assert str(found.value) == str(expected.value)


def test_layers_and_parameters_take_them():
    mindspore.set_seed(12)
    layer = mindspore.nn.Dense(200, 300, weight_init=own.HeNormal(nonlinearity="relu"))
    assert layer.weight.asnumpy().std() == pytest.approx(0.1, rel=0.02)
    parameter = mindspore.Parameter(own.initializer(own.Normal(2.0), [300, 200], mindspore.float16))
    assert parameter.asnumpy().astype("f4").std() == pytest.approx(2.0, rel=0.02)


def test_a_slice_of_a_parameter_has_one_seed_on_every_device():
    mindspore.set_seed(13)

    def part(index):
        return own.initializer(own.Normal(), [30, 40]).init_data(index, [10, 40]).asnumpy()

    np.testing.assert_array_equal(part(1), part(1))
    assert (part(1) != part(2)).any()
