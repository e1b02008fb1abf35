"""Watching a net of netinit's own at work."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

import numpy as np

from netinit.base.frameworks import probe_for
from netinit.base.traced import Traced, Watch
from netinit.nets.array_layer import ArrayLayer
from netinit.nets.convert import to_torch
from netinit.nets.evaluation import apply, named_inputs
from netinit.nets.graph import NetGraph
from netinit.nets.layer import Layer

__all__ = ["NetProbe"]


class NetProbe:
    """Watches a layer, chain or graph; gradients are torch's, where it is installed.

    Parameters
    ----------
    net : Layer
    """

    def __init__(self, net: Layer) -> None:
        self._net = net

    def arrays(self) -> Iterator[tuple[str, np.ndarray]]:
        """Yield every array's name and values."""
        for parameter in self._net.parameters():
            if parameter.initialized and parameter.kind == "parameter":
                yield parameter.name, self._net[parameter.name]

    @contextmanager
    def reinitialized(self, fill: Callable[[Any], Any]) -> Iterator[NetProbe]:
        """Give a probe of a copy of the net that `fill` has initialized."""
        yield NetProbe(fill(self._net.copy()))

    def trace(self, inputs: Any, watch: Watch) -> list[Traced]:
        """Return what is seen of each watched layer, in the order of its computation."""
        if isinstance(inputs, Mapping) and isinstance(self._net, NetGraph):
            inputs = tuple(named_inputs(inputs, list(self._net.ports)))
        given = inputs if isinstance(inputs, tuple) else (inputs,)
        seen: list[Traced] = []

        def see(path: str, layer: Any, output: np.ndarray) -> None:
            path = path or "net"
            if not watch.chosen(path, True):
                return
            matrices = isinstance(layer, ArrayLayer) and any(
                len(info.shape) > 1 and info.role == "weight" for info in layer.infos.values()
            )
            first = output.ndim > 3 and not getattr(layer, "interleaving", False)
            axis = 1 if first else output.ndim - 1
            part = "weights" if matrices else ""
            seen.append(Traced(path, type(layer).__name__, part, axis, output.copy(), None))

        apply(self._net, given, see)
        if not watch.backward or find_spec("torch") is None:
            return seen
        # The module's layers have the net's names, and are called in the net's order.
        arrays = tuple(np.asarray(x, np.float32 if np.asarray(x).dtype.kind == "f" else None)
                       for x in given)  # fmt: skip
        behind = probe_for(to_torch(self._net).eval()).trace(arrays, watch)
        gradients = {traced.name: traced.gradient for traced in behind}
        return [
            Traced(s.name, s.kind, s.part, s.axis, s.output, gradients.get(s.name)) for s in seen
        ]
