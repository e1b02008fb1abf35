"""Layers whose code is not traced, but whose activation is an attribute of a known name."""

from __future__ import annotations

from collections.abc import Iterator

from torch import nn

from netinit.torch.following.activations import UNKNOWN, Activation, activation_of
from netinit.torch.following.search import NOTHING
from netinit.torch.following.transparent import is_transparent

__all__ = ["by_names", "in_order", "of_torch"]

#: Attributes that hold a block's activation.
_ACTIVATIONS = ("act", "act_fn", "activation", "activation_fn", "intermediate_act_fn", "act_layer")

#: Names of what stands before a block's activation, and of what stands after it.
_BEFORE = ("fc1", "c_fc", "fc_in", "lin1", "linear1", "linear_1", "wi", "dense_h_to_4h")
_GATED = ("gate_proj", "up_proj", "gate_up_proj")
_BEHIND = ("fc2", "c_proj", "fc_out", "lin2", "linear2", "linear_2", "wo", "dense_4h_to_h")
_BEHIND_GATED = ("down_proj",)

#: Names of projections to queries, keys and values, which attention multiplies.
_ATTENDED = (
    *("q_proj", "k_proj", "v_proj", "query", "key", "value", "qkv", "qkv_proj", "c_attn"),
    *("query_key_value", "Wqkv", "in_proj_qkv"),
)

Found = tuple[str, Activation]


def of_torch(name: str, module: nn.Module) -> Iterator[Found]:
    """Yield what follows the weights of torch's own composed layers, each by its name in the net.

    The gates of an LSTM or GRU go through several functions: unknown.
    """
    at = f"{name}." if name else ""
    if isinstance(module, (nn.TransformerEncoderLayer, nn.TransformerDecoderLayer)):
        yield f"{at}linear1", activation_of(module.activation) or UNKNOWN
        yield f"{at}linear2", NOTHING
        for attention in ("self_attn", "multihead_attn"):
            yield f"{at}{attention}.out_proj", NOTHING
    elif isinstance(module, nn.MultiheadAttention):
        for key in ("in_proj_weight", "q_proj_weight", "k_proj_weight", "v_proj_weight"):
            yield f"{at}{key}", NOTHING
    elif isinstance(module, (nn.RNNBase, nn.RNNCellBase)):
        plain = isinstance(module, (nn.RNN, nn.RNNCell))
        function = str(module.nonlinearity) if plain else UNKNOWN[0]
        yield name, (function, None)


def by_names(name: str, module: nn.Module) -> Iterator[Found]:
    """Yield what follows the weights of a block of known names: fc1, act, fc2 and the like."""
    at = f"{name}." if name else ""
    yield from ((f"{at}{key}", NOTHING) for key in _ATTENDED if hasattr(module, key))
    functions = [activation_of(getattr(module, key, None)) for key in _ACTIVATIONS]
    known = [function for function in functions if function is not None]
    if len(known) != 1:
        return
    for key in (*_BEFORE, *_GATED, *_BEHIND, *_BEHIND_GATED):
        if hasattr(module, key):
            yield f"{at}{key}", known[0] if key in _BEFORE + _GATED else NOTHING


def in_order(name: str, module: nn.Module) -> Iterator[Found]:
    """Yield what follows each layer of a Sequential, but for the last ones that leave it."""
    if not isinstance(module, nn.Sequential):
        return
    at = f"{name}." if name else ""
    waiting: list[str] = []
    for key, child in module.named_children():
        activation = activation_of(child)
        if activation is None and is_transparent(child):
            continue
        yield from ((layer, activation or NOTHING) for layer in waiting)
        waiting = [] if activation else [f"{at}{key}"]
