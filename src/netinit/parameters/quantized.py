"""What the tensors of quantized layers are, by the ends of their names."""

from __future__ import annotations

from collections.abc import Container
from fnmatch import fnmatchcase
from functools import lru_cache

__all__ = ["PARTS", "part_of", "weight_of"]

#: Patterns on the last part of a name, and what a tensor of such a name is; the first that fits.
PARTS = {
    "order": ("perm", "*_perm", "*sort_indices"),
    "group index": ("*g_idx",),
    "shape": ("*weight_shape",),
    "zero point": ("*qzeros", "*zero_point", "*zero_points", "*zeros"),
    "scale": ("*scale", "*scales", "*scale_inv", "*scale_[0-9]", "*absmax"),
    "codes": ("*qweight", "*weight_packed", "*_blocks"),
}

#: How the name of a weight's scale ends.
_SCALES = ("weight_scale_inv", "weight_scale", "scale_inv", "scales", "scale", "absmax")

#: How the names of others end that stand beside a weight.
_OTHERS = ("weight_shape", "weight_zero_point", "zero_points", "zero_point", "qzeros", "g_idx")

#: How the name of the weight ends in their place.
_WEIGHTS = ("weight", "qweight", "weight_packed", "blocks")


def part_of(name: str) -> str:
    """Return what a tensor of a quantized layer is, a key of `PARTS`; "" where no name says so.

    Examples
    --------
    >>> from netinit.parameters.quantized import part_of
    >>> part_of("model.layers.0.mlp.down_proj.weight_scale_inv"), part_of("model.norm.weight")
    ('scale', '')
    """
    return _part_of_last(name.rpartition(".")[2])


@lru_cache(maxsize=4096)  # nets have many tensors, and few ends of names
def _part_of_last(last: str) -> str:
    last = last.lower()
    for part, patterns in PARTS.items():
        if any(fnmatchcase(last, pattern) for pattern in patterns):
            return part
    return ""


def weight_of(name: str, names: Container[str]) -> str:
    """Return the name, among those of a net, of the weight that a scale or the like belongs to.

    "" where there is none, as for the scale of an input.

    Examples
    --------
    >>> from netinit.parameters.quantized import weight_of
    >>> weight_of("fc.scales", ["fc.qweight", "fc.scales"])
    'fc.qweight'
    >>> weight_of("experts.w13_weight_scale", ["experts.w13_weight"])
    'experts.w13_weight'
    >>> weight_of("fc.input_scale", ["fc.weight"])
    ''
    """
    head, dot, last = name.rpartition(".")
    for ending in (*_SCALES, *_OTHERS):
        if not last.endswith(ending):
            continue
        stem = f"{head}{dot}{last.removesuffix(ending)}"
        for weight in (*(stem + end for end in _WEIGHTS), stem.rstrip("._")):
            if weight in names:
                return weight
        return ""
    return ""
