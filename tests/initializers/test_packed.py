"""Arrays in which maps of unequal size, or in turn, are packed."""

import json
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import netinit
from netinit import Constant, Layout, Normal, Parameter
from netinit.initializers import Hadamard, Identity, Maps, Orthogonal, Parts
from netinit.initializers.recipes import initializer_from_json
from netinit.methods.mup import scaled

QKV = Layout((0,), (1,), pieces=(8, 2, 2))
TWICE = Layout((0,), (1,), pieces=(4, 1, 1))
COLUMNS = Layout((1,), (0,), pieces=(8, 2, 2), piece_axis=1)
EXPERTS = Layout((1,), (2,), stack=3, stack_axis=0, pieces=(4, 2), piece_axis=1)


def made(initializer, part, **place):
    out = np.empty(part)
    netinit.fill(out, initializer, name="w", seed=7, **place)
    return out


def rows(array, layout):
    """Return the maps of a two-dimensional array, one after the other."""
    array = np.moveaxis(array, layout.piece_axis, 0)
    at = np.arange(len(array)) % sum(layout.pieces)
    ends = np.cumsum((0, *layout.pieces))
    return [array[(low <= at) & (at < high)] for low, high in pairwise(ends)]


@pytest.mark.parametrize("layout", [QKV, TWICE], ids=["once", "twice"])
def test_each_piece_has_xaviers_deviation(layout):
    qkv = Parameter("qkv", (12, 10), layout=layout)
    initializer = netinit.methods.Xavier().weight(qkv)
    assert initializer == Parts(
        [Normal(0, (2 / (10 + n)) ** 0.5) for n in (8, 2, 2)], 0, layout.pieces
    )
    whole = made(initializer, (12, 10))
    plain = made(Normal(), (12, 10))
    for piece, same, n in zip(rows(whole, layout), rows(plain, layout), (8, 2, 2), strict=True):
        np.testing.assert_allclose(piece, same * (2 / (10 + n)) ** 0.5, rtol=1e-12)


def test_pieces_of_one_distribution_are_filled_as_one_array():
    qkv = Parameter("qkv", (12, 10), layout=QKV)
    assert netinit.methods.Lecun().weight(qkv) == Normal(0, 0.1**0.5)
    equal = Parameter("qkv", (12, 10), layout=Layout((0,), (1,), pieces=(2, 2, 2)))
    assert netinit.methods.Xavier().weight(equal) == Normal(0, (2 / 14) ** 0.5)


@pytest.mark.parametrize("layout", [QKV, TWICE, COLUMNS], ids=["once", "twice", "columns"])
def test_each_piece_is_orthogonal(layout):
    shape = (12, 10) if layout.piece_axis == 0 else (10, 12)
    initializer = netinit.methods.Orthogonal().weight(Parameter("w", shape, layout=layout))
    for piece in rows(made(initializer, shape), layout):
        np.testing.assert_allclose(piece @ piece.T, np.eye(len(piece)), atol=1e-12)


def test_each_expert_has_pieces():
    initializer = netinit.methods.Orthogonal().weight(Parameter("w", (3, 6, 8), layout=EXPERTS))
    whole = made(initializer, (3, 6, 8))
    pieces = [block[part] for block in whole for part in (slice(0, 4), slice(4, 6))]
    for piece in pieces:
        np.testing.assert_allclose(piece @ piece.T, np.eye(len(piece)), atol=1e-12)
    assert len({piece[0].tobytes() for piece in pieces}) == 6


def test_zero_chooses_for_each_piece():
    initializer = netinit.methods.Zero().weight(Parameter("w", (12, 4), layout=QKV))
    assert [type(one) for one in initializer.of] == [Hadamard, Identity, Identity]
    whole = made(initializer, (12, 4))
    np.testing.assert_array_equal(whole[8:10], np.eye(2, 4))
    np.testing.assert_array_equal(whole[10:], np.eye(2, 4))


CASES = [
    ((12, 10), Maps([Orthogonal()] * 3, (8, 2, 2))),
    ((12, 10), Maps([Orthogonal()] * 3, (4, 1, 1))),
    ((12, 10), Maps([Orthogonal(), Identity(Normal()), Hadamard()], (2, 1, 1))),
    ((10, 12), Maps([Orthogonal(1, Layout((1,), (0,)))] * 2, (1, 1), axis=1)),
    ((12, 10), Parts([Normal(), Constant(3), 0.1], sizes=(2, 1, 1))),
    ((10, 12), Parts([Normal(), Constant(3)], 1, (5, 1))),
]


@pytest.mark.parametrize(("shape", "initializer"), CASES)
@given(data=st.data())
def test_a_slice_is_that_of_the_whole(shape, initializer, data):
    start = [data.draw(st.integers(0, n - 1)) for n in shape]
    part = [data.draw(st.integers(1, n - i)) for n, i in zip(shape, start, strict=True)]
    whole = made(initializer, shape)[
        tuple(slice(i, i + n) for i, n in zip(start, part, strict=True))
    ]
    alone = made(initializer, part, shape=shape, start=start)
    np.testing.assert_allclose(alone, whole, rtol=0, atol=0)


