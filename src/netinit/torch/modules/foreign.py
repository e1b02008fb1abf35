"""Layers of other libraries, known by their names, so that the library need not be imported."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from typing import Any

from torch import nn

from netinit.parameters.rule import BIAS, MEAN, SCALE, SHIFT, VARIANCE, Rule
from netinit.shapes.layout import DENSE, Layout
from netinit.torch.modules.packing import WEIGHT, blocks, cut
from netinit.torch.walk import class_of

__all__ = ["NORM", "foreign_rule"]

NORM = {
    "weight": SCALE,
    "bias": SHIFT,
    "running_mean": MEAN,
    "running_var": VARIANCE,
}

_Shape = Sequence[int]
_Rule = Callable[[Any, str, str, _Shape], Rule]


def foreign_rule(module: nn.Module, key: str, path: str, shape: _Shape | None) -> Rule | None:
    """Return what a tensor of a layer is that is none of torch's own; None where not known."""
    if shape is None:
        return None
    cls = class_of(module).__name__
    if len(shape) == 1 and (cls.endswith(("RMSNorm", "LayerNorm")) or "FrozenBatchNorm" in cls):
        return NORM.get(key)
    for classes, keys, axes, rule in _OF_TRANSFORMERS if _is_of_transformers(module) else ():
        if len(shape) == axes and fnmatchcase(cls, classes) and fnmatchcase(key, keys):
            return rule(module, key, path, shape)
    if key == "in_proj_weight" and len(shape) == 2 and shape[0] == 3 * shape[1]:
        return cut(WEIGHT, "q, k, v", (shape[1],) * 3, shape, axis=0)
    if key == "in_proj_bias" and len(shape) == 1:
        return BIAS
    if key == "weight" and len(shape) == 2 and cls.endswith(("Embedding", "Embeddings")):
        return Rule("embedding", DENSE)
    return None


def _is_of_transformers(module: nn.Module) -> bool:
    return any(base.__module__.startswith("transformers") for base in type(module).__mro__)


def _dense(module: Any, key: str, path: str, shape: _Shape) -> Rule:
    return WEIGHT


def _bias(module: Any, key: str, path: str, shape: _Shape) -> Rule:
    return BIAS


def _conv1d(module: Any, key: str, path: str, shape: _Shape) -> Rule:
    """Dense layers whose weight is (in, out); GPT-2's c_attn packs query, key and value."""
    rule = Rule("weight", Layout((1,), (0,)), note="(in, out)")
    into, out = shape
    if path.rpartition(".")[2] == "c_attn" and into and out in (2 * into, 3 * into):
        names = "q, k, v" if out == 3 * into else "k, v"
        return cut(rule, names, (into,) * (out // into), shape, axis=1)
    return rule


def _experts(module: Any, key: str, path: str, shape: _Shape) -> Rule:
    """Experts of a mixture: their dense weights, or their biases, packed along axis 0."""
    transposed = getattr(module, "is_transposed", class_of(module).__name__.startswith("Llama4"))
    out, into = (2, 1) if transposed else (1, 2)
    rule = blocks("experts", shape[0], Layout((out,), (into,)))
    if key != "gate_up_proj" or shape[out] % 2:
        return rule
    in_turn = not getattr(module, "is_concatenated", True)
    half = 1 if in_turn else shape[out] // 2
    return cut(rule, "gate, up", (half, half), shape, out)


def _dbrx(module: Any, key: str, path: str, shape: _Shape) -> Rule:
    """Experts of DBRX, (experts hidden, width): w1 and v1 to the hidden layer, w2 back."""
    layout = Layout((1,), (0,)) if key == "w2" else Layout((0,), (1,))
    return blocks("experts", module.moe_num_experts, layout)


def _each(what: str, out: int, into: int) -> _Rule:
    """Return the rule of maps along axis 0, of which `out` and `into` are the other axes."""

    def rule(module: Any, key: str, path: str, shape: _Shape) -> Rule:
        return blocks(what, shape[0], Layout((out,), (into,)))

    return rule


def _axes(out: tuple[int, ...], into: tuple[int, ...], note: str) -> _Rule:
    """Return the rule of one map with these axes."""

    def rule(module: Any, key: str, path: str, shape: _Shape) -> Rule:
        return Rule("weight", Layout(out, into), note=note)

    return rule


def _zamba(module: Any, key: str, path: str, shape: _Shape) -> Rule:
    """Return the rule of a weight (heads, dt and B and C, in)."""
    rule = blocks("heads", shape[0], Layout((1,), (2,)))
    sizes = module.time_step_rank, module.ssm_state_size, module.ssm_state_size
    return cut(rule, "dt, B, C", sizes, shape, axis=1)


def _streams(module: Any, key: str, path: str, shape: _Shape) -> Rule:
    n = module.hc_mult
    return cut(WEIGHT, "pre, post, mix", (n, n, n * n), shape, axis=0)


#: A class, a key, a number of axes and their rule; the first that fits decides.
_OF_TRANSFORMERS: tuple[tuple[str, str, int, _Rule], ...] = (
    ("Conv1D", "weight", 2, _conv1d),
    ("Conv1D", "bias", 1, _bias),
    ("DbrxExpertGLU", "[wv][12]", 2, _dbrx),
    ("*Experts", "*bias", 2, _bias),
    ("*Experts", "*", 3, _experts),
    ("*Router", "weight", 2, _dense),
    ("QuantLinear", "weight", 2, _dense),
    ("QuantLinear", "bias", 1, _bias),
    ("*HyperHead", "hc_fn", 2, _dense),
    ("*HyperConnection", "fn", 2, _streams),
    ("RecurrentGemmaRglru", "*_gate_weight", 3, _each("heads", 2, 1)),
    ("GroupedLinearLayer", "weight", 3, _each("groups", 2, 1)),
    ("CsmCodebooksHead", "weight", 3, _each("codebooks", 2, 1)),
    ("ZambaMambaMixer", "x_proj_weight", 3, _zamba),
    ("ZambaMambaMixer", "dt_proj_weight", 3, _each("heads", 1, 2)),
    ("XLNetRelativeAttention", "[qkvr]", 3, _axes((1, 2), (0,), "(in, heads, head)")),
    ("XLNetRelativeAttention", "o", 3, _axes((0,), (1, 2), "(out, heads, head)")),
    ("FunnelRelMultiheadAttention", "r_kernel", 3, _axes((1, 2), (0,), "(in, heads, head)")),
)
