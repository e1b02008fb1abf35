"""Arrays over the devices of two processes, which make them without talking to each other."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import netinit
from tests.jax.devices import ROOT, environment

pytest.importorskip("jax")

SCRIPT = Path(__file__).with_name("sharded_process.py")
SPECS = [[], ["x"], ["x", "y"], [["x", "y"]], [None, "y"], ["y", "x"], "first"]
METHODS = ["Kaiming", "Orthogonal", "Identity"]


def cases():
    for spec in SPECS:
        for method in METHODS:
            yield {"spec": spec, "method": method, "shape": [24, 40], "dtype": "float32"}
    yield {"spec": ["x", "y"], "method": "Kaiming", "shape": [24, 40], "dtype": "bfloat16"}


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def test_two_processes(tmp_path):
    (tmp_path / "cases.json").write_text(json.dumps(list(cases())))
    for number, case in enumerate(cases()):
        net = {"kernel": netinit.ArraySpec(case["shape"], case["dtype"])}
        whole = netinit.initialize(net, method=case["method"], seed=5)["kernel"]
        np.save(tmp_path / f"{number}.npy", whole)
    port = free_port()
    started = [
        subprocess.Popen(
            [sys.executable, str(SCRIPT), str(rank), str(port), str(tmp_path)],
            cwd=ROOT, env=environment(4), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True,
        )
        for rank in range(2)
    ]  # fmt: skip
    try:
        output = [process.communicate(timeout=240)[0] for process in started]
    finally:
        for process in started:
            process.kill()
    assert [process.returncode for process in started] == [0, 0], "\n".join(output)
    for rank in range(2):
        assert json.loads((tmp_path / f"wrong-{rank}.json").read_text()) == []
