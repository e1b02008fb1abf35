"""A survey of an array beside reading it: ``python -m benchmarks.verify``.

What `netinit.verify` finds of each array in one pass, and the sum of the same words by numpy,
on as many threads, each on a contiguous part: that reads memory and does little else. In turn, and
in another order each round; medians of the rounds, and of each round's ratio.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

import netinit
from benchmarks.machine import describe
from benchmarks.memory import resident
from netinit import _core
from netinit.arrays.dtypes import DTYPES, STORAGE
from netinit.verification.statistics import survey

__all__ = ["main"]

_DTYPES = ("float32", "bfloat16", "float16", "float64")


def _reading(words: np.ndarray, threads: int) -> Callable[[], object]:
    parts = np.array_split(words, threads)
    pool = ThreadPoolExecutor(threads)
    return lambda: list(pool.map(np.sum, parts))


def _seconds(call: Callable[[], object]) -> float:
    begin = time.perf_counter()
    call()
    return time.perf_counter() - begin


def _measure(memory: np.ndarray, dtype: str, rounds: int, threads: int) -> tuple[float, ...]:
    """Return the medians of the survey's speed, of reading's, and of their ratio."""
    array = memory.view(STORAGE[dtype])
    piece = netinit.create(min(array.size, 1 << 24), 1.0, dtype=dtype, name="w")
    array[:] = np.resize(piece.view(STORAGE[dtype]), array.size)
    read = _reading(memory.view(np.uint64), threads)
    calls = {"survey": lambda: survey(array, dtype, threads), "read": read}
    times: dict[str, list[float]] = {name: [] for name in calls}
    for k in range(rounds + 1):
        for name in list(calls)[:: 1 if k % 2 else -1]:
            taken = _seconds(calls[name])
            if k:  # the first is not counted
                times[name].append(memory.nbytes / taken / 1e9)
    ratios = [a / b for a, b in zip(times["survey"], times["read"], strict=True)]
    medians = (statistics.median(each) for each in (times["survey"], times["read"], ratios))
    return (*medians, min(ratios), max(ratios))


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mib", type=int, default=2048, help="the array's size")
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    memory = resident(options.mib << 20)
    print(f"{describe()['processor']}, load {os.getloadavg()[0]:.1f}, {options.mib} MiB")
    print("\n| | threads | survey, GB/s | reading, GB/s | ratio | from, to |")
    print("| --- | --: | --: | --: | --: | --- |")
    for dtype in _DTYPES:
        for threads in sorted({1, _core.thread_count()}):
            assert memory.nbytes % DTYPES[dtype] == 0
            found, read, ratio, least, most = _measure(memory, dtype, options.rounds, threads)
            row = f"{found:.1f} | {read:.1f} | {ratio:.2f} | {least:.2f}, {most:.2f}"
            print(f"| {dtype} | {threads} | {row} |", flush=True)


if __name__ == "__main__":
    main()
