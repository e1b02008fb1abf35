"""What follows each layer of a net: read off its chains and graphs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from netinit.nets.chain import NetChain
from netinit.nets.container import Net, NetMapOperator
from netinit.nets.graph import NetGraph
from netinit.nets.layer import Layer
from netinit.nets.layers.combining import CatenateLayer, ThreadingLayer
from netinit.nets.layers.constants import (
    ConstantPlusLayer,
    ConstantTimesLayer,
    ParametricRampLayer,
)
from netinit.nets.layers.convolution import PoolingLayer
from netinit.nets.layers.normalization import BatchNormalizationLayer, NormalizationLayer
from netinit.nets.layers.recurrent import BasicRecurrentLayer, Recurrent
from netinit.nets.layers.stateless import (
    AggregationLayer,
    DropoutLayer,
    ElementwiseLayer,
    FlattenLayer,
    ReplicateLayer,
    ReshapeLayer,
    SequenceLastLayer,
    SequenceReverseLayer,
    TransposeLayer,
)
from netinit.nets.walk import Home
from netinit.parameters.following import Following

__all__ = ["NetSurroundings"]

#: The row of `netinit.initializers.gains` of each function of a net that has one.
_GAINS = {
    **{name: name for name in ("elu", "gelu", "mish", "selu", "sin", "swish", "tanh")},
    "ramp": "relu",
    "leaky_ramp": "leaky_relu",
    "logistic_sigmoid": "sigmoid",
    "hard_tanh": "hardtanh",
    "soft_plus": "softplus",
    "soft_sign": "softsign",
}

#: Layers that rearrange, drop, pool, normalize or shift: the search goes on behind them.
_TRANSPARENT = (
    *(AggregationLayer, BatchNormalizationLayer, CatenateLayer, ConstantPlusLayer),
    *(ConstantTimesLayer, DropoutLayer, FlattenLayer, NormalizationLayer, PoolingLayer),
    *(ReplicateLayer, ReshapeLayer, SequenceLastLayer, SequenceReverseLayer, TransposeLayer),
)

_NOTHING = Following("linear", how="graph")


class NetSurroundings:
    """What follows the layers of a net, as its parameters ask for it.

    Parameters
    ----------
    net : Layer
    """

    def __init__(self, net: Layer) -> None:
        self._net = net

    def following(self, target: Home) -> Following:
        """Return what follows the layer that keeps an array."""
        layer: Any = target.layer
        if isinstance(layer, Recurrent):  # whose own gates are what follows
            plain = isinstance(layer, BasicRecurrentLayer)
            return Following("tanh", how="graph") if plain else Following()
        found = set(self._after(layer))
        activations = found - {_NOTHING}
        if not activations:
            return _NOTHING
        if len(activations) > 1:
            return Following()
        (one,) = activations
        return Following(one.nonlinearity, one.a, one.how, self._takes_input(layer))

    # ---- forwards

    def _after(self, layer: Layer) -> Iterator[Following]:
        """Yield what the output of a layer goes through next, on every path."""
        net = layer._state.parent
        if layer is self._net or net is None:
            yield _NOTHING
        elif isinstance(net, NetChain):
            layers = list(net)
            rest = layers[_position(layer, layers) + 1 :]
            yield from self._into(rest[0]) if rest else self._after(net)
        elif isinstance(net, NetGraph):
            names, layers = list(net.children()), list(net)
            yield from self._along(net, names[_position(layer, layers)])
        elif isinstance(net, Net):
            yield from self._after(net)

    def _along(self, net: NetGraph, name: str) -> Iterator[Following]:
        """Yield what comes behind a layer or an input of a graph."""
        targets = net.targets(name)
        for target in targets:
            layer = net.layers.get(target)
            if layer is None:
                yield from self._after(net)
            elif isinstance(layer, ThreadingLayer) and layer.function == "times":
                yield from self._gates(net, target, name)
            else:
                yield from self._into(layer)
        if not targets:
            yield from self._after(net)

    def _gates(self, net: NetGraph, product: str, factor: str) -> Iterator[Following]:
        """Yield what the other factors of a product come out of: f in f(a) * b."""
        others = [net.layers.get(name) for name in net.sources(product) if name != factor]
        for other in others:
            own = _of_layer(other) if other is not None else None
            yield _NOTHING if own is None else own

    def _into(self, layer: Layer) -> Iterator[Following]:
        """Yield what values that enter a layer go through next."""
        own = _of_layer(layer)
        if own is not None:
            yield own
        elif isinstance(layer, _TRANSPARENT):
            yield from self._after(layer)
        elif isinstance(layer, NetChain):
            yield from self._into(next(iter(layer))) if len(layer) else self._after(layer)
        elif isinstance(layer, NetMapOperator):
            yield from self._into(layer.net)
        elif isinstance(layer, NetGraph):
            for port in layer.ports:
                yield from self._along(layer, port)
        else:
            yield _NOTHING

    # ---- backwards

    def _takes_input(self, layer: Layer) -> bool:
        """Return whether a layer's input is the net's own, with no layer of weights between."""
        net = layer._state.parent
        if layer is self._net or net is None:
            return True
        if isinstance(net, NetChain):
            layers = list(net)
            before = layers[: _position(layer, layers)]
            return self._hands_input_on(before[-1]) if before else self._takes_input(net)
        if isinstance(net, NetGraph):
            names, layers = list(net.children()), list(net)
            sources = net.sources(names[_position(layer, layers)])
            inner = [net.layers[name] for name in sources if name in net.layers]
            if not all(map(self._hands_input_on, inner)):
                return False
            return len(inner) == len(sources) > 0 or (bool(sources) and self._takes_input(net))
        return isinstance(net, Net) and self._takes_input(net)

    def _hands_input_on(self, layer: Layer) -> bool:
        return isinstance(layer, _TRANSPARENT) and self._takes_input(layer)


def _position(layer: Layer, layers: list[Layer]) -> int:
    return next(i for i, other in enumerate(layers) if other is layer)


def _of_layer(layer: Layer) -> Following | None:
    """Return the activation that a layer is; None where it is none."""
    if isinstance(layer, ElementwiseLayer):
        return Following(_GAINS.get(layer.function), how="graph")
    if isinstance(layer, ParametricRampLayer):
        return Following("prelu", 0.1, "graph")
    return None
