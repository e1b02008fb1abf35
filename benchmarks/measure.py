"""Timing: contestants take turns, round by round, so that a noisy machine troubles all alike."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from benchmarks.cores import wait_for_cores
from netinit import _core

__all__ = ["Contestant", "Timing", "race"]

#: Seconds before each measurement: worker threads of the one before stop spinning meanwhile. Not
#: much longer, or a virtual processor falls asleep and takes milliseconds to wake.
_PAUSE = 0.02


@dataclass(frozen=True, slots=True)
class Contestant:
    """Something to time.

    Attributes
    ----------
    who : str
        The library, with what tells it from its others.
    work : str
        What it does; contestants at the same work are compared.
    run : callable
        Does it once.
    elements, nbytes : int
        How much one run makes.
    prepare : callable or None
        Called before each run, not timed; what it returns is passed to `run`.
    repeat : int
        Runs in one measurement, for what is too short to be timed alone.
    """

    who: str
    work: str
    run: Callable[..., object]
    elements: int
    nbytes: int
    prepare: Callable[[], object] | None = None
    repeat: int = 1


@dataclass(slots=True)
class Timing:
    """The seconds of one run of a contestant, measurement by measurement.

    Of these, `short` began while not all processors were there.
    """

    who: str
    work: str
    elements: int
    nbytes: int
    seconds: list[float] = field(default_factory=list)
    short: int = 0

    @property
    def median(self) -> float:
        """The median of the seconds."""
        return statistics.median(self.seconds)

    @property
    def speed(self) -> float:
        """Bytes a second at the median, in units of 1e9."""
        return self.nbytes / self.median / 1e9


def race(
    contestants: Sequence[Contestant], rounds: int, title: str, pause: float = _PAUSE
) -> list[Timing]:
    """Time every contestant `rounds` times, in turn, after one run that is not counted.

    There are `pause` seconds before each measurement, and then as many as all processors take to
    be there, two at most.
    """
    threads = _core.thread_count(None)
    timings = [Timing(c.who, c.work, c.elements, c.nbytes) for c in contestants]
    for turn in range(rounds + 1):
        print(f"\r{title}: round {turn} of {rounds}", end="", file=sys.stderr, flush=True)
        for shift in range(len(contestants)):
            k = (shift + turn) % len(contestants)
            seconds, all_there = _once(contestants[k], pause, threads)
            if turn > 0:
                timings[k].seconds.append(seconds)
                timings[k].short += not all_there
    print(file=sys.stderr)
    return timings


def _once(contestant: Contestant, pause: float, threads: int) -> tuple[float, bool]:
    arguments = () if contestant.prepare is None else (contestant.prepare(),)
    time.sleep(pause)
    all_there = wait_for_cores(threads)
    run, repeat = contestant.run, range(contestant.repeat)
    begin = time.perf_counter()
    for _ in repeat:
        run(*arguments)
    return (time.perf_counter() - begin) / contestant.repeat, all_there
