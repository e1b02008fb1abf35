"""What each array of an MLX layer is: a table of its classes.

A new layer is a row here. A class derived from one counts as it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from netinit.initializers.distributions import Constant
from netinit.parameters.rule import BIAS, MEAN, SCALE, SHIFT, VARIANCE, Rule
from netinit.shapes.layout import DENSE, Layout

__all__ = ["rule_for"]

_Rules = Mapping[str, Rule | Callable[[Any, int], Rule]]

_WEIGHT = Rule("weight", Layout((0,), (1,)))


def _convolution(layer: Any, axes: int) -> Rule:
    """Return the rule of a kernel (out, kernel, in of a group)."""
    groups = getattr(layer, "groups", 1)
    return Rule("weight", Layout((0,), (axes - 1,), stack=groups, stack_axis=0))


def _gates(gates: int) -> Rule:
    return Rule("weight", Layout((0,), (1,), stack=gates))


_NORM: _Rules = {
    "weight": SCALE,
    "bias": SHIFT,
    "running_mean": MEAN,
    "running_var": VARIANCE,
}

_LAYERS: dict[str, _Rules] = {
    "Linear": {"weight": _WEIGHT, "bias": BIAS},
    "Bilinear": {"weight": Rule("weight", Layout((0,), (1, 2))), "bias": BIAS},
    "Embedding": {"weight": Rule("embedding", DENSE)},
    "RNN": {"Wxh": _WEIGHT, "Whh": _WEIGHT, "bias": BIAS},
    "GRU": {"Wx": _gates(3), "Wh": _gates(3), "b": BIAS, "bhn": BIAS},
    "LSTM": {"Wx": _gates(4), "Wh": _gates(4), "bias": BIAS},
    "PReLU": {"weight": Rule("slope", fixed=Constant(0.25))},
}
for _axes in (1, 2, 3):
    for _kind in ("Conv", "ConvTranspose"):
        _LAYERS[f"{_kind}{_axes}d"] = {"weight": _convolution, "bias": BIAS}
for _norm in ("LayerNorm", "RMSNorm", "GroupNorm", "InstanceNorm", "BatchNorm"):
    _LAYERS[_norm] = _NORM


def rule_for(layer: Any, name: str, axes: int) -> Rule | None:
    """Return what the array `name` of a layer is, or None where the layer is not known."""
    for cls in type(layer).__mro__:
        if not f"{cls.__module__}.".startswith("mlx."):
            continue
        found = _LAYERS.get(cls.__name__, {}).get(name)
        if found is not None:
            return found if isinstance(found, Rule) else found(layer, axes)
    return None
