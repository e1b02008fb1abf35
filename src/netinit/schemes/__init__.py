"""Published schemes as methods: rules that know a parameter's place in its net.

They tell places apart by names; the patterns are options, and `netinit.plan` shows the result.
A net in which no name fits is warned of.
"""

from __future__ import annotations

from netinit.methods.base import Method
from netinit.methods.forget_gate import ForgetBias
from netinit.methods.mup import MuP
from netinit.methods.residual import Fixup
from netinit.methods.siren import Siren
from netinit.methods.transformers import GPT2, DeepNorm, TFixup
from netinit.methods.zero import Zero

__all__ = ["GPT2", "SCHEMES", "DeepNorm", "Fixup", "ForgetBias", "MuP", "Siren", "TFixup", "Zero"]

#: Every name of a scheme and its class; an alias is a row.
SCHEMES: dict[str, type[Method]] = {
    "GPT2": GPT2,
    "Megatron": GPT2,
    "DeepNorm": DeepNorm,
    "TFixup": TFixup,
    "Fixup": Fixup,
    "Siren": Siren,
    "Zero": Zero,
    "MuP": MuP,
    "ForgetBias": ForgetBias,
}
