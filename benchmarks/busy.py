"""The default number of threads beside one thread on a busy machine: ``python -m benchmarks.busy``.

Other processes take the processors, or PyTorch multiplies matrices in a thread of the same process,
or (for root, where control groups of version 1 are) a quota leaves one processor's time. Calls with
one thread and with the default one are made in turn, with pauses as between the steps of a program.
The median and the 99th percentile of the times, one thread = 1, as other users of the machine see
it.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path

import numpy as np

import netinit

__all__ = ["main"]

#: How long a program does something else between two calls, in seconds.
_PAUSE = 0.002


def _spin() -> None:
    while True:
        pass


@contextmanager
def _competitors(count: int) -> Iterator[None]:
    """Within a ``with`` block, have other processes that are always runnable."""
    processes = [multiprocessing.Process(target=_spin, daemon=True) for _ in range(count)]
    for process in processes:
        process.start()
    try:
        yield
    finally:
        for process in processes:
            process.terminate()
            process.join()


@contextmanager
def _torch() -> Iterator[None]:
    """Within a ``with`` block, have PyTorch busy with all of its threads, in this process."""
    import torch

    ended = threading.Event()

    def multiply() -> None:
        a = torch.ones(1024, 1024)
        while not ended.is_set():
            torch.mm(a, a)

    thread = threading.Thread(target=multiply)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


@contextmanager
def _one_processor() -> Iterator[None]:
    """Within a ``with`` block, let this process have the time of one processor."""
    outer = next(
        line.rpartition(":")[2].strip()
        for line in Path("/proc/self/cgroup").read_text().splitlines()
        if line.split(":")[1] == "cpu"
    )
    above = Path(f"/sys/fs/cgroup/cpu{outer}")
    group = above / "netinit-benchmark"
    group.mkdir()
    try:
        period = int((group / "cpu.cfs_period_us").read_text())
        (group / "cpu.cfs_quota_us").write_text(str(period))
        (group / "cgroup.procs").write_text(str(os.getpid()))
        yield
    finally:
        (above / "cgroup.procs").write_text(str(os.getpid()))
        group.rmdir()


def _normals() -> Callable[[int | None], object]:
    out = np.ones(4 << 20, np.float32)
    return lambda threads: netinit.fill(out, 1.0, seed=1, name="w", threads=threads)


def _orthogonal() -> Callable[[int | None], object]:
    out = np.ones((1024, 1024), np.float32)
    return lambda threads: netinit.fill(out, "Orthogonal", seed=1, name="w", threads=threads)


WORKS = {
    "4 Mi normals": (_normals, 400),
    "orthogonal 1024 x 1024": (_orthogonal, 60),
}

CASES: dict[str, Callable[[], AbstractContextManager[None]]] = {
    **{str(count): partial(_competitors, count) for count in (0, 1, 2, 4, 8)},
    "PyTorch": _torch,
    "a quota": _one_processor,
}


def _times(call: Callable[[int | None], object], rounds: int) -> dict[int | None, list[float]]:
    """Return the seconds that calls took, by the number of threads."""
    times: dict[int | None, list[float]] = {1: [], None: []}
    for _ in range(rounds):
        for threads, taken in times.items():
            time.sleep(_PAUSE)
            begin = time.perf_counter()
            call(threads)
            taken.append(time.perf_counter() - begin)
    return times


def _row(work: str, case: str) -> str:
    """Return the figures of one work in one case, measured in a process of its own."""
    make, rounds = WORKS[work]
    with CASES[case]():
        call = make()
        _times(call, 5)
        times = _times(call, rounds)
    one, default = times[1], times[None]
    median = statistics.median(default) / statistics.median(one)
    tail = np.quantile(default, 0.99) / np.quantile(one, 0.99)
    return f"{1e3 * statistics.median(one):.2f} | {median:.2f} | {tail:.2f}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"of {', '.join(CASES)}")
    given = parser.parse_args()
    print("| work | beside | one thread, ms | default: median | 99th percentile |")
    print("|---|---|---|---|---|")
    for work in WORKS:
        for case in given.cases or CASES:
            with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
                print(f"| {work} | {case} | {pool.submit(_row, work, case).result()} |", flush=True)


if __name__ == "__main__":
    main()
