"""float8: the float32 element rounded once, at every boundary between its values."""

from __future__ import annotations

import ml_dtypes
import numpy as np
import pytest

import netinit
from netinit.arrays.dtypes import STORAGE
from netinit.arrays.narrow import NARROW, read_numbers
from netinit.initializers.orthogonal import Orthogonal
from netinit.shapes.layout import DENSE
from tests.stream_cases import CASES, UNDEFINED, core_values, truncated

DTYPES = ("float8_e4m3fn", "float8_e5m2")
COUNT = 2**20

each_dtype = pytest.mark.parametrize("dtype", DTYPES)


def cast(values: np.ndarray, dtype: str) -> np.ndarray:
    """Return the bits of float32 numbers as ml_dtypes rounds them."""
    return values.astype(getattr(ml_dtypes, dtype)).view(np.uint8)


def finite_numbers(dtype: str) -> np.ndarray:
    """Return all finite numbers of the type in ascending order, a zero once."""
    numbers = read_numbers(np.arange(256).astype(np.uint8), dtype)
    return np.unique(numbers[np.isfinite(numbers)])


@each_dtype
@pytest.mark.parametrize("case", CASES)
def test_elements_are_those_of_float32_rounded_by_ml_dtypes(isa, case, dtype):
    if (case, dtype) in UNDEFINED:
        pytest.skip("no values within the bounds")
    d = CASES[case]
    expected = core_values(COUNT // 16, "float32", d)
    if d.kind in ("uniform", "truncated_normal"):  # clamped to what the type has inside
        finite = finite_numbers(dtype)
        inside = finite[(finite >= d.low) & (finite <= d.high)]
        inside = inside[inside < d.high] if d.kind == "uniform" else inside
        expected = np.clip(expected, inside.min(), inside.max())
    found = core_values(COUNT // 16, dtype, d)
    assert np.array_equal(read_numbers(found, dtype), read_numbers(cast(expected, dtype), dtype))


@each_dtype
def test_large_samples_of_all_sizes(isa, dtype):
    """Normals of every scale, so that most values and subnormals come; the bits are compared."""
    seen = set()
    for exponent in range(-20, 14 if dtype == "float8_e5m2" else 7):
        d = netinit.Normal(0, 0.99 * 2.0**exponent)
        single, narrow = np.empty(COUNT // 8, "f4"), np.empty(COUNT // 8, "u1")
        netinit.fill(single, d, name="w")
        netinit.fill(narrow.view(getattr(ml_dtypes, dtype)), d, name="w")
        assert np.array_equal(narrow, cast(single, dtype)), exponent
        seen |= set(np.unique(narrow).tolist())
    assert len(seen) > 0.9 * len(finite_numbers(dtype))


@each_dtype
def test_every_boundary(isa, dtype):
    """Normals a few units of float32 around each half-way point, which is among them."""
    numbers = finite_numbers(dtype)
    for middle in ((numbers[1:] + numbers[:-1]) / 2).tolist():  # exact
        d = netinit.Normal(middle, float(np.spacing(np.float32(abs(middle)))))
        single = netinit.fill(np.empty(256, "f4"), d, name="w")
        assert (single == middle).any()
        narrow = netinit.fill(np.empty(256, getattr(ml_dtypes, dtype)), d, name="w")
        assert np.array_equal(narrow.view("u1"), cast(single, dtype)), middle


@each_dtype
def test_every_value_as_a_constant(isa, dtype):
    finite = finite_numbers(dtype).astype("f8")
    between = (finite[1:] + finite[:-1]) / 2
    near = [np.nextafter(between, np.inf), np.nextafter(between, -np.inf)]
    for number in np.concatenate([finite, between, *near]).tolist():
        out = netinit.fill(np.empty(77, getattr(ml_dtypes, dtype)), netinit.Constant(number))
        # ml_dtypes rounds a double by way of float32; this is the nearest, half way to even.
        distance = np.abs(finite - number)
        nearest = finite[distance == distance.min()]
        bits = cast(nearest.astype("f4"), dtype)
        expected = bits[0] if len(bits) == 1 else bits[bits % 2 == 0][0]
        found = out.view("u1")
        assert (found == found[0]).all()
        assert read_numbers(found[:1], dtype) == read_numbers(np.array([expected]), dtype)


@each_dtype
def test_the_largest_value(isa, dtype):
    largest = NARROW[dtype].max
    assert netinit.fill(np.empty(3, getattr(ml_dtypes, dtype)), netinit.Constant(largest))[0] == (
        largest
    )
    out = np.empty(3, getattr(ml_dtypes, dtype))
    with pytest.raises(ValueError, match="overflow"):
        netinit.fill(out, netinit.Constant(largest * 1.1))
    normal = core_values(COUNT, dtype, truncated(-np.inf, np.inf, 0.0, largest / 6.78))
    assert np.isfinite(read_numbers(normal, dtype)).all()


@each_dtype
@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (-0.3, 0.1), (1.0, 1.3), (-448, 448)])
def test_uniform_never_reaches_high(isa, dtype, low, high):
    out = np.empty(COUNT, getattr(ml_dtypes, dtype))
    values = netinit.fill(out, netinit.Uniform(low, high)).astype("f8")
    assert low <= values.min()
    assert values.max() < high


@each_dtype
@pytest.mark.parametrize(("low", "high"), [(-2.0, 2.0), (-1.1, 3.3), (0.3, 0.35), (4.2, 9.9)])
def test_truncated_stays_within_its_bounds(isa, dtype, low, high):
    out = np.empty(COUNT, getattr(ml_dtypes, dtype))
    values = netinit.fill(out, netinit.TruncatedNormal(0, 1, low, high)).astype("f8")
    assert low <= values.min()
    assert values.max() <= high


@each_dtype
def test_slices_strides_and_shards(isa, dtype):
    kind = getattr(ml_dtypes, dtype)
    whole = netinit.fill(np.empty((67, 129), kind), 0.3, name="w")
    for rows, columns in [
        (np.s_[5:9], np.s_[:]),
        (np.s_[:], np.s_[3:7]),
        (np.s_[1:60], np.s_[64:]),
    ]:
        expected = whole[rows, columns]
        where = {"shape": whole.shape, "start": (rows.start or 0, columns.start or 0)}
        out = np.empty((2 * expected.shape[0], 3 * expected.shape[1]), kind)[::2, ::3]
        netinit.fill(out, 0.3, name="w", **where)
        assert out.tobytes() == expected.tobytes()
        turned = np.empty(expected.shape[::-1], kind).T
        assert netinit.fill(turned, 0.3, name="w", **where).tobytes() == expected.tobytes()


@each_dtype
def test_orthogonal_and_identity_matrices_are_rounded_once(dtype):
    plans = {}
    for name in (dtype, "float32"):
        net = {"w": netinit.ArraySpec((12, 30), name)}
        plans[name] = netinit.initialize(net, method="Orthogonal")["w"]
    assert np.array_equal(plans[dtype].view("u1"), cast(plans["float32"], dtype))
    net = {"w": netinit.ArraySpec((6, 6), dtype)}
    identity = netinit.initialize(net, method="Identity")["w"].astype("f4")
    assert np.abs(identity - np.eye(6)).max() < 0.1
    with pytest.raises(ValueError, match=f"gain must be at most {NARROW[dtype].max:g}"):
        Orthogonal(1e5, DENSE).check_dtype(dtype)


@each_dtype
def test_mappings(dtype):
    kind = getattr(ml_dtypes, dtype)
    net = {"w": netinit.ArraySpec((300, 5), dtype), "v": np.zeros((300, 5), kind)}
    netinit.initialize(net, netinit.All)
    for array in net.values():
        assert array.dtype == kind
        assert array.astype("f4").std() == pytest.approx((2 / 5) ** 0.5, rel=0.1)
    assert STORAGE[dtype] == np.uint8
