"""Files made to hurt the reader: bounded work, short messages, no error but the documented ones."""

import json
import struct
import time
from contextlib import contextmanager

import numpy as np
import pytest

import netinit
from netinit import checkpoint
from netinit.errors import CheckpointError
from netinit.parameters.parameter import Parameter
from netinit.plans.plan import build_plan

LARGEST = (1 << 63) - 1


def put(path, text, data=b""):
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)
    return path


@contextmanager
def within(seconds):
    """Fail where the block takes more of a processor: these took minutes, or would take years."""
    begin = time.process_time()
    yield
    assert time.process_time() - begin < seconds


def entry(shape):
    return b'{"w":{"dtype":"F32","shape":[%s],"data_offsets":[0,0]}}' % shape


@pytest.mark.parametrize("end", [b"", b",0"], ids=["", "an axis of 0"])
@pytest.mark.parametrize("extent", [LARGEST, 1 << 62, 3])
def test_a_shape_of_very_many_axes_is_refused_at_once(tmp_path, extent, end):
    text = entry(b",".join([b"%d" % extent] * 100_000) + end)
    path = put(tmp_path / "w.safetensors", text)
    with within(5), pytest.raises(CheckpointError, match="more elements") as caught:
        checkpoint.read_header(path)
    assert len(str(caught.value)) < 1000


def test_very_many_axes_of_one_element_are_read(tmp_path):
    text = b'{"w":{"dtype":"F32","shape":[%s],"data_offsets":[0,4]}}' % (b"1," * 99_999 + b"1")
    path = put(tmp_path / "w.safetensors", text, bytes(4))
    with within(5):
        assert len(checkpoint.read_header(path).tensors[0].shape) == 100_000


LONG = b"x" * 200_000
LONG_TEXTS = {
    "name": b'{"%s":7}' % LONG,
    "name twice": b'{"%s":7,"%s":7}' % (LONG, LONG),
    "surrogate": b'{"\\ud800%s":7}' % LONG,
    "field": b'{"w":{"%s":7}}' % LONG,
    "fields": b'{"w":{%s}}' % b",".join(b'"f%d":7' % i for i in range(20_000)),
    "dtype": b'{"w":{"dtype":"%s","shape":[],"data_offsets":[0,4]}}' % LONG,
    "shape": entry(b",".join([b"-1"] * 100_000)),
    "digits": entry(b"9" * 200_000),
    "nested": b'{"w":' + b'{"w":' * 50_000 + b"1" + b"}" * 50_001,
    "metadata": b'{"__metadata__":{"%s":7}}' % LONG,
    "metadata list": b'{"__metadata__":[%s]}' % b",".join([b"[]"] * 100_000),
}


@pytest.mark.parametrize("what", LONG_TEXTS)
def test_messages_quote_the_begin_alone(tmp_path, what):
    path = put(tmp_path / "w.safetensors", LONG_TEXTS[what])
    with within(5), pytest.raises(CheckpointError) as caught:
        checkpoint.read_header(path)
    assert len(str(caught.value)) < 1000
    assert "\n" not in str(caught.value)


# ---- recipes


def recorded(path, change, shape=(6, 4)):
    """Write a file whose recipe of the tensor "w" is changed."""
    plan = build_plan([Parameter("w", (6, 4))], netinit.All, "Kaiming", 1)
    recipe = plan.to_json()
    recipe["tensors"]["w"] = change(recipe["tensors"]["w"])
    metadata = {"netinit": json.dumps(recipe)}
    header = checkpoint.layout_tensors([("w", "float32", shape)], metadata)
    path.write_bytes(header.to_bytes() + bytes(header.data_bytes))
    return path


def nested(levels, key):
    def change(entry):
        for _ in range(levels):
            entry = {"pattern": "icnr", "copies": 1, "axis": 0, key: entry}
        return entry

    return change


