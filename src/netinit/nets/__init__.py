"""netinit's own nets: layers, chains and graphs that describe and hold arrays.

The names are Wolfram's. Nets infer shapes, are initialized by `netinit.initialize` and are
read from and written to JSON and applied to numpy arrays; training belongs to the frameworks.
"""

from __future__ import annotations

from netinit.nets.chain import NetChain
from netinit.nets.container import Net, NetMapOperator
from netinit.nets.convert import to_torch
from netinit.nets.graph import NetGraph
from netinit.nets.layer import Layer
from netinit.nets.layers.combining import (
    AttentionLayer,
    CatenateLayer,
    DotLayer,
    ThreadingLayer,
    TotalLayer,
)
from netinit.nets.layers.constants import (
    ConstantArrayLayer,
    ConstantPlusLayer,
    ConstantTimesLayer,
    NetArrayLayer,
    ParametricRampLayer,
)
from netinit.nets.layers.convolution import ConvolutionLayer, DeconvolutionLayer, PoolingLayer
from netinit.nets.layers.linear import EmbeddingLayer, LinearLayer
from netinit.nets.layers.normalization import BatchNormalizationLayer, NormalizationLayer
from netinit.nets.layers.recurrent import (
    BasicRecurrentLayer,
    GatedRecurrentLayer,
    LongShortTermMemoryLayer,
)
from netinit.nets.layers.stateless import (
    AggregationLayer,
    DropoutLayer,
    ElementwiseLayer,
    FlattenLayer,
    ReplicateLayer,
    ReshapeLayer,
    SequenceIndicesLayer,
    SequenceLastLayer,
    SequenceReverseLayer,
    SoftmaxLayer,
    SummationLayer,
    TransposeLayer,
)
from netinit.nets.reader import from_json, load
from netinit.nets.writer import to_json

__all__ = [
    "AggregationLayer",
    "AttentionLayer",
    "BasicRecurrentLayer",
    "BatchNormalizationLayer",
    "CatenateLayer",
    "ConstantArrayLayer",
    "ConstantPlusLayer",
    "ConstantTimesLayer",
    "ConvolutionLayer",
    "DeconvolutionLayer",
    "DotLayer",
    "DropoutLayer",
    "ElementwiseLayer",
    "EmbeddingLayer",
    "FlattenLayer",
    "GatedRecurrentLayer",
    "Layer",
    "LinearLayer",
    "LongShortTermMemoryLayer",
    "Net",
    "NetArrayLayer",
    "NetChain",
    "NetGraph",
    "NetMapOperator",
    "NormalizationLayer",
    "ParametricRampLayer",
    "PoolingLayer",
    "ReplicateLayer",
    "ReshapeLayer",
    "SequenceIndicesLayer",
    "SequenceLastLayer",
    "SequenceReverseLayer",
    "SoftmaxLayer",
    "SummationLayer",
    "ThreadingLayer",
    "TotalLayer",
    "TransposeLayer",
    "from_json",
    "load",
    "to_json",
    "to_torch",
]
