"""Fast, exactly reproducible initialization of neural networks.

The value of every element of every parameter is a pure function of the seed, the parameter's
name, the element's index and what the array is filled with (a method's numbers, the shape, the
dtype): not of threads, instruction sets, shards or frameworks.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # others get each name from its room when they first ask for it
    from netinit import checkpoint as checkpoint
    from netinit import errors as errors
    from netinit import initializers as initializers
    from netinit import inspect as inspect
    from netinit import jax as jax
    from netinit import keras as keras
    from netinit import linalg as linalg
    from netinit import methods as methods
    from netinit import mindspore as mindspore
    from netinit import mlx as mlx
    from netinit import nets as nets
    from netinit import numpy as numpy
    from netinit import paddle as paddle
    from netinit import thinc as thinc
    from netinit import torch as torch
    from netinit.api.config import get_include as get_include
    from netinit.api.config import get_library as get_library
    from netinit.api.config import show_config as show_config
    from netinit.api.fill import fill as fill
    from netinit.api.initialize import initialize as initialize
    from netinit.api.plan import plan as plan
    from netinit.base.words import All as All
    from netinit.base.words import Automatic as Automatic
    from netinit.base.words import Inherited as Inherited
    from netinit.initializers.distributions import Constant as Constant
    from netinit.initializers.distributions import Normal as Normal
    from netinit.initializers.distributions import TruncatedNormal as TruncatedNormal
    from netinit.initializers.distributions import Uniform as Uniform
    from netinit.numpy.adapter import ArraySpec as ArraySpec
    from netinit.numpy.create import create as create
    from netinit.parameters.parameter import Parameter as Parameter
    from netinit.plans.plan import Plan as Plan
    from netinit.shapes.layout import Layout as Layout
    from netinit.streams.stream import Stream as Stream
    from netinit.verification.verify import verify as verify

    __version__: str

#: The module that defines each public name; a package or module is its own.
_HOMES = {
    "All": "base.words",
    "ArraySpec": "numpy.adapter",
    "Automatic": "base.words",
    "Constant": "initializers.distributions",
    "Inherited": "base.words",
    "Layout": "shapes.layout",
    "Normal": "initializers.distributions",
    "Parameter": "parameters.parameter",
    "Plan": "plans.plan",
    "Stream": "streams.stream",
    "TruncatedNormal": "initializers.distributions",
    "Uniform": "initializers.distributions",
    "create": "numpy.create",
    "fill": "api.fill",
    "get_include": "api.config",
    "get_library": "api.config",
    "initialize": "api.initialize",
    "plan": "api.plan",
    "show_config": "api.config",
    "verify": "verification.verify",
    **{
        name: name
        for name in (
            *("checkpoint", "errors", "initializers", "inspect", "jax", "keras", "linalg"),
            *("methods", "mindspore", "mlx", "nets", "numpy", "paddle", "thinc", "torch"),
        )
    },
}

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
    "get_library",
    "initialize",
    "initializers",
    "inspect",
    "jax",
    "keras",
    "linalg",
    "methods",
    "mindspore",
    "mlx",
    "nets",
    "numpy",
    "paddle",
    "plan",
    "show_config",
    "thinc",
    "torch",
    "verify",
]


def __getattr__(name: str) -> object:
    if name == "__version__":
        from netinit.base.version import version

        return version()
    if name == "__pyx_capi__":  # where Cython looks for the functions of __init__.pxd
        from netinit import _core

        return _core.capi()
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}{_hint(name)}")
    module = import_module(f"netinit.{home}")
    value = module if home == name else getattr(module, name)
    globals()[name] = value
    return value


def _hint(name: str) -> str:
    """Return where a name is that is not here, or the nearest one, for the message."""
    if name.startswith("_"):
        return ""
    from netinit.base.spelling import nearest

    for room in ("numpy", "methods", "initializers"):
        for there in (name, name.removesuffix("_")):
            if there in import_module(f"netinit.{room}").__all__:
                return f"; did you mean netinit.{room}.{there}?"
    near = nearest(name, __all__)
    return f"; did you mean netinit.{near}?" if near else ""


def __dir__() -> list[str]:
    return __all__
