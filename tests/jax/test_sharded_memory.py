"""An array over several devices takes the memory of its shards, and no more worth mention."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import netinit
from tests.jax.devices import ROOT, environment

pytest.importorskip("jax")

SCRIPT = Path(__file__).with_name("sharded_memory.py")


@pytest.mark.skipif(sys.platform != "linux", reason="/proc/self/status")
@pytest.mark.parametrize(
    ("method", "axes"),
    [
        ("Kaiming", ["-", "-"]),
        ("Kaiming", ["x", "y"]),
        ("Kaiming", ["-", "y"]),
        ("Identity", ["y"]),
    ],
    ids=str,
)
def test_the_peak_is_the_arrays_own_bytes(method, axes):
    run = subprocess.run(
        [sys.executable, str(SCRIPT), method, *axes],
        cwd=ROOT, env=environment(8), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout)
    assert found["nbytes"] == 512 << 20
    assert 0.9 * found["nbytes"] < found["peak"] < found["nbytes"] + (64 << 20)
    if method == "Kaiming":
        expected = corner_of_the_whole()
        assert found["corner"] == expected.tolist()


def corner_of_the_whole():
    """Return the last four elements, made alone: those of the last shard whatever the cuts."""
    spec = netinit.ArraySpec((1 << 17, 1 << 10))
    assignment = netinit.plan({"kernel": spec})[0]
    out = np.empty((1, 4), np.float32)
    last = ((1 << 17) - 1, (1 << 10) - 4)
    netinit.fill(
        out, assignment.initializer, name="kernel", seed=1234, shape=spec.shape, start=last
    )
    return out[0]
