"""Dummy weights: every row of docs/dummy.md, no NaN in any type, files, shards."""

from __future__ import annotations

import doctest
import math
import re
from pathlib import Path

import numpy as np
import pytest

import netinit
from netinit import ArraySpec
from netinit.arrays.dtypes import DTYPES
from netinit.initializers import Orthogonal
from netinit.methods import Dummy

PAGE = Path(__file__).parents[2] / "docs" / "dummy.md"


def filled(method="Dummy", **net):
    """Return the arrays of a net of name=(shape, dtype) or name=shape, filled."""
    specs = {
        name.replace("__", "."): ArraySpec(*spec)
        if spec and isinstance(spec[0], tuple)
        else ArraySpec(spec)
        for name, spec in net.items()
    }
    return netinit.initialize(specs, method=method)


def std(array):
    return float(array.astype(np.float64).std())


def only(array):
    """Return the one value that all elements have."""
    (value,) = np.unique(array.astype(np.float64) if array.dtype.kind == "V" else array)
    return value


# -- by type ----------------------------------------------------------------------------------


def floats(dtype):
    weight = filled(w=((300, 400), dtype))["w"]
    assert std(weight) == pytest.approx(1 / math.sqrt(400), rel=0.02)


def narrow(dtype):
    floats(dtype)
    least = {"4": 2.0**-8, "5": 2.0**-14}[dtype.split("_e")[1][0]]
    least /= 2 if dtype.endswith("fnuz") else 1
    (row,) = netinit.plan({"w": ArraySpec((3, 10**12), dtype)}, method="Dummy")
    assert row.initializer.std == pytest.approx(max(least, 1e-6), rel=1e-6)
    codes = filled(w=((1000, 1000), dtype))["w"].view(np.uint8)
    assert 0x80 not in codes or not dtype.endswith("fnuz")


def ones(dtype):
    assert only(filled(w=((5, 6), dtype))["w"].view(np.uint8)) == 127


def bits(dtype):
    codes = filled(w=((200, 300), dtype))["w"].view(np.uint8)
    assert np.bincount(codes.ravel(), minlength=256).min() > 100
    assert not filled(w=((5,), dtype))["w"].any()
    for name in ("token_ids", "expert_idx", "index"):
        assert not filled(**{f"a__{name}": ((5, 6), dtype)})[f"a.{name}"].any()


def zeros(dtype):
    assert not filled(w=((5, 6), dtype))["w"].any()


BY_TYPE = {
    "float64, float32, bfloat16, float16": floats,
    "float8_e4m3fn, float8_e5m2": narrow,
    "float8_e4m3fnuz, float8_e5m2fnuz": narrow,
    "float8_e8m0fnu": ones,
    "int8, uint8, int16, uint16, int32, uint32": bits,
    "int64, uint64, bool": zeros,
}


# -- by name ----------------------------------------------------------------------------------


def norms():
    net = filled(n__weight=(5,), n__scale=(5,), n__gamma=(5,))
    assert all(only(array) == 1 for array in net.values())


def biases():
    net = filled(fc__bias=(5,), sinks=(5,), A_log=(5,), logit=())
    assert not any(array.any() for array in net.values())


def embeddings():
    net = filled(m__embed_tokens__weight=(300, 40), wte__weight=(300, 40), e__embedding=(300, 40))
    assert all(std(array) == pytest.approx(1, rel=0.03) for array in net.values())


def residual_outputs():
    names = ("o_proj.weight", "down_proj.weight", "w2.weight", "fc2.weight")
    plain = {f"layers.{i}.a.{name}": ArraySpec((300, 400)) for i in range(8) for name in names}
    want = 1 / math.sqrt(400 * 16)
    for row in netinit.plan(plain, method="Dummy"):
        assert row.std == pytest.approx(want)
    narrow = {f"{i}.o_proj.weight": ArraySpec((64, 64), "float8_e4m3fn") for i in range(8)}
    scales = {f"{i}.o_proj.weight_scale": ArraySpec((1,)) for i in range(8)}
    plan = netinit.plan(narrow | scales, method="Dummy")
    assert plan["3.o_proj.weight"].std == pytest.approx(1 / 8)
    assert plan["3.o_proj.weight_scale"].mean == 1 / 4
    assert netinit.plan(plain, method=Dummy(layers=2))[0].std == pytest.approx(want * 2)


