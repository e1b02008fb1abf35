"""The default number of threads beside one thread on a busy machine: ``python -m benchmarks.busy``.

Other processes take the processors; calls with one thread and with the default one are made in
turn, with pauses as between the steps of a program. The median and the 99th percentile of the
times, one thread = 1, as other users of the machine see it.
"""

from __future__ import annotations

import argparse
import multiprocessing
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

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


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--competitors", type=int, nargs="*", default=[0, 1, 2, 4, 8])
    given = parser.parse_args()
    print("| work | competitors | one thread, ms | default: median | 99th percentile |")
    print("|---|---|---|---|---|")
    for work, (make, rounds) in WORKS.items():
        for count in given.competitors:
            with _competitors(count):
                call = make()
                _times(call, 5)
                times = _times(call, rounds)
            one, default = times[1], times[None]
            median = statistics.median(default) / statistics.median(one)
            tail = np.quantile(default, 0.99) / np.quantile(one, 0.99)
            cells = f"{1e3 * statistics.median(one):.2f} | {median:.2f} | {tail:.2f}"
            print(f"| {work} | {count} | {cells} |", flush=True)


if __name__ == "__main__":
    main()
