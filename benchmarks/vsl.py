"""MKL's vector statistics library, from PyPI's `mkl`, through ctypes.

A stream of VSL's runs on one thread, so each thread gets a stream and a contiguous part.
"""

from __future__ import annotations

import ctypes
import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

__all__ = ["GENERATORS", "METHODS", "Filler", "best", "load"]

_NUMBER = 1 << 20  # VSL numbers its generators in steps of this
GENERATORS = {
    "R250": 2 * _NUMBER,
    "MCG59": 4 * _NUMBER,
    "SFMT19937": 13 * _NUMBER,
    "ARS5": 15 * _NUMBER,
    "Philox4x32-10": 16 * _NUMBER,
}
METHODS = {"Box-Muller 2": 1, "inversion": 2}  # of normals; uniforms have one


def load() -> ctypes.CDLL | None:
    """Return MKL's runtime library, or None where it is not installed."""
    os.environ.setdefault("MKL_THREADING_LAYER", "SEQUENTIAL")  # the threads are ours
    for folder in (Path(sys.prefix, "lib"), Path(sys.base_prefix, "lib")):
        for path in sorted(folder.glob("libmkl_rt.so*")):
            try:
                return ctypes.CDLL(str(path))
            except OSError:
                continue
    return None


class Filler:
    """Fills float32 or float64 arrays by one generator and one method, on several threads.

    Parameters
    ----------
    library : ctypes.CDLL
    kind : {"uniform", "normal"}
    generator, method : str
        Of `GENERATORS` and `METHODS`.
    threads : int
    """

    def __init__(
        self, library: ctypes.CDLL, kind: str, generator: str, method: str, threads: int
    ) -> None:
        self.name = f"{generator}, {method}" if kind == "normal" else generator
        self._kind, self._library = kind, library
        self._method = METHODS[method] if kind == "normal" else 0
        self._pool = ThreadPoolExecutor(threads)
        self._streams = [ctypes.c_void_p() for _ in range(threads)]
        for seed, stream in enumerate(self._streams):
            if library.vslNewStream(ctypes.byref(stream), GENERATORS[generator], seed + 1):
                raise RuntimeError(f"VSL made no stream of {generator}")

    def __call__(self, out: np.ndarray) -> None:
        """Fill `out`, of one axis."""
        list(self._pool.map(self._part, self._streams, np.array_split(out, len(self._streams))))

    def _part(self, stream: ctypes.c_void_p, out: np.ndarray) -> None:
        letter, real = ("d", ctypes.c_double) if out.dtype == np.float64 else ("s", ctypes.c_float)
        law = {"normal": "Gaussian", "uniform": "Uniform"}[self._kind]
        draw = getattr(self._library, f"v{letter}Rng{law}")
        place = ctypes.c_int(out.size), ctypes.c_void_p(out.ctypes.data)
        if draw(self._method, stream, *place, real(0.0), real(1.0)):
            raise RuntimeError(f"VSL failed to draw: {self.name}")


def best(
    library: ctypes.CDLL, kind: str, threads: int, dtype: str = "float32"
) -> Callable[[np.ndarray], None]:
    """Return the fastest filler for `kind`, found by trying each on 2^23 elements."""
    out = np.ones(1 << 23, dtype)
    methods = METHODS if kind == "normal" else ["inversion"]
    fillers = [Filler(library, kind, g, m, threads) for g in GENERATORS for m in methods]
    return min(fillers, key=lambda filler: min(_seconds(filler, out) for _ in range(3)))


def _seconds(filler: Filler, out: np.ndarray) -> float:
    begin = time.perf_counter()
    filler(out)
    return time.perf_counter() - begin
