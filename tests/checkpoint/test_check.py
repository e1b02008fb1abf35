"""Checking checkpoints: each damage is found and named, and a recipe is not trusted."""

import json
import threading

import numpy as np
import pytest

import netinit
from netinit import checkpoint
from netinit.checkpoint.header import Header
from netinit.errors import CheckpointError
from netinit.parameters.parameter import Parameter
from netinit.plans.plan import build_plan
from netinit.shapes.layout import DENSE, Layout

PARAMETERS = [
    Parameter("f64.weight", (5, 7), "float64", layout=DENSE),
    Parameter("f32.weight", (6, 9), "float32", layout=DENSE),
    Parameter("f32.bias", (3,), "float32", role="bias"),
    Parameter("f16.weight", (3, 5), "float16", layout=DENSE),
    Parameter("bf16.weight", (3, 7), "bfloat16", layout=DENSE),
    Parameter("e4m3.weight", (5, 3), "float8_e4m3fn", layout=DENSE),
    Parameter("e5m2.weight", (3, 3), "float8_e5m2", layout=DENSE),
    Parameter("embedding", (4, 6), "float32", "embedding", Layout((0,), (1,)), zero_row=2),
    Parameter("scalar", (), "float32", role="bias"),
]


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "out.safetensors"
    checkpoint.write(path, build_plan(PARAMETERS, netinit.All, "Kaiming", 1234))
    return path


def flip(path, place):
    content = bytearray(path.read_bytes())
    content[place] ^= 0x40
    path.write_bytes(content)


def rewrite(path, change_recipe=lambda recipe: None, drop=(), metadata=None):
    """Write the file anew with a changed recipe or metadata, or without some tensors."""
    old = checkpoint.read_header(path)
    content = path.read_bytes()
    recipe = json.loads(old.metadata["netinit"])
    change_recipe(recipe)
    if metadata is None:
        metadata = {"netinit": json.dumps(recipe)}
    kept = [tensor for tensor in old.tensors if tensor.name not in drop]
    header = checkpoint.layout_tensors([(t.name, t.dtype, t.shape) for t in kept], metadata)
    data = [content[old.data_start + t.begin : old.data_start + t.end] for t in kept]
    path.write_bytes(header.to_bytes() + b"".join(data))


@pytest.mark.parametrize("parameter", PARAMETERS, ids=lambda parameter: parameter.name)
@pytest.mark.parametrize("which", ["first", "last"])
def test_a_changed_byte_is_found_and_named(path, parameter, which):
    header = checkpoint.read_header(path)
    tensor = next(tensor for tensor in header.tensors if tensor.name == parameter.name)
    flip(path, header.data_start + (tensor.begin if which == "first" else tensor.end - 1))
    (difference,) = checkpoint.check(path)
    assert difference.name == parameter.name
    index = tuple(0 if which == "first" else extent - 1 for extent in parameter.shape)
    assert difference.index == index
    assert difference.found != difference.expected
    assert str(difference).startswith(f"{parameter.name}: ")


def test_the_message_gives_place_and_values(path):
    header = checkpoint.read_header(path)
    tensor = next(tensor for tensor in header.tensors if tensor.name == "f32.bias")
    flip(path, header.data_start + tensor.begin + 4 + 3)
    assert [str(d) for d in checkpoint.check(path)] == [
        "f32.bias: element [1] is 2.0, and the recipe makes 0.0"
    ]


def test_bytes_are_compared_and_not_values(path):
    header = checkpoint.read_header(path)
    tensor = next(tensor for tensor in header.tensors if tensor.name == "f32.bias")
    content = bytearray(path.read_bytes())
    place = header.data_start + tensor.begin
    content[place : place + 4] = np.float32(-0.0).tobytes()
    path.write_bytes(content)
    assert [d.name for d in checkpoint.check(path)] == ["f32.bias"]


def test_every_byte_of_tensors_and_their_entries_counts(path):
    """One byte changed after the metadata is always a difference or an error."""
    content = path.read_bytes()
    first_entry = content.index(b'"f64.weight":{"dtype"')
    for place in [*range(8), *range(first_entry, len(content))]:
        changed = bytearray(content)
        changed[place] ^= 0x04
        path.write_bytes(changed)
        try:
            found = checkpoint.check(path)
        except CheckpointError:
            continue
        assert found, place


@pytest.mark.parametrize("seed", [1235, "1234"])
def test_another_seed_differs_in_all_that_is_drawn(path, seed):
    rewrite(path, lambda recipe: recipe.update(seed=seed))
    names = {difference.name for difference in checkpoint.check(path)}
    assert names == {p.name for p in PARAMETERS if p.role != "bias"}


def test_missing_and_unknown_tensors_are_named(path):
    rewrite(path, lambda recipe: recipe["tensors"].pop("f32.bias"), drop=["f16.weight"])
    assert {str(d) for d in checkpoint.check(path)} == {
        "f32.bias: it is in the file but not in the recipe",
        "f16.weight: it is in the recipe but not in the file",
    }


