"""Fast, exactly reproducible initialization of neural networks.

The value of every element of every parameter is a pure function of the seed, the parameter's
name and the element's index: not of threads, instruction sets, shards or frameworks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from netinit.config import get_include, show_config
from netinit.distributions import (
    Constant,
    Distribution,
    Normal,
    Quantile,
    TruncatedNormal,
    Uniform,
)
from netinit.errors import NothingToInitializeWarning, SymmetryWarning, UnresolvedShapeError
from netinit.fill import fill
from netinit.initialize import initialize
from netinit.mapping import ArraySpec
from netinit.methods import Identity, Kaiming, Orthogonal, Random, Xavier
from netinit.parameters import Layout, Parameter
from netinit.plan import Plan, plan
from netinit.selection import All, Automatic, Inherited
from netinit.streams import Stream

__all__ = [
    "All",
    "ArraySpec",
    "Automatic",
    "Constant",
    "Distribution",
    "Identity",
    "Inherited",
    "Kaiming",
    "Layout",
    "Normal",
    "NothingToInitializeWarning",
    "Orthogonal",
    "Parameter",
    "Plan",
    "Quantile",
    "Random",
    "Stream",
    "SymmetryWarning",
    "TruncatedNormal",
    "Uniform",
    "UnresolvedShapeError",
    "Xavier",
    "__version__",
    "fill",
    "get_include",
    "initialize",
    "plan",
    "show_config",
]

__version__: str

if TYPE_CHECKING:  # type checkers know the names; others get them when they ask
    from netinit import checkpoint as checkpoint
    from netinit import linalg as linalg
    from netinit import nets as nets
    from netinit import torch as torch
else:

    def __getattr__(name):
        if name == "__version__":  # the lookup takes longer than the import of all the rest
            from importlib.metadata import version

            return version("netinit")
        if name in ("checkpoint", "linalg", "nets", "torch"):  # netinit.torch loads torch
            from importlib import import_module

            return import_module(f"netinit.{name}")
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
