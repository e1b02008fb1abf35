"""Ctrl-C at a moment that a timer chooses."""

from __future__ import annotations

import signal
from collections.abc import Callable
from typing import TypeVar

__all__ = ["interrupted"]

_T = TypeVar("_T")


def interrupted(work: Callable[[], _T], seconds: float) -> _T | None:
    """Return what some work makes, or None where Ctrl-C's own handler, so much later, ended it."""
    signal.signal(signal.SIGALRM, signal.default_int_handler)
    try:
        signal.setitimer(signal.ITIMER_REAL, 1e-6 + seconds)
        try:
            return work()
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    except KeyboardInterrupt:
        return None