@pytest.mark.parametrize(("shape", "initializer"), CASES)
def test_recipes(shape, initializer):
    recipe = json.loads(json.dumps(initializer.to_json()))
    assert initializer_from_json(recipe) == initializer
    np.testing.assert_array_equal(
        made(initializer_from_json(recipe), shape), made(initializer, shape)
    )


@pytest.mark.parametrize(
    ("shape", "initializer"),
    [
        ((6, 1000), Parts([Normal(), Constant(3), 0.1], sizes=(2, 3, 1))),
        ((12, 1000), Parts([Normal(), Constant(3), 0.1], sizes=(2, 3, 1))),
        ((2, 6, 1000), Parts([Normal(), Constant(3)], 1)),
    ],
)
def test_parts_of_an_array_seen_as_one_axis(shape, initializer):
    whole, flat = made(initializer, shape).ravel(), initializer.flat(shape)
    for start, n in ((0, 1500), (2900, 3000), (5999, 1)):
        part = made(flat, (n,), shape=whole.shape, start=(start,))
        np.testing.assert_array_equal(part, whole[start : start + n])
    assert initializer.flat((*shape[:-1], 3)) is None


def test_moments_count_every_element():
    parts = Parts([Normal(1, 2), Constant(4)], sizes=(3, 1))
    assert parts.mean == pytest.approx(1.75)
    assert parts.std == pytest.approx((0.75 * (4 + 0.75**2) + 0.25 * 2.25**2) ** 0.5)
    layout = Layout((0,), (1,))
    square, flat = (Orthogonal.of_shape((n, 8), layout) for n in (8, 2))
    maps = Maps([square, flat], (8, 2))
    assert maps.mean == 0
    assert maps.std == pytest.approx(made(maps, (10, 8)).std(), abs=0.05)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Parts([1, 2], sizes=(1, 2, 3)), "sizes must have 2 entries"),
        (lambda: Parts([1, 2], sizes=(1, 0)), "a part's size must be at least 1, not 0"),
        (lambda: Maps([], ()), "at least one map"),
        (lambda: Maps([Orthogonal()], (2, 2)), "sizes must have 1 entries"),
        (lambda: Maps([Orthogonal()], (2,), axis=-1), "Maps' axis must be at least 0, not -1"),
        (lambda: made(Maps([Orthogonal()], (5,)), (4, 4)), "must be divisible by 5"),
        (lambda: made(Maps([Orthogonal()], (2,), axis=2), (4, 4)), "axis 2 is not an axis"),
        (lambda: made(Parts([1, 2], sizes=(2, 1)), (4, 4)), "must be divisible by 3"),
        (lambda: made(Orthogonal(1, QKV), (12, 10)), "one initializer fills one"),
    ],
)
def test_errors_say_what_is_allowed(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_a_map_needs_an_initializer():
    with pytest.raises(TypeError, match="must be filled by an Initializer"):
        Maps([0.1], (2,))


def test_mup_scales_each_part():
    parts = Parts([Normal(0, 2), Normal(0, 4)], sizes=(2, 1))
    assert scaled(parts, 0.5) == Parts([Normal(0, 1), Normal(0, 2)], sizes=(2, 1))


def test_mup_of_a_wider_net_with_grouped_heads():
    qkv = Parameter("qkv", (24, 20), layout=Layout((0,), (1,), pieces=(16, 4, 4)))
    base = netinit.methods.Xavier()
    method = netinit.methods.MuP({"qkv": (12, 10)}, base)
    narrow = base.weight(Parameter("qkv", (12, 10), layout=QKV))
    assert method.kind(qkv) == "hidden"
    made = method.weight(qkv)
    assert made.sizes == (16, 4, 4)
    assert [part.std for part in made.inner] == pytest.approx(
        [part.std / 2**0.5 for part in narrow.inner]
    )


def test_values_among_packed_maps_have_the_gain_of_deepnorm():
    qkv = Parameter("layers.0.qkv", (12, 10), layout=QKV)
    method = netinit.methods.DeepNorm(encoder_layers=32)
    plain = netinit.methods.Xavier().weight(qkv)
    stds = [part.std for part in method.weight(qkv).inner]
    assert stds == pytest.approx(
        [p.std * g for p, g in zip(plain.inner, (1, 1, 0.25), strict=True)]
    )


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Parts([1, 2], sizes=2), "sizes must be a list, not 2"),
        (lambda: Parts([1, 2], sizes=(1, "x")), "a part's size must be an integer, not 'x'"),
        (lambda: Maps(Orthogonal(), (2,)), "of must be a list"),
        (lambda: Maps([0.5], (2,)), "a map must be filled by an Initializer, not 0.5"),
        (lambda: Layout((0,), (1,), pieces=3), "pieces must be a sequence of integers, not 3"),
        (lambda: Layout((0,), (1,), piece_axis=0.5), "piece_axis must be an integer, not 0.5"),
    ],
)
def test_arguments_of_the_wrong_kind(call, message):
    with pytest.raises(TypeError, match=message):
        call()
