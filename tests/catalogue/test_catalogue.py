"""The catalogue: its functions for numpy, its page of documentation, the names in it."""

from __future__ import annotations

import inspect
import math
import pickle

import ml_dtypes
import numpy as np
import pytest
import scipy.stats

import netinit
from netinit import Constant, Normal, Uniform
from netinit.catalogue.entries import ALIASES, ENTRIES, entry_named
from netinit.catalogue.equivalents import PEERS
from tools.docs.initializers import DOCS, pages

#: What each row needs to be made, beside a shape that suits it.
ARGUMENTS = {
    "given": ((3, 4), ([1, 2, 3, 4],)),
    "from_ppf": ((3, 4), (Uniform(1, 2),)),
    "sparse": ((10, 4), (0.25,)),
    "dirac": ((3, 3, 5), ()),
    "bilinear": ((2, 2, 4), ()),
    "delta_orthogonal": ((3, 4, 6), ()),
    "icnr": ((8, 3, 2, 2), ()),
    "forget_bias": ((8,), ()),
}


@pytest.mark.parametrize("name", [*ENTRIES, *ALIASES])
def test_every_name_is_a_function_that_returns_an_array(name):
    function = getattr(netinit.numpy, name)
    assert name in netinit.numpy.__all__
    shape, options = ARGUMENTS.get(ALIASES.get(name, name), ((6, 5), ()))
    array = function(shape, *options, seed=3, name="w", dtype="float64")
    assert array.shape == shape
    assert array.dtype == np.float64
    np.testing.assert_array_equal(array, function(shape, *options, seed=3, name="w", dtype=float))
    if name in ALIASES:
        assert function is getattr(netinit.numpy, ALIASES[name])
    assert pickle.loads(pickle.dumps(function)) is function
    assert function.__doc__.startswith("Return a new ")


@pytest.mark.parametrize("name", ENTRIES)
def test_a_function_has_the_options_of_its_entry(name):
    shape, *options, keywords = inspect.signature(getattr(netinit.numpy, name)).parameters.values()
    assert shape.name == "shape"
    assert keywords.kind is keywords.VAR_KEYWORD
    want = entry_named(name).options.values()
    assert [(p.name, p.default) for p in options] == [(p.name, p.default) for p in want]


@pytest.mark.parametrize(
    ("made", "initializer"),
    [
        (lambda **k: netinit.numpy.normal((50, 40), 1, 2, **k), Normal(1, 2)),
        (lambda **k: netinit.numpy.normal((50, 40), std=0.02, **k), Normal(0, 0.02)),
        (lambda **k: netinit.numpy.uniform((50, 40), -1, 3, **k), Uniform(-1, 3)),
        (lambda **k: netinit.numpy.zeros((50, 40), **k), Constant(0)),
        (lambda **k: netinit.numpy.constant((50, 40), 7, **k), Constant(7)),
        (
            lambda **k: netinit.numpy.truncated_normal((50, 40), 1, 2, -2, 3, sigmas=True, **k),
            netinit.TruncatedNormal(1, 2, -3, 7),
        ),
        (
            lambda **k: netinit.numpy.xavier_uniform((50, 40), gain=2, **k),
            Uniform(-2 * math.sqrt(6 / 90), 2 * math.sqrt(6 / 90)),
        ),
        (
            lambda **k: netinit.numpy.he_normal((50, 40), mode="fan_out", **k),
            Normal(0, math.sqrt(2 / 50)),
        ),
        (
            lambda **k: netinit.numpy.he_normal((50, 40), in_axis=0, out_axis=1, **k),
            Normal(0, math.sqrt(2 / 50)),
        ),
        (
            lambda **k: netinit.numpy.lecun_normal(
                (50, 40), in_axis=-1, out_axis=(), batch_axis=0, **k
            ),
            Normal(0, math.sqrt(1 / 40)),
        ),
        (lambda **k: netinit.numpy.siren((50, 40), first=True, **k), Uniform(-1 / 40, 1 / 40)),
    ],
)
def test_values_are_those_of_fill(made, initializer):
    want = netinit.fill(np.empty((50, 40), "f4"), initializer, seed="s", name="n", draw=2)
    got = made(seed="s", name="n", draw=2)
    np.testing.assert_allclose(got, want, rtol=1e-6)
    assert got.dtype == np.float32


