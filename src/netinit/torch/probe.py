"""Watching a module at work: the outputs of its layers and the gradients there, by hooks."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

import numpy as np
import torch
from torch import nn

from netinit.base.traced import Traced, Watch

__all__ = ["TorchProbe"]


class TorchProbe:
    """Watches a torch.nn.Module, which is left as it was: hooks, gradients, buffers, generators.

    Parameters
    ----------
    net : torch.nn.Module
    """

    def __init__(self, net: nn.Module) -> None:
        self._net = net

    def arrays(self) -> Iterator[tuple[str, np.ndarray]]:
        """Yield every parameter's name and values."""
        for name, parameter in self._net.named_parameters():
            yield name, as_numpy(parameter)

    @contextmanager
    def reinitialized(self, fill: Callable[[Any], Any]) -> Iterator[TorchProbe]:
        """Give a probe of a copy of the module that `fill` has initialized."""
        yield TorchProbe(fill(copy.deepcopy(self._net)))

    def trace(self, inputs: Any, watch: Watch) -> list[Traced]:
        """Return what is seen of each watched layer, in the order of its call."""
        seen: list[_Seen] = []
        buffers = {name: b.detach().clone() for name, b in self._net.named_buffers()}
        with ExitStack() as stack:
            stack.enter_context(_generators_kept())
            stack.enter_context(torch.enable_grad())
            for name, module in self._net.named_modules():
                shown = _shown(name, module)
                if (name or shown) and watch.chosen(name or "net", shown):
                    hook = _hook(name or "net", seen, watch.backward)
                    handle = module.register_forward_hook(hook)
                    stack.callback(handle.remove)
            args, kwargs = _arguments(inputs, next(self._net.parameters(), None))
            output = torch.func.functional_call(self._net, buffers, args, kwargs)
            gradients = _gradients(output, seen, watch) if watch.backward else {}
        return [
            Traced(
                *(s.name, s.kind, s.part, s.axis, as_numpy(s.output)),
                as_numpy(gradients[i]) if gradients.get(i) is not None else None,
            )
            for i, s in enumerate(seen)
        ]


class _Seen:
    """One call of a watched module."""

    def __init__(self, name: str, module: nn.Module, output: torch.Tensor) -> None:
        self.name = name
        self.kind = type(module).__name__
        own = [p for p in module.parameters(recurse=False) if p.ndim > 1]
        block = any(True for _ in module.children())
        self.part = "block" if block else "weights" if own else ""
        spatial = 3 <= output.ndim <= 5 and _channels_first(module, output)
        self.axis = 1 if spatial else output.ndim - 1
        self.output = output
        self.probe: torch.Tensor | None = None


def _channels_first(module: nn.Module, output: torch.Tensor) -> bool:
    """Return whether axis 1 counts channels: in images, and where a convolution says so."""
    return output.ndim > 3 or isinstance(
        module, nn.modules.conv._ConvNd | nn.modules.batchnorm._BatchNorm | nn.GroupNorm
    )


def _shown(name: str, module: nn.Module) -> bool:
    """Return whether a module is watched where nothing is chosen: leaves, numbered blocks."""
    leaf = next(module.children(), None) is None
    return leaf or (name.rpartition(".")[2].isdigit() and not isinstance(module, nn.Sequential))


def _hook(name: str, seen: list[_Seen], backward: bool) -> Any:
    def hook(module: nn.Module, inputs: Any, output: Any) -> Any:
        tensor = _first(output)
        if tensor is None:
            return None
        record = _Seen(name, module, tensor.detach().clone())
        seen.append(record)
        if not backward:
            return None
        # What is added is zero: the gradient there is the gradient of the output, whatever is
        # done to the output later, and whether or not the parameters require grad.
        record.probe = torch.zeros_like(tensor, requires_grad=True)
        moved = tensor + record.probe
        if output is tensor:
            return moved
        if isinstance(output, tuple | list):
            items = [moved if item is tensor else item for item in output]
            return output._make(items) if hasattr(output, "_make") else type(output)(items)
        for key, item in output.items():
            if item is tensor:
                output[key] = moved
        return output

    return hook


def _first(output: Any) -> torch.Tensor | None:
    """Return the first floating-point tensor of an output; None where there is none."""
    if isinstance(output, torch.Tensor):
        return output if output.is_floating_point() else None
    items = output.values() if isinstance(output, Mapping) else output
    if isinstance(output, Mapping | tuple | list):
        return next((t for t in map(_first, items) if t is not None), None)
    return None


def _arguments(inputs: Any, like: torch.Tensor | None) -> tuple[tuple[Any, ...], dict[str, Any]]:
    device = None if like is None else like.device

    def tensor(value: Any) -> Any:
        value = torch.from_numpy(value) if isinstance(value, np.ndarray) else value
        return value.to(device) if isinstance(value, torch.Tensor) else value

    if isinstance(inputs, Mapping):
        return (), {name: tensor(value) for name, value in inputs.items()}
    given = inputs if isinstance(inputs, tuple) else (inputs,)
    return tuple(map(tensor, given)), {}


def _gradients(output: Any, seen: list[_Seen], watch: Watch) -> dict[int, torch.Tensor]:
    if watch.loss is not None:
        loss = watch.loss(output)
    else:
        tensor = _first(output)
        if tensor is None:
            return {}
        direction = torch.from_numpy(watch.direction(tuple(tensor.shape))).to(tensor)
        loss = (tensor * direction).sum()
    probes = {i: s.probe for i, s in enumerate(seen) if s.probe is not None}
    if not probes or not loss.requires_grad:
        return {}
    found = torch.autograd.grad(loss, list(probes.values()), allow_unused=True)
    return {i: gradient for i, gradient in zip(probes, found, strict=True) if gradient is not None}


def as_numpy(tensor: torch.Tensor) -> np.ndarray:
    """Return a tensor's values: as they are, or in float32 what numpy has no type for."""
    values = tensor.detach().cpu()
    narrow = values.dtype not in (torch.float64, torch.float32)
    array: np.ndarray = (values.float() if narrow else values).numpy()
    return array


@contextmanager
def _generators_kept() -> Iterator[None]:
    """Put every global generator back to where it was."""
    python, numpy = random.getstate(), np.random.get_state()
    with torch.random.fork_rng():
        try:
            yield
        finally:
            random.setstate(python)
            np.random.set_state(numpy)
