"""What each variable of a Keras layer is: a table of its classes.

A new layer is a row here. Layers are told by the names of their classes, since the classes that
several share are not public; a class derived from one counts as it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from netinit.initializers.distributions import Constant, Normal
from netinit.parameters.rule import BIAS, MEAN, SCALE, SHIFT, VARIANCE, Rule, kernel
from netinit.shapes.fans import fans
from netinit.shapes.layout import DENSE, Layout

__all__ = ["rule_for"]

_Rules = Mapping[str, Rule | Callable[[Any, tuple[int, ...]], Rule]]


def _kernel(layer: Any, shape: tuple[int, ...]) -> Rule:
    return kernel(len(shape))


def _convolution(layer: Any, shape: tuple[int, ...]) -> Rule:
    return kernel(len(shape), gates=layer.groups)


def _transposed(layer: Any, shape: tuple[int, ...]) -> Rule:
    return kernel(len(shape), transposed=True)


def _depthwise(layer: Any, shape: tuple[int, ...]) -> Rule:
    """Return the rule of a kernel (..., in, multiplier), of which each input has a map."""
    into, out = len(shape) - 2, len(shape) - 1
    return Rule("weight", Layout((out,), (into,), stack=shape[into], stack_axis=into))


def _gates(gates: int) -> Callable[[Any, tuple[int, ...]], Rule]:
    return lambda layer, shape: kernel(len(shape), gates=gates)


def _einsum(layer: Any, shape: tuple[int, ...]) -> Rule:
    """Return the rule of a kernel whose axes the equation names.

    An axis of the output alone is an output's, one of the input alone an input's, and along one
    that both have there is a map for each index.
    """
    operands, _, out = layer.equation.partition("->")
    given, _, axes = operands.partition(",")
    out_axes = tuple(i for i, axis in enumerate(axes) if axis in out and axis not in given)
    in_axes = tuple(i for i, axis in enumerate(axes) if axis in given and axis not in out)
    both = [i for i, axis in enumerate(axes) if axis in given and axis in out]
    if not both:
        return Rule("weight", Layout(out_axes, in_axes))
    layout = Layout(out_axes, in_axes, stack=shape[both[0]], stack_axis=both[0])
    if len(both) == 1:
        return Rule("weight", layout)
    one = tuple(1 if axis in both else extent for axis, extent in enumerate(shape))
    return Rule("weight", layout, fans=fans(one, Layout(out_axes, in_axes)))


def _cell(gates: int) -> _Rules:
    return {"kernel": _gates(gates), "recurrent_kernel": _gates(gates), "bias": BIAS}


#: So that the adapted layer begins as the one it adapts.
_NOTHING = Rule("weight", fixed=Constant(0.0))

_ADAPTS: _Rules = {
    "lora_kernel_a": _kernel,
    "lora_kernel_b": _NOTHING,
    "lora_embeddings_a": Rule("embedding", DENSE),
    "lora_embeddings_b": _NOTHING,
}

_NORM: _Rules = {
    "gamma": SCALE,
    "beta": SHIFT,
    "scale": SCALE,
    "moving_mean": MEAN,
    "moving_variance": VARIANCE,
    "moving_stddev": VARIANCE,
    "renorm_mean": MEAN,
    "renorm_stddev": VARIANCE,
}

_LAYERS: dict[str, _Rules] = {
    "Dense": {"kernel": _kernel, "bias": BIAS, **_ADAPTS},
    "EinsumDense": {"kernel": _einsum, "bias": BIAS, **_ADAPTS},
    "Embedding": {
        "embeddings": Rule("embedding", DENSE),
        "reverse_embeddings": _kernel,
        **_ADAPTS,
    },
    "BaseConv": {"kernel": _convolution, "bias": BIAS, **_ADAPTS},
    "BaseConvTranspose": {"kernel": _transposed, "bias": BIAS},
    "BaseDepthwiseConv": {"kernel": _depthwise, "bias": BIAS},
    "BaseSeparableConv": {
        "depthwise_kernel": _depthwise,
        "pointwise_kernel": _kernel,
        "bias": BIAS,
    },
    "LSTMCell": _cell(4),
    "GRUCell": _cell(3),
    "SimpleRNNCell": _cell(1),
    "ConvLSTMCell": _cell(4),
    "BatchNormalization": _NORM,
    "LayerNormalization": _NORM,
    "GroupNormalization": _NORM,
    "RMSNormalization": _NORM,
    "SpectralNormalization": {"vector_u": Rule("statistic", fixed=Normal(), kind="buffer")},
    "Attention": {"scale": SCALE, "concat_score_weight": SCALE},
    "AdditiveAttention": {"scale": Rule("weight")},
    "PReLU": {"alpha": Rule("slope", fixed=Constant(0.0))},
}


def rule_for(layer: Any, name: str, shape: tuple[int, ...]) -> Rule | None:
    """Return what the variable `name` of a layer is, or None where the layer is not known."""
    for cls in type(layer).__mro__:
        if not f"{cls.__module__}.".startswith("keras."):
            continue
        found = _LAYERS.get(cls.__name__, {}).get(name)
        if found is not None:
            return found if isinstance(found, Rule) else found(layer, shape)
    return None
