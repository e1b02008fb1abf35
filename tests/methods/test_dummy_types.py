"""Dummy weights of every type: nothing NaN, slices, files, rules, what other methods say."""

from __future__ import annotations

import numpy as np
import pytest

import netinit
from netinit import ArraySpec, checkpoint
from netinit.arrays.dtypes import CODES, DRAWN, DTYPES, STORAGE, STORED
from netinit.arrays.slice import Slice
from netinit.initializers import Steps, Words
from netinit.methods import Dummy
from netinit.plans.plan import build_plan

NAMES = ["w", "fc.bias", "n.weight", "a.gate.weight", "embed.weight", "x.scales", "x.zeros"]
NAMES += ["layers.0.down_proj.weight", "layers.0.experts.w", "x.g_idx", "x.perm"]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("distribution", ["uniform", "normal", "truncated_normal"])
@pytest.mark.parametrize("shape", [(), (7,), (64, 64), (3, 16, 32), (0, 4)])
def test_nothing_is_nan_or_infinite(dtype, distribution, shape):
    net = {name: ArraySpec(shape, dtype) for name in NAMES}
    net = netinit.initialize(net, method=Dummy(distribution=distribution))
    for array in net.values():
        assert array.dtype.name == dtype
        assert np.isfinite(array.astype(np.float64)).all()


def test_slices_are_those_of_the_whole():
    net = {name: ArraySpec((24, 36), dtype) for dtype in DTYPES for name in [f"{dtype}.weight"]}
    net |= {"a.g_idx": ArraySpec((24, 36), "int32"), "a.gate.weight": ArraySpec((24, 36))}
    plan = netinit.plan(net, method="Dummy")
    for row in plan:
        whole = np.empty(row.shape, STORAGE[row.dtype])
        row.initializer.fill(Slice(whole, row.dtype), row.stream)
        for part, start in (((6, 36), (6, 0)), ((24, 9), (0, 27)), ((5, 7), (3, 11))):
            out = np.empty(part, STORAGE[row.dtype])
            row.initializer.fill(Slice(out, row.dtype, row.shape, start), row.stream)
            there = tuple(slice(i, i + n) for i, n in zip(start, part, strict=True))
            np.testing.assert_array_equal(out, whole[there])


def test_equal_sizes_have_other_values():
    net = {name: ArraySpec((64, 64), "int8") for name in ("a.weight", "b.weight")}
    net = netinit.initialize(net, method="Dummy")
    assert (net["a.weight"] == net["b.weight"]).mean() < 0.02


def test_a_file_of_every_type_is_a_source_and_is_checked(tmp_path):
    arrays = {f"{dtype}.weight": ArraySpec((16, 24), dtype) for dtype in DTYPES}
    arrays |= {"q.qweight": ArraySpec((16, 24), "int32"), "q.scales": ArraySpec((2, 24), "float16")}
    arrays |= {"q.g_idx": ArraySpec((128,), "int32"), "q.weight_shape": ArraySpec((2,), "int64")}
    plan = netinit.plan(arrays, method="Dummy")
    first, second = tmp_path / "first.safetensors", tmp_path / "second.safetensors"
    checkpoint.write(first, plan)
    assert checkpoint.check(first) == []
    codes = {tensor.code for tensor in checkpoint.read_header(first).tensors}
    assert codes == set(CODES.values())
    again = checkpoint.plan_source(first, method="dummy")
    checkpoint.write(second, again)
    starts = [checkpoint.read_header(path).data_start for path in (first, second)]
    data = [path.read_bytes()[start:] for path, start in zip((first, second), starts, strict=True)]
    assert data[0] == data[1]
    damaged = bytearray(first.read_bytes())
    damaged[-1] ^= 1
    first.write_bytes(damaged)
    assert len(checkpoint.check(first)) == 1


