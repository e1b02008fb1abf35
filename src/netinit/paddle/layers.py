"""What each parameter and buffer of a Paddle layer is: a table of its classes.

A new layer is a row here. A class derived from one counts as it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from netinit.initializers.distributions import Constant
from netinit.parameters.rule import BIAS, MEAN, SCALE, SHIFT, VARIANCE, Rule, kernel
from netinit.shapes.layout import DENSE, Layout

__all__ = ["rule_for"]

_Rules = Mapping[str, Rule | Callable[[Any], Rule]]


def _convolution(layer: Any) -> Rule:
    return Rule("weight", Layout((0,), (1,), stack=layer._groups, stack_axis=0))


def _transposed(layer: Any) -> Rule:
    return Rule("weight", Layout((1,), (0,), stack=layer._groups, stack_axis=0))


def _embedding(layer: Any) -> Rule:
    row = layer._padding_idx
    return Rule("embedding", DENSE, zero_row=None if row is None or row < 0 else row)


def _cell(gates: int) -> _Rules:
    packed = Rule("weight", Layout((0,), (1,), stack=gates))
    return {"weight_ih": packed, "weight_hh": packed, "bias_ih": BIAS, "bias_hh": BIAS}


_NORM: _Rules = {
    "weight": SCALE,
    "scale": SCALE,
    "bias": SHIFT,
    "_mean": MEAN,
    "_variance": VARIANCE,
}

_LAYERS: dict[str, _Rules] = {
    "Linear": {"weight": kernel(2), "bias": BIAS},
    "Bilinear": {"weight": Rule("weight", Layout((0,), (1, 2))), "bias": BIAS},
    "Embedding": {"weight": _embedding},
    "LSTM": _cell(4),
    "LSTMCell": _cell(4),
    "GRU": _cell(3),
    "GRUCell": _cell(3),
    "SimpleRNN": _cell(1),
    "SimpleRNNCell": _cell(1),
    "PReLU": {"_weight": lambda layer: Rule("slope", fixed=Constant(float(layer._init)))},
}
for _axes in (1, 2, 3):
    _LAYERS[f"Conv{_axes}D"] = {"weight": _convolution, "bias": BIAS}
    _LAYERS[f"Conv{_axes}DTranspose"] = {"weight": _transposed, "bias": BIAS}
for _norm in ("LayerNorm", "GroupNorm", "BatchNorm", "_BatchNormBase", "_InstanceNormBase"):
    _LAYERS[_norm] = _NORM


def rule_for(layer: Any, name: str) -> Rule | None:
    """Return what the array `name` of a layer is, or None where the layer is not known."""
    stem = name.partition("_l")[0] if name.startswith(("weight_", "bias_")) else name
    for cls in type(layer).__mro__:
        if not f"{cls.__module__}.".startswith("paddle."):
            continue
        found = _LAYERS.get(cls.__name__, {}).get(stem)
        if found is not None:
            return found if isinstance(found, Rule) else found(layer)
    return None
