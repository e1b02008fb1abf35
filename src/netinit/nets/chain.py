"""NetChain: layers one after another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from netinit.nets.container import Layers, Net
from netinit.nets.evaluation import Flow
from netinit.nets.layer import Found, Layer, Unary
from netinit.nets.shapes import Shape

__all__ = ["NetChain"]


@dataclass(frozen=True, eq=False, repr=False)
class NetChain(Unary, Net):
    """Layers one after another, each taking the output of the one before.

    The chain holds copies of its layers: ``NetChain([block] * 12)`` has twelve blocks.

    Parameters
    ----------
    layers : sequence or mapping
        The layers, by position or by name. An integer stands for a LinearLayer of that
        output, a function's name for an ElementwiseLayer.
    input : int or tuple, optional
        The shape of the input, from which all others are inferred.

    Raises
    ------
    ValueError
        If a layer does not fit the shape that reaches it; the message names the layer.

    Examples
    --------
    >>> from netinit.nets import NetChain
    >>> NetChain([200, "ramp", 2], input=50)
    NetChain: 50 -> 2
      0: LinearLayer(200): 50 -> 200; uninitialized: Weights 200 x 50, Biases 200
      1: ElementwiseLayer('ramp'): 200 -> 200
      2: LinearLayer(2): 200 -> 2; uninitialized: Weights 2 x 200, Biases 2
    """

    layers: Layers

    def children(self) -> Mapping[str, Layer]:
        """Return the layers by name, in order."""
        return self.layers

    def _replace_children(self, children: Mapping[str, Layer]) -> None:
        object.__setattr__(self, "layers", children)

    def flow(
        self, inputs: tuple[Shape | None, ...], found: Found, path: str
    ) -> tuple[tuple[Shape | None, ...], Shape | None]:
        """Return the first layer's input and the last one's output."""
        shape = inputs[0]
        for position, (name, layer) in enumerate(self.layers.items()):
            shape = layer.infer((shape,), found, f"{path}.{name}" if path else name)
            if position == 0:
                inputs = found[id(layer)][1]
        return inputs, shape

    def run(self, inputs: tuple[np.ndarray, ...], flow: Flow, path: str) -> np.ndarray:
        """Return the last layer's output."""
        (array,) = inputs
        for name, layer in self.layers.items():
            array = layer.run((array,), flow, f"{path}.{name}" if path else name)
        return array