NORMAL = {"distribution": "normal", "mean": 0, "std": 1}
INFINITE = float("inf")
CRAFTED = {
    "infinite axis": {"matrix": "orthogonal", "gain": 1,
                      "layout": {"out_axes": [INFINITE], "in_axes": [1]}},
    "infinite stack": {"matrix": "orthogonal", "gain": 1,
                       "layout": {"out_axes": [0], "in_axes": [1], "stack": INFINITE}},
    "axis no number": {"matrix": "orthogonal", "gain": 1,
                       "layout": {"out_axes": [float("nan")], "in_axes": [1]}},
    "layout a list": {"matrix": "orthogonal", "gain": 1, "layout": ["out_axes"]},
    "layout a text": {"matrix": "orthogonal", "gain": 1, "layout": "out_axes"},
    "layout a number": {"pattern": "hadamard", "layout": 7},
    "integer of 400 digits": {"pattern": "given", "values": [10**400]},
    "draw of 400 digits": {**NORMAL, "draw": 10**400},
    "row of 400 digits": {**NORMAL, "zero_row": 10**400},
    "of a list": {"pattern": "icnr", "of": [NORMAL]},
    "of lists": {"pattern": "parts", "of": [[NORMAL]], "axis": 0},
    "of a text": {"matrix": "maps", "of": "maps", "sizes": [1, 1, 1, 1], "axis": 0},
    "values a table": {"pattern": "given", "values": {"a": 1}},
    "values uneven": {"pattern": "given", "values": [[1], [1, 2]]},
    "kind a list": {"matrix": ["maps"]},
    "kind a table": {"pattern": {}},
    "distribution a table": {"distribution": {}},
    "sparsity infinite": {"pattern": "sparse", "sparsity": INFINITE, "of": NORMAL},
    "surrogate stream": {**NORMAL, "stream": "\ud800"},
    "stream a list": {**NORMAL, "stream": []},
}  # fmt: skip


@pytest.mark.parametrize("what", CRAFTED)
def test_a_crafted_recipe_is_damaged_and_no_traceback(tmp_path, what):
    path = recorded(tmp_path / "w.safetensors", lambda _: CRAFTED[what])
    with pytest.raises(CheckpointError, match=r"recipe of tensor 'w' in its metadata is damaged"):
        checkpoint.check(path)


@pytest.mark.parametrize("levels", [20, 60, 100, 200, 300])
@pytest.mark.parametrize("key", ["of", "values", "layout"])
def test_recipes_nested_deeply_are_damaged(tmp_path, levels, key):
    path = recorded(tmp_path / "w.safetensors", nested(levels, key))
    with pytest.raises(CheckpointError, match=r"damaged|nested too deeply"):
        checkpoint.check(path)


def test_recipes_nested_as_plans_nest_them_are_read(tmp_path):
    path = recorded(tmp_path / "w.safetensors", nested(3, "of"))
    (difference,) = checkpoint.check(path)
    assert difference.index is not None


def test_sizes_of_400_digits_do_not_fit(tmp_path):
    change = {"pattern": "parts", "of": [NORMAL], "axis": 0, "sizes": [10**400]}
    (difference,) = checkpoint.check(recorded(tmp_path / "w.safetensors", lambda _: change))
    assert "does not fit" in difference.reason
    assert len(str(difference)) < 1000


@pytest.mark.parametrize("count", [6_000, 200_000])
def test_a_long_recipe_is_refused_and_quoted_in_short(tmp_path, count):
    of = [NORMAL] * count
    path = recorded(tmp_path / "w.safetensors", lambda _: {"pattern": "parts", "of": of, "axis": 0})
    with within(10), pytest.raises(CheckpointError, match="damaged") as caught:
        checkpoint.check(path)
    assert len(str(caught.value)) < 1000


@pytest.mark.parametrize("word", ["a" * 100_000, list(range(100_000)), "9.1"])
def test_another_version_is_quoted_in_short(tmp_path, word):
    header = checkpoint.layout_tensors(
        [("w", "float32", (1,))], {"netinit": json.dumps({"stream": 2, "netinit": word})}
    )
    path = tmp_path / "w.safetensors"
    path.write_bytes(header.to_bytes() + bytes(4))
    with pytest.raises(CheckpointError, match="stream version 2") as caught:
        checkpoint.check(path)
    assert len(str(caught.value)) < 1000


