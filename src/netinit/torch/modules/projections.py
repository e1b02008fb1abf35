"""Projections packed in one weight: which maps it holds, by the module around the layer.

The query, key and value projections of attention, the gate and the input of a gated MLP, the
inputs of a state-space mixer. How many rows each has is read from the attributes of the module
that owns the layer; where these do not fit the weight, it is taken for one map.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from typing import Any

from torch import nn

from netinit.parameters.rule import Rule
from netinit.torch.modules.packing import cut
from netinit.torch.walk import class_of

__all__ = ["packed"]

#: The maps' names and their sizes in one round; None where the module is not as expected.
_Found = tuple[str, Sequence[int]] | None
_Finder = Callable[[Any, int], _Found]


def packed(rule: Rule, owner: nn.Module | None, name: str, shape: Sequence[int]) -> Rule:
    """Return the rule of a dense layer's weight, cut into the maps that are packed in it.

    Parameters
    ----------
    rule : Rule
        What the weight is by its layer alone.
    owner : torch.nn.Module or None
        The module whose attribute the layer is.
    name : str
        The attribute's name.
    shape : sequence of int
        The weight's.
    """
    if name not in _BY_NAME:  # nearly always
        return rule
    layout = rule.layout
    if owner is None or layout is None or len(layout.out_axes) != 1 or layout.pieces:
        return rule
    (axis,) = layout.out_axes
    if layout.stack > 1 and layout.stack_axis == axis:
        return rule
    cls = class_of(owner).__name__
    for owners, find in _BY_NAME[name]:
        if any(fnmatchcase(cls, one) for one in owners.split()):
            try:
                found = find(owner, shape[axis])
            except (AttributeError, TypeError, ZeroDivisionError):  # of that name, but another one
                found = None
            if found is not None:
                return cut(rule, *found, shape, axis)
    return rule


def _equal(names: str) -> _Finder:
    """Return a finder of as many equal maps as there are names."""
    count = names.count(",") + 1

    def find(owner: Any, rows: int) -> _Found:
        return (names, (rows // count,) * count) if rows % count == 0 else None

    return find


def _sizes(names: str, *attributes: str) -> _Finder:
    """Return a finder of maps whose sizes in one round are attributes of the owner."""

    def find(owner: Any, rows: int) -> _Found:
        return names, [int(getattr(owner, attribute)) for attribute in attributes]

    return find


def _heads(owner: Any) -> int:
    """Return the number of query heads."""
    for one in (owner, getattr(owner, "config", None)):
        for name in ("num_heads", "num_attention_heads", "n_heads", "n_head"):
            if isinstance(value := getattr(one, name, None), int):
                return value
    raise AttributeError("no number of heads")


def _head_size(owner: Any) -> int:
    for name in ("head_dim", "head_size", "attention_head_size"):
        if isinstance(value := getattr(owner, name, None), int):
            return value
    raise AttributeError("no size of heads")


def _grouped(owner: Any, rows: int) -> _Found:
    """Find q of all heads, then k and v of as many as are left."""
    names, thirds = "q, k, v", _equal("q, k, v")(owner, rows)
    try:
        size, heads = _head_size(owner), _heads(owner)
    except AttributeError:
        return thirds
    left = rows - heads * size
    if left < 2 * size or left % (2 * size):
        return thirds
    return names, (heads * size, left // 2, left // 2)


def _beside_q(owner: Any, rows: int) -> _Found:
    """Find k and v as wide as the layer q beside them."""
    width = owner.q.weight.shape[0]
    return ("k, v", (width, width)) if rows == 2 * width else None


def _by_group(owner: Any, rows: int) -> _Found:
    """Find, for each head of k and v in turn, its heads of q, then k, then v."""
    size, heads = _head_size(owner), _heads(owner)
    groups = getattr(owner, "num_kv_heads", heads)
    return "q, k, v", (heads // groups * size, size, size)


def _codegen(owner: Any, rows: int) -> _Found:
    size = rows // 3 // owner.mp_num
    return "q, v, k", (size, size, size)


def _bigcode(owner: Any, rows: int) -> _Found:
    if owner.is_cross_attention:
        return _equal("k, v")(owner, rows)
    return _grouped(owner, rows) if owner.multi_query else _by_group(owner, rows)


def _delta_net(owner: Any, rows: int) -> _Found:
    values = owner.num_v_heads // owner.num_k_heads * owner.head_v_dim
    return "q, k, v, z", (owner.head_k_dim, owner.head_k_dim, values, values)


def _mamba2(owner: Any, rows: int) -> _Found:
    inner, state = owner.intermediate_size, owner.n_groups * owner.ssm_state_size
    sizes = inner, inner, state, state, owner.num_heads
    return ("z, x, B, C, dt", sizes) if sum(sizes) == rows else None


def _mamba(owner: Any, rows: int) -> _Found:
    return _equal("x, z")(owner, rows) if rows == 2 * owner.intermediate_size else None


#: Owners' classes, the layer's name in them, and what is packed; the first that fits decides.
_PACKED: tuple[tuple[str, str, _Finder], ...] = (
    ("CodeGenAttention", "qkv_proj", _codegen),
    ("GPTBigCodeAttention", "c_attn", _bigcode),
    ("MiniMaxLightningAttention", "qkv_proj", _by_group),
    ("DisentangledSelfAttention", "in_proj", _by_group),
    ("*", "query_key_value", _by_group),
    ("*DeltaNet", "in_proj_qkvz", _delta_net),
    (
        "*DeltaNet",
        "in_proj_ba",
        lambda owner, rows: ("b, a", (rows // 2 // owner.num_k_heads,) * 2),
    ),
    ("*", "in_proj_qkv", _sizes("q, k, v", "key_dim", "key_dim", "value_dim")),
    ("*", "qkv", _grouped),
    ("*", "qkv_proj", _grouped),
    ("*", "qkv_linear", _grouped),
    ("*", "to_qkv", _grouped),
    ("*", "Wqkv", _grouped),
    ("*", "att_proj", _grouped),
    ("*", "kv", _beside_q),
    ("*", "to_kv", _equal("k, v")),
    ("*", "linear_kv", _equal("k, v")),
    ("JetMoeAttention", "kv_proj", _equal("k, v")),
    ("*", "kv_b_proj", _sizes("k, v", "qk_nope_head_dim", "v_head_dim")),
    ("*", "kv_a_proj_with_mqa", _sizes("latent, rotary k", "kv_lora_rank", "qk_rope_head_dim")),
    ("*", "gate_up_proj", _equal("gate, up")),
    ("*MLP JetMoeMoE", "input_linear", _equal("gate, up")),
    ("*ModernBert*MLP", "Wi", _equal("input, gate")),
    ("*SwiGLU*", "w12", _equal("gate, up")),
    ("*SwiGLU*", "weights_in", _equal("gate, up")),
    ("Moonshine*DecoderMLP", "fc1", _equal("input, gate")),
    ("GluMlp", "fc1", _equal("gate, up")),
    ("*Conv*Module *Convolution*", "pointwise_conv1", _equal("value, gate")),
    ("*Conv*Module", "up_conv", _equal("value, gate")),
    ("ZambaMambaMixer", "in_proj", lambda owner, rows: ("x, z", (1, 1))),
    ("*Mamba* *Mixer", "in_proj", _mamba2),
    ("*Mamba* *Mixer", "in_proj", _mamba),
    (
        "*Mamba* *Mixer",
        "x_proj",
        _sizes("dt, B, C", "time_step_rank", "ssm_state_size", "ssm_state_size"),
    ),
    ("*ShortConv", "in_proj", _equal("B, C, x")),
)

_BY_NAME: dict[str, list[tuple[str, _Finder]]] = {}
for _owners, _name, _find in _PACKED:
    _BY_NAME.setdefault(_name, []).append((_owners, _find))
