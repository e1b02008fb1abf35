"""What each of netinit's layers computes, in torch."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 (its usual name)

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
from netinit.nets.shapes import axes_of

__all__ = ["Formula", "formula_of"]

Values = Mapping[str, torch.Tensor]
Inputs = Sequence[torch.Tensor]
#: From a layer's arrays by Wolfram's names, its inputs and whether it is trained: the output.
Formula = Callable[[Values, Inputs, bool], torch.Tensor]

_FUNCTIONS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    **{name: getattr(torch, name) for name in ("abs", "cos", "exp", "log", "sin", "sqrt")},
    **{name: getattr(F, name) for name in ("elu", "gelu", "mish", "selu")},
    "hard_sigmoid": F.hardsigmoid,
    "hard_tanh": F.hardtanh,
    "leaky_ramp": F.leaky_relu,
    "logistic_sigmoid": torch.sigmoid,
    "ramp": F.relu,
    "soft_plus": F.softplus,
    "soft_sign": F.softsign,
    "square": torch.square,
    "swish": F.silu,
    "tanh": torch.tanh,
}
_THREADED = {
    **{"plus": torch.add, "times": torch.mul, "subtract": torch.sub, "divide": torch.div},
    **{"power": torch.pow, "max": torch.maximum, "min": torch.minimum},
}


def formula_of(layer: Layer) -> Formula:
    """Return what a layer computes, by the table of its kind."""
    make = next(_FORMULAS[kind] for kind in type(layer).__mro__ if kind in _FORMULAS)
    return _promoting(make(layer), layer)


def _promoting(formula: Formula, layer: Any) -> Formula:
    """Return a formula that computes in float32 at least, as numpy's does."""

    def compute(values: Values, inputs: Inputs, training: bool) -> torch.Tensor:
        wide = {
            name: value.to(torch.promote_types(value.dtype, torch.float32))
            for name, value in values.items()
        }
        if not layer.takes_indices:
            kinds = [value.dtype for value in wide.values()] or [torch.float32]
            kind = reduce(torch.promote_types, kinds)
            inputs = [x if x.is_floating_point() else x.to(kind) for x in inputs]
        return formula(wide, inputs, training)

    return compute


def _along(array: torch.Tensor | float, axes: Sequence[int], rank: int) -> Any:
    if not isinstance(array, torch.Tensor):
        return array
    extents = dict(zip(axes, array.shape, strict=True))
    return array.reshape([extents.get(axis, 1) for axis in range(rank)])


# ---- layers with arrays


def _linear(layer: linear.LinearLayer) -> Formula:
    across = layer.layout == "input_output"
    size = (layer.output,) if isinstance(layer.output, int) else layer.output

    def compute(values: Values, inputs: Inputs, training: bool) -> torch.Tensor:
        weights = values["Weights"].T if across else values["Weights"]
        out = F.linear(inputs[0].flatten(1) if inputs[0].ndim > 1 else inputs[0][:, None],
                       weights, values.get("Biases"))  # fmt: skip
        return out.reshape(-1, *size)

    return compute


def _embedding(layer: linear.EmbeddingLayer) -> Formula:
    return lambda values, inputs, training: F.embedding(inputs[0].long(), values["Weights"])