def routers():
    names = ["a.gate.weight", "a.experts.0.w1.weight", "b.gate.weight", "c.router.weight"]
    plan = netinit.plan({name: ArraySpec((8, 64)) for name in names}, method="Dummy")
    kinds = [type(row.initializer) is Orthogonal for row in plan]
    assert kinds == [True, False, False, True]
    gate = filled(a__gate__weight=(8, 64), a__experts__w=(8, 4, 4))["a.gate.weight"]
    np.testing.assert_allclose(gate @ gate.T, np.eye(8), atol=1e-6)


def experts():
    net = filled(a__experts__gate_up_proj=(4, 100, 400), a__experts__w13_weight=(4, 100, 400))
    assert std(net["a.experts.gate_up_proj"]) == pytest.approx(1 / math.sqrt(200), rel=0.02)
    assert std(net["a.experts.w13_weight"]) == pytest.approx(1 / math.sqrt(400), rel=0.02)


#: A quantized weight, the end of its scale's name, and its fan_in.
QUANTIZED = [
    ("fc.weight", (64, 1024), "int8", "fc.weight_scale", (64, 1), 1024, 73.9),
    ("fc.qweight", (128, 64), "int32", "fc.scales", (8, 64), 1024, 4.61),  # GPTQ
    ("fc.qweight", (1024, 8), "int32", "fc.scales", (8, 64), 1024, 4.61),  # AWQ
    ("fc.weight_packed", (64, 128), "int32", "fc.weight_scale", (64, 8), 1024, 4.61),
    ("e.up_blocks", (4, 64, 32, 16), "uint8", "e.up_scales", (4, 64, 32), 1024, 4.61),
    ("e.w13_weight", (4, 64, 512), "uint8", "e.w13_weight_scale", (4, 64, 64), 1024, 4.61),
    ("fc.weight", (512, 1), "uint8", "fc.weight.absmax", (16,), 2, 4.61),
]


@pytest.mark.parametrize(("name", "shape", "dtype", "scale", "few", "fan_in", "spread"), QUANTIZED)
def test_scales_give_products_their_std(name, shape, dtype, scale, few, fan_in, spread):
    kind = "float32"
    net = {name: ArraySpec(shape, dtype), scale: ArraySpec(few, kind)}
    plan = netinit.plan(net, method="Dummy")
    value = plan[scale].mean
    assert math.log2(value).is_integer()
    assert 2**-0.51 < value * spread * math.sqrt(fan_in) < 2**0.51


def integer_scales():
    for case in QUANTIZED:
        test_scales_give_products_their_std(*case)


def float8_scales():
    for dtype in ("float8_e4m3fn", "float8_e5m2", "float8_e4m3fnuz"):
        net = filled(fc__weight=((8, 64), dtype), fc__weight_scale_inv=(1, 1))
        assert only(net["fc.weight_scale_inv"]) == 1


def other_scales():
    ends = ("input_scale", "k_scale", "v_scale", "weight_global_scale", "weight_scale_2")
    net = filled(fc__weight=((8, 64), "int8"), **{f"fc__{end}": ((), "float32") for end in ends})
    assert {only(net[f"fc.{end}"]) for end in ends} == {1}


def exponents():
    for dtype in ("uint8", "float8_e8m0fnu"):
        net = filled(b__up_blocks=((4, 64, 8, 16), "uint8"), b__up_scales=((4, 64, 8), dtype))
        power = 2.0 ** (int(only(net["b.up_scales"].view(np.uint8))) - 127)
        assert 2**-0.51 < power * 4.61 * math.sqrt(256) < 2**0.51
    assert only(filled(x__k_scale=((3,), "uint8"))["x.k_scale"]) == 127


def gptq_zeros():
    net = {"a__qweight": ((128, 64), "int32"), "a__scales": ((8, 64), "float16")}
    net = filled(**net, a__qzeros=((8, 8), "int32"))
    assert hex(only(net["a.qzeros"].view(np.uint32))) == "0x77777777"


