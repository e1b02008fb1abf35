"""What every initializer promises: slices, pickles, recipes, defaults, and one of one's own."""

from __future__ import annotations

import copy
import inspect
import pickle
from dataclasses import dataclass

import numpy as np
import pytest
import scipy.stats

import netinit
from netinit import initializers, methods
from netinit.arrays.slice import Slice
from netinit.initializers import (
    ICNR,
    Bilinear,
    Cartesian,
    ComplexNormal,
    ComplexTruncatedNormal,
    ComplexUniform,
    DeltaOrthogonal,
    Dirac,
    Eye,
    Fnuz,
    Given,
    Hadamard,
    Identity,
    Initializer,
    Maps,
    Orthogonal,
    Parts,
    Quantile,
    Sparse,
    Steps,
    Words,
    ZeroRows,
    initializer_from_json,
)
from netinit.shapes.layout import DENSE

EXAMPLES = [
    netinit.Normal(1, 2),
    netinit.Uniform(-1, 2),
    netinit.TruncatedNormal(0, 1, -1, 3),
    netinit.Constant(3),
    Quantile(scipy.stats.laplace()),
    Eye(2),
    Dirac(2),
    DeltaOrthogonal(2, False),
    Given([1.0, 2.0]),
    Hadamard(),
    Identity(netinit.Normal(0, 0.1)),
    Identity(netinit.Normal(0, 0.1), DENSE),
    Orthogonal(),
    Orthogonal(2, DENSE),
    Parts([0.1, netinit.Constant(1)], 1),
    Parts([0.1, netinit.Constant(1)], 1, (3, 1)),
    Maps([Orthogonal(2, DENSE), Hadamard(), netinit.Normal()], (4, 2, 2)),
    Sparse(0.5, 2.0),
    Fnuz(netinit.Normal(0, 2)),
    Steps(2),
    Words(0xF0, 0x03),
    Bilinear(),
    ICNR(0.1, 2),
    ZeroRows(netinit.Normal(), 1, 2),
    Cartesian(netinit.Normal(), netinit.Constant(0)),
    ComplexNormal(2.0),
    ComplexTruncatedNormal(2.0),
    ComplexUniform(2.0),
]


def test_every_class_has_an_example():
    classes = {cls for _, cls in inspect.getmembers(initializers, inspect.isclass)}
    concrete = {cls for cls in classes if not inspect.isabstract(cls)}
    assert concrete == {type(example) for example in EXAMPLES}
    assert all(issubclass(cls, Initializer) for cls in classes)


@pytest.mark.parametrize("initializer", EXAMPLES, ids=str)
def test_each_pickles_copies_and_shows_itself(initializer):
    if isinstance(initializer, Quantile):
        assert type(pickle.loads(pickle.dumps(initializer))) is Quantile
    else:
        assert pickle.loads(pickle.dumps(initializer)) == initializer
        assert copy.deepcopy(initializer) == initializer
    assert str(initializer)
    assert initializer.mean is None or isinstance(initializer.mean, float)
    assert initializer.std is None or isinstance(initializer.std, float)
    assert initializer.constant in (True, False)


@pytest.mark.parametrize("initializer", EXAMPLES, ids=str)
def test_each_survives_its_recipe_or_says_why_not(initializer):
    if isinstance(initializer, (Quantile, Cartesian)):
        with pytest.raises(TypeError, match="cannot be kept in a recipe"):
            initializer.to_json()
    else:
        assert initializer_from_json(initializer.to_json()) == initializer


@dataclass(frozen=True)
class Ramp(Initializer):
    """The index along the last axis."""

    def fill(self, out, stream, threads=None):
        first, count = out.start[-1], out.array.shape[-1]
        out.array[...] = first + np.arange(count)

    def to_json(self):
        raise TypeError("a Ramp cannot be kept in a recipe")


def test_an_initializer_of_ones_own_is_taken_everywhere():
    want = np.broadcast_to(np.arange(4.0), (3, 4))
    np.testing.assert_array_equal(netinit.create((3, 4), Ramp()), want)
    part = netinit.fill(np.empty((2, 2), "f4"), Ramp(), shape=(3, 4), start=(1, 2))
    np.testing.assert_array_equal(part, want[1:, 2:])
    net = {"w": netinit.ArraySpec((3, 4)), "b": netinit.ArraySpec((3,))}
    net = netinit.initialize(net, method={"w": Ramp(), "b": 0.0})
    np.testing.assert_array_equal(net["w"], want)
    with pytest.raises(TypeError, match="parameter 'w': a Ramp cannot be kept in a recipe"):
        netinit.plan({"w": netinit.ArraySpec((3, 4))}, method=Ramp()).to_json()
    assert pickle.loads(pickle.dumps(methods.Every(Ramp()))) == methods.Every(Ramp())


@pytest.mark.parametrize("first", [-1, 3])
def test_rows_of_zeros_lie_within_the_array(first):
    with pytest.raises(ValueError, match=f"zero_row is {first}, with 3 rows"):
        netinit.create((3, 4), ZeroRows(netinit.Normal(), first, first + 1))


@pytest.mark.parametrize("start", [(0, 0), (1, 2), (2, 0), (4, 1)])
def test_padding_rows_shard(start):
    rule = ZeroRows(netinit.Normal(), 2, 3)
    whole = netinit.create((6, 5), rule, name="emb")
    assert not whole[2].any()
    assert whole[[0, 1, 3, 4, 5]].all()
    part = netinit.fill(np.empty((2, 3), "f4"), rule, name="emb", shape=(6, 5), start=start)
    there = tuple(slice(i, i + n) for i, n in zip(start, (2, 3), strict=True))
    np.testing.assert_array_equal(part, whole[there])


@pytest.mark.parametrize("initializer", [netinit.Normal(), ZeroRows(netinit.Normal(), 2, 3)])
@pytest.mark.parametrize(("first", "count"), [(0, 30), (0, 7), (9, 8), (10, 5), (29, 1)])
def test_flat_ranges_are_those_of_the_array(initializer, first, count):
    whole = netinit.create((6, 5), initializer, name="emb").ravel()
    flat = initializer.flat((6, 5))
    out = np.empty(count, "f4")
    flat.fill(Slice(out, "float32", (30,), (first,)), netinit.Stream(1234, "emb"))
    np.testing.assert_array_equal(out, whole[first : first + count])
    assert Orthogonal().flat((6, 5)) is None
    assert ZeroRows(Orthogonal(), 0, 1).flat((6, 5)) is None
