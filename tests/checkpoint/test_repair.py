"""Repairing: what differs is written anew, bit for bit, and all else is left alone."""

import hashlib
import json
import os
import sys

import numpy as np
import pytest

import netinit
from netinit import checkpoint
from netinit.checkpoint.shards import INDEX_NAME
from netinit.errors import CheckpointError
from netinit.parameters.parameter import Parameter
from netinit.plans.plan import build_plan
from tests.checkpoint.folders import change_index, damage, make_folder, shard


@pytest.fixture
def folder(tmp_path):
    return make_folder(tmp_path / "model")


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def places(folder):
    return {path.name: path.stat().st_ino for path in folder.iterdir()}


@pytest.mark.parametrize("threads", [None, 1, 3])
@pytest.mark.parametrize("method", ["Kaiming", "Orthogonal"])
def test_the_files_that_differ_are_written_anew(tmp_path, method, threads, monkeypatch):
    monkeypatch.setattr(sys.modules["netinit.checkpoint.repair"], "PIECE_BYTES", 1024)
    folder = make_folder(tmp_path / "model", method)
    good, before = contents(folder), places(folder)
    damage(folder / shard(1), "h.2.weight", 17)
    damage(folder / shard(1), "h.0.weight", 0)
    (done,) = checkpoint.repair(folder, threads=threads)
    assert contents(folder) == good
    after = places(folder)
    assert [name for name in after if after[name] != before[name]] == [shard(1)]
    assert done.done
    assert done.path == str(folder / shard(1))
    assert [d.name for d in done.differences] == ["h.0.weight", "h.2.weight"]
    assert (
        str(done) == f"{folder / shard(1)}: written anew; what differed: 'h.0.weight', 'h.2.weight'"
    )


def test_nothing_is_written_where_nothing_differs(folder):
    before = places(folder)
    assert checkpoint.repair(folder) == []
    assert places(folder) == before


def test_a_single_file(folder):
    good = contents(folder)
    damage(folder / shard(0), "embed.weight", 5)
    seen = []
    (done,) = checkpoint.repair(folder / shard(0), progress=lambda *now: seen.append(now))
    assert done.done
    assert contents(folder) == good
    assert seen[-1][0] == seen[-1][1]


def test_a_header_of_another_writer_is_kept(folder):
    """Its bytes, its padding and its order of names are not this library's to change."""
    path = folder / shard(0)
    header = checkpoint.read_header(path)
    content = path.read_bytes()
    text = json.dumps(json.loads(content[8 : header.data_start]), indent=1).encode().ljust(4088)
    data = content[header.data_start :]
    path.write_bytes(len(text).to_bytes(8, "little") + text + data)
    good = path.read_bytes()
    damage(path, "norm.weight", 1)
    assert [repair.done for repair in checkpoint.repair(folder)] == [True]
    assert path.read_bytes() == good


def test_a_file_whose_header_is_damaged_is_left(folder):
    path = folder / shard(2)
    path.write_bytes(path.read_bytes()[:-1])
    before = contents(folder)
    (left,) = checkpoint.repair(folder)
    assert not left.done
    assert str(left).startswith(f"{path}: left as it is: the tensors have ")
    assert contents(folder) == before


def test_what_only_a_digest_tells_is_copied_or_left(tmp_path):
    """A tensor that was computed cannot be made again, but the others beside it can."""
    path = tmp_path / "w.safetensors"
    plan = build_plan([Parameter("w", (3, 2)), Parameter("v", (4,))], netinit.All, "Kaiming", 7)
    recipe = plan.to_json()
    v = np.arange(4, dtype="f4").tobytes()
    recipe["tensors"]["v"] = {"computed": "by hand", "sha256": hashlib.sha256(v).hexdigest()}
    header = checkpoint.layout_tensors(
        [("w", "float32", (3, 2)), ("v", "float32", (4,))], {"netinit": json.dumps(recipe)}
    )
    w = netinit.create((3, 2), plan["w"].initializer, seed=7, name="w").tobytes()
    good = header.to_bytes() + v + w
    path.write_bytes(good)
    assert checkpoint.check(path) == []

    damage(path, "w", 3)
    assert [repair.done for repair in checkpoint.repair(path)] == [True]
    assert path.read_bytes() == good

    damage(path, "v", 3)
    (left,) = checkpoint.repair(path)
    assert "another SHA-256" in left.reason
    assert path.read_bytes() != good


