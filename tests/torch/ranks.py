"""Processes with a gloo group, each of which runs the same cases and tells what came of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import netinit._core as core

ROOT = Path(__file__).resolve().parents[2]
WATCHDOG = 300.0

#: What a case gives: anything that JSON can hold.
Case = Callable[[], object]


def run_ranks(module: str, world: int, folder: Path) -> list[dict[str, object]]:
    """Run a module of cases in `world` processes; return what each one told, by the case's name.

    No two neighbours have the same instruction set and number of threads.
    """
    isas = core.isas()
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", module, str(rank), str(world), str(folder)],
            cwd=ROOT,
            env={
                **os.environ,
                "NETINIT_ISA": isas[rank % len(isas)],
                "NETINIT_NUM_THREADS": str(1 + rank % 2),
                "OMP_NUM_THREADS": "1",
            },
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(world)
    ]
    end = time.monotonic() + WATCHDOG
    errors = []
    try:
        for process in processes:
            errors.append(process.communicate(timeout=max(end - time.monotonic(), 0))[1])
    finally:
        for process in processes:
            process.kill()
    assert not any(process.returncode for process in processes), "\n".join(errors)
    return [json.loads((folder / f"{rank}.json").read_text()) for rank in range(world)]


def main(cases: Mapping[str, Case]) -> None:
    """Join the group that the command line tells, run the cases and write what they gave."""
    import torch.distributed as dist

    rank, world, folder = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    store = dist.FileStore(str(folder / "store"), world)
    dist.init_process_group("gloo", store=store, rank=rank, world_size=world)
    told = {name: case() for name, case in cases.items()}
    (folder / f"{rank}.json").write_text(json.dumps(told))
    dist.barrier()
    dist.destroy_process_group()
