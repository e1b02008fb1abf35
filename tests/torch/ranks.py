"""Processes with a gloo group, each of which runs the same cases and tells what came of them.

They are forked from one that has loaded torch, which takes longer than the cases.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WATCHDOG = 600.0
#: The variable that holds the instruction sets among which processes choose.
ISAS = "NETINIT_TESTS_ISAS"

#: Gives anything that JSON can hold.
Case = Callable[[], object]

#: What is loaded before the processes are forked; netinit, which reads the environment, is not.
LOADED = ("torch.distributed.tensor.parallel", "torch.distributed.tensor.debug")
LOADED += ("torch.distributed.fsdp", "torch.distributed._composable.replicate")


def run_ranks(module: str, worlds: Iterable[int], folder: Path) -> dict[int, list[dict]]:
    """Run a module's ``CASES`` in groups of processes; return what each process told, by group.

    What a process tells is a dict by the names of the cases. No two neighbours have the same
    instruction set and number of threads.
    """
    import netinit._core as core

    worlds = list(worlds)
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.torch.ranks", module, str(folder), *map(str, worlds)],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1", ISAS: " ".join(core.isas())},
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        errors = process.communicate(timeout=WATCHDOG)[1]
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)  # the forked ones too
        pytest.fail(f"a group hangs: {process.communicate()[1]}")
    assert process.returncode == 0, errors
    return {
        n: [json.loads((folder / f"{rank} of {n}.json").read_text()) for rank in range(n)]
        for n in worlds
    }


def _run_group(module: str, folder: Path, world: int) -> bool:
    """Fork the processes of a group; return whether all succeeded. One that fails ends the rest."""
    children = set()
    for rank in range(world):
        child = os.fork()
        if not child:
            os._exit(_run(module, folder, rank, world))
        children.add(child)
    failed = False
    while children:
        child, status = os.wait()
        children.remove(child)
        if status and not failed:
            failed = True
            for other in children:
                os.kill(other, signal.SIGKILL)
    return not failed


def _run(module: str, folder: Path, rank: int, world: int) -> int:
    """Run the cases as one process of a group; return the exit status."""
    import torch.distributed as dist

    isas = os.environ[ISAS].split()
    os.environ["NETINIT_ISA"] = isas[rank % len(isas)]
    os.environ["NETINIT_NUM_THREADS"] = str(1 + rank % 2)
    try:
        store = dist.FileStore(str(folder / f"store of {world}"), world)
        dist.init_process_group("gloo", store=store, rank=rank, world_size=world)
        cases: Mapping[str, Case] = import_module(module).CASES
        told = {name: case() for name, case in cases.items()}
        (folder / f"{rank} of {world}.json").write_text(json.dumps(told))
        dist.barrier()
        dist.destroy_process_group()
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


if __name__ == "__main__":
    for name in LOADED:
        import_module(name)
    for size in map(int, sys.argv[3:]):
        if not _run_group(sys.argv[1], Path(sys.argv[2]), size):
            sys.exit(1)
