"""Writing a checkpoint: ``python -m benchmarks.checkpoints FOLDER``, one line a way.

A folder of Llama-3-8B's shapes in bfloat16, or the first of its layers, beside plain writers of as
many bytes to the same place: `dd`, and on a disk several that go around the page cache. In turn,
medians, each in a process of its own, whose processor time and memory are counted. The bytes
are deleted after each run.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

import netinit
import netinit.checkpoint
from netinit import _core
from netinit.parameters.parameter import Parameter
from netinit.plans.plan import Plan, build_plan
from netinit.shapes.layout import DENSE

HIDDEN, INNER, HEADS, WORDS, LAYERS = 4096, 14336, 1024, 128256, 32

#: Plain writers: the size of a write, threads for each file, files, the flags of `open`.
PLAIN = {
    "direct, 8 MiB": (8 << 20, 1, 1, "O_DIRECT"),
    "direct, 4 x 2 MiB": (2 << 20, 4, 1, "O_DIRECT"),
    "direct, 2 files x 2 x 4 MiB": (4 << 20, 2, 2, "O_DIRECT"),
    "cached, 2 x 1 MiB": (1 << 20, 2, 1, ""),
    "cached, 2 files x 1 MiB": (1 << 20, 1, 2, ""),
}


def llama(layers: int, method: Any = "Kaiming") -> Plan:
    """Return the plan of a Llama-3-8B of so many layers in bfloat16."""

    def parameters() -> Iterator[Parameter]:
        yield weight("model.embed_tokens.weight", WORDS, HIDDEN)
        for layer in range(layers):
            at = f"model.layers.{layer}."
            for name, rows in (("q", HIDDEN), ("k", HEADS), ("v", HEADS), ("o", HIDDEN)):
                yield weight(f"{at}self_attn.{name}_proj.weight", rows, HIDDEN)
            yield weight(f"{at}mlp.gate_proj.weight", INNER, HIDDEN)
            yield weight(f"{at}mlp.up_proj.weight", INNER, HIDDEN)
            yield weight(f"{at}mlp.down_proj.weight", HIDDEN, INNER)
            yield scale(f"{at}input_layernorm.weight")
            yield scale(f"{at}post_attention_layernorm.weight")
        yield scale("model.norm.weight")
        yield weight("lm_head.weight", WORDS, HIDDEN)

    def weight(name: str, rows: int, columns: int) -> Parameter:
        return Parameter(name, (rows, columns), "bfloat16", layout=DENSE)

    def scale(name: str) -> Parameter:
        ones = netinit.Constant(1)
        return Parameter(name, (HIDDEN,), "bfloat16", role="scale", fixed=ones)

    return build_plan(list(parameters()), netinit.All, method, 1)


def _write_netinit(folder: Path, layers: int, _: int, shard: str) -> None:
    netinit.checkpoint.write(folder, llama(layers), max_shard_size=shard)


def _plain(name: str) -> Callable[..., None]:
    def write(folder: Path, layers: int, nbytes: int, shard: str) -> None:
        import mmap
        import threading

        size, threads, files, flags = PLAIN[name]
        opening = os.O_WRONLY | os.O_CREAT | (getattr(os, flags) if flags else 0)
        block = mmap.mmap(-1, size)
        block.write(b"\1" * size)
        share = nbytes // files // size

        def run(descriptor: int, first: int) -> None:
            for number in range(first, share, threads):
                os.pwrite(descriptor, block, number * size)

        descriptors = [os.open(folder / str(n), opening) for n in range(files)]
        team = [
            threading.Thread(target=run, args=(descriptor, first))
            for descriptor in descriptors
            for first in range(threads)
        ]
        for thread in team:
            thread.start()
        for thread in team:
            thread.join()
        for descriptor in descriptors:
            os.fsync(descriptor)
            os.close(descriptor)

    return write


def _made(folder: Path, layers: int, nbytes: int, shard: str) -> None:
    """Make as many values, a MiB at a time on each thread, and write nothing."""
    import threading

    import ml_dtypes

    threads, count = _core.thread_count(None), (1 << 20) // 2
    total = nbytes // (2 * count) * count

    def run(first: int) -> None:
        out = np.empty(count, ml_dtypes.bfloat16)
        for start in range(first * count, total, threads * count):
            netinit.fill(out, 0.02, name="w", shape=(total,), start=(start,), threads=1)

    team = [threading.Thread(target=run, args=(first,)) for first in range(threads)]
    for thread in team:
        thread.start()
    for thread in team:
        thread.join()


def _dd(*arguments: str) -> Callable[..., None]:
    def write(folder: Path, layers: int, nbytes: int, shard: str) -> None:
        out = [f"of={folder}/dd", "bs=8M", f"count={nbytes >> 23}", *arguments]
        subprocess.run(["dd", "if=/dev/zero", *out], check=True, capture_output=True)

    return write


WAYS: dict[str, Callable[..., None]] = {
    "netinit": _write_netinit,
    "made, not written": _made,
    "dd": _dd(),
    "dd, direct": _dd("oflag=direct"),
    "dd, fsync": _dd("conv=fsync"),
    **{name: _plain(name) for name in PLAIN},
}
FIRST = ["netinit", "made, not written"]
ON_DISK = [*FIRST, "dd, direct", *(name for name in PLAIN if name.startswith("direct"))]
IN_MEMORY = [*FIRST, "dd", *(name for name in PLAIN if name.startswith("cached"))]


def _most_resident() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


def _once(way: str, folder: Path, layers: int, nbytes: int, shard: str) -> dict[str, float]:
    """Write once and return the seconds, those of processors, and the KiB of memory needed."""
    llama(1)  # what is loaded at first use
    before, begin, used = _most_resident(), time.perf_counter(), os.times()
    WAYS[way](folder, layers, nbytes, shard)
    seconds, now = time.perf_counter() - begin, os.times()
    cpu = sum(now[:4]) - sum(used[:4])
    return {"seconds": seconds, "cpu": cpu, "memory": _most_resident() - before}


def _measured(given: argparse.Namespace, way: str, nbytes: int) -> dict[str, float]:
    folder = given.folder / "netinit-benchmark"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    command = [sys.executable, "-m", "benchmarks.checkpoints", str(folder), "--one", way]
    command += ["--layers", str(given.layers), "--bytes", str(nbytes), "--shard", given.shard]
    try:
        os.sync()  # what others have left to write
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    result: dict[str, float] = json.loads(done.stdout)
    return result


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="where to write; /dev/shm is memory")
    parser.add_argument("--layers", type=int, default=LAYERS, help="of the model's 32")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--shard", default="5GB", help="max_shard_size")
    parser.add_argument("--ways", nargs="*", choices=list(WAYS), metavar="WAY")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--bytes", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        print(json.dumps(_once(given.one, given.folder, given.layers, given.bytes, given.shard)))
        return
    nbytes = sum(assignment.parameter.nbytes for assignment in llama(given.layers))
    ways = given.ways or (IN_MEMORY if str(given.folder).startswith("/dev/shm") else ON_DISK)
    taken: dict[str, list[dict[str, float]]] = {way: [] for way in ways}
    for turn in range(given.rounds):
        for shift in range(len(ways)):
            way = ways[(turn + shift) % len(ways)]
            taken[way].append(_measured(given, way, nbytes))
    print(f"{nbytes / 1e9:.2f} GB, medians of {given.rounds}, load {os.getloadavg()[0]:.1f}")
    print("| way | GB/s | all rounds | processor s a GB | MiB of memory |")
    print("|---|--:|---|--:|--:|")
    for way in ways:
        speeds = sorted(nbytes / run["seconds"] / 1e9 for run in taken[way])
        cpu = statistics.median(run["cpu"] for run in taken[way]) / nbytes * 1e9
        memory = max(run["memory"] for run in taken[way]) / 1024
        middle, ends = statistics.median(speeds), f"{speeds[0]:.2f} to {speeds[-1]:.2f}"
        print(f"| {way} | {middle:.2f} | {ends} | {cpu:.2f} | {memory:.0f} |")


if __name__ == "__main__":
    main()
