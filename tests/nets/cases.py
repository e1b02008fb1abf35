"""One net or more of every layer type, with the shapes of its inputs."""

from __future__ import annotations

from netinit.nets import (
    AggregationLayer,
    AttentionLayer,
    BasicRecurrentLayer,
    BatchNormalizationLayer,
    CatenateLayer,
    ConstantArrayLayer,
    ConstantPlusLayer,
    ConstantTimesLayer,
    ConvolutionLayer,
    DeconvolutionLayer,
    DotLayer,
    DropoutLayer,
    ElementwiseLayer,
    EmbeddingLayer,
    FlattenLayer,
    GatedRecurrentLayer,
    LinearLayer,
    LongShortTermMemoryLayer,
    NetArrayLayer,
    NetChain,
    NetGraph,
    NetMapOperator,
    NormalizationLayer,
    ParametricRampLayer,
    PoolingLayer,
    ReplicateLayer,
    ReshapeLayer,
    SequenceIndicesLayer,
    SequenceLastLayer,
    SequenceReverseLayer,
    SoftmaxLayer,
    SummationLayer,
    ThreadingLayer,
    TotalLayer,
    TransposeLayer,
)
from netinit.nets.layers.elementwise import FUNCTIONS

IMAGE = (4, 9, 11)
LINE = (5, 6)

