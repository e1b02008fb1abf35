"""Fast, exactly reproducible initialization of neural networks.

The value of every element of every parameter is a pure function of the seed, the parameter's
name and the element's index: not of threads, instruction sets, shards or frameworks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from netinit.api.config import get_include, show_config
from netinit.api.fill import fill
from netinit.api.initialize import initialize
from netinit.api.plan import plan
from netinit.base.words import All, Automatic, Inherited
from netinit.initializers.distributions import Constant, Normal, TruncatedNormal, Uniform
from netinit.numpy.adapter import ArraySpec
from netinit.numpy.create import create
from netinit.parameters.parameter import Parameter
from netinit.plans.plan import Plan
from netinit.shapes.layout import Layout
from netinit.streams.stream import Stream

if TYPE_CHECKING:  # type checkers know the packages; others get them when they ask
    from netinit import checkpoint as checkpoint
    from netinit import errors as errors
    from netinit import initializers as initializers
    from netinit import jax as jax
    from netinit import keras as keras
    from netinit import linalg as linalg
    from netinit import methods as methods
    from netinit import nets as nets
    from netinit import numpy as numpy
    from netinit import thinc as thinc
    from netinit import torch as torch

    __version__: str

__all__ = [
    "All",
    "ArraySpec",
    "Automatic",
    "Constant",
    "Inherited",
    "Layout",
    "Normal",
    "Parameter",
    "Plan",
    "Stream",
    "TruncatedNormal",
    "Uniform",
    "__version__",
    "checkpoint",
    "create",
    "errors",
    "fill",
    "get_include",
    "initialize",
    "initializers",
    "jax",
    "keras",
    "linalg",
    "methods",
    "nets",
    "numpy",
    "plan",
    "show_config",
    "thinc",
    "torch",
]


def __getattr__(name: str) -> object:
    if name == "__version__":
        from netinit.base.version import version

        return version()
    if name in __all__:
        from importlib import import_module

        return import_module(f"netinit.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
