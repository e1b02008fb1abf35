"""Threads that share the pieces of files among them, and stop together."""

from __future__ import annotations

import mmap
import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Generic, Protocol, TypeVar

import numpy as np

from netinit.checkpoint.crew import Crew

__all__ = ["PIECE_BYTES", "Ask", "Job", "carry_out"]

#: How many bytes a worker makes and writes at a time: few enough to stay in its core's cache
#: between the two. All that is in memory is a piece for each worker, of which there are two for
#: each thread that draws, and one tensor of those that are made whole.
PIECE_BYTES = 1 << 20

P = TypeVar("P")

#: Has something long made in the thread that asked for the work, where signals interrupt it.
Ask = Callable[[Callable[[], np.ndarray]], np.ndarray]


class Job(Protocol[P]):
    """The work on one file, in pieces that any thread may do."""

    def begin(self) -> Iterator[P]:
        """Open the file, and return its pieces, at least one."""

    def do(self, piece: P, buffer: np.ndarray, ask: Ask) -> int:
        """Do a piece, in memory of ``PIECE_BYTES`` to work in; return its number of bytes."""

    def finish(self) -> None:
        """End the work, once all pieces are done."""


def carry_out(
    jobs: Iterable[Job[P]],
    workers: int,
    files: int = 1,
    report: Callable[[int], None] | None = None,
) -> None:
    """Do all pieces of all jobs, with several threads, as many of them as the system gives.

    The first error stops all workers, and is raised here once they have stopped.

    Parameters
    ----------
    jobs : iterable of Job
        In the order in which they are begun.
    workers : int
        How many threads. Where none can be started this one does the work.
    files : int, optional
        How many jobs are in work at a time.
    report : callable, optional
        Called in this thread with the number of bytes of each piece that is done.
    """
    board = _Board(iter(jobs), files)

    def serve(number: int) -> None:
        _work(board, ask, crew.news.put if report is not None else None)

    def ask(make: Callable[[], np.ndarray]) -> np.ndarray:
        errand = _Errand(make)
        crew.news.put(errand)
        return errand.take(board)

    crew = Crew("netinit-write", serve, workers)
    try:
        crew.start()
        if not crew.threads:
            _work(board, lambda make: make(), report)
        running = len(crew.threads)
        while running:
            event: int | _Errand | None = crew.news.get()
            if event is None:
                running -= 1
            elif isinstance(event, _Errand):
                event.do()
            elif report is not None:
                report(event)
    except BaseException as error:
        board.stop(error)
        raise
    finally:
        crew.wait()
    if board.error is not None:
        raise board.error


class _Active(Generic[P]):
    """A job that has begun."""

    def __init__(self, job: Job[P]) -> None:
        self.job = job
        self._pieces = job.begin()
        self.following = next(self._pieces, None)
        self.workers = 0
        self._taken = 0

    def take(self) -> P:
        """Return the following piece, of which there must be one."""
        piece = self.following
        assert piece is not None
        self.following = next(self._pieces, None)
        self._taken += 1
        return piece

    def put_back(self) -> bool:
        """Note that a piece is done; say whether it was the last."""
        self._taken -= 1
        return self._taken == 0 and self.following is None


class _Board(Generic[P]):
    """Where workers take pieces from, one after the other."""

    def __init__(self, jobs: Iterator[Job[P]], files: int) -> None:
        self._lock = threading.Lock()
        self._jobs, self._files = jobs, files
        self._active: list[_Active[P]] = []
        self.error: BaseException | None = None

    def stop(self, error: BaseException) -> None:
        """Have no more pieces taken; the first error is kept."""
        if self.error is None:
            self.error = error

    def take(self, mine: _Active[P] | None) -> tuple[_Active[P], P] | None:
        """Return a piece, of the worker's own file while it has some; None at the end."""
        with self._lock:
            if self.error is not None:
                return None
            if mine is None or mine.following is None:
                if mine is not None:
                    mine.workers -= 1
                mine = self._choose()
                if mine is None:
                    return None
                mine.workers += 1
            return mine, mine.take()

    def _choose(self) -> _Active[P] | None:
        """Return the file with the fewest workers, of those that are or can be in work."""
        self._active = [active for active in self._active if active.following is not None]
        while len(self._active) < self._files and (job := next(self._jobs, None)) is not None:
            self._active.append(_Active(job))
        return min(self._active, key=lambda active: active.workers, default=None)

    def put_back(self, active: _Active[P]) -> None:
        """Note that a piece is done, and end its file where it was the last."""
        with self._lock:
            last = active.put_back()
        if last:
            active.job.finish()


class _Errand:
    """Something that a worker has another thread make."""

    def __init__(self, make: Callable[[], np.ndarray]) -> None:
        self._make = make
        self._made: queue.SimpleQueue[np.ndarray] = queue.SimpleQueue()

    def do(self) -> None:
        """Make it; what is raised here stops the work."""
        self._made.put(self._make())

    def take(self, board: _Board[P]) -> np.ndarray:
        """Wait for it, unless the work has been stopped."""
        while True:
            with suppress(queue.Empty):
                return self._made.get(timeout=0.05)
            if board.error is not None:
                raise board.error


def _work(board: _Board[P], ask: Ask, tell: Callable[[int], None] | None) -> None:
    """Do pieces until there are none, or until somebody fails."""
    active: _Active[P] | None = None
    try:
        buffer = np.frombuffer(mmap.mmap(-1, PIECE_BYTES), np.uint8)  # at the begin of a page
        while (taken := board.take(active)) is not None:
            active, piece = taken
            done = active.job.do(piece, buffer, ask)
            board.put_back(active)
            if tell is not None:
                tell(done)
    except BaseException as error:  # raised where the work was asked for
        board.stop(error)
