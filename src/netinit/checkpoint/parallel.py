"""Jobs done by several threads while the caller's own waits, tells of it and can be interrupted."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, suppress
from typing import TypeVar

__all__ = ["Progress", "work_off"]

#: Called with the number of bytes done, and of all.
Progress = Callable[[int, int], None]

#: Seconds between two calls of a `Progress`.
_INTERVAL = 0.1

Tools = TypeVar("Tools")


def work_off(
    jobs: Iterator[Callable[[Tools], int]],
    tools: Callable[[], AbstractContextManager[Tools]],
    workers: int,
    done: Callable[[int], None],
) -> None:
    """Do all jobs, in their order, each by the first worker that is free.

    Parameters
    ----------
    jobs : iterator of callable
        Each is called with the worker's tools and returns how much it has done.
    tools : callable
        Makes what one worker has for its own: buffers, open files; entered and left by it.
    workers : int
        How many threads; at least 1. Those that the system refuses are done without; where it
        gives none this one does the work.
    done : callable
        Called from this thread, now and then and at the end, with how much all have done.

    Raises
    ------
    BaseException
        What a job raised; the others end after the job that they are at.
    """
    lock, stopped = threading.Lock(), threading.Event()
    amounts = [0] * workers

    def work(number: int) -> None:
        with tools() as own:
            while not stopped.is_set():
                with lock:  # an iterator runs in one thread at a time
                    job = next(jobs, None)
                if job is None:
                    return
                amounts[number] += job(own)

    with ThreadPoolExecutor(workers, thread_name_prefix="netinit-check") as pool:
        try:
            running = set()
            with suppress(RuntimeError):  # no more threads: those that there are do the work
                for number in range(workers):
                    running.add(pool.submit(work, number))
            if not running:
                work(0)
                done(sum(amounts))
            while running:
                ended, running = wait(running, _INTERVAL, FIRST_EXCEPTION)
                for future in ended:
                    future.result()
                done(sum(amounts))
        finally:
            stopped.set()
