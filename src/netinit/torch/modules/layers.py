"""What each tensor of a PyTorch layer is: a table from classes to rules.

A new layer is a row here. A subclass of a known class counts as the class.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from typing import Any

from torch import nn
from torch.nn.modules.batchnorm import _NormBase
from torch.nn.modules.conv import _ConvNd, _ConvTransposeNd
from torch.nn.modules.rnn import RNNCellBase

from netinit.initializers.distributions import Constant
from netinit.parameters.rule import BIAS, MEAN, SCALE, SHIFT, VARIANCE, Rule
from netinit.shapes.layout import DENSE, Layout

__all__ = ["LAYERS", "Rule", "is_known", "rule_for"]


_WEIGHT = Rule("weight", DENSE)

_NORM = {
    "weight": SCALE,
    "bias": SHIFT,
    "running_mean": MEAN,
    "running_var": VARIANCE,
}


def _stacked(stack: int) -> Rule:
    return Rule("weight", Layout((0,), (1,), stack=stack))


def _convolution(module: Any) -> Rule:
    return _stacked(module.groups)


def _transposed_convolution(module: Any) -> Rule:
    return Rule("weight", Layout((1,), (0,), stack=module.groups))


def _embedding(module: Any) -> Rule:
    # Fans as of the linear layer that a tied output projection is: a row's length goes in.
    return Rule("embedding", Layout((0,), (1,)), zero_row=module.padding_idx)


def _gates(module: Any) -> Rule:
    return _stacked({"LSTM": 4, "GRU": 3}.get(module.mode, 1))


def _cell_gates(module: Any) -> Rule:
    gates = {nn.LSTMCell: 4, nn.GRUCell: 3}
    return _stacked(next((n for cell, n in gates.items() if isinstance(module, cell)), 1))


def _slope(module: Any) -> Rule:
    return Rule("slope", fixed=Constant(float(getattr(module, "init", 0.25))))


_Rules = Mapping[str, Rule | Callable[[Any], Rule]]

_RECURRENT: _Rules = {
    "weight_ih_*": _gates,
    "weight_hh_*": _gates,
    "weight_hr_*": _WEIGHT,
    "bias_*": BIAS,
}

#: The classes of torch.nn that own tensors; keys of the inner tables are names or patterns.
LAYERS: dict[type[nn.Module], _Rules] = {
    nn.Linear: {"weight": _WEIGHT, "bias": BIAS},
    nn.Bilinear: {"weight": Rule("weight", Layout((0,), (1, 2))), "bias": BIAS},
    _ConvNd: {"weight": _convolution, "bias": BIAS},
    _ConvTransposeNd: {"weight": _transposed_convolution, "bias": BIAS},
    nn.Embedding: {"weight": _embedding},
    nn.EmbeddingBag: {"weight": _embedding},
    _NormBase: _NORM,
    nn.LayerNorm: _NORM,
    nn.GroupNorm: _NORM,
    nn.RMSNorm: _NORM,
    nn.PReLU: {"weight": _slope},
    nn.RNNBase: _RECURRENT,
    RNNCellBase: {"weight_ih": _cell_gates, "weight_hh": _cell_gates, "bias_*": BIAS},
    nn.MultiheadAttention: {
        "in_proj_weight": _stacked(3),
        "[qkv]_proj_weight": _WEIGHT,
        "in_proj_bias": BIAS,
        # One more key and value (1, 1, E): a map from one input, as torch's own fans have it.
        "bias_[kv]": _WEIGHT,
    },
}


def _known_class(module: nn.Module) -> type[nn.Module] | None:
    return next((base for base in type(module).__mro__ if base in LAYERS), None)


def is_known(module: nn.Module) -> bool:
    """Return whether the layer is one of torch's own, or a subclass of one."""
    return _known_class(module) is not None


def _lookup(rules: _Rules, module: nn.Module, key: str) -> Rule | None:
    for pattern, rule in rules.items():
        if fnmatchcase(key, pattern):
            return rule if isinstance(rule, Rule) else rule(module)
    return None


def rule_for(module: nn.Module, key: str, path: str, shape: tuple[int, ...] | None) -> Rule | None:
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
    """
    known = _known_class(module)
    if known is not None:
        return _lookup(LAYERS[known], module, key)
    for belongs, rules in _NAMED:
        if shape is not None and belongs(type(module), key, shape):
            return rules(module, key, path, shape)
    return None


# Layers of other libraries, recognised by name so that the library need not be imported. -----


def _is_hugging_face_conv1d(cls: type, key: str, shape: tuple[int, ...]) -> bool:
    return cls.__name__ == "Conv1D" and cls.__module__.startswith("transformers")


def _hugging_face_conv1d(
    module: nn.Module, key: str, path: str, shape: tuple[int, ...]
) -> Rule | None:
    """Dense layers whose weight is (in, out); GPT-2's c_attn packs query, key and value."""
    if key == "bias":
        return BIAS
    if key != "weight" or len(shape) != 2:
        return None
    into, out = shape
    packed = path.endswith("c_attn") and into > 0 and out in (2 * into, 3 * into)
    stack = out // into if packed else 1
    return Rule("weight", Layout((1,), (0,), stack=stack, stack_axis=1))


def _is_norm(cls: type, key: str, shape: tuple[int, ...]) -> bool:
    named = cls.__name__.endswith(("RMSNorm", "LayerNorm")) or "FrozenBatchNorm" in cls.__name__
    return named and len(shape) == 1 and key in _NORM


def _norm(module: nn.Module, key: str, path: str, shape: tuple[int, ...]) -> Rule | None:
    return _NORM[key]


def _is_experts(cls: type, key: str, shape: tuple[int, ...]) -> bool:
    return cls.__name__.endswith("Experts") and cls.__module__.startswith("transformers")


def _experts(module: nn.Module, key: str, path: str, shape: tuple[int, ...]) -> Rule | None:
    """Experts of a mixture: their dense weights, or their biases, packed along axis 0."""
    if key.endswith("bias"):
        return BIAS
    if len(shape) != 3 or shape[0] == 0:
        return None
    out, into = (2, 1) if getattr(module, "is_transposed", False) else (1, 2)
    return Rule("weight", Layout((out,), (into,), stack=shape[0], stack_axis=0))


def _is_tokens(cls: type, key: str, shape: tuple[int, ...]) -> bool:
    words = ("token", "pos", "embed", "quer", "latent")
    return len(shape) == 3 and shape[0] == 1 and any(word in key.lower() for word in words)


def _tokens(module: nn.Module, key: str, path: str, shape: tuple[int, ...]) -> Rule | None:
    """Learned tokens and positions (1, number, dim): an embedding, broadcast over a batch."""
    return Rule("embedding", Layout((1,), (2,)), note="role guessed from name and shape")


_NAMED = (
    (_is_hugging_face_conv1d, _hugging_face_conv1d),
    (_is_norm, _norm),
    (_is_experts, _experts),
    (_is_tokens, _tokens),
)