def _kernels(layer: convolution.Kernels) -> Formula:
    def compute(values: Values, inputs: Inputs, training: bool) -> torch.Tensor:
        x = inputs[0].movedim(-1, 1) if layer.interleaving else inputs[0]
        rank = x.ndim - 2
        words = layer.layout.split("_")
        axes: dict[str, list[int]] = {}
        for name in words:
            start = sum(map(len, axes.values()))
            axes[name] = list(range(start, start + (rank if name == "kernel" else 1)))
        order = ("output", "input", "kernel") if layer.forward else ("input", "output", "kernel")
        kernels = values["Weights"].permute([axis for name in order for axis in axes[name]])
        window = layer.window(rank)
        numbers = {"stride": window.stride, "dilation": window.dilation}
        if layer.forward:
            convolve = getattr(F, f"conv{rank}d")
            padded = _padded(x, window.sides(tuple(x.shape[2:])), 0.0)
            out = convolve(padded, kernels, values.get("Biases"), groups=layer.channel_groups,
                           **numbers)  # fmt: skip
        else:
            convolve = getattr(F, f"conv_transpose{rank}d")
            out = convolve(x, kernels, groups=layer.channel_groups, **numbers)
            extents = [extent or 0 for extent in window.spread(tuple(x.shape[2:]))]
            sides = window.sides(tuple(extents))
            cut = [
                (-before, extent + before - grown)
                for (before, _), extent, grown in zip(sides, extents, out.shape[2:], strict=True)
            ]
            out = _padded(out, cut, 0.0)
            if "Biases" in values:
                out = out + _along(values["Biases"], (0,), rank + 1)
        moved: torch.Tensor = out.movedim(1, -1) if layer.interleaving else out
        return moved

    return compute


def _padded(x: torch.Tensor, sides: Sequence[tuple[int, int]], fill: float) -> torch.Tensor:
    """Return `x` padded (or cut, where a number is negative) along its spatial axes."""
    return F.pad(x, [n for pair in reversed(sides) for n in pair], value=fill)


def _pooling(layer: convolution.PoolingLayer) -> Formula:
    def compute(values: Values, inputs: Inputs, training: bool) -> torch.Tensor:
        x = inputs[0].movedim(-1, 1) if layer.interleaving else inputs[0]
        window = layer.window(x.ndim - 2)
        fill = -math.inf if layer.function == "max" else 0.0
        x = _padded(x, window.sides(tuple(x.shape[2:])), fill)
        for axis, (size, step) in enumerate(zip(window.size, window.stride, strict=True)):
            x = x.unfold(2 + axis, size, step)
        seen = x.flatten(-len(window.size))
        take: Any = {"max": torch.amax, "mean": torch.mean, "total": torch.sum}[layer.function]
        out: torch.Tensor = take(seen, -1)
        return out.movedim(1, -1) if layer.interleaving else out

    return compute


def _recurrent(layer: recurrent.Recurrent) -> Formula:
    across = layer.layout == "input_output"

    def compute(values: Values, inputs: Inputs, training: bool) -> torch.Tensor:
        def matrix(name: str) -> torch.Tensor:
            return values[name].T if across else values[name]

        (x,) = inputs
        driven = {
            gate: F.linear(x, matrix(f"{gate}InputWeights"), values.get(f"{gate}Biases"))
            for gate in layer.gates
        }
        state = memory = x.new_zeros(len(x), layer.size)
        states = []
        for position in range(x.shape[1]):
            now = {gate: driven[gate][:, position] for gate in layer.gates}
            fed = {gate: F.linear(state, matrix(f"{gate}StateWeights")) for gate in layer.gates}
            state, memory = _next_state(now, fed, state, memory)
            states.append(state)
        return torch.stack(states, 1)

    return compute


