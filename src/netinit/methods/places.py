"""The names that model code bases give to the weights which published schemes treat apart."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

from netinit.base.checks import count

__all__ = [
    "HEADS",
    "MLP_INPUTS",
    "RESIDUAL_OUTPUTS",
    "VALUES",
    "as_patterns",
    "named",
    "set_counts_and_patterns",
]


#: The last linear map of each residual branch of a transformer: attention's, then the MLP's.
RESIDUAL_OUTPUTS = (
    *("*c_proj.weight", "*out_proj.weight", "*o_proj.weight", "*.wo.weight"),
    *("*self_attention.dense.weight", "*linear_proj.weight", "*attention.output.dense.weight"),
    *("*down_proj.weight", "*fc2.weight", "*linear2.weight", "*fc_out.weight", "*.w2.weight"),
    *("*dense_4h_to_h.weight", "*linear_fc2.weight", "*output.dense.weight"),
)

#: The other linear maps of a transformer's MLP.
MLP_INPUTS = (
    *("*fc1.weight", "*linear1.weight", "*c_fc.weight", "*fc_in.weight", "*.w1.weight"),
    *("*up_proj.weight", "*gate_proj.weight", "*.w3.weight", "*dense_h_to_4h.weight"),
    *("*linear_fc1.weight", "*intermediate.dense.weight"),
)

#: The projections to attention's values. Packed with others they are known by their layout.
VALUES = ("*v_proj.weight", "*v_proj_weight", "*value.weight", "*.wv.weight")

#: The last layer of a net, which gives logits.
HEADS = (
    *("fc.weight", "*.fc.weight", "*lm_head.weight", "head.weight", "*.head.weight"),
    *("*classifier.weight", "*readout.weight", "*output_layer.weight", "*score.weight"),
)


def named(name: str, patterns: Iterable[str]) -> bool:
    """Return whether a parameter's name matches one of some patterns (as in `fnmatch`)."""
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def as_patterns(what: str, value: object) -> tuple[str, ...]:
    """Return one or several name patterns as a tuple, or raise TypeError naming `what`."""
    if isinstance(value, str):
        return (value,)
    if isinstance(value, Iterable):
        patterns = tuple(value)
        if all(isinstance(pattern, str) for pattern in patterns):
            return patterns
    raise TypeError(f"{what} must be a name pattern or several, not {value!r}")


def set_counts_and_patterns(
    method: object, counts: dict[str, int], patterns: Iterable[str]
) -> None:
    """Check and store a frozen scheme's numbers of layers (with the least of each) and patterns."""
    kind = type(method).__name__
    for option, least in counts.items():
        value = count(f"{kind}'s {option}", getattr(method, option), least)
        object.__setattr__(method, option, value)
    for option in patterns:
        chosen = as_patterns(f"{kind}'s {option}", getattr(method, option))
        object.__setattr__(method, option, chosen)