def test_a_dtype_that_is_not_drawn_is_a_difference(path):
    path.write_bytes(path.read_bytes().replace(b'"dtype":"F16"', b'"dtype":"I16"'))
    (difference,) = checkpoint.check(path)
    assert str(difference).startswith("f16.weight: its recipe does not fit it: netinit draws")
    assert "and not int16" in str(difference)


def test_file_without_a_recipe(path):
    rewrite(path, metadata={"format": "pt"})
    with pytest.raises(CheckpointError, match="no recipe to check it by") as caught:
        checkpoint.check(path)
    assert str(path) in str(caught.value)


def test_recipe_of_another_stream_version(path):
    rewrite(path, lambda recipe: recipe.update(stream=2, netinit="9.1"))
    with pytest.raises(CheckpointError, match=r"stream version 2, and .* version 1; .* 9\.1"):
        checkpoint.check(path)


@pytest.mark.parametrize(
    "text",
    [
        *("", "{", "[1]", "null", "[" * 100_000, '{"stream": 1, "seed": 1}', '{"stream": true}'),
        '{"stream": 1, "seed": true, "tensors": {}}',
    ],
)
def test_damaged_recipe(path, text):
    rewrite(path, metadata={"netinit": text})
    with pytest.raises(CheckpointError, match="recipe in its metadata"):
        checkpoint.check(path)


@pytest.mark.parametrize(
    "changes",
    [
        {"draw": -1},
        {"draw": 1 << 32},
        {"draw": "x"},
        {"draw": 1.5},
        {"zero_row": 4},
        {"zero_row": -1},
        {"zero_row": True},
        {"distribution": "norml"},
        {"distribution": 7},
        {"std": "wide"},
        {"std": -1},
        {"std": None},
        {"more": 1},
        {"matrix": "orthogonal"},
        {"matrix": "orthogonal", "gain": 1, "layout": {"out_axes": [0]}},
        {"matrix": "orthogonal", "gain": 1, "layout": {"out_axes": "a", "in_axes": [1]}},
        {"matrix": "identity", "noise": 3, "layout": {"out_axes": [0], "in_axes": [1]}},
    ],
    ids=str,
)
def test_damaged_entry_names_the_tensor(path, changes):
    rewrite(path, lambda recipe: recipe["tensors"]["embedding"].update(changes))
    with pytest.raises(CheckpointError, match="recipe of tensor 'embedding'"):
        checkpoint.check(path)


@pytest.mark.parametrize("entry", [None, 1, "x", [], [["a"]]])
def test_entry_of_another_type(path, entry):
    rewrite(path, lambda recipe: recipe["tensors"].update(embedding=entry))
    with pytest.raises(CheckpointError, match="recipe of tensor 'embedding'"):
        checkpoint.check(path)


ORTHOGONAL = {"matrix": "orthogonal", "gain": 1}
IDENTITY = {"matrix": "identity", "noise": {"distribution": "normal", "mean": 0, "std": 1}}


@pytest.mark.parametrize(
    "layout",
    [
        {"out_axes": [5], "in_axes": [1]},
        {"out_axes": [0], "in_axes": [1], "stack": 3, "stack_axis": 0},
        {"out_axes": [0], "in_axes": [1], "stack": 0, "stack_axis": 0},
        {"out_axes": [0], "in_axes": [1], "stack": 2, "stack_axis": 9},
    ],
    ids=str,
)
@pytest.mark.parametrize("rule", [ORTHOGONAL, IDENTITY], ids=lambda rule: rule["matrix"])
def test_layout_that_does_not_fit_the_tensor(path, rule, layout):
    def change(recipe):
        recipe["tensors"]["embedding"] = {**rule, "layout": layout}

    rewrite(path, change)
    (difference,) = checkpoint.check(path)
    assert str(difference).startswith("embedding: its recipe does not fit it")


@pytest.mark.parametrize("threads", [None, 1, 5])
def test_progress_goes_to_the_end(path, threads):
    total = checkpoint.read_header(path).data_bytes
    seen = [(0, total)]
    checkpoint.check(path, threads=threads, progress=lambda *now: seen.append(now))
    assert {of for _, of in seen} == {total}
    assert np.diff([done for done, _ in seen]).min() >= 0
    assert seen[-1] == (total, total)


def test_an_interrupt_ends_the_workers(tmp_path):
    path = tmp_path / "large.safetensors"
    plan = build_plan([Parameter("w", (1 << 12, 1 << 12))], netinit.All, "Kaiming", 1)
    checkpoint.write(path, plan)
    before = threading.active_count()

    def interrupt(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        checkpoint.check(path, progress=interrupt)
    assert threading.active_count() == before


def test_threads_are_at_least_one(path):
    with pytest.raises(ValueError, match="threads"):
        checkpoint.check(path, threads=0)
    with pytest.raises(ValueError, match="threads"):
        checkpoint.write(path, build_plan(PARAMETERS, netinit.All), threads=0)


def test_file_cut_off(path):
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(CheckpointError, match="cut off"):
        checkpoint.check(path)


def test_header_survives_its_own_reader(path):
    header = checkpoint.read_header(path)
    assert isinstance(header, Header)
    assert path.read_bytes().startswith(header.to_bytes())
