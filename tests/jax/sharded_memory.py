"""Print how much memory an array over eight devices took; run by test_sharded_memory.py.

Usage: sharded_memory.py METHOD AXIS...; an axis of the mesh, or "-", cuts each axis of 2**27
elements of float32.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import jax
import numpy as np
from jax.sharding import AxisType, NamedSharding, PartitionSpec

import netinit


def peak() -> int:
    """Return this program's peak in bytes; ``ru_maxrss`` begins with that of what started it."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith("VmHWM"))


method, *axes = sys.argv[1:]
mesh = jax.make_mesh((2, 4), ("x", "y"), axis_types=(AxisType.Auto,) * 2)
spec = PartitionSpec(*(None if axis == "-" else axis for axis in axes))
sharding = NamedSharding(mesh, spec)


def made(shape: tuple[int, int]) -> jax.Array:
    struct = jax.ShapeDtypeStruct(shape, "float32", sharding=sharding)
    return netinit.initialize({"kernel": struct}, method=method)["kernel"]


made((64, 64)).block_until_ready()  # what a first call loads
before = peak()
array = made((1 << 17, 1 << 10)).block_until_ready()
corner = np.asarray(array.addressable_shards[-1].data)[-1, -4:].tolist()
print(json.dumps({"nbytes": array.nbytes, "peak": peak() - before, "corner": corner}))