def test_files_are_read_by_the_safetensors_library(tmp_path):
    library = pytest.importorskip("safetensors.numpy")
    path = tmp_path / "net.safetensors"
    names = [name for name in DTYPES if name in STORED and STORAGE[name].name == name]
    net = {name: ArraySpec((5, 7), name) for name in names}
    checkpoint.write(path, netinit.plan(net, method="Dummy"))
    read = library.load_file(path)
    net = netinit.initialize(net, method="Dummy")
    assert read.keys() == net.keys()
    for name, array in net.items():
        np.testing.assert_array_equal(read[name], array)


def test_a_dtype_on_the_command_line_is_for_what_is_drawn(tmp_path):
    path = tmp_path / "net.safetensors"
    net = {"a.weight": ArraySpec((4, 8)), "b.qweight": ArraySpec((4, 8), "int32")}
    checkpoint.write(path, netinit.plan(net, method="Dummy"))
    rows = checkpoint.read_source(path, dtype="bf16")
    assert {row.name: row.dtype for row in rows} == {"a.weight": "bfloat16", "b.qweight": "int32"}


def test_arrays_with_values_are_kept_or_overwritten():
    ids = np.full((4, 8), 7, np.int8)
    netinit.initialize({"w": ids, "v": ArraySpec((2, 2))}, method="Dummy")
    assert (ids == 7).all()
    netinit.initialize({"w": ids}, netinit.All, method="Dummy")
    assert len(np.unique(ids)) > 10


@pytest.mark.parametrize("dtype", STORED)
def test_other_methods_refuse_what_they_do_not_draw(dtype):
    for what in ("Kaiming", "Orthogonal", "Identity", 0.02):
        with pytest.raises(ValueError, match=f"parameter 'w': .*and not {dtype}; method 'Dummy'"):
            netinit.plan({"w": ArraySpec((4, 8), dtype)}, method=what)


def test_rules_may_have_it_among_them():
    net = {"w": ArraySpec((4, 8), "int8"), "v": ArraySpec((4, 8))}
    plan = netinit.plan(net, method={"w": "dummy", "v": "Xavier"})
    assert [str(row.initializer) for row in plan] == ["Words(bits & 0xff)", "Normal(0, 0.408)"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"gain": -1}, "Dummy's gain must be at least 0"),
        ({"bits": 0}, "Dummy's bits must be at least 1"),
        ({"layers": 0}, "Dummy's layers must be at least 1"),
        ({"distribution": "cauchy"}, "'cauchy' is unknown"),
    ],
)
def test_options_out_of_range(options, message):
    with pytest.raises(ValueError, match=message):
        Dummy(**options)


def test_the_recipe_keeps_the_depth():
    net = {f"layers.{i}.o_proj.weight": ArraySpec((4, 8)) for i in range(6)}
    plan = netinit.plan(net, method="Dummy")
    assert plan.to_json()["method"]["layers"] == 6
    assert netinit.methods.as_method(plan.method.to_json()) == plan.method


def test_parameters_alone_are_filled_too():
    assert isinstance(Dummy().initializer(netinit.Parameter("a.perm", (3,), "int32")), Steps)
    plan = build_plan([netinit.Parameter("b", (3, 4), "uint8")], netinit.All, "dummy")
    assert plan[0].initializer == Words(0xFF)
    assert set(DRAWN).isdisjoint(STORED)


@pytest.mark.parametrize("dtype", [name for name in STORED if STORAGE[name].name == name])
def test_one_array_is_filled_alone(dtype):
    whole = netinit.fill(np.empty((12, 20), dtype), "dummy", name="fc.weight", seed=7)
    net = netinit.initialize({"fc.weight": ArraySpec((12, 20), dtype)}, method="Dummy", seed=7)
    np.testing.assert_array_equal(whole, net["fc.weight"])
    rows = np.empty((3, 20), dtype)
    netinit.fill(rows, Dummy(), name="fc.weight", seed=7, shape=(12, 20), start=(6, 0))
    np.testing.assert_array_equal(rows, whole[6:9])
    for what in (0.02, "xavier_normal", "Kaiming", netinit.Constant(1), "no such name"):
        with pytest.raises(TypeError, match=f"out must be of dtype float32.*, not {dtype}"):
            netinit.fill(rows, what)
