"""What the fuzzers have in common: the time of each case, what came of it, and the command."""

from __future__ import annotations

import resource
import sys
import time
from collections import Counter
from collections.abc import Callable
from typing import TypeVar

__all__ = ["command", "timed"]

_T = TypeVar("_T")
_LONGEST = "longest, us"


def timed(
    counts: Counter[str], most_seconds: float, case: str | bytes, run: Callable[[], _T]
) -> _T:
    """Run a case and count it, with the longest time in microseconds; return what it returns.

    Raises
    ------
    AssertionError
        If it takes more seconds of the processor than `most_seconds`.
    """
    begin = time.process_time()
    result = run()
    taken = time.process_time() - begin
    assert taken < most_seconds, f"{taken:.1f} s: {case[:2000]!r}"
    counts["cases"] += 1
    counts[_LONGEST] = max(counts[_LONGEST], int(taken * 1e6))
    return result


def command(fuzz: Callable[[int, int], Counter[str]], cases: int) -> None:
    """Run a fuzzer with the numbers of the command line, CASES and SEED; print what it counted."""
    numbers = [int(argument) for argument in sys.argv[1:]]
    counts = fuzz(*(numbers + [cases, 1][len(numbers) :]))
    counts["peak memory, MiB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    counts["processor, s"] = int(time.process_time())
    for what, count in counts.items():
        print(f"{what:>22}  {count:,}")
