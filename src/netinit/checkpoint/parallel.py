"""Jobs done by several threads while the caller's own waits, tells of it and can be interrupted."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from typing import TypeVar

from netinit.checkpoint.crew import Crew

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
    lock, errors = threading.Lock(), list[BaseException]()
    amounts = [0] * workers

    def work(number: int) -> None:
        try:
            with tools() as own:
                while not errors:
                    with lock:  # an iterator runs in one thread at a time
                        job = next(jobs, None)
                    if job is None:
                        return
                    amounts[number] += job(own)
        except BaseException as error:  # raised where the work was asked for
            errors.append(error)

    crew = Crew("netinit-check", work, workers)
    try:
        crew.start()
        if not crew.threads:
            work(0)
            done(sum(amounts))
        running = len(crew.threads)
        while running and not errors:
            with suppress(queue.Empty):
                crew.news.get(timeout=_INTERVAL)
                running -= 1
            done(sum(amounts))
    except BaseException as error:
        errors.append(error)
        raise
    finally:
        crew.wait()
    if errors:
        raise errors[0]
