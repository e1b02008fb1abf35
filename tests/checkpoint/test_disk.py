"""Bytes go around the page cache where the disk takes them so, and through it elsewhere."""

from __future__ import annotations

import errno
import fcntl
import os

import pytest

import netinit
from netinit import checkpoint
from netinit.checkpoint import disk, workers
from netinit.parameters.parameter import Parameter
from netinit.plans.plan import build_plan
from netinit.shapes.layout import DENSE

STRAIGHT = getattr(os, "O_DIRECT", 0)


@pytest.fixture
def plan():
    layers = [Parameter(f"l{n}", (300, 300), layout=DENSE) for n in range(4)]
    return build_plan(layers, netinit.All, "Kaiming", 1)


def writes(monkeypatch, refused):
    """Note how many bytes go each way; those that `refused` tells are not taken."""

    def write(descriptor, data, place, flags=0):
        straight = bool(fcntl.fcntl(descriptor, fcntl.F_GETFL) & STRAIGHT)
        if refused(straight, flags):
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        done = true_write(descriptor, data, place, flags)
        ways["straight" if straight else "uncached" if flags else "cached"] += done
        return done

    true_write, ways = os.pwritev, {"straight": 0, "uncached": 0, "cached": 0}
    monkeypatch.setattr(os, "pwritev", write)
    monkeypatch.setattr(workers, "PIECE_BYTES", 1 << 16)
    return ways


def kind_of(path):
    return disk.file_system(path.stat().st_dev)


@pytest.mark.skipif(not STRAIGHT, reason="the system has no O_DIRECT")
def test_all_ways_write_the_same(tmp_path, monkeypatch, plan):
    contents = set()
    for number, refused in enumerate(
        [
            lambda straight, flags: False,
            lambda straight, flags: straight,
            lambda straight, flags: flags,
            lambda straight, flags: straight or flags,
        ]
    ):
        path = tmp_path / f"{number}.safetensors"
        with monkeypatch.context() as patch:
            ways = writes(patch, refused)
            size = checkpoint.write(path, plan)
        assert sum(ways.values()) == size
        if kind_of(tmp_path) in ("ext4", "xfs") and number in (0, 2):
            assert ways["straight"] > size - 3 * (1 << 16)  # all but the first piece and the last
        if number in (1, 3):
            assert ways["straight"] == 0
        contents.add(path.read_bytes())
    assert len(contents) == 1
    assert checkpoint.check(tmp_path / "0.safetensors") == []


def test_an_error_on_the_way_straight_is_an_error(tmp_path, monkeypatch, plan):
    def write(descriptor, data, place, flags=0):
        if fcntl.fcntl(descriptor, fcntl.F_GETFL) & STRAIGHT:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return true_write(descriptor, data, place, flags)

    if kind_of(tmp_path) not in ("ext4", "xfs"):
        pytest.skip("bytes go through the page cache here")
    true_write = os.pwritev
    monkeypatch.setattr(os, "pwritev", write)
    monkeypatch.setattr(workers, "PIECE_BYTES", 1 << 16)
    with pytest.raises(OSError, match="Input/output error"):
        checkpoint.write(tmp_path / "x.safetensors", plan)
    assert os.listdir(tmp_path) == []


def test_no_descriptor_is_left_open(tmp_path, plan):
    before = len(os.listdir("/proc/self/fd"))
    checkpoint.write(tmp_path, plan, max_shard_size=400_000)
    with pytest.raises(ZeroDivisionError):
        checkpoint.write(tmp_path, plan, max_shard_size=400_000, progress=lambda *_: 1 / 0)
    checkpoint.write(tmp_path, plan, max_shard_size=400_000, resume=True)
    assert len(os.listdir("/proc/self/fd")) == before


def test_the_file_system_of_a_device():
    if not os.path.exists("/proc/self/mountinfo"):
        pytest.skip("the system does not tell")
    assert disk.file_system(os.stat("/proc").st_dev) == "proc"
    assert disk.is_memory("tmpfs")
    assert not disk.is_memory("")