#: Layers and the shape of one example of each of their inputs.
CASES = [
    (LinearLayer(3, input=5), [(5,)]),
    (LinearLayer((2, 3), input=(4, 5)), [(4, 5)]),
    (LinearLayer((), input=()), [()]),
    (LinearLayer(4, input=5, biases=False, layout="input_output"), [(5,)]),
    (EmbeddingLayer(3, 7, input=(5,)), [(5,)]),
    (ConvolutionLayer(6, 3, input=(4, 9)), [(4, 9)]),
    (ConvolutionLayer(6, (3, 2), input=IMAGE, stride=2, padding_size=1), [IMAGE]),
    (ConvolutionLayer(6, 3, input=IMAGE, channel_groups=2, dilation=2), [IMAGE]),
    (ConvolutionLayer(6, 4, input=IMAGE, stride=3, padding_size="same"), [IMAGE]),
    (ConvolutionLayer(6, 3, input=IMAGE, padding_size=((0, 2), (1, 0))), [IMAGE]),
    (
        ConvolutionLayer(
            6, 3, input=(9, 11, 4), interleaving=True, layout="kernel_input_output", biases=False
        ),
        [(9, 11, 4)],
    ),
    (ConvolutionLayer(2, 2, input=(3, 4, 5, 6)), [(3, 4, 5, 6)]),
    (DeconvolutionLayer(6, 3, input=(4, 9)), [(4, 9)]),
    (DeconvolutionLayer(6, (3, 2), input=IMAGE, stride=2, padding_size=1), [IMAGE]),
    (DeconvolutionLayer(6, 3, input=IMAGE, channel_groups=2, dilation=2), [IMAGE]),
    (DeconvolutionLayer(6, 4, input=IMAGE, stride=3, padding_size="same"), [IMAGE]),
    (DeconvolutionLayer(6, 2, input=IMAGE, stride=3, padding_size="same"), [IMAGE]),
    (
        DeconvolutionLayer(6, 3, input=(9, 11, 4), interleaving=True, layout="output_kernel_input"),
        [(9, 11, 4)],
    ),
    (PoolingLayer(3, input=IMAGE), [IMAGE]),
    (PoolingLayer(2, 2, input=IMAGE, padding_size=1), [IMAGE]),
    (PoolingLayer((3, 2), (2, 1), input=IMAGE, function="mean", padding_size=1), [IMAGE]),
    (PoolingLayer(3, 2, input=(9, 4), function="total", interleaving=True), [(9, 4)]),
    (PoolingLayer(3, 2, input=IMAGE, padding_size="same"), [IMAGE]),
    *(
        (kind(3, input=(None, 6), **options), [LINE])
        for kind in (BasicRecurrentLayer, GatedRecurrentLayer, LongShortTermMemoryLayer)
        for options in ({}, {"biases": False, "layout": "input_output"})
    ),
    (BatchNormalizationLayer(input=IMAGE), [IMAGE]),
    (BatchNormalizationLayer(input=LINE, interleaving=True, scaling=False), [LINE]),
    (NormalizationLayer(input=IMAGE), [IMAGE]),
    (NormalizationLayer(-1, "same", input=LINE), [LINE]),
    (NormalizationLayer(-1, "same", method="rms", biases=False, input=LINE), [LINE]),
    (NormalizationLayer((0, 1, 2), 0, groups=2, input=IMAGE), [IMAGE]),
    (NormalizationLayer((0, 2), (0, 1), biases=False, input=IMAGE), [IMAGE]),
    (ParametricRampLayer(input=IMAGE), [IMAGE]),
    (ParametricRampLayer((), input=LINE), [LINE]),
    (ParametricRampLayer((0, 2), input=IMAGE), [IMAGE]),
    (ConstantPlusLayer(input=LINE), [LINE]),
    (ConstantTimesLayer(input=LINE), [LINE]),
    (ConstantArrayLayer((2, 3)), []),
    (NetArrayLayer(3), []),
    *((ElementwiseLayer(name, input=LINE), [LINE]) for name in FUNCTIONS),
    (SoftmaxLayer(input=LINE), [LINE]),
    (SoftmaxLayer(input=()), [()]),
    (DropoutLayer(input=LINE), [LINE]),
    (FlattenLayer(input=IMAGE), [IMAGE]),
    (ReshapeLayer((3, 10), input=LINE), [LINE]),
    (ReshapeLayer((None, 10), input=LINE), [LINE]),
    (TransposeLayer(input=LINE), [LINE]),
    (TransposeLayer((2, 0, -2), input=IMAGE), [IMAGE]),
    *((AggregationLayer(name, input=IMAGE), [IMAGE]) for name in ("max", "min", "mean", "total")),
    (AggregationLayer("mean", (0, -1), input=IMAGE), [IMAGE]),
    (SummationLayer(input=IMAGE), [IMAGE]),
    (ReplicateLayer(3, input=LINE), [LINE]),
    (SequenceLastLayer(input=LINE), [LINE]),
    (SequenceReverseLayer(input=LINE), [LINE]),
    (SequenceIndicesLayer(input=LINE), [LINE]),
    (NetMapOperator(LinearLayer(3), input=(None, 6)), [LINE]),
    (NetMapOperator(NetMapOperator(4), input=(2, 3, 5)), [(2, 3, 5)]),
    (NetMapOperator(NetChain([4, "tanh", 2]), input=(None, 6)), [LINE]),
    (NetChain({"a": 8, "b": "gelu", "c": NetChain([3, SoftmaxLayer()])}, input=6), [(6,)]),
    *(
        (NetGraph({"f": layer}, [["a", "f"], ["b", "f"]], input={"a": a, "b": b}), [a, b])
        for layer, a, b in [
            (TotalLayer(), LINE, LINE),
            *(
                (ThreadingLayer(name), LINE, LINE)
                for name in ("plus", "times", "subtract", "divide", "max", "min")
            ),
            (CatenateLayer(), (2, 6), LINE),
            (CatenateLayer(-1), LINE, (5, 2)),
            (DotLayer(), LINE, (6, 2, 3)),
        ]
    ),
    (
        NetGraph(
            {"f": NetChain({"square": "square"}), "g": "soft_plus", "p": ThreadingLayer("power")},
            [["a", "f", "p"], ["b", "g", "p", "Output"]],
            input={"a": LINE, "b": LINE},
        ),
        [LINE, LINE],
    ),
    *(
        (
            NetGraph(
                {"a": AttentionLayer(2, mask=mask)},
                [["k", "a"], ["v", "a"], ["q", "a"]],
                input={"k": (5, 6), "v": (5, 4), "q": (3, 6)},
            ),
            [(5, 6), (5, 4), (3, 6)],
        )
        for mask in ("none", "causal")
    ),
    (NetChain([AttentionLayer(3, mask="causal", packed=True)], input=(None, 18)), [(5, 18)]),
    (
        NetGraph(
            {"w": ConstantArrayLayer(6), "t": TotalLayer()},
            [["Input", "t"], ["w", "t"]],
            input=6,
        ),
        [(6,)],
    ),
]
