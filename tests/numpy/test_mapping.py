"""Mappings of arrays as nets, and roles guessed from names and shapes."""

from __future__ import annotations

import types

import numpy as np
import pytest

import netinit
from netinit import ArraySpec, Constant, Layout
from netinit.numpy.adapter import MappingAdapter
from netinit.parameters.roles import guess_parameter
from netinit.shapes.layout import DENSE


def rows(net):
    return {p.name: p for p in MappingAdapter(net).parameters()}


class Struct:
    """A shape and a dtype without data, as jax.ShapeDtypeStruct is."""

    def __init__(self, shape, dtype):
        self.shape, self.dtype = shape, np.dtype(dtype)


def test_nested_mappings_and_lists_are_joined_by_dots():
    net = {"enc": {"fc": {"weight": ArraySpec((2, 3))}}, "layers": [{"b": np.zeros(2)}, [None]]}
    found = rows(net)
    assert list(found) == ["enc.fc.weight", "layers.0.b"]
    assert not found["enc.fc.weight"].initialized
    assert found["layers.0.b"].initialized
    netinit.initialize(net)
    assert net["enc"]["fc"]["weight"].shape == (2, 3)


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
def test_placeholders_become_aligned_arrays(dtype):
    net = {"w": ArraySpec((3, 5), dtype), "s": Struct((3, 5), dtype)}
    netinit.initialize(net)
    for array in net.values():
        assert (array.shape, array.dtype) == ((3, 5), np.dtype(dtype))
        assert array.flags.c_contiguous
        assert array.flags.writeable
        assert array.ctypes.data % 64 == 0
        assert np.abs(array).min() > 0


def test_bfloat16_placeholders():
    ml_dtypes = pytest.importorskip("ml_dtypes")
    net = {"w": ArraySpec((300, 5), "bfloat16"), "v": np.zeros((300, 5), ml_dtypes.bfloat16)}
    netinit.initialize(net, netinit.All)
    for array in net.values():
        assert array.dtype == ml_dtypes.bfloat16
        assert array.astype("f4").std() == pytest.approx((2 / 5) ** 0.5, rel=0.1)


def test_a_spec_may_say_what_its_array_is():
    net = {
        "query": ArraySpec((32, 4, 8), layout=netinit.Layout((1, 2), (0,))),
        "codes": ArraySpec((9, 16), role="embedding"),
        "gain": ArraySpec((2, 2), role="Scale"),
        "shift": ArraySpec((2, 2), role="shift"),
        "start": ArraySpec((2, 2), role="bias"),
        "kernel": ArraySpec((5, 7), role="weight"),
        "scale": ArraySpec((5,), role="weight"),
    }
    found = rows(net)
    assert {name: p.role for name, p in found.items()} == {
        "query": "weight",
        "codes": "embedding",
        "gain": "scale",
        "shift": "shift",
        "start": "bias",
        "kernel": "weight",
        "scale": "weight",
    }
    assert (found["query"].fan_in, found["query"].fan_out) == (32, 32)
    assert (found["kernel"].fan_in, found["kernel"].fan_out) == (5, 7)  # still by its name
    assert (found["codes"].fan_in, found["codes"].fan_out) == (16, 9)
    netinit.initialize(net)
    assert (net["gain"] == 1).all()
    assert (net["shift"] == 0).all()
    assert (net["start"] == 0).all()
    assert (net["scale"] != 1).all()


@pytest.mark.parametrize("dtype", [np.float32, np.dtype("f4"), "float32"])
def test_array_specs_take_every_name_of_a_dtype(dtype):
    assert ArraySpec([2, np.int64(3)], dtype) == ArraySpec((2, 3), "float32")
    assert ArraySpec(4).shape == (4,)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: ArraySpec((2, -1)), ValueError, "negative"),
        (lambda: ArraySpec(2, role="gain"), ValueError, "ArraySpec: role 'gain' is unknown"),
        (lambda: ArraySpec(2, role=3), TypeError, "ArraySpec: role must be a string, not 3"),
        (lambda: ArraySpec(2, layout=(0,)), TypeError, r"must be a netinit.Layout, not \(0,\)"),
        (
            lambda: ArraySpec((2, 3), layout=netinit.Layout((0,), (2,))),
            ValueError,
            "axis 2 is not an axis of the shape",
        ),
        (
            lambda: ArraySpec((2, 3), role="bias", layout=netinit.Layout((0,), (1,))),
            ValueError,
            "a bias has no layout",
        ),
        (lambda: ArraySpec((2, 1.5)), TypeError, "shape must be integers"),
        (lambda: ArraySpec(2, "flaot32"), ValueError, "did you mean 'float32'"),
        (lambda: ArraySpec(2, np.complex64), ValueError, "'complex64' is unknown"),
        (lambda: rows({"a": 3}), TypeError, "'a' must be an array or a placeholder.*not int"),
        (lambda: rows({"a": {"b": "x"}}), TypeError, r"'a\.b' must be an array"),
        (lambda: rows({1: np.zeros(2)}), TypeError, "key 1 .* is no string"),
        (lambda: rows({"a": Struct((2,), "c8")}), ValueError, "'a'.*'complex64' is unknown"),
    ],
)
def test_what_is_no_net_of_arrays_is_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_integer_arrays_are_left_alone():
    net = {"steps": np.arange(3), "mask": np.ones(3, bool), "w": ArraySpec((2, 2))}
    assert list(rows(net)) == ["w"]
    netinit.initialize(net, netinit.All)
    assert (net["steps"] == np.arange(3)).all()


