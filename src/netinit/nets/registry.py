"""The table of layer types: the names that a net in JSON may use."""

from __future__ import annotations

from netinit.nets.chain import NetChain
from netinit.nets.container import NetMapOperator
from netinit.nets.graph import NetGraph
from netinit.nets.layer import Layer
from netinit.nets.layers import (
    combining,
    constants,
    convolution,
    linear,
    normalization,
    recurrent,
    stateless,
)

__all__ = ["LAYERS"]

_FAMILIES = (linear, convolution, recurrent, normalization, constants, stateless, combining)

#: Every layer type by its name: what the families of layers offer, and the nets.
LAYERS: dict[str, type[Layer]] = {
    **{name: getattr(family, name) for family in _FAMILIES for name in family.__all__},
    "NetChain": NetChain,
    "NetGraph": NetGraph,
    "NetMapOperator": NetMapOperator,
}