def test_a_name_twice_in_a_recipe_is_refused(tmp_path):
    text = '{"stream": 1, "seed": 1, "tensors": {"w": {}, "w": {}}}'
    header = checkpoint.layout_tensors([("w", "float32", (1,))], {"netinit": text})
    path = tmp_path / "w.safetensors"
    path.write_bytes(header.to_bytes() + bytes(4))
    with pytest.raises(CheckpointError, match="recipe in its metadata names 'w' twice"):
        checkpoint.check(path)


IDENTITY = {"matrix": "identity", "noise": NORMAL}
SLOW = {
    "as many blocks as elements": (
        {**IDENTITY, "layout": {"out_axes": [0], "in_axes": [1], "stack": 50_000, "stack_axis": 0}},
        (50_000, 1),
    ),
    "rounds of short parts": (
        {"pattern": "parts", "of": [NORMAL] * 2, "axis": 0, "sizes": [1, 1]},
        (2_000_000,),
    ),
    "rounds of short maps": (
        {"matrix": "maps", "of": [NORMAL] * 1900, "axis": 0, "sizes": [1] * 1900},
        (380_000, 2),
    ),
    "10**17 elements without one": (
        {"matrix": "maps", "of": [NORMAL] * 2, "axis": 0, "sizes": [1, 1]},
        (10**17, 0),
    ),
}


@pytest.mark.parametrize("what", SLOW)
def test_no_recipe_makes_a_small_file_slow(tmp_path, what):
    change, shape = SLOW[what]
    path = recorded(tmp_path / "w.safetensors", lambda _: change, shape)
    with within(5):
        found = checkpoint.check(path)
    assert len(found) == int(0 not in shape)


def test_a_header_of_many_tensors_is_checked_in_linear_time(tmp_path):
    plan = build_plan(
        [Parameter(f"t{i}", (1,), role="bias") for i in range(16_000)], netinit.All, "Kaiming", 1
    )
    path = tmp_path / "w.safetensors"
    checkpoint.write(path, plan)
    with within(6):
        assert checkpoint.check(path, progress=lambda *_: None) == []


def test_a_name_cannot_break_the_line_of_a_difference(tmp_path):
    name = "w\n\x1b[31mError: all is well"
    plan = build_plan([Parameter(name, (2,), role="bias")], netinit.All, "Kaiming", 1)
    path = tmp_path / "w.safetensors"
    checkpoint.write(path, plan)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    (difference,) = checkpoint.check(path)
    assert difference.name == name
    assert str(difference).isprintable()


def test_values_of_short_rounds_are_those_of_each_run():
    """Parts and maps that come again and again are filled as they would be one by one."""
    parts = netinit.initializers.Parts([netinit.Constant(1), netinit.Normal()], sizes=(2, 1))
    whole = netinit.create((12, 5), parts)
    plain = netinit.create((12, 5), netinit.Normal())
    inner = np.arange(12) % 3 == 2
    np.testing.assert_array_equal(whole[inner], plain[inner])
    assert (whole[~inner] == 1).all()
    for first in range(12):
        slice_of = np.empty((12 - first, 5), "f4")
        netinit.fill(slice_of, parts, shape=(12, 5), start=(first, 0))
        np.testing.assert_array_equal(slice_of, whole[first:])


def test_a_long_key_over_many_numbers_is_read_in_linear_time(tmp_path):
    """The path to each number was written out, which took 16 s for 2 MB and is quadratic."""
    count = 400_000
    text = '{"netinit": 1, "type": "NetChain", "layers": [], "%s": [%s]}'
    path = tmp_path / "net.json"
    path.write_text(text % ("k" * 2 * count, ",".join("0" * count)))
    with within(6), pytest.raises(ValueError, match="is unknown"):
        checkpoint.read_source(path)
