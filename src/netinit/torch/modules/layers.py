"""What each tensor of a PyTorch layer is: a table from classes to rules.

A new layer is a row here. A subclass of a known class counts as the class.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any

from torch import nn
from torch.nn.modules.batchnorm import _NormBase
from torch.nn.modules.conv import _ConvNd, _ConvTransposeNd
from torch.nn.modules.rnn import RNNCellBase

from netinit.initializers.distributions import Constant
from netinit.parameters.rule import BIAS, Rule
from netinit.shapes.layout import DENSE, Layout
from netinit.torch.modules.foreign import NORM, foreign_rule
from netinit.torch.modules.packing import WEIGHT, blocks, cut
from netinit.torch.modules.projections import packed
from netinit.torch.walk import class_of

__all__ = ["LAYERS", "is_known", "rule_for"]


def _linear(module: Any) -> Rule:
    grouped = class_of(module).__name__ == "DeepseekV4GroupedLinear"
    return blocks("groups", module.n_groups) if grouped else WEIGHT


def _groups(module: Any) -> str:
    depthwise = module.groups == module.in_channels
    return "depthwise groups" if depthwise else "groups"


def _convolution(module: Any) -> Rule:
    return blocks(_groups(module), module.groups)


def _transposed_convolution(module: Any) -> Rule:
    rule = blocks(_groups(module), module.groups, Layout((1,), (0,)))
    return replace(rule, note="; ".join(filter(None, ("(in, out, ...)", rule.note))))


def _embedding(module: Any) -> Rule:
    # Fans as of the linear layer that a tied output projection is: a row's length goes in.
    return Rule("embedding", Layout((0,), (1,)), zero_row=module.padding_idx)


def _gates(module: Any) -> Rule:
    return blocks("gates", {"LSTM": 4, "GRU": 3}.get(module.mode, 1))


def _cell_gates(module: Any) -> Rule:
    gates = {nn.LSTMCell: 4, nn.GRUCell: 3}
    return blocks("gates", next((n for cell, n in gates.items() if isinstance(module, cell)), 1))


def _attention(module: Any) -> Rule:
    width = module.embed_dim
    return cut(WEIGHT, "q, k, v", (width,) * 3, (3 * width, width), axis=0)


def _slope(module: Any) -> Rule:
    return Rule("slope", fixed=Constant(float(getattr(module, "init", 0.25))))


_Rules = Mapping[str, Rule | Callable[[Any], Rule]]

_RECURRENT: _Rules = {
    "weight_ih_*": _gates,
    "weight_hh_*": _gates,
    "weight_hr_*": WEIGHT,
    "bias_*": BIAS,
}

#: The classes of torch.nn that own tensors; keys of the inner tables are names or patterns.
LAYERS: dict[type[nn.Module], _Rules] = {
    nn.Linear: {"weight": _linear, "bias": BIAS},
    nn.Bilinear: {"weight": Rule("weight", Layout((0,), (1, 2))), "bias": BIAS},
    _ConvNd: {"weight": _convolution, "bias": BIAS},
    _ConvTransposeNd: {"weight": _transposed_convolution, "bias": BIAS},
    nn.Embedding: {"weight": _embedding},
    nn.EmbeddingBag: {"weight": _embedding},
    _NormBase: NORM,
    nn.LayerNorm: NORM,
    nn.GroupNorm: NORM,
    nn.RMSNorm: NORM,
    nn.PReLU: {"weight": _slope},
    nn.RNNBase: _RECURRENT,
    RNNCellBase: {"weight_ih": _cell_gates, "weight_hh": _cell_gates, "bias_*": BIAS},
    nn.MultiheadAttention: {
        "in_proj_weight": _attention,
        "[qkv]_proj_weight": WEIGHT,
        "in_proj_bias": BIAS,
        # One more key and value (1, 1, E), drawn by the fans that torch takes from their shape.
        "bias_[kv]": Rule("value", DENSE, note="one more key or value, no weight"),
    },
}


@lru_cache(maxsize=4096)
def _known_class(kind: Any) -> Any:
    """Return the class of the table that a module's class counts as, or None."""
    return next((base for base in kind.__mro__ if base in LAYERS), None)


def is_known(module: nn.Module) -> bool:
    """Return whether the layer is one of torch's own, or a subclass of one."""
    kind: Any = type(module)
    return _known_class(kind) is not None


@lru_cache(maxsize=4096)
def _lookup(known: type[nn.Module], key: str) -> Rule | Callable[[Any], Rule] | None:
    rules = LAYERS[known]
    return next((rule for pattern, rule in rules.items() if fnmatchcase(key, pattern)), None)


def rule_for(
    module: nn.Module,
    key: str,
    path: str,
    shape: tuple[int, ...] | None,
    modules: Mapping[str, nn.Module],
) -> Rule | None:
    """Return what the tensor `key` of `module` is, or None where its layer is not known.

    Parameters
    ----------
    module : torch.nn.Module
        The layer that owns the tensor.
    key : str
        The tensor's name in the layer.
    path : str
        The layer's dotted path in the net.
    shape : tuple of int or None
        The tensor's shape, where known.
    modules : mapping of str to torch.nn.Module
        The net's modules by their paths; the one around the layer tells what its weight packs.
    """
    kind: Any = type(module)
    known = _known_class(kind)
    if known is not None:
        found = _lookup(known, key)
        rule = found(module) if callable(found) else found
    else:
        rule = foreign_rule(module, key, path, shape)
    if key != "weight" or shape is None or rule is None or rule.role != "weight":
        return rule
    above, _, name = path.removesuffix(".base_layer").rpartition(".")
    return packed(rule, modules.get(above), name, shape)
