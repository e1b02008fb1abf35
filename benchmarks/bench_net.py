"""Whole nets, plans and the import: ``python -m pytest benchmarks/bench_net.py``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import netinit
from netinit.checkpoint import read_source

EXAMPLES = Path(__file__).parents[1] / "examples"


def small_net(layers: int) -> dict[str, netinit.ArraySpec]:
    """Return a net of many small layers, where the arrays cost little and the calls much."""
    rows = {}
    for layer in range(layers):
        rows[f"{layer}.weight"] = netinit.ArraySpec((64, 64))
        rows[f"{layer}.bias"] = netinit.ArraySpec((64,))
    return rows


@pytest.mark.parametrize("method", ["Kaiming", "Xavier", "Identity"])
def test_initialize(benchmark, method):
    benchmark.pedantic(
        lambda net: netinit.initialize(net, method=method),
        setup=lambda: ((small_net(100),), {}),
        rounds=20,
    )


def test_plan(benchmark):
    net = small_net(100)
    benchmark(netinit.plan, net)


def test_read_gpt2(benchmark):
    benchmark(read_source, EXAMPLES / "gpt2.json")


@pytest.mark.parametrize("module", ["numpy", "netinit"])
def test_import(benchmark, module):
    command = [sys.executable, "-c", f"import {module}"]
    benchmark.pedantic(subprocess.run, (command,), {"check": True}, rounds=10)