def awq_zeros():
    net = {"a__qweight": ((1024, 8), "int32"), "a__scales": ((8, 64), "float16")}
    net |= {"a__qzeros": ((8, 8), "int32"), "b__weight_packed": ((8, 8), "int32")}
    net = filled(**net, b__weight_zero_point=((1, 8), "int32"))
    for name in ("a.qzeros", "b.weight_zero_point"):
        assert hex(only(net[name].view(np.uint32))) == "0x88888888"
    eight = filled(Dummy(bits=8), a__qzeros=((8, 8), "int32"))
    assert hex(only(eight["a.qzeros"].view(np.uint32))) == "0x80808080"


def byte_zeros():
    assert only(filled(a__zero_point=((8,), "uint8"))["a.zero_point"]) == 0x88


def no_zeros():
    for dtype in ("int8", "int32", "int64", "float16"):
        net = filled(a__weight=((8, 8), "int8"), a__weight_zero_point=((8, 1), dtype))
        assert not net["a.weight_zero_point"].any()


def group_indices():
    net = filled(
        a__qweight=((128, 64), "int32"), a__scales=((8, 64), "float16"), a__g_idx=((1024,), "int32")
    )
    np.testing.assert_array_equal(net["a.g_idx"], np.arange(1024) // 128)
    assert not filled(a__g_idx=((1024,), "int32"))["a.g_idx"].any()


def shapes():
    net = filled(a__weight_packed=((64, 32), "int32"), a__weight_shape=((2,), "int64"))
    assert net["a.weight_shape"].tolist() == [64, 256]
    net = filled(a__weight_packed=((64, 32), "int32"), a__weight_shape=((3,), "int64"))
    assert net["a.weight_shape"].tolist() == [0, 0, 0]  # not what it is in any library


def orders():
    net = filled(a__perm=((5,), "int32"), a__g_idx_sort_indices=((5,), "int64"))
    assert [array.tolist() for array in net.values()] == [[0, 1, 2, 3, 4]] * 2


BY_NAME = {
    "norms: `*.weight`, `*.scale`, `*.gamma` of one axis": norms,
    "`*bias`, and what else has less than two axes": biases,
    "embeddings: `*embed*`, `wte`, `wpe`": embeddings,
    "ends of residual branches: `*o_proj`, `*down_proj`, `*.w2`, `*fc2`, ...": residual_outputs,
    "routers: `*.gate.weight` beside experts, `*.router.weight`": routers,
    "stacked experts (experts, m, n) of unknown orientation": experts,
    "`*scale`, `*scales`, `*scale_inv`, `*absmax` of a weight of integers": integer_scales,
    "the same, of a weight of float8": float8_scales,
    "other scales: `*input_scale`, `*k_scale`, `*global_scale`, `*scale_2`": other_scales,
    "a scale of uint8 or float8_e8m0fnu": exponents,
    "`*qzeros` of GPTQ (int32)": gptq_zeros,
    "`*qzeros` of AWQ, `*zero_point` of packed int32": awq_zeros,
    "`*zero_point` of uint8": byte_zeros,
    "`*zero_point`, `*zeros` of other types": no_zeros,
    "`*g_idx`": group_indices,
    "`*weight_shape`": shapes,
    "`*perm`, `*sort_indices`": orders,
}


def rows_of(title):
    """Return the first cells of the table under a title of the page, without its head."""
    section = re.search(rf"^## {title}\n(.*?)^## ", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    lines = [line for line in section[1].splitlines() if line.startswith("| ")]
    return [line.split(" | ")[0].removeprefix("| ") for line in lines[1:]]


def test_every_row_of_the_page_has_a_test():
    assert rows_of("By type") == list(BY_TYPE)
    assert rows_of("By name") == list(BY_NAME)
    assert {dtype for row in BY_TYPE for dtype in row.split(", ")} == set(DTYPES)


@pytest.mark.parametrize("dtype", DTYPES)
def test_types_are_filled_as_the_page_says(dtype):
    (check,) = [check for row, check in BY_TYPE.items() if dtype in row.split(", ")]
    check(dtype)


@pytest.mark.parametrize("row", BY_NAME)
def test_names_are_filled_as_the_page_says(row):
    BY_NAME[row]()


def test_examples_of_the_page_run():
    source = "\n".join(re.findall(r"^```python\n(.*?)^```", PAGE.read_text(), re.DOTALL | re.M))
    test = doctest.DocTestParser().get_doctest(source, {}, PAGE.name, str(PAGE), 0)
    assert doctest.DocTestRunner().run(test).failed == 0
