"""Threads that work for another one, which may be interrupted at any moment."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

__all__ = ["Crew"]

#: Seconds after which the ends of threads are looked for, though none was told of.
_PATIENCE = 0.05


class Crew:
    """Some threads, as many of them as the system gives.

    Python's own `threading.Event`, semaphores and futures have a condition, whose lock an interrupt
    leaves taken for good if it comes right after it: whoever waits there then never ends. So this
    thread and the others speak by `queue.SimpleQueue`, which is C's, and by sets alone.

    Parameters
    ----------
    name : str
        What the threads' names begin with.
    work : callable
        What each does, called with its number.
    count : int
        How many, at least 1.

    Attributes
    ----------
    threads : dict of int to threading.Thread
        Those that were started, by their numbers.
    news : queue.SimpleQueue
        What they tell this thread; each says None at its end.
    """

    def __init__(self, name: str, work: Callable[[int], None], count: int) -> None:
        self._name, self._work, self._count = name, work, count
        self.threads: dict[int, threading.Thread] = {}
        self.news: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._gate: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._ended: set[int] = set()

    def start(self) -> None:
        """Start the threads; they begin once all of them are known."""
        for number in range(self._count):
            name = f"{self._name}-{number}"
            # One whose start is interrupted may be held up for good: no process waits for daemons.
            thread = threading.Thread(target=self._run, args=(number,), name=name, daemon=True)
            try:
                thread.start()
            except RuntimeError:  # the system has no more
                break
            self.threads[number] = thread
        self._let_in()

    def wait(self) -> None:
        """Wait for the end of all threads, however often that is interrupted.

        One whose start was interrupted is not known: it begins now, when its work must have been
        called off.
        """
        while True:
            try:
                self._let_in()
                while not self._ended.issuperset(self.threads):
                    with suppress(queue.Empty):
                        self.news.get(timeout=_PATIENCE)
                for thread in self.threads.values():
                    thread.join()
                return
            except KeyboardInterrupt:  # files must not be closed under their hands
                continue

    def _let_in(self) -> None:
        for _ in range(self._count):
            self._gate.put(None)

    def _run(self, number: int) -> None:
        self._gate.get()
        try:
            self._work(number)
        finally:
            self._ended.add(number)
            self.news.put(None)
