"""What torch's compiler makes of netinit's own code: nothing."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytest.importorskip("torch")

PROGRAM = """
import torch
from netinit.torch import accelerate

def double(x):
    return x * 2

def triple(x):
    return x * 3

with accelerate(7):
    net = torch.nn.Linear(4, 3)
    doubled = torch.compile(double, backend="eager")(net.weight)
from torch._dynamo.utils import counters
assert not counters["frames"], counters
assert torch.equal(doubled, net.weight * 2)
assert torch.equal(torch.compile(triple, backend="eager")(net.weight), net.weight * 3)
assert counters["frames"] == {"total": 1, "ok": 1}, counters
"""


def test_the_code_of_a_block_is_not_compiled_with_what_runs_in_it():
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
