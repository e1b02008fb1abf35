"""What the arrays of the layers of Equinox and of flax.nnx are: a table of their classes.

A new layer is a row here. Layers are told by the names of their classes, so that their library
is not imported; a class derived from one counts as it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from netinit.initializers.distributions import Constant, Normal
from netinit.parameters.rule import BIAS, MEAN, SCALE, SHIFT, VARIANCE, Rule, kernel, repeated
from netinit.shapes.layout import DENSE, Layout

__all__ = ["rule_by_layer"]

#: The layer, what holds that (None where nothing does), and its attribute there.
_Place = tuple[Any, Any, str]
_Rules = Mapping[str, Rule | tuple[int, Rule] | Callable[[_Place], tuple[int, Rule]]]

# Where the number of axes is known, it stands before the rule: layers that are mapped or scanned
# over have more.


def _equinox_convolution(place: _Place) -> tuple[int, Rule]:
    layer = place[0]
    return layer.num_spatial_dims + 2, Rule("weight", Layout((0,), (1,), stack=layer.groups))


def _stacked(gates: int) -> tuple[int, Rule]:
    return 2, Rule("weight", Layout((0,), (1,), stack=gates))


_NORM: _Rules = {"weight": SCALE, "bias": SHIFT}

_EQUINOX: dict[str, _Rules] = {
    "Linear": {"weight": (2, Rule("weight", DENSE)), "bias": BIAS},
    "Conv": {"weight": _equinox_convolution, "bias": BIAS},
    "ConvTranspose": {"weight": _equinox_convolution, "bias": BIAS},
    "Embedding": {"weight": (2, Rule("embedding", DENSE))},
    "LSTMCell": {"weight_ih": _stacked(4), "weight_hh": _stacked(4), "bias": BIAS},
    "GRUCell": {"weight_ih": _stacked(3), "weight_hh": _stacked(3), "bias": BIAS, "bias_n": BIAS},
    "LayerNorm": _NORM,
    "GroupNorm": _NORM,
    "RMSNorm": _NORM,
    "BatchNorm": _NORM,
    "PReLU": {"negative_slope": Rule("slope", fixed=Constant(0.25))},
    "WeightNorm": {"g": SCALE},
}


def _linear(place: _Place) -> tuple[int, Rule]:
    """Return the rule of a dense kernel (in, out), which in a recurrent cell packs its gates."""
    _, around, attribute = place
    gates = 1
    if attribute in ("dense_i", "dense_h"):
        gates = {"OptimizedLSTMCell": 4, "GRUCell": 3}.get(type(around).__name__, 1)
    return 2, kernel(2, gates=gates)


def _general(place: _Place) -> tuple[int, Rule]:
    """Return the rule of a kernel (batch axes, inputs' axes, outputs' axes)."""
    layer = place[0]
    batch, into, out = (
        len(axes) for axes in (layer.batch_axis, layer.in_features, layer.out_features)
    )
    layout = Layout(tuple(range(into, into + out)), tuple(range(into)))
    return (into + out if batch else batch + into + out), Rule("weight", layout)


def _convolution(place: _Place) -> tuple[int, Rule]:
    layer = place[0]
    axes = len(layer.kernel_size) + 2
    return axes, kernel(axes, gates=layer.feature_group_count)


def _transposed_convolution(place: _Place) -> tuple[int, Rule]:
    layer = place[0]
    axes = len(layer.kernel_size) + 2
    return axes, kernel(axes, transposed=bool(layer.transpose_kernel))


_NNX_NORM: _Rules = {"scale": SCALE, "bias": SHIFT, "mean": MEAN, "var": VARIANCE}

_NNX: dict[str, _Rules] = {
    "Linear": {"kernel": _linear, "bias": BIAS},
    "LinearGeneral": {"kernel": _general, "bias": BIAS},
    "Conv": {"kernel": _convolution, "bias": BIAS},
    "ConvTranspose": {"kernel": _transposed_convolution, "bias": BIAS},
    "Embed": {"embedding": (2, Rule("embedding", DENSE))},
    "BatchNorm": _NNX_NORM,
    "LayerNorm": _NNX_NORM,
    "RMSNorm": _NNX_NORM,
    "GroupNorm": _NNX_NORM,
    "InstanceNorm": _NNX_NORM,
    "SpectralNorm": {
        "u": Rule("statistic", fixed=Normal(), kind="buffer"),
        "sigma": VARIANCE,
    },
    "LoRA": {
        "lora_a": (2, kernel(2)),
        # Zero, so that the adapted layer begins as the one it adapts.
        "lora_b": replace(kernel(2), fixed=Constant(0.0)),
    },
    "PReLU": {"negative_slope": Rule("slope", fixed=Constant(0.01))},
}

_TABLES = {"equinox.nn": _EQUINOX, "flax.nnx": _NNX}


def rule_by_layer(
    layer: Any, around: Any, attribute: str, key: str, shape: tuple[int, ...]
) -> Rule | None:
    """Return what the array `key` of a layer is, or None where the layer is not known.

    Parameters
    ----------
    layer, around : object
        What the array stands in, and what that stands in.
    attribute : str
        The layer's own key in `around`.
    key : str
        The array's key in the layer.
    shape : tuple of int
    """
    for cls in type(layer).__mro__:
        for package, table in _TABLES.items():
            known = f"{cls.__module__}.".startswith(f"{package}.") and table.get(cls.__name__)
            if not known or key not in known:
                continue
            found = known[key]
            if callable(found):
                found = found((layer, around, attribute))
            if isinstance(found, Rule):
                return found
            axes, rule = found
            return repeated(rule, shape, axes)
    return None
