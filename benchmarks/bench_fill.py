"""Every kernel at several sizes: ``python -m pytest benchmarks/bench_fill.py``."""

from __future__ import annotations

import numpy as np
import pytest

import netinit
from netinit import _core
from netinit.arrays.dtypes import STORAGE
from netinit.arrays.slice import Slice

DISTRIBUTIONS = {
    "constant": netinit.Constant(0.5),
    "uniform": netinit.Uniform(0.0, 1.0),
    "normal": netinit.Normal(0.0, 1.0),
    "truncated-central": netinit.TruncatedNormal(0.0, 1.0),
    "truncated-general": netinit.TruncatedNormal(0.0, 1.0, -1.0, 3.0),
    "truncated-tail": netinit.TruncatedNormal(0.0, 1.0, 5.0, 6.0),
}
SIZES = (16, 1 << 10, 1 << 16, 1 << 20, 1 << 24)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("dtype", STORAGE)
@pytest.mark.parametrize("kind", DISTRIBUTIONS)
def test_fill(benchmark, kind, dtype, size):
    out = np.ones(size, STORAGE[dtype])
    stream = netinit.Stream(1234, "bench")
    benchmark.group = f"{kind} {dtype}"
    benchmark.extra_info["bytes"] = out.nbytes
    benchmark(DISTRIBUTIONS[kind].fill, Slice(out, dtype), stream)


@pytest.mark.parametrize("isa", _core.isas())
@pytest.mark.parametrize("kind", DISTRIBUTIONS)
def test_instruction_set(benchmark, kind, isa):
    out = np.ones(1 << 16, np.float32)
    usual = _core.active_isa()
    _core.use_isa(isa)
    benchmark.group = f"{kind} by instruction set"
    try:
        benchmark(netinit.fill, out, DISTRIBUTIONS[kind], threads=1)
    finally:
        _core.use_isa(usual)


@pytest.mark.parametrize("size", [16, 64, 256])
def test_orthogonal(benchmark, size):
    out = np.ones((1, size, size), np.float32)
    stream = netinit.Stream(1234, "bench")
    benchmark.group = "orthogonal"
    benchmark(
        _core.orthogonal, out, "float32", stream.key, stream.offset, stream.draw, 1.0, threads=1
    )
