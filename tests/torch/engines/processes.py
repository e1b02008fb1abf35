"""Processes of a distributed run, pretended one after the other or real ones with gloo."""

from __future__ import annotations

import itertools
import math
import subprocess
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import torch
from torch.distributed.device_mesh import DeviceMesh, init_device_mesh

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from torch.testing._internal.distributed.fake_pg import FakeStore

__all__ = ["meshes", "pretended", "run_ranks"]

ROOT = Path(__file__).resolve().parents[3]
_WATCHDOG = 240.0
_numbers = itertools.count()


@contextmanager
def pretended(rank: int, world: int) -> Iterator[None]:
    """Within a ``with`` block, be one process of several; collectives do nothing."""
    torch.distributed.init_process_group("fake", store=FakeStore(), rank=rank, world_size=world)
    try:
        yield
    finally:
        torch.distributed.destroy_process_group()


def meshes(shape: Sequence[int]) -> Iterator[DeviceMesh]:
    """Yield the mesh of each of the processes of a mesh, which this one pretends to be."""
    for rank in range(math.prod(shape)):
        with pretended(rank, math.prod(shape)):
            number = next(_numbers)  # torch keeps meshes that are equal, and their process's place
            names = tuple(f"axis {k} of {number}" for k in range(len(shape)))
            yield init_device_mesh("cpu", tuple(shape), mesh_dim_names=names)


def run_ranks(module: str, world: int, folder: Path, *arguments: str) -> list[str]:
    """Run a module in several processes (rank, world, file, ...); return what each printed."""
    store = folder / f"store-{world}"
    commands = [
        [sys.executable, "-W", "ignore", "-m", module, str(rank), str(world), str(store)]
        for rank in range(world)
    ]
    started = [
        subprocess.Popen(
            [*command, *arguments],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for command in commands
    ]
    printed = []
    try:
        for process in started:
            output, errors = process.communicate(timeout=_WATCHDOG)
            assert process.returncode == 0, errors
            printed.append(output.strip())
    finally:
        for process in started:
            process.kill()
            process.wait()
    return printed