def test_an_array_of_two_names_is_one_parameter():
    tied, spec = np.zeros((4, 3), "f4"), ArraySpec((4, 3))
    net = {"emb.weight": tied, "head.weight": tied, "view": tied[:], "a.w": spec, "b.w": spec}
    found = rows(net)
    assert list(found) == ["emb.weight", "a.w"]
    assert found["emb.weight"].aliases == ("head.weight", "view")
    netinit.initialize(net, netinit.All)
    assert net["head.weight"] is net["emb.weight"] is tied
    assert net["a.w"] is net["b.w"]
    alone = netinit.initialize({"emb.weight": ArraySpec((4, 3))})["emb.weight"]
    assert (alone == tied).all()


def test_strided_arrays_are_filled_in_place():
    base = np.zeros((6, 8), "f4")
    net = {"w": base.T[::2]}
    netinit.initialize(net, netinit.All)
    assert (net["w"] == netinit.initialize({"w": ArraySpec((4, 6))})["w"]).all()
    assert (base.T[1::2] == 0).all()


def test_containers_that_cannot_be_changed():
    frozen = types.MappingProxyType({"w": ArraySpec((2, 2))})
    with pytest.raises(TypeError, match="'w': stands in a container that cannot be changed"):
        netinit.initialize(frozen)
    netinit.initialize(types.MappingProxyType({"w": np.zeros((2, 2))}), netinit.All)


def test_arrays_that_cannot_be_written_are_kept_or_refused():
    swapped = np.zeros((2, 2), np.dtype("f4").newbyteorder())
    net = {"w": swapped, "v": ArraySpec((2, 2))}
    netinit.initialize(net)  # it has a value: nobody needs to write it
    with pytest.raises(ValueError, match="'w': out is byte-swapped"):
        netinit.initialize(net, netinit.All)


@pytest.mark.parametrize(
    ("name", "shape", "role", "fixed", "layout", "kind"),
    [
        ("fc.weight", (4, 3), "weight", None, DENSE, "parameter"),
        ("conv.weight", (4, 3, 3, 3), "weight", None, DENSE, "parameter"),
        ("anything", (4, 3), "weight", None, DENSE, "parameter"),
        ("Dense_0.kernel", (3, 4), "weight", None, Layout((1,), (0,)), "parameter"),
        ("Conv_0/kernel", (3, 3, 8, 4), "weight", None, Layout((3,), (2,)), "parameter"),
        ("Embed_0.embedding", (9, 4), "embedding", None, DENSE, "parameter"),
        ("fc.bias", (4,), "bias", None, None, "parameter"),
        ("attn.in_proj_bias", (12,), "bias", None, None, "parameter"),
        ("attn.q.bias", (2, 6), "bias", None, None, "parameter"),
        ("layer.Biases", (4,), "bias", None, None, "parameter"),
        ("norm.weight", (4,), "scale", 1, None, "parameter"),
        ("norm.scale", (4,), "scale", 1, None, "parameter"),
        ("norm.Scaling", (4,), "scale", 1, None, "parameter"),
        ("norm.gamma", (4,), "scale", 1, None, "parameter"),
        ("norm.beta", (4,), "shift", 0, None, "parameter"),
        ("norm.running_mean", (4,), "statistic", 0, None, "buffer"),
        ("norm.running_var", (4,), "statistic", 1, None, "buffer"),
        ("norm.MovingVariance", (4,), "statistic", 1, None, "buffer"),
        ("bn.mean", (4,), "statistic", 0, None, "buffer"),
        ("bn.var", (4,), "statistic", 1, None, "buffer"),
        ("logit_scale", (), "bias", None, None, "parameter"),
        ("cls", (4,), "bias", None, None, "parameter"),
    ],
)
def test_guessing(name, shape, role, fixed, layout, kind):
    row = guess_parameter(name, shape)
    assert (row.role, row.layout, row.kind) == (role, layout, kind)
    assert row.fixed == (None if fixed is None else Constant(fixed))
    assert row.note.startswith("role guessed from name and shape")


def test_a_role_that_is_given_takes_no_layout_from_another_one():
    found = rows({"w": ArraySpec((10, 4)), "e": ArraySpec((10, 4), role="embedding")})
    assert found["w"].layout == DENSE
    assert found["e"].layout is None
    assert rows({"w": ArraySpec((10, 4), role="weight")})["w"].layout == DENSE
