"""Files and folders: by their own recipe, by a plan, in little memory."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

import netinit
import netinit.checkpoint
from tests.verification.planted import PLANTED, made, plan_of

SPECS = {
    f"layers.{i}.{name}": netinit.ArraySpec(shape)
    for i in range(3)
    for name, shape in {"up.weight": (300, 200), "norm.weight": (300,), "up.bias": (300,)}.items()
}


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "model.safetensors"
    netinit.checkpoint.write(file, netinit.plan(SPECS))
    return file


def kinds(verification):
    return [(one.name, one.kind) for one in verification.findings]


def change(path, name, value, metadata=True):
    """Write a file again, one of its tensors another; its recipe stays."""
    header = netinit.checkpoint.read_header(path)
    tensors = load_file(path)
    tensors[name] = value(tensors[name]).astype(tensors[name].dtype)
    save_file(tensors, path, header.metadata if metadata else None)


def test_a_file_is_what_its_recipe_says(path):
    verification = netinit.verify(path)
    assert verification.ok
    assert {one.verdict for one in verification.arrays} == {"exact"}


def test_values_that_are_not_the_recipes(path):
    change(path, "layers.1.up.weight", lambda x: x[::-1])
    assert kinds(netinit.verify(path)) == [("layers.1.up.weight", "other values")]


def test_files_without_a_recipe(path):
    change(path, "layers.1.norm.weight", np.zeros_like, metadata=False)
    assert kinds(netinit.verify(path)) == []  # two other norms are no crowd to be unlike
    change(path, "layers.1.up.weight", lambda x: np.where(x > 0.2, np.nan, x), metadata=False)
    assert kinds(netinit.verify(path))[0] == ("layers.1.up.weight", "nan")


@pytest.mark.parametrize("name", ["fans of a shard", "a NaN", "equal rows", "duplicated layer"])
def test_files_against_a_plan(tmp_path, name):
    plant, where, kind, _ = PLANTED[name]
    net = made()
    plant(net)
    net.pop("head.weight")
    net.pop("router.weight")  # of a type that the library writes from torch alone
    save_file(
        {key: np.ascontiguousarray(value) for key, value in net.items()}, tmp_path / "a.safetensors"
    )
    plan = plan_of().where(lambda a: a.name != "router.weight")
    assert kinds(netinit.verify(tmp_path / "a.safetensors", plan)) == [(where, kind)]


def test_a_file_and_its_net_give_the_same(path):
    net = netinit.initialize(dict(SPECS))
    in_memory = {one.name: one.statistics for one in netinit.verify(net).arrays}
    assert {one.name: one.statistics for one in netinit.verify(path).arrays} == in_memory


def test_a_folder_and_what_does_not_fit_in_it(tmp_path):
    folder = tmp_path / "folder"
    netinit.checkpoint.write(folder, netinit.plan(SPECS), max_shard_size=300_000)
    assert netinit.verify(folder).ok
    files = sorted(folder.glob("*.safetensors"))
    assert len(files) > 1
    files[0].write_bytes(b"no file")
    found = kinds(netinit.verify(folder))
    assert (files[0].name, "file") in found
    files[0].unlink()
    assert (files[0].name, "file") in kinds(netinit.verify(folder))


def test_files_of_ranks_are_compared(tmp_path):
    for rank, seed in enumerate((1, 2, 2)):
        weight = netinit.create((64, 64), 0.02, seed=seed, name="w")
        save_file(
            {"up.weight": weight, "norm.weight": np.ones(64, "f4")},
            tmp_path / f"rank{rank}.safetensors",
        )
    verification = netinit.verify(tmp_path)
    assert kinds(verification) == [("up.weight", "equal shards")]
    assert "rank 2 is equal to that of rank 1" in str(verification.findings[0])


def test_a_damaged_recipe_is_told(path):
    header = netinit.checkpoint.read_header(path)
    recipe = json.loads(header.metadata["netinit"]) | {"stream": 99}
    save_file(load_file(path), path, {"netinit": json.dumps(recipe)})
    assert kinds(netinit.verify(path)) == [("model.safetensors", "file")]


def test_what_is_no_file_is_refused(tmp_path):
    (tmp_path / "x.safetensors").write_bytes(b"nothing")
    with pytest.raises(netinit.errors.CheckpointError):
        netinit.verify(tmp_path / "x.safetensors")
    with pytest.raises(FileNotFoundError):
        netinit.verify(tmp_path / "y.safetensors")


def test_types_that_are_stored_and_not_drawn(tmp_path):
    tensors = {"ids": np.arange(7), "mask": np.array([True, False]), "w": np.ones((2, 2), "f2")}
    save_file(tensors, tmp_path / "a.safetensors")
    rows = {one.name: one for one in netinit.verify(tmp_path / "a.safetensors").arrays}
    assert rows["ids"].statistics.high == 6
    assert rows["mask"].statistics.zeros == 1


PEAK = """
import resource, sys, netinit
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
found = netinit.verify(sys.argv[1], threads=2)
assert found.ok, found.findings
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_a_large_file_is_read_in_little_memory(tmp_path):
    specs = {f"layers.{i}.w": netinit.ArraySpec((8192, 4096), "bfloat16") for i in range(8)}
    netinit.checkpoint.write(tmp_path / "large.safetensors", netinit.plan(specs))
    assert (tmp_path / "large.safetensors").stat().st_size > 500 << 20
    command = [sys.executable, "-c", PEAK, str(tmp_path / "large.safetensors")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert int(done.stdout) < 128 << 10  # KiB; a file 32 times as large takes no more
