"""What a SOURCE may be, and which of its tensors become parameters."""

import json

import numpy as np
import pytest

from netinit import checkpoint, nets
from netinit.errors import CheckpointError

safetensors_numpy = pytest.importorskip("safetensors.numpy")


@pytest.fixture
def model(tmp_path):
    """Save a model as a framework does, with a tensor of integers."""
    path = tmp_path / "model.safetensors"
    arrays = {
        "h.0.attn.weight": np.zeros((4, 6), "f4"),
        "h.0.attn.bias": np.zeros(4, "f4"),
        "norm.weight": np.zeros(6, "f2"),
        "position_ids": np.zeros((1, 8), "i8"),
        "mask": np.zeros(3, bool),
    }
    safetensors_numpy.save_file(arrays, path)
    return path


def test_names_shapes_and_dtypes_are_the_files(model):
    parameters = {p.name: p for p in checkpoint.read_source(model)}
    assert {name: (p.shape, p.dtype) for name, p in parameters.items()} == {
        "position_ids": ((1, 8), "int64"),
        "mask": ((3,), "bool"),
        "h.0.attn.weight": ((4, 6), "float32"),
        "h.0.attn.bias": ((4,), "float32"),
        "norm.weight": ((6,), "float16"),
    }
    assert parameters["h.0.attn.weight"].role == "weight"
    assert parameters["h.0.attn.bias"].role == "bias"
    assert parameters["norm.weight"].fixed is not None
    assert not any(p.initialized for p in parameters.values())


def test_dtypes_that_are_not_drawn_are_refused_by_name(model):
    with pytest.raises(CheckpointError, match=r"'position_ids' \(I64\)") as caught:
        checkpoint.plan_source(model)
    assert "'mask' (BOOL)" in str(caught.value)
    assert str(model) in str(caught.value)
    with pytest.raises(CheckpointError, match="'position_ids'"):
        checkpoint.plan_source(model, select=["h.*", "pos*"], dtype="bf16")


@pytest.mark.parametrize(
    ("dtype", "full"),
    [
        ("bf16", "bfloat16"),
        ("f16", "float16"),
        ("f32", "float32"),
        ("f8_e4m3", "float8_e4m3fn"),
        ("f8_e5m2", "float8_e5m2"),
        ("float64", "float64"),
    ],
)
def test_dtype_takes_the_place_of_each(model, dtype, full):
    plan = checkpoint.plan_source(model, select=["h.*", "norm.*"], dtype=dtype)
    assert {assignment.parameter.dtype for assignment in plan} == {full}
    assert {p.dtype for p in checkpoint.read_source(model, dtype=dtype)} == {full, "int64", "bool"}


def test_misspelt_dtype_and_pattern_name_the_nearest(model):
    with pytest.raises(ValueError, match="did you mean 'bfloat16'"):
        checkpoint.read_source(model, dtype="bf61")
    with pytest.raises(ValueError, match=r"'norm\.weight'"):
        checkpoint.plan_source(model, select=["norm.wieght"])


def test_weights_are_not_read(model):
    """A sparse file of a tebibyte is read at once."""
    header = checkpoint.layout_tensors([("w", "float32", (1 << 19, 1 << 19))], {})
    with model.open("wb") as file:
        file.write(header.to_bytes())
        file.truncate(header.data_start + header.data_bytes)
    (parameter,) = checkpoint.read_source(model)
    assert parameter.shape == (1 << 19, 1 << 19)


def test_its_own_recipe_is_not_used(model):
    header = checkpoint.layout_tensors([("w", "float32", (2, 2))], {"netinit": "{damaged"})
    model.write_bytes(header.to_bytes() + bytes(header.data_bytes))
    (parameter,) = checkpoint.read_source(model)
    assert parameter.name == "w"


def test_the_kind_of_file_is_seen_without_an_extension(model, tmp_path):
    bare = tmp_path / "model"
    model.rename(bare)
    assert checkpoint.read_source(bare)
    bare.write_text("{}")
    with pytest.raises(ValueError, match=r"(?s).") as caught:
        checkpoint.read_source(bare)
    assert not isinstance(caught.value, CheckpointError)


def test_a_net_in_json(tmp_path):
    path = tmp_path / "net.json"
    path.write_text(nets.to_json(nets.NetChain([3, 2], input=5)))
    parameters = checkpoint.read_source(path, dtype="f16")
    assert sorted(p.shape for p in parameters) == [(2,), (2, 3), (3,), (3, 5)]
    assert {p.dtype for p in parameters} == {"float16"}


@pytest.mark.parametrize("text", ["", "{", "[]", "null", json.dumps({"weight_map": {}}), "\xff"])
def test_a_damaged_net_is_a_value_error(tmp_path, text):
    path = tmp_path / "net.json"
    path.write_text(text, encoding="latin-1")
    with pytest.raises(ValueError, match=r"."):
        checkpoint.read_source(path)
