"""Whether all processors are there: those of a virtual machine may have to share a core.

Arithmetic in the caches tells: on as many threads as there are cores it takes that share of the
time. Where another machine on the same hardware, or the host's scheduler, takes a core away, it
takes as long as on one.
"""

from __future__ import annotations

import time

import numpy as np

from netinit import Normal, Stream
from netinit.arrays.slice import Slice

__all__ = ["wait_for_cores"]

_NORMAL, _STREAM = Normal(), Stream(0)
#: Enough elements for every thread to be woken, few enough to stay in the caches.
_SHARE = 1 << 17


def _seconds(out: np.ndarray, threads: int) -> float:
    """Return the shortest of three tries."""
    times = []
    for _ in range(3):
        begin = time.perf_counter()
        _NORMAL.fill(Slice(out, "float32"), _STREAM, threads=threads)
        times.append(time.perf_counter() - begin)
    return min(times)


def wait_for_cores(threads: int, patience: float = 2.0) -> bool:
    """Wait until `threads` threads do 0.8 times as much as that many cores would.

    Parameters
    ----------
    threads : int
    patience : float
        Seconds to wait at most.

    Returns
    -------
    bool
        Whether they do.
    """
    out = np.zeros(_SHARE * threads, np.float32)
    end = time.perf_counter() + patience
    while _seconds(out, 1) < 0.8 * threads * _seconds(out, threads):
        if time.perf_counter() > end:
            return False
        time.sleep(0.02)
    return True
