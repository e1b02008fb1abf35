"""Checking folders: each file by itself, and the files against their index."""

import json
import os
import shutil
import sys

import numpy as np
import pytest

import netinit
from netinit import checkpoint
from netinit.checkpoint.compare import open_recorded
from netinit.checkpoint.shards import INDEX_NAME
from netinit.errors import CheckpointError
from netinit.parameters.parameter import Parameter
from netinit.plans.plan import build_plan
from tests.checkpoint.folders import SHARDS, change_index, damage, make_folder, shard


@pytest.fixture
def folder(tmp_path):
    return make_folder(tmp_path / "model")


def said(folder, **options):
    return [str(difference) for difference in checkpoint.check(folder, **options)]


@pytest.mark.parametrize("threads", [None, 1, 3])
def test_a_whole_folder_is_equal(folder, threads):
    assert checkpoint.check(folder, threads=threads) == []
    assert checkpoint.check(folder / INDEX_NAME, threads=threads) == []
    assert checkpoint.check(str(folder)) == []


def test_the_current_folder_is_meant_by_a_bare_index(folder, monkeypatch):
    monkeypatch.chdir(folder)
    assert checkpoint.check(INDEX_NAME) == []
    assert checkpoint.check(".") == []


@pytest.mark.parametrize("method", ["Kaiming", "Orthogonal", "Identity"])
@pytest.mark.parametrize("number", range(len(SHARDS)))
def test_a_flipped_bit_in_any_shard_is_named(tmp_path, method, number):
    folder = make_folder(tmp_path / "model", method)
    for parameter in SHARDS[number]:
        for element in (0, parameter.size // 2, parameter.size - 1):
            damage(folder / shard(number), parameter.name, element)
            (difference,) = checkpoint.check(folder, threads=2)
            damage(folder / shard(number), parameter.name, element)
            assert (difference.file, difference.name) == (shard(number), parameter.name)
            assert difference.index == np.unravel_index(element, parameter.shape)
            assert str(difference).startswith(f"{shard(number)}: {parameter.name}: element [")
    assert checkpoint.check(folder) == []


@pytest.mark.parametrize("threads", [1, 4])
def test_the_first_of_many_differing_elements_is_named(tmp_path, threads, monkeypatch):
    monkeypatch.setattr("netinit.checkpoint.compare.PIECE_BYTES", 256)
    folder = make_folder(tmp_path / "model")
    damaged = []
    for element in (19_000, 12_345, 77, 15_000):
        damaged.append(element)
        damage(folder / shard(0), "embed.weight", element)
        (difference,) = checkpoint.check(folder, threads=threads)
        assert difference.index == np.unravel_index(min(damaged), (300, 64))


def test_a_missing_and_a_stray_file(folder):
    os.remove(folder / shard(1))
    plan = build_plan([Parameter("stray", (3,), role="bias")], netinit.All, "Kaiming", 7)
    checkpoint.write(folder / "adapter.safetensors", plan)
    assert said(folder) == [
        f"{shard(1)}: it is missing; 4 tensors should be in it",
        f"adapter.safetensors: {INDEX_NAME} does not name this file",
    ]


def test_names_that_the_index_lacks_or_has_too_many(folder):
    def change(index):
        index["weight_map"]["ghost"] = shard(0)
        index["weight_map"]["head.bias"] = shard(1)
        del index["weight_map"]["h.2.weight"]

    change_index(folder, change)
    assert said(folder) == [
        f"{shard(1)}: head.bias: {INDEX_NAME} has it in this file; it is in {shard(2)}",
        f"{shard(0)}: ghost: {INDEX_NAME} has it in this file; no file has it",
        f"{shard(1)}: h.2.weight: {INDEX_NAME} does not name it",
    ]


def test_a_name_in_two_files(folder):
    plan = build_plan([*SHARDS[2], SHARDS[1][0]], netinit.All, "Kaiming", 7)
    checkpoint.write(folder / shard(2), plan)
    change_index(folder, lambda index: index["metadata"].pop("total_size"))
    assert said(folder) == [
        f"{shard(1)}: h.0.weight: it is in '{shard(1)}', '{shard(2)}', and must be in one file"
    ]


@pytest.mark.parametrize("total", [1, -1, 0.5, "1", True, [], float(10**300)])
def test_a_wrong_total(folder, total):
    change_index(folder, lambda index: index["metadata"].update(total_size=total))
    (line,) = said(folder)
    assert line.startswith(f"{INDEX_NAME}: its total_size is ")
    assert line.endswith(" bytes of tensors")


def test_an_index_without_a_total_says_nothing_wrong(folder):
    change_index(folder, lambda index: index.pop("metadata"))
    assert checkpoint.check(folder) == []


def test_no_index(folder):
    os.remove(folder / INDEX_NAME)
    (line,) = said(folder)
    assert line.startswith(f"{INDEX_NAME}: it is missing")


def test_a_folder_of_one_file(tmp_path):
    checkpoint.write(
        tmp_path / "model.safetensors", build_plan(SHARDS[0], netinit.All, "Kaiming", 7)
    )
    assert checkpoint.check(tmp_path) == []


def test_a_broken_file_does_not_hide_the_others(folder):
    (folder / shard(0)).write_bytes(b"\0" * 7)
    damage(folder / shard(2), "head.bias", 3)
    lines = said(folder)
    assert [line.partition(": ")[0] for line in lines] == [shard(0), shard(2)]
    assert "too few" in lines[0]
    assert "element [3]" in lines[1]


def test_a_folder_without_any_recipe_is_an_error(folder):
    for number in range(len(SHARDS)):
        header = checkpoint.read_header(folder / shard(number))
        rows = [(t.name, t.dtype, t.shape) for t in header.tensors]
        bare = checkpoint.layout_tensors(rows, {})
        (folder / shard(number)).write_bytes(bare.to_bytes() + bytes(bare.data_bytes))
    with pytest.raises(CheckpointError, match="no recipe to check it by"):
        checkpoint.check(folder)


HOSTILE = {
    "a separator": "sub/model.safetensors",
    "up": "../model.safetensors",
    "absolute": "/etc/model.safetensors",
    "a drive": "C:model.safetensors",
    "a backslash": "..\\model.safetensors",
    "dots": "..",
    "empty": "",
    "another kind of file": "/etc/passwd",
    "a NUL": "model\0.safetensors",
    "a new line": "model\n.safetensors",
    "an escape": "\x1b[2J.safetensors",
    "a surrogate": "\ud800.safetensors",
    "very long": "x" * 100_000 + ".safetensors",
    "a byte more than a file system takes": "x" * 244 + ".safetensors",
    "a number": 7,
    "none": None,
    "a list": ["model.safetensors"],
}


@pytest.mark.parametrize("what", HOSTILE)
def test_an_index_leads_nowhere_else(folder, what):
    change_index(folder, lambda index: index["weight_map"].update(evil=HOSTILE[what]))
    with pytest.raises(CheckpointError, match="for tensor 'evil'") as caught:
        checkpoint.check(folder)
    assert len(str(caught.value)) < 1000
    assert str(caught.value).isprintable()


def test_an_index_may_name_the_longest_file_that_there_can_be(folder):
    longest = "x" * (255 - len(".safetensors")) + ".safetensors"
    change_index(folder, lambda index: index["weight_map"].update(ghost=longest))
    (difference,) = checkpoint.check(folder)
    assert longest in str(difference)


TEXTS = {
    "empty": "",
    "not an object": "[]",
    "no map": "{}",
    "a map that is a list": '{"weight_map": []}',
    "metadata that is a list": '{"weight_map": {}, "metadata": []}',
    "a name twice": '{"weight_map": {"a": "b.safetensors", "a": "b.safetensors"}}',
    "two maps": '{"weight_map": {}, "weight_map": {}}',
    "nested": '{"weight_map": ' + "[" * 100_000 + "]" * 100_000 + "}",
    "not a number": '{"weight_map": {}, "metadata": {"total_size": NaN}}',
    "many digits": '{"weight_map": {}, "metadata": {"total_size": ' + "9" * 5000 + "}}",
}


@pytest.mark.parametrize("what", TEXTS)
def test_a_damaged_index_is_one_line(folder, what):
    (folder / INDEX_NAME).write_text(TEXTS[what])
    with pytest.raises(CheckpointError, match="the index") as caught:
        checkpoint.check(folder)
    assert str(caught.value).startswith(str(folder / INDEX_NAME))
    assert len(str(caught.value)) < 1000


def test_an_index_of_more_than_the_limit_is_not_read(folder, monkeypatch):
    monkeypatch.setattr("netinit.checkpoint.contents.MAX_HEADER", 100)
    with pytest.raises(CheckpointError, match="at most 100 bytes"):
        checkpoint.check(folder)


def test_links_are_followed_and_circles_named(folder, tmp_path):
    shutil.move(folder / shard(0), tmp_path / "blob")
    os.symlink(tmp_path / "blob", folder / shard(0))
    assert checkpoint.check(folder) == []
    os.remove(folder / shard(0))
    os.symlink(shard(0), folder / shard(0))
    (line,) = said(folder)
    assert line.startswith(f"{shard(0)}: Too many levels of symbolic links")
    os.remove(folder / shard(0))
    os.symlink("nowhere", folder / shard(0))
    (line,) = said(folder)
    assert line.startswith(f"{shard(0)}: No such file")


def test_a_pipe_in_the_place_of_a_file_is_not_waited_for(folder):
    os.remove(folder / shard(0))
    os.mkfifo(folder / shard(0))
    (line,) = said(folder)
    assert line.startswith(f"{shard(0)}: it is missing")


def test_what_is_hidden_is_no_file_of_the_folder(folder):
    (folder / ".netinit-12.tmp").write_bytes(b"left over")
    (folder / "._model.safetensors").write_bytes(b"of another system")
    assert checkpoint.check(folder) == []


def test_a_folder_with_nothing_in_it(tmp_path):
    (tmp_path / "notes.txt").write_text("")
    with pytest.raises(CheckpointError, match=r"no \.safetensors file in this folder"):
        checkpoint.check(tmp_path)


def test_of_several_indexes_one_must_be_given(folder):
    for name in ("a", "b"):
        shutil.copy(folder / INDEX_NAME, folder / f"{name}.safetensors.index.json")
    assert checkpoint.check(folder) == []
    os.remove(folder / INDEX_NAME)
    with pytest.raises(CheckpointError, match=r"'a\.safetensors\.index\.json', .*; give one"):
        checkpoint.check(folder)
    assert checkpoint.check(folder / "a.safetensors.index.json") == []


def test_progress_is_over_all_files(folder):
    total = json.loads((folder / INDEX_NAME).read_text())["metadata"]["total_size"]
    seen = []
    checkpoint.check(folder, progress=lambda *now: seen.append(now))
    assert seen[-1] == (total, total)


def test_a_file_replaced_while_it_is_read(folder, monkeypatch):
    """The header of one file never goes with the data of another."""
    opened = open_recorded

    def then_replaced(path, threads):
        recorded = opened(path, threads)
        shutil.copy(path, f"{path}.new")
        os.replace(f"{path}.new", path)
        return recorded

    monkeypatch.setattr(sys.modules["netinit.checkpoint.check"], "open_recorded", then_replaced)
    with pytest.raises(CheckpointError, match="was replaced while it was read"):
        checkpoint.check(folder)