def test_a_missing_file_is_reported(folder):
    os.remove(folder / shard(1))
    damage(folder / shard(0), "norm.weight", 0)
    repairs = checkpoint.repair(folder)
    assert [(repair.done, os.path.basename(repair.path)) for repair in repairs] == [
        (True, shard(0)),
        (False, INDEX_NAME),
    ]
    assert "it is missing" in repairs[1].reason


INDEXES = {
    "missing": lambda folder: os.remove(folder / INDEX_NAME),
    "wrong total": lambda folder: change_index(
        folder, lambda index: index["metadata"].update(total_size=1)
    ),
    "lacks a name": lambda folder: change_index(
        folder, lambda index: index["weight_map"].pop("head.bias")
    ),
    "has a name too many": lambda folder: change_index(
        folder, lambda index: index["weight_map"].update(ghost=shard(0))
    ),
    "has a name elsewhere": lambda folder: change_index(
        folder, lambda index: index["weight_map"].update({"head.bias": shard(0)})
    ),
}


@pytest.mark.parametrize("what", INDEXES)
def test_the_index_is_written_anew_from_the_files(folder, what):
    good = contents(folder)
    INDEXES[what](folder)
    assert checkpoint.check(folder)
    (done,) = checkpoint.repair(folder)
    assert done.done
    assert contents(folder) == good
    assert checkpoint.check(folder) == []


def test_an_index_is_not_made_of_some_of_the_files(folder):
    os.remove(folder / INDEX_NAME)
    os.remove(folder / shard(1))
    (left,) = checkpoint.repair(folder)
    assert not left.done
    assert not (folder / INDEX_NAME).exists()


def test_an_index_is_not_made_of_files_that_share_a_name(folder):
    (folder / shard(0)).write_bytes((folder / shard(1)).read_bytes())
    before = contents(folder)
    repairs = checkpoint.repair(folder)
    assert contents(folder) == before
    assert [repair.done for repair in repairs] == [False]
    assert "do not tell what belongs" in repairs[0].reason


@pytest.mark.parametrize("path", ["none", "none.safetensors"])
def test_what_is_not_there_is_an_os_error(tmp_path, path):
    with pytest.raises(FileNotFoundError):
        checkpoint.repair(tmp_path / path)


def test_a_recipe_that_does_not_fit_is_not_written(folder):
    path = folder / shard(2)
    header = checkpoint.read_header(path)
    recipe = json.loads(header.metadata["netinit"])
    recipe["tensors"]["head.bias"] = {"pattern": "eye", "gain": 1}
    rows = [(t.name, t.dtype, t.shape) for t in header.tensors]
    changed = checkpoint.layout_tensors(rows, {"netinit": json.dumps(recipe)})
    path.write_bytes(changed.to_bytes() + path.read_bytes()[header.data_start :])
    before = contents(folder)
    (left,) = checkpoint.repair(folder)
    assert "does not fit" in left.reason
    assert contents(folder) == before


def test_a_full_disk_leaves_the_old_file(folder, monkeypatch):
    damage(folder / shard(0), "norm.weight", 0)
    before = contents(folder)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "pwritev", full)
    with pytest.raises(OSError, match="No space left"):
        checkpoint.repair(folder)
    assert contents(folder) == before


def test_an_index_that_is_right_is_not_written_again(folder):
    index = folder / INDEX_NAME
    checkpoint.repair(folder)  # whatever form it had before
    damaged = json.loads(index.read_text())
    damaged["metadata"]["total_size"] = 1
    index.write_text(json.dumps(damaged))
    checkpoint.repair(folder)
    (folder / "stray.safetensors").write_bytes(b"x" * 100)
    before = contents(folder)
    repairs = checkpoint.repair(folder)
    assert [repair.done for repair in repairs] == [False, False]
    assert any("it is right, but" in repair.reason for repair in repairs)
    assert contents(folder) == before


def test_threads_are_at_least_one(folder):
    with pytest.raises(ValueError, match="threads"):
        checkpoint.repair(folder, threads=0)
    with pytest.raises(CheckpointError):
        checkpoint.repair(os.path.dirname(__file__))
