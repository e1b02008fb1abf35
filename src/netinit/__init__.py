"""Fast, exactly reproducible initialization of neural networks.

The value of every element of every parameter is a pure function of the seed, the parameter's
name and the element's index: not of threads, instruction sets, shards or frameworks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from netinit.api.config import get_include, show_config
from netinit.api.fill import fill
from netinit.api.initialize import init_all, initialize
from netinit.api.plan import plan
from netinit.base.words import All, Automatic, Inherited
from netinit.catalogue.entries import Where
from netinit.errors import NothingToInitializeWarning, SymmetryWarning, UnresolvedShapeError
from netinit.initializers.distributions import Constant, Normal, TruncatedNormal, Uniform
from netinit.initializers.elementwise import Distribution
from netinit.initializers.quantile import Quantile
from netinit.methods.matrices import Identity, Orthogonal
from netinit.methods.random import Random
from netinit.methods.rules import Rules
from netinit.methods.scaling import Kaiming, Lecun, VarianceScaling, Xavier
from netinit.numpy.adapter import ArraySpec
from netinit.numpy.creators import CREATORS, Creator, create
from netinit.parameters.parameter import Parameter
from netinit.patterns import (
    ICNR,
    Bilinear,
    DeltaOrthogonal,
    Dirac,
    Eye,
    Given,
    Hadamard,
    Parts,
    Sparse,
)
from netinit.plans.plan import Plan
from netinit.schemes import GPT2, DeepNorm, Fixup, ForgetBias, MuP, Siren, TFixup, Zero
from netinit.shapes.layout import Layout
from netinit.streams.stream import Stream

__all__ = [
    "GPT2",
    "ICNR",
    "All",
    "ArraySpec",
    "Automatic",
    "Bilinear",
    "Constant",
    "DeepNorm",
    "DeltaOrthogonal",
    "Dirac",
    "Distribution",
    "Eye",
    "Fixup",
    "ForgetBias",
    "Given",
    "Hadamard",
    "Identity",
    "Inherited",
    "Kaiming",
    "Layout",
    "Lecun",
    "MuP",
    "Normal",
    "NothingToInitializeWarning",
    "Orthogonal",
    "Parameter",
    "Parts",
    "Plan",
    "Quantile",
    "Random",
    "Rules",
    "Siren",
    "Sparse",
    "Stream",
    "SymmetryWarning",
    "TFixup",
    "TruncatedNormal",
    "Uniform",
    "UnresolvedShapeError",
    "VarianceScaling",
    "Where",
    "Xavier",
    "Zero",
    "__version__",
    "create",
    "fill",
    "get_include",
    "init_all",
    "initialize",
    "plan",
    "show_config",
    *CREATORS,
]

__version__: str
globals().update(CREATORS)  # netinit.normal, netinit.xavier_uniform, ...

if TYPE_CHECKING:  # type checkers know the names; others get them when they ask
    from netinit import checkpoint as checkpoint
    from netinit import jax as jax
    from netinit import keras as keras
    from netinit import linalg as linalg
    from netinit import nets as nets
    from netinit import thinc as thinc
    from netinit import torch as torch

    bilinear: Creator
    constant: Creator
    delta_orthogonal: Creator
    dirac: Creator
    eye: Creator
    fan_in_uniform: Creator
    forget_bias: Creator
    given: Creator
    glorot_normal: Creator
    glorot_truncated_normal: Creator
    glorot_uniform: Creator
    he_normal: Creator
    he_truncated_normal: Creator
    he_uniform: Creator
    icnr: Creator
    identity: Creator
    kaiming_normal: Creator
    kaiming_truncated_normal: Creator
    kaiming_uniform: Creator
    lecun_normal: Creator
    lecun_truncated_normal: Creator
    lecun_uniform: Creator
    normal: Creator
    ones: Creator
    orthogonal: Creator
    random: Creator
    siren: Creator
    sparse: Creator
    trunc_normal: Creator
    truncated_normal: Creator
    uniform: Creator
    variance_scaling: Creator
    xavier_normal: Creator
    xavier_truncated_normal: Creator
    xavier_uniform: Creator
    zero: Creator
    zeros: Creator
else:

    def __getattr__(name):
        if name == "__version__":  # the lookup takes longer than the import of all the rest
            from importlib.metadata import version

            return version("netinit")
        if name in ("checkpoint", "jax", "keras", "linalg", "nets", "thinc", "torch"):
            from importlib import import_module

            return import_module(f"netinit.{name}")
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
