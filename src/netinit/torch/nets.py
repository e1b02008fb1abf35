"""netinit's own nets as modules: the same layers, names and arrays, computed by torch."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from netinit.nets.array_layer import ArrayLayer
from netinit.nets.chain import NetChain
from netinit.nets.container import NetMapOperator
from netinit.nets.graph import NetGraph
from netinit.nets.layer import Layer
from netinit.torch.formulas import formula_of

__all__ = ["Chained", "Graphed", "LayerModule", "module_of"]

#: The tensors made so far, by the layer that keeps an array and the array's name there.
_Made = dict[tuple[int, str], torch.Tensor]


class _Batched(nn.Module):
    """A module of which a NetMapOperator may make one that acts on the elements of sequences.

    Attributes
    ----------
    mapped : int
        How many axes after the first count elements to which the module is applied alike. The
        operator is no module of its own, so that it adds nothing to names.
    """

    def __init__(self) -> None:
        super().__init__()
        self.mapped = 0

    def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
        """Return the output for a batch of inputs."""
        if not self.mapped:
            return self.compute(*inputs)
        (x,) = inputs
        out = self.compute(x.flatten(0, self.mapped))
        return out.reshape(*x.shape[: self.mapped + 1], *out.shape[1:])

    def compute(self, *inputs: torch.Tensor) -> torch.Tensor:
        """Return the output for inputs with one axis that counts."""
        raise AssertionError


class LayerModule(_Batched):
    """One layer, its arrays as parameters and buffers."""

    def __init__(self, layer: Layer, made: _Made) -> None:
        super().__init__()
        self.layer = type(layer).__name__
        self._formula = formula_of(layer)
        self._places: dict[str, str] = {}
        if isinstance(layer, ArrayLayer):
            for name, info in layer.infos.items():
                owner, kept = layer.owner(name)
                tensor = made.get((id(owner), kept))
                if tensor is None:
                    held = owner.held[kept]
                    tensor = torch.tensor(held.read()).to(getattr(torch, held.dtype))
                    if info.kind == "parameter":
                        tensor = nn.Parameter(tensor)
                    made[id(owner), kept] = tensor
                self._keep(name, layer.given_name(name), tensor)

    def _keep(self, name: str, called: str, tensor: torch.Tensor) -> None:
        *path, last = called.split(".")
        holder: nn.Module = self
        for part in path:
            if part not in holder._modules:
                holder.add_module(part, nn.Module())
            holder = holder.get_submodule(part)
        if isinstance(tensor, nn.Parameter):
            holder.register_parameter(last, tensor)
        else:
            holder.register_buffer(last, tensor)
        self._places[name] = called

    def _value(self, called: str) -> torch.Tensor:
        value: Any = self
        for part in called.split("."):
            value = getattr(value, part)
        tensor: torch.Tensor = value
        return tensor

    def compute(self, *inputs: torch.Tensor) -> torch.Tensor:
        """Return the layer's output."""
        values = {name: self._value(called) for name, called in self._places.items()}
        return self._formula(values, inputs, self.training)

    def extra_repr(self) -> str:
        """Return the layer's type."""
        return self.layer


class Chained(_Batched):
    """A chain: modules one after another."""

    def __init__(self, net: NetChain, made: _Made) -> None:
        super().__init__()
        self._names = list(net.children())
        for name, layer in net.children().items():
            self.add_module(name, _module(layer, made))

    def compute(self, *inputs: torch.Tensor) -> torch.Tensor:
        """Return the last module's output."""
        (x,) = inputs
        for name in self._names:
            x = self._modules[name](x)  # type: ignore[misc]
        return x


class Graphed(_Batched):
    """A graph: modules joined by edges."""

    def __init__(self, net: NetGraph, made: _Made) -> None:
        super().__init__()
        self._ports = list(net.ports)
        (self._output,) = net.outputs()
        self._order = [(name, net.sources(name)) for name in net.order()]
        for name, layer in net.children().items():
            self.add_module(name, _module(layer, made))

    def compute(self, *inputs: torch.Tensor) -> torch.Tensor:
        """Return the output of the module that leads to the graph's."""
        arrays = dict(zip(self._ports, inputs, strict=True))
        batch = len(inputs[0]) if inputs else 1
        for name, sources in self._order:
            out = self._modules[name](*(arrays[source] for source in sources))  # type: ignore[misc]
            arrays[name] = out if sources else out.expand(batch, *out.shape[1:])
        return arrays[self._output]


def module_of(net: Layer) -> nn.Module:
    """Return the module that computes what a net does, with copies of its arrays."""
    return _module(net, {})


def _module(layer: Layer, made: _Made) -> _Batched:
    if isinstance(layer, NetMapOperator):
        inner = _module(layer.net, made)
        inner.mapped += 1
        return inner
    if isinstance(layer, NetChain):
        return Chained(layer, made)
    return Graphed(layer, made) if isinstance(layer, NetGraph) else LayerModule(layer, made)
