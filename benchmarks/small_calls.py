"""Python's share: small fills beside numpy's generator, and torch modules of many parameters.

`python -m benchmarks.small_calls` prints both, in microseconds of processor time.
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

__all__ = ["module_figures", "small_figures"]

#: Calls in one measurement of a small call.
_CALLS = 2000


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


def module_figures(parameters: int, rounds: int = 5) -> dict[str, float]:
    """Time what gives memory to a torch module of the meta device, a parameter.

    Each is of 1 KiB. `swap` is what torch itself takes at least to give each its memory while it
    stays the object that it is: `torch.empty`, a Parameter, `torch.utils.swap_tensors`.
    """
    import torch

    def module() -> Any:
        with torch.device("meta"):
            return torch.nn.Sequential(
                *(torch.nn.Linear(16, 16, bias=False) for _ in range(parameters))
            )

    def swapped(net: Any) -> None:
        for layer in net:
            new = torch.nn.Parameter(torch.empty(layer.weight.shape))
            torch.utils.swap_tensors(layer.weight, new)  # type: ignore[no-untyped-call]

    works: dict[str, Callable[[Any], object]] = {
        "torch: swap": swapped,
        "torch: to_empty": lambda net: net.to_empty(device="cpu"),
        "netinit.plan": netinit.plan,
        "netinit.initialize": lambda net: netinit.initialize(net, threads=1),
    }
    taken: dict[str, list[float]] = {name: [] for name in works}
    for turn in range(rounds + 1):
        for name, work in works.items():
            net = module()
            begin = time.process_time()
            work(net)
            if turn:
                taken[name].append((time.process_time() - begin) / parameters * 1e6)
    return {name: statistics.median(times) for name, times in taken.items()}


def _print(title: str, figures: dict[str, float], own: str) -> None:
    print(f"\n| {title} | microseconds | of {own!r} |\n|---|--:|--:|")
    for name, value in figures.items():
        print(f"| {name} | {value:.2f} | {value / figures[own]:.2f} |")


if __name__ == "__main__":
    for count in (16, 1000):
        _print(f"{count} elements", small_figures(count), "numpy: standard_normal(out=)")
    for count in (1000, 10000) if find_spec("torch") else ():
        _print(f"{count} parameters", module_figures(count), "torch: swap")
