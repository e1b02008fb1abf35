"""A folder of shards: its files, its index, who writes which, and what is kept of what is there."""

from __future__ import annotations

import errno
import hashlib
import itertools
import json
import os

import numpy as np
import pytest

import netinit
from netinit import checkpoint
from netinit.checkpoint import workers
from netinit.parameters.parameter import Parameter
from netinit.plans.plan import build_plan
from netinit.shapes.layout import DENSE

INDEX = "model.safetensors.index.json"
#: So many bytes make so many shards.
MOST, SHARDS = 3000, 7

safetensors_numpy = pytest.importorskip("safetensors.numpy")


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch):
    monkeypatch.setattr(workers, "PIECE_BYTES", 1 << 9)


def plan_of(seed=1, method="Kaiming", layers=6):
    parameters = [Parameter("embed", (30, 20), layout=DENSE)]
    for layer in range(layers):
        parameters += [
            Parameter(f"layer.{layer}.weight", (20 + layer, 20), layout=DENSE),
            Parameter(f"layer.{layer}.bias", (20 + layer,), "float16", role="bias"),
        ]
    parameters.append(Parameter("inv_freq", (3,), "float32", role="bias", persistent=False))
    return build_plan(parameters, netinit.All, method, seed)


def contents(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def digest(folder):
    return hashlib.sha256(repr(contents(folder)).encode()).hexdigest()


def identity(path):
    """Return what tells a file from one that has taken its place."""
    found = path.stat()
    return found.st_ino, found.st_mtime_ns


def shards(folder):
    return sorted(folder.glob("*.safetensors"))


@pytest.mark.parametrize("method", ["Kaiming", "Orthogonal"])
def test_a_folder_holds_what_one_file_does_and_each_shard_is_checked_alone(tmp_path, method):
    plan = plan_of(method=method)
    size = checkpoint.write(tmp_path / "all", plan, max_shard_size=MOST)
    checkpoint.write(tmp_path / "one.safetensors", plan)
    expected = safetensors_numpy.load_file(tmp_path / "one.safetensors")
    assert "inv_freq" not in expected
    index = json.loads((tmp_path / "all" / INDEX).read_text())
    assert set(index["weight_map"]) == set(expected)
    elements = sum(array.size for array in expected.values())
    nbytes = sum(array.nbytes for array in expected.values())
    assert index["metadata"] == {"total_size": nbytes, "total_parameters": elements}
    assert size == sum(path.stat().st_size for path in shards(tmp_path / "all"))
    assert len(shards(tmp_path / "all")) == SHARDS
    for path in shards(tmp_path / "all"):
        found = safetensors_numpy.load_file(path)
        recipe = json.loads(checkpoint.read_header(path).metadata["netinit"])
        assert set(recipe["tensors"]) == set(found)
        for name, array in found.items():
            assert index["weight_map"][name] == path.name
            np.testing.assert_array_equal(array, expected[name])
        assert checkpoint.check(path) == []


def test_what_fits_one_file_is_one_without_an_index(tmp_path):
    checkpoint.write(tmp_path, plan_of(), max_shard_size="1MB", config={"b": 1, "a": [2]})
    assert sorted(os.listdir(tmp_path)) == ["config.json", "model.safetensors"]
    assert (tmp_path / "config.json").read_text() == '{\n  "a": [\n    2\n  ],\n  "b": 1\n}\n'


@pytest.mark.parametrize("world_size", [2, 3, 9])
def test_processes_share_the_work_and_the_last_writes_the_index(tmp_path, world_size):
    checkpoint.write(tmp_path / "one", plan_of(), max_shard_size=MOST, config="{}")
    for rank in reversed(range(world_size)):
        assert INDEX not in contents(tmp_path / "many") if rank < world_size - 1 else True
        options = {"config": "{}", "rank": rank, "world_size": world_size}
        checkpoint.write(tmp_path / "many", plan_of(), max_shard_size=MOST, **options)
    assert contents(tmp_path / "many") == contents(tmp_path / "one")


def test_resume_keeps_what_is_right_and_makes_the_rest(tmp_path):
    checkpoint.write(tmp_path, plan_of(), max_shard_size=MOST)
    expected = contents(tmp_path)
    first, second, third, fourth, *_, fifth = shards(tmp_path)
    second.unlink()
    third.write_bytes(third.read_bytes()[:-1])
    changed = bytearray(fourth.read_bytes())
    changed[-3] ^= 1
    fourth.write_bytes(changed)
    text = fifth.read_bytes()
    fifth.write_bytes(text.replace(b'seed\\": 1', b'seed\\": 2', 1))
    (tmp_path / INDEX).unlink()
    kept = identity(first)
    before = {identity(third), identity(fifth)}
    seen = []
    progress = lambda *now: seen.append(now)  # noqa: E731
    checkpoint.write(tmp_path, plan_of(), max_shard_size=MOST, resume=True, progress=progress)
    assert contents(tmp_path) == expected
    assert identity(first) == kept
    assert identity(fifth) not in before
    assert seen[-1][0] == seen[-1][1]
    assert all(earlier[0] <= later[0] for earlier, later in itertools.pairwise(seen))


def test_resume_of_what_is_whole_writes_no_shard(tmp_path, monkeypatch):
    checkpoint.write(tmp_path, plan_of(), max_shard_size=MOST)
    before = {path: identity(path) for path in shards(tmp_path)}
    checkpoint.write(tmp_path, plan_of(), max_shard_size=MOST, resume=True)
    assert {path: identity(path) for path in shards(tmp_path)} == before
    path = tmp_path / "one.safetensors"
    checkpoint.write(path, plan_of())
    kept = identity(path)
    checkpoint.write(path, plan_of(), resume=True)
    assert identity(path) == kept
    checkpoint.write(path, plan_of(seed=2), resume=True)
    assert checkpoint.check(path) == []
    assert identity(path) != kept


def test_an_old_checkpoint_stays_until_the_new_one_is_whole(tmp_path):
    def look(done, total):
        seen.add(digest(tmp_path))
        if done == fail_at:
            raise KeyboardInterrupt

    seen, fail_at = set(), None
    checkpoint.write(tmp_path, plan_of(seed=1), max_shard_size=MOST)
    old = digest(tmp_path)
    total = sum(a.parameter.nbytes for a in plan_of() if a.parameter.persistent)
    for fail_at in (total, None):
        options = {"max_shard_size": MOST, "progress": look, "threads": 2}
        if fail_at:
            with pytest.raises(KeyboardInterrupt):
                checkpoint.write(tmp_path, plan_of(seed=2), **options)
            assert seen == {old} == {digest(tmp_path)}
        else:
            checkpoint.write(tmp_path, plan_of(seed=2), **options)
    assert seen == {old}
    assert digest(tmp_path) != old
    assert [checkpoint.check(path) for path in shards(tmp_path)] == [[]] * SHARDS


def test_a_new_folder_has_no_index_until_it_is_whole_and_keeps_what_is_done(tmp_path, monkeypatch):
    def write(*arguments):
        assert not (tmp_path / INDEX).exists()
        if next(calls) >= 30:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return true_write(*arguments)

    calls, true_write = itertools.count(1), os.pwritev
    with monkeypatch.context() as patch:
        patch.setattr(os, "pwritev", write)
        with pytest.raises(OSError, match="Input/output error"):
            checkpoint.write(tmp_path, plan_of(), max_shard_size=MOST, threads=1)
    assert 2 < len(shards(tmp_path)) < SHARDS
    assert set(os.listdir(tmp_path)) == {path.name for path in shards(tmp_path)}
    kept = {path: identity(path) for path in shards(tmp_path)}
    checkpoint.write(tmp_path, plan_of(), max_shard_size=MOST, resume=True)
    assert {path: identity(path) for path in kept} == kept
    checkpoint.write(tmp_path / "again", plan_of(), max_shard_size=MOST)
    again = contents(tmp_path / "again")
    assert {name: (tmp_path / name).read_bytes() for name in again} == again


def test_shards_of_another_split_are_refused_before_anything_is_written(tmp_path):
    checkpoint.write(tmp_path, plan_of(), max_shard_size=MOST)
    before = contents(tmp_path)
    for most in (MOST // 2, "1MB"):
        with pytest.raises(FileExistsError, match=r"'model-00001-of-00007.safetensors'"):
            checkpoint.write(tmp_path, plan_of(), max_shard_size=most, config={})
    assert contents(tmp_path) == before


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"rank": 1, "world_size": 2}, TypeError, "max_shard_size"),
        ({"config": {}}, TypeError, "config is for a folder"),
        ({"max_shard_size": "5"}, None, None),
        ({"max_shard_size": 0}, ValueError, "max_shard_size"),
        ({"max_shard_size": 9, "rank": 2, "world_size": 2}, ValueError, "rank"),
        ({"max_shard_size": 9, "rank": 0.5, "world_size": 2}, TypeError, "rank"),
        ({"max_shard_size": 9, "config": 3}, TypeError, "config"),
        ({"max_shard_size": 9, "config": "[1]"}, ValueError, "config"),
        ({"max_shard_size": 9, "config": "{"}, ValueError, "config"),
    ],
)
def test_options_that_make_no_sense(tmp_path, options, error, message):
    out = tmp_path / "out"
    if error is None:
        checkpoint.write(out, plan_of(), **options)
        return
    with pytest.raises(error, match=message):
        checkpoint.write(out, plan_of(), **options)
    assert not out.exists()


