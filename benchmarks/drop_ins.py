"""netinit.torch.init beside torch.nn.init: each function on a large and on a small tensor."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from typing import Any

from benchmarks.measure import Contestant, Timing, race

__all__ = ["drop_ins_section"]

#: Each function and its arguments after the tensor.
_CALLS: dict[str, tuple[Any, ...]] = {
    "uniform_": (),
    "normal_": (),
    "trunc_normal_": (),
    "xavier_uniform_": (),
    "xavier_normal_": (),
    "kaiming_uniform_": (),
    "kaiming_normal_": (),
    "constant_": (0.5,),
    "ones_": (),
    "zeros_": (),
    "eye_": (),
    "dirac_": (),
    "sparse_": (0.1,),
    "orthogonal_": (),
}
_LARGE, _ORTHOGONAL, _SMALL = 8192, 4096, 64


def _side(name: str, small: bool) -> int:
    if small:
        return _SMALL
    return _ORTHOGONAL if name == "orthogonal_" else _LARGE


def _shape(name: str, side: int) -> tuple[int, ...]:
    return (side // 2, side // 2, 2, 2) if name == "dirac_" else (side, side)


def drop_ins_section(nbytes: int, rounds: int, threads: int) -> list[Timing]:
    """Time every function of torch.nn.init and netinit's of the same name, in turn."""
    if not find_spec("torch"):
        return []
    import torch

    from netinit.torch import init

    modules: dict[str, Any] = {"netinit": init, "torch": torch.nn.init}
    contestants = []
    for small in (False, True):
        for name, arguments in _CALLS.items():
            shape = _shape(name, _side(name, small))
            tensor = torch.ones(shape)
            for who, module in modules.items():
                run: Callable[[], object] = partial(getattr(module, name), tensor, *arguments)
                work = f"{name} {' x '.join(map(str, shape))}"
                size, repeat = tensor.numel(), 100 if small else 1
                contestants.append(Contestant(who, work, run, size, 4 * size, repeat=repeat))
    return race(contestants, min(rounds, 5), "drop-ins")