def test_fans_of_a_vector_and_of_batches():
    assert netinit.numpy.lecun_normal(400).std() == pytest.approx(1 / 20, rel=0.1)
    batched = netinit.numpy.lecun_normal((9, 100, 50), in_axis=1, out_axis=2, batch_axis=0)
    assert batched.std() == pytest.approx(0.1, rel=0.02)
    orthogonal = netinit.numpy.orthogonal((6, 4), in_axis=0, out_axis=1, dtype="float64")
    np.testing.assert_allclose(orthogonal.T @ orthogonal, np.eye(4), atol=1e-12)


def test_create():
    assert netinit.create(3, 0.5).shape == (3,)
    np.testing.assert_array_equal(
        netinit.create(3, np.float64(0.5)), netinit.create(3, Normal(0, 0.5))
    )
    np.testing.assert_array_equal(netinit.create((2, 2), np.arange(2)), [[0, 1], [0, 1]])
    assert netinit.create((), Constant(2)) == 2
    assert netinit.create((0, 3), Normal()).size == 0
    half = netinit.create((4, 4), Normal(), dtype=ml_dtypes.bfloat16)
    assert half.dtype == ml_dtypes.bfloat16
    drawn = netinit.create(2000, scipy.stats.laplace(), dtype=np.float64)
    assert scipy.stats.kstest(drawn, scipy.stats.laplace().cdf).pvalue > 1e-4


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: netinit.numpy.normal((3,), sdt=1),
            TypeError,
            "normal's keyword 'sdt' is unknown; did you mean 'std'",
        ),
        (lambda: netinit.numpy.sparse((3, 3)), TypeError, "missing .* 'sparsity'"),
        (lambda: netinit.numpy.normal((3, -1)), ValueError, "negative extents"),
        (lambda: netinit.numpy.normal("ab"), TypeError, "shape must be integers"),
        (lambda: netinit.numpy.normal(3, dtype="int8"), ValueError, "dtype 'int8' is unknown"),
        (lambda: netinit.numpy.normal(3, dtype=None), ValueError, "dtype None is unknown"),
        (
            lambda: netinit.numpy.normal(3, dtype=math),
            ValueError,
            "is unknown. Allowed: 'float32', ",
        ),
        (lambda: netinit.numpy.eye((3, 3, 3)), ValueError, "Eye needs an array of 2 axes"),
        (lambda: netinit.numpy.he_normal((3, 3), mode="fan"), ValueError, "did you mean 'fan_in'"),
        (lambda: netinit.numpy.he_normal((3, 3), in_axis=2), ValueError, "in_axis: axis 2"),
        (lambda: netinit.create(3, "nromal"), ValueError, "did you mean 'normal'"),
        (lambda: netinit.numpy.normal(3, std=1e300), ValueError, "float32"),
        (lambda: entry_named("xavier_unifrom"), ValueError, "did you mean 'xavier_uniform'"),
    ],
)
def test_mistakes_are_named(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_the_frameworks_names_have_entries():
    for names in PEERS.values():
        assert {row for row, _ in names.values() if row} <= set(ENTRIES)


def test_the_pages_are_made_from_the_catalogue():
    found = {place: (DOCS / place).read_text() for place in pages()}
    assert found == pages(), "run python -m tools.docs.initializers"
    text = "".join(found.values())
    assert all(f"\n## {name}\n" in text for name in ENTRIES)  # each in one family


def test_zeros_and_ones_are_the_identity_unless_a_layer_widens():
    make = netinit.numpy.zero_hadamard
    assert (make((8, 8), dtype="float64") == np.eye(8)).all()
    assert (make((4, 8), dtype="float64") == np.eye(4, 8)).all()
    assert (make((8, 4), dtype="float64") != 0).all()
