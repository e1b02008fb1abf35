"""Methods: what each parameter of a net is filled with.

Each is a class whose fields are its options, and has a name that ``method=`` of
`netinit.initialize`, rules, recipes and the command line accept. `register` gives a method of
your own one.
"""

from __future__ import annotations

from netinit.methods.base import Method
from netinit.methods.dummy import Dummy
from netinit.methods.every import Every
from netinit.methods.forget_gate import ForgetBias
from netinit.methods.matrices import Identity, Orthogonal
from netinit.methods.mup import MuP
from netinit.methods.native import Native
from netinit.methods.random import Random
from netinit.methods.registry import METHODS, register
from netinit.methods.residual import Fixup
from netinit.methods.rules import Rules
from netinit.methods.scaling import Kaiming, Lecun, VarianceScaling, Xavier
from netinit.methods.siren import Siren
from netinit.methods.transformers import GPT2, DeepNorm, TFixup
from netinit.methods.vocabulary import as_method
from netinit.methods.zero import Zero

__all__ = [
    "GPT2",
    "METHODS",
    "DeepNorm",
    "Dummy",
    "Every",
    "Fixup",
    "ForgetBias",
    "Identity",
    "Kaiming",
    "Lecun",
    "Method",
    "MuP",
    "Native",
    "Orthogonal",
    "Random",
    "Rules",
    "Siren",
    "TFixup",
    "VarianceScaling",
    "Xavier",
    "Zero",
    "as_method",
    "register",
]
