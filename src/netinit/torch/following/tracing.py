"""The graph of a module by symbolic tracing: nothing is computed, and the module stays as it is."""

from __future__ import annotations

import copy
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import fx, nn

from netinit.torch.following.activations import activation_of
from netinit.torch.following.transparent import is_transparent
from netinit.torch.walk import class_of

__all__ = ["Traced", "private_copy", "trace"]


@dataclass(frozen=True, eq=False)
class Traced:
    """A module's graph.

    Attributes
    ----------
    graph : torch.fx.Graph
    modules : dict of str to torch.nn.Module
        All modules by the names that the graph's calls have for them.
    opaque : tuple of str
        The modules that could not be traced to their end: "" is the whole, others are single
        calls. Of each the graph has what came before, which leads nowhere.
    """

    graph: fx.Graph
    modules: dict[str, nn.Module]
    opaque: tuple[str, ...]


def private_copy(net: nn.Module) -> nn.Module | None:
    """Return a copy that shares the tensors alone, without hooks; None where none can be made.

    Its code may keep what it likes in the copy: parameters and buffers are not read or written
    by tracing.
    """
    shared: dict[int, Any] = {}
    # The classes that torch.distributed gives to modules refuse to be copied: those have their own.
    plain: dict[nn.Module, nn.Module] = {}
    for module in net.modules():
        kept = (*module._parameters.values(), *module._buffers.values(), *vars(module).values())
        shared |= {id(value): value for value in kept if isinstance(value, torch.Tensor)}
        emptied = (value for name, value in vars(module).items() if _is_left_out(name))
        shared |= {id(value): OrderedDict() for value in emptied if isinstance(value, dict)}
        kind = class_of(module)
        if kind is not type(module):
            shared[id(module)] = plain[module] = kind.__new__(kind)
    try:
        for module, made in plain.items():
            made.__dict__.update(copy.deepcopy(vars(module), shared))
        return copy.deepcopy(net, shared)
    except Exception:  # whatever an attribute of any library holds
        return None


def _is_left_out(name: str) -> bool:
    """Return whether an attribute holds hooks, or what torch.distributed knows of the module."""
    return name.endswith("_hooks") or name.startswith("__composable_api_state_key")


def trace(module: nn.Module) -> Traced | None:
    """Return a module's graph, as far as its code can be traced; None where there is none.

    Code that asks for values cannot be traced further. The random generator's state is that
    before.
    """
    tracer = _Tracer()
    try:
        with torch.random.fork_rng(devices=[]), torch.no_grad():
            tracer.trace(module)
    except Exception:  # whatever the code of any library does when it meets no tensor
        tracer.opaque[""] = None
    graph = getattr(tracer, "graph", None)
    if graph is None:
        return None
    return Traced(graph, dict(module.named_modules()), tuple(tracer.opaque))


class _Tracer(fx.Tracer):
    """Goes into every module but torch's own, activations and what passes values on."""

    proxy_buffer_attributes = True  # so that buffers are neither read nor written

    def __init__(self) -> None:
        super().__init__()
        self.opaque: dict[str, None] = {}

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        known = activation_of(m) is not None or is_transparent(m)
        return known or super().is_leaf_module(m, module_qualified_name)

    def call_module(
        self,
        m: nn.Module,
        forward: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> Any:
        depth, path = len(self.module_stack), self.path_of_module(m)
        try:
            return super().call_module(m, forward, args, kwargs)
        except Exception:  # as in `trace`
            while len(self.module_stack) > depth:
                self.module_stack.popitem(last=True)
            self.opaque[path] = None
            return self.create_proxy("call_module", path, args, kwargs)
