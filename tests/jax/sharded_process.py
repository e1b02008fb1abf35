"""One of two processes with four devices each; run by test_sharded_processes.py.

Usage: sharded_process.py RANK PORT FOLDER. What was made is written to FOLDER, by parameter.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import jax
import numpy as np
from jax.experimental import multihost_utils
from jax.sharding import AxisType, Mesh, NamedSharding
from jax.sharding import PartitionSpec as P

import netinit
import netinit.jax

rank, port, folder = int(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
jax.config.update("jax_cpu_collectives_implementation", "gloo")
jax.distributed.initialize(f"127.0.0.1:{port}", num_processes=2, process_id=rank)
assert (jax.process_count(), jax.device_count(), jax.local_device_count()) == (2, 8, 4)

CASES = json.loads((folder / "cases.json").read_text())
mesh = jax.make_mesh((2, 4), ("x", "y"), axis_types=(AxisType.Auto,) * 2)
first = Mesh(np.array(jax.devices()[:4]), ("x",), axis_types=(AxisType.Auto,))  # of process 0


def sharding(case):
    if case["spec"] == "first":
        return NamedSharding(first, P("x"))
    return NamedSharding(mesh, P(*[tuple(a) if isinstance(a, list) else a for a in case["spec"]]))


def made(case):
    struct = jax.ShapeDtypeStruct(case["shape"], case["dtype"])
    how = {"sharding": sharding(case), "method": case["method"], "seed": 5}
    return netinit.jax.initialize({"kernel": struct}, **how)["kernel"]


if rank == 1:  # a collective would have the other wait for this process, which waits for it
    while not (folder / "done-0").exists():
        time.sleep(0.05)
arrays = [made(case) for case in CASES]
(folder / f"done-{rank}").touch()

wrong = []
for number, (case, array) in enumerate(zip(CASES, arrays, strict=True)):
    whole = np.load(folder / f"{number}.npy")
    assert array.sharding == sharding(case)
    for shard in array.addressable_shards:
        if np.asarray(shard.data).tobytes() != whole[shard.index].tobytes():
            wrong.append(f"{case}: shard {shard.index}")
    if case["spec"] == "first":
        assert len(array.addressable_shards) == (4 if rank == 0 else 0)
    elif multihost_utils.process_allgather(array, tiled=True).tobytes() != whole.tobytes():
        wrong.append(f"{case}: gathered")
(folder / f"wrong-{rank}.json").write_text(json.dumps(wrong))