def _next_state(
    x: Values, s: Values, state: torch.Tensor, memory: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    if "" in x:
        return torch.tanh(x[""] + s[""]), memory
    gates = {gate: torch.sigmoid(x[gate] + s[gate]) for gate in x if gate != "MemoryGate"}
    if "ResetGate" in gates:
        new = torch.tanh(x["MemoryGate"] + gates["ResetGate"] * s["MemoryGate"])
        return (1 - gates["InputGate"]) * new + gates["InputGate"] * state, memory
    new = torch.tanh(x["MemoryGate"] + s["MemoryGate"])
    memory = gates["ForgetGate"] * memory + gates["InputGate"] * new
    return gates["OutputGate"] * torch.tanh(memory), memory


def _batch_normalization(layer: normalization.BatchNormalizationLayer) -> Formula:
    def compute(values: Values, inputs: Inputs, training: bool) -> torch.Tensor:
        x = inputs[0].movedim(-1, 1) if layer.interleaving else inputs[0]
        out = F.batch_norm(
            *(x, values["MovingMean"], values["MovingVariance"]),
            *(values.get("Scaling"), values.get("Biases")),
            training=training, momentum=1 - layer.momentum, eps=layer.epsilon,
        )  # fmt: skip
        return out.movedim(1, -1) if layer.interleaving else out

    return compute


def _normalization(layer: normalization.NormalizationLayer) -> Formula:
    def compute(values: Values, inputs: Inputs, training: bool) -> torch.Tensor:
        (x,) = inputs
        rank = x.ndim - 1
        first, *others = (axis + 1 for axis in layer.aggregated(rank))
        split = x.reshape(*x.shape[:first], layer.groups or 1, -1, *x.shape[first + 1 :])
        axes = [first + 1, *(axis + 1 for axis in others)]
        if layer.method == "standardize":
            split = split - split.mean(axes, keepdim=True)
        size = split.square().mean(axes, keepdim=True)
        out = (split * torch.rsqrt(size + layer.epsilon)).reshape(x.shape)
        scaled = layer.scaled_axes(tuple(x.shape[1:]))
        out = out * _along(values.get("Scaling", 1.0), scaled, rank)
        moved: torch.Tensor = out + _along(values.get("Biases", 0.0), scaled, rank)
        return moved

    return compute


def _parametric_ramp(layer: constants.ParametricRampLayer) -> Formula:
    def compute(values: Values, inputs: Inputs, training: bool) -> torch.Tensor:
        (x,) = inputs
        axes = axes_of("axes", layer.axes, x.ndim - 1)
        return torch.where(x > 0, x, _along(values["Slope"], axes, x.ndim - 1) * x)

    return compute


# ---- layers without arrays


def _pointwise(layer: stateless.ElementwiseLayer) -> Formula:
    function = _FUNCTIONS[layer.function]
    return lambda values, inputs, training: function(inputs[0])


def _softmax(layer: stateless.SoftmaxLayer) -> Formula:
    def compute(values: Values, inputs: Inputs, training: bool) -> torch.Tensor:
        (x,) = inputs
        return x.softmax(-1) if x.ndim > 1 else torch.ones_like(x)

    return compute


def _dropout(layer: stateless.DropoutLayer) -> Formula:
    return lambda values, inputs, training: F.dropout(inputs[0], layer.probability, training)


def _indices(layer: stateless.SequenceIndicesLayer) -> Formula:
    def compute(values: Values, inputs: Inputs, training: bool) -> torch.Tensor:
        batch, length = inputs[0].shape[:2]
        return torch.arange(length, device=inputs[0].device).expand(batch, length)

    return compute


def _reshape(layer: stateless.ReshapeLayer) -> Formula:
    output: Any = layer.output
    extents = [-1 if extent is None else extent for extent in output]
    return lambda values, inputs, training: inputs[0].reshape(len(inputs[0]), *extents)


def _transpose(layer: stateless.TransposeLayer) -> Formula:
    axes = (layer.axes,) if isinstance(layer.axes, int) else layer.axes

    def compute(values: Values, inputs: Inputs, training: bool) -> torch.Tensor:
        rank = inputs[0].ndim - 1
        return inputs[0].permute(0, *(axis % rank + 1 for axis in axes))

    return compute


def _aggregation(layer: stateless.AggregationLayer) -> Formula:
    kinds = {"max": torch.amax, "min": torch.amin, "mean": torch.mean, "total": torch.sum}
    take: Any = kinds[layer.function]

    def compute(values: Values, inputs: Inputs, training: bool) -> torch.Tensor:
        (x,) = inputs
        axes = range(x.ndim - 1)[1:]
        gone = axes if layer.axes is None else axes_of("axes", layer.axes, x.ndim - 1)
        out: torch.Tensor = take(x, [axis + 1 for axis in gone])
        return out if gone else x

    return compute


def _catenate(layer: combining.CatenateLayer) -> Formula:
    axis = layer.axis if layer.axis < 0 else layer.axis + 1
    return lambda values, inputs, training: torch.cat(list(inputs), axis)


def _dot(layer: combining.DotLayer) -> Formula:
    def compute(values: Values, inputs: Inputs, training: bool) -> torch.Tensor:
        left, right = inputs
        batch, middle = right.shape[:2]
        out = left.reshape(batch, -1, middle) @ right.reshape(batch, middle, -1)
        return out.reshape(batch, *left.shape[1:-1], *right.shape[2:])

    return compute


def _attention(layer: combining.AttentionLayer) -> Formula:
    def heads(x: torch.Tensor) -> torch.Tensor:
        return x.reshape(*x.shape[:2], layer.heads, -1).transpose(1, 2)

    def compute(values: Values, inputs: Inputs, training: bool) -> torch.Tensor:
        if layer.packed:
            queries, keys, vectors = inputs[0].chunk(3, -1)
        else:
            keys, vectors, queries = inputs
        out = F.scaled_dot_product_attention(
            heads(queries), heads(keys), heads(vectors), is_causal=layer.mask == "causal"
        )
        joined: torch.Tensor = out.transpose(1, 2).flatten(2)
        return joined

    return compute


def _threading(layer: combining.ThreadingLayer) -> Formula:
    function: Any = _THREADED[layer.function]
    return lambda values, inputs, training: reduce(function, inputs)


def _always(compute: Callable[[Values, Inputs], torch.Tensor]) -> Callable[[Any], Formula]:
    return lambda layer: lambda values, inputs, training: compute(values, inputs)


_FORMULAS: dict[type, Callable[[Any], Formula]] = {
    linear.LinearLayer: _linear,
    linear.EmbeddingLayer: _embedding,
    convolution.Kernels: _kernels,
    convolution.PoolingLayer: _pooling,
    recurrent.Recurrent: _recurrent,
    normalization.BatchNormalizationLayer: _batch_normalization,
    normalization.NormalizationLayer: _normalization,
    constants.ParametricRampLayer: _parametric_ramp,
    constants.ConstantPlusLayer: _always(lambda values, inputs: inputs[0] + values["Biases"]),
    constants.ConstantTimesLayer: _always(lambda values, inputs: inputs[0] * values["Scaling"]),
    constants.ConstantArrayLayer: _always(lambda values, inputs: values["Array"][None]),
    stateless.ElementwiseLayer: _pointwise,
    stateless.SoftmaxLayer: _softmax,
    stateless.DropoutLayer: _dropout,
    stateless.SequenceReverseLayer: _always(lambda values, inputs: inputs[0].flip(1)),
    stateless.SequenceLastLayer: _always(lambda values, inputs: inputs[0][:, -1]),
    stateless.SequenceIndicesLayer: _indices,
    stateless.FlattenLayer: _always(lambda values, inputs: inputs[0].reshape(len(inputs[0]), -1)),
    stateless.ReshapeLayer: _reshape,
    stateless.TransposeLayer: _transpose,
    stateless.AggregationLayer: _aggregation,
    stateless.SummationLayer: _always(
        lambda values, inputs: inputs[0].reshape(len(inputs[0]), -1).sum(1)
    ),
    stateless.ReplicateLayer: lambda layer: (
        lambda values, inputs, training: inputs[0][:, None].repeat_interleave(layer.count, 1)
    ),
    combining.TotalLayer: _always(lambda values, inputs: reduce(torch.add, inputs)),
    combining.ThreadingLayer: _threading,
    combining.CatenateLayer: _catenate,
    combining.DotLayer: _dot,
    combining.AttentionLayer: _attention,
}
