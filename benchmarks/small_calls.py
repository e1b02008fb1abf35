"""Small fills beside numpy's generator, slices in short runs, torch modules of many parameters.

`python -m benchmarks.small_calls` prints all three; times are of the processor.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np

import netinit
from netinit import _core

__all__ = ["module_figures", "slice_figures", "small_figures"]

#: Calls in one measurement of a small call.
_CALLS = 2000
#: What fills a net that has values.
_OVERWRITING = "netinit.initialize: All, on the CPU"
#: Elements of a slice.
_ELEMENTS = 1 << 16


def _in_turn(works: dict[str, Callable[[], object]], rounds: int, calls: int) -> dict[str, float]:
    """Return the medians of each work's microseconds of processor time a call."""
    taken: dict[str, list[float]] = {name: [] for name in works}
    for turn in range(rounds + 1):
        for name, work in works.items():
            begin = time.process_time()
            for _ in range(calls):
                work()
            if turn:
                taken[name].append((time.process_time() - begin) / calls * 1e6)
    return {name: statistics.median(times) for name, times in taken.items()}


def small_figures(size: int, rounds: int = 25) -> dict[str, float]:
    """Time calls that fill an array of float32, and such that make one."""
    out, generator = np.empty(size, np.float32), np.random.default_rng(1)
    normal, stream = netinit.Normal(0, 1), netinit.Stream(7, "w")
    key, offset, core = stream.key, stream.offset, normal.core
    works: dict[str, Callable[[], object]] = {
        "numpy: standard_normal(out=)": lambda: generator.standard_normal(
            out=out, dtype=np.float32
        ),
        "the core's call": lambda: _core.fill(out, "float32", key, offset, 0, core),
        "fill(Normal)": lambda: netinit.fill(out, normal, seed=7, name="w"),
        "fill(0.02)": lambda: netinit.fill(out, 0.02, seed=7, name="w"),
        "fill('normal')": lambda: netinit.fill(out, "normal", seed=7, name="w"),
        "fill('he_normal')": lambda: netinit.fill(out, "he_normal", seed=7, name="w"),
        "fill, the long way": lambda: netinit.fill(out, normal, seed=7, name="w", threads=1),
        "create(Normal)": lambda: netinit.create(size, normal, seed=7, name="w"),
        "create(0.02)": lambda: netinit.create(size, 0.02, seed=7, name="w"),
        "numpy: standard_normal(size)": lambda: generator.standard_normal(size, dtype=np.float32),
    }
    return _in_turn(works, rounds, _CALLS)


def slice_figures(what: Any, dtype: str, rounds: int = 25) -> dict[str, float]:
    """Time slices in runs, an element, beside a whole array of as many elements.

    Each run is an eighth of a row; "gaps" are as long as the runs, in the memory filled.
    """

    def filled(out: np.ndarray, **place: Any) -> Callable[[], object]:
        return lambda: netinit.fill(out, what, seed=7, name="w", threads=1, **place)

    works = {"whole": filled(np.empty(_ELEMENTS, dtype))}
    for run in (4, 16, 64):
        rows = _ELEMENTS // run
        place = {"shape": (rows, 8 * run), "start": (0, run)}
        works[f"runs of {run}"] = filled(np.empty((rows, run), dtype), **place)
        works[f"runs of {run}, gaps"] = filled(np.empty((rows, 2 * run), dtype)[:, :run], **place)
    figures = _in_turn(works, rounds, 4)
    return {name: value / _ELEMENTS * 1e3 for name, value in figures.items()}


def module_figures(parameters: int, rounds: int = 5) -> dict[str, float]:
    """Time what gives values to a torch module of layers of 8 x 8 with biases, a parameter.

    It is of the meta device where nothing else is said. `swap` is what torch itself takes at least
    to give each its memory while it stays the object that it is: `torch.empty`, a Parameter,
    `torch.utils.swap_tensors`.
    """
    import torch

    def module(device: str) -> Any:
        with torch.device(device):
            return torch.nn.Sequential(*(torch.nn.Linear(8, 8) for _ in range(parameters // 2)))

    def swapped(net: Any) -> None:
        for layer in net:
            for parameter in layer._parameters.values():
                new = torch.nn.Parameter(torch.empty(parameter.shape))
                torch.utils.swap_tensors(parameter, new)  # type: ignore[no-untyped-call]

    works: dict[str, Callable[[Any], object]] = {
        "torch: swap": swapped,
        "torch: to_empty": lambda net: net.to_empty(device="cpu"),
        "netinit.plan": netinit.plan,
        "netinit.initialize": lambda net: netinit.initialize(net, threads=1),
        _OVERWRITING: lambda net: netinit.initialize(net, netinit.All, threads=1),
    }
    taken: dict[str, list[float]] = {name: [] for name in works}
    for turn in range(rounds + 1):
        for name, work in works.items():
            net = module("cpu" if name == _OVERWRITING else "meta")
            begin = time.process_time()
            work(net)
            if turn:
                taken[name].append((time.process_time() - begin) / parameters * 1e6)
    return {name: statistics.median(times) for name, times in taken.items()}


def _print(title: str, figures: dict[str, float], own: str, unit: str = "microseconds") -> None:
    print(f"\n| {title} | {unit} | of {own!r} |\n|---|--:|--:|")
    for name, value in figures.items():
        print(f"| {name} | {value:.2f} | {value / figures[own]:.2f} |")


if __name__ == "__main__":
    for count in (16, 1000):
        _print(f"{count} elements", small_figures(count), "numpy: standard_normal(out=)")
    for kind in (netinit.Normal(0, 1), netinit.Uniform(0, 1)):
        for stored in ("float32", "float64"):
            _print(f"{kind}, {stored}", slice_figures(kind, stored), "whole", "ns an element")
    for count in (1000, 10000) if find_spec("torch") else ():
        _print(f"{count} parameters", module_figures(count), "torch: swap")
