"""The parts of a comparison; each returns timings."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec

import numpy as np

import netinit
from benchmarks.drop_ins import drop_ins_section
from benchmarks.measure import Contestant, Timing, race
from benchmarks.memory import fresh, resident, tensor
from benchmarks.orthogonal import orthogonal_section
from benchmarks.peers import WORKS, Filling, fill_netinit, fillers
from netinit import _core

__all__ = ["SECTIONS"]

MIB = 1 << 20
#: A slow library fills only as much of the buffer as takes about this many seconds...
_BUDGET = 0.5
#: ... but no less than this, which is more than the caches hold.
_LEAST = 32 * MIB


def _share(filling: Filling, out: np.ndarray) -> np.ndarray:
    """Return the first part of `out`, as much as `filling` fills within the budget."""
    probe = out[: min(out.size, _LEAST // out.itemsize)]
    seconds = min(_seconds(filling, probe) for _ in range(2))
    nbytes = max(_LEAST, int(_BUDGET / seconds * probe.nbytes) // MIB * MIB)
    return out if nbytes >= out.nbytes // 2 else out[: nbytes // out.itemsize]


def _seconds(filling: Filling, out: np.ndarray) -> float:
    begin = time.perf_counter()
    filling(out)
    return time.perf_counter() - begin


def _check(work: str, filling: Filling, out: np.ndarray) -> None:
    """Raise unless a filling does its work: a broken contestant must not be timed."""
    result = filling(out)
    values = out if not hasattr(result, "block_until_ready") else np.array(result)
    if values.dtype.itemsize == 2:
        values = tensor(values.view(np.uint16)).float().numpy()
    if abs(float(values.std()) - (WORKS[work].std or 0.0)) > 0.02:
        raise RuntimeError(f"{work}: {filling} gave a standard deviation of {values.std()}")


def _contestants(dtype: str, buffer: np.ndarray, threads: int) -> list[Contestant]:
    out = buffer.view(np.uint16 if dtype == "bfloat16" else dtype)
    contestants = []
    for (work, who), filling in fillers(dtype, threads).items():
        _check(work, filling, out[:100_000])
        # What all ratios rest on fills the whole buffer, however a probe of it went.
        whole = who == "netinit" or work == "constant"
        part = out if whole else _share(filling, out)
        run = partial(filling, part)
        contestants.append(Contestant(who, f"{dtype} {work}", run, part.size, part.nbytes))
    return contestants


def resident_section(nbytes: int, rounds: int, threads: int) -> list[Timing]:
    """Time every library at every work, on the same buffer, touched before."""
    buffer = resident(nbytes)
    timings = []
    for dtype in ("float32", "bfloat16", "float64"):
        contestants = _contestants(dtype, buffer, threads)
        timings += race(contestants, rounds, f"resident {dtype}")
    return timings


def fresh_section(nbytes: int, rounds: int, threads: int) -> list[Timing]:
    """Time fills of memory that was never touched, page faults included."""
    size = nbytes // 4
    memory: dict[str, Callable[[], object]] = {
        "huge pages": lambda: fresh(nbytes, "huge").view(np.float32),
        "huge pages declined": lambda: fresh(nbytes, "small").view(np.float32),
        "numpy.empty": lambda: np.empty(size, np.float32),
    }
    runs = [
        (f"netinit {work}, {pages}", prepare, partial(fill_netinit, work=work, threads=threads))
        for pages, prepare in memory.items()
        for work in ("constant", "uniform", "normal")
    ]
    runs.append(("numpy constant, numpy.empty", memory["numpy.empty"], lambda out: out.fill(0.5)))
    if find_spec("torch"):
        import torch

        empty = partial(torch.empty, size)
        runs += [
            ("torch constant, torch.empty", empty, lambda out: out.fill_(0.5)),
            ("torch normal, torch.empty", empty, lambda out: out.normal_()),
            ("netinit normal, torch.empty", empty, lambda out: netinit.fill(out, 1.0)),
        ]
    contestants = [
        Contestant(name.partition(",")[0], name.partition(", ")[2], run, size, nbytes, prepare)
        for name, prepare, run in runs
    ]
    return race(contestants, rounds, "fresh memory")


def _counts(threads: int) -> list[int]:
    """Return 1, 2, 4, ... and `threads`."""
    return sorted({*(1 << k for k in range(threads.bit_length())), threads})


def threads_section(nbytes: int, rounds: int, threads: int) -> list[Timing]:
    """Time the same works on 1, 2, 4, ... threads."""
    out = resident(nbytes).view(np.float32)
    contestants = []
    for count in _counts(threads):
        for work in WORKS:
            run = partial(fill_netinit, out, work=work, threads=count)
            contestants.append(
                Contestant(f"netinit, threads {count}", work, run, out.size, out.nbytes)
            )
        contestants += _torch_threads(out, count, threads)
    return race(contestants, rounds, "threads")


def _torch_threads(out: np.ndarray, count: int, usual: int) -> list[Contestant]:
    if not find_spec("torch"):
        return []
    import torch

    def fill_constant(_: object) -> None:
        tensor(out).fill_(0.5)
        torch.set_num_threads(usual)

    prepare = partial(torch.set_num_threads, count)
    who = f"torch, threads {count}"
    return [Contestant(who, "constant", fill_constant, out.size, out.nbytes, prepare)]


def isas_section(nbytes: int, rounds: int, threads: int) -> list[Timing]:
    """Time the same works by each instruction set, on one thread."""
    out = resident(min(nbytes, 256 * MIB)).view(np.float32)
    usual = _core.active_isa()
    contestants = []
    for isa in _core.isas():
        for work in WORKS:
            filling = partial(_fill_by_isa, isa=isa, work=work)
            part = _share(filling, out)
            run = partial(filling, part)
            contestants.append(Contestant(f"netinit, {isa}", work, run, part.size, part.nbytes))
    try:
        return race(contestants, rounds, "instruction sets")
    finally:
        _core.use_isa(usual)


def _fill_by_isa(out: np.ndarray, isa: str, work: str) -> None:
    _core.use_isa(isa)
    fill_netinit(out, work, threads=1)


def slices_section(nbytes: int, rounds: int, threads: int) -> list[Timing]:
    """Time a column shard of a matrix (short runs) beside as many elements in one run."""
    size = min(nbytes, 64 * MIB) // 4
    contestants = []
    for run_length in (4, 16, 64, 1024):
        out = np.ones((size // run_length, run_length), np.float32)
        whole = (out.shape[0], 8 * run_length)
        for who, place in (("slice", {"shape": whole, "start": (0, run_length)}), ("whole", {})):
            run = partial(netinit.fill, out, 1.0, threads=threads, **place)
            work = f"normal, runs of {run_length}"
            contestants.append(Contestant(who, work, run, out.size, out.nbytes))
    return race(contestants, rounds, "slices")


def calls_section(nbytes: int, rounds: int, threads: int) -> list[Timing]:
    """Time small arrays, where the call itself is what costs."""
    contestants = []
    for size in (16, 1_000, 100_000):
        out = np.ones(size, np.float32)
        repeat = max(20, 1_000_000 // max(size, 500))
        one, rng = netinit.Normal(0.0, 1.0), np.random.default_rng(1234)
        runs: list[tuple[str, Callable[[], object]]] = [
            ("netinit", partial(netinit.fill, out, one)),
            ("numpy PCG64", partial(rng.standard_normal, dtype=np.float32, out=out)),
        ]
        if find_spec("torch"):
            runs.append(("torch", tensor(out).normal_))
        contestants += [
            Contestant(who, f"normal, {size:,} elements", run, size, 4 * size, repeat=repeat)
            for who, run in runs
        ]
    return race(contestants, rounds, "calls")


SECTIONS: dict[str, Callable[[int, int, int], list[Timing]]] = {
    "resident": resident_section,
    "fresh": fresh_section,
    "threads": threads_section,
    "isas": isas_section,
    "slices": slices_section,
    "calls": calls_section,
    "orthogonal": orthogonal_section,
    "drop-ins": drop_ins_section,
}