def test_a_file_where_the_folder_is_to_be(tmp_path):
    path = tmp_path / "file"
    path.write_text("mine")
    with pytest.raises(NotADirectoryError):
        checkpoint.write(path, plan_of(), max_shard_size=MOST)
    assert path.read_text() == "mine"


def test_processes_that_replace_a_model_leave_no_index_to_a_mixture(tmp_path):
    checkpoint.write(tmp_path, plan_of(seed=1), max_shard_size=MOST)
    for rank in range(3):
        checkpoint.write(tmp_path, plan_of(seed=2), max_shard_size=MOST, rank=rank, world_size=3)
        assert (tmp_path / INDEX).exists() == (rank == 2)
    checkpoint.write(tmp_path / "new", plan_of(seed=2), max_shard_size=MOST)
    new = contents(tmp_path / "new")
    assert {name: (tmp_path / name).read_bytes() for name in new} == new


def test_a_shard_that_is_replaced_meanwhile_is_an_error(tmp_path):
    def meddle(done, total):
        first = tmp_path / f"model-00001-of-{SHARDS:05d}.safetensors"
        if done == total and first.exists():
            first.write_bytes(b"another's")

    with pytest.raises(netinit.errors.CheckpointError, match=r"model-00001.*replaced meanwhile"):
        checkpoint.write(tmp_path, plan_of(), max_shard_size=MOST, progress=meddle)
    assert not (tmp_path / INDEX).exists()
