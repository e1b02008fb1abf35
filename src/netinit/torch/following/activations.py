"""Activations by their modules, functions and methods, as the names of netinit's gains."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from torch import fx, nn

__all__ = ["UNKNOWN", "Activation", "activation_of", "of_call"]

#: A row of `netinit.initializers.gains` and its number, where that is not the default.
Activation = tuple[str, float | None]

#: An activation, or another step, of which no gain is known.
UNKNOWN: Activation = ("unknown", None)


#: Makes an activation of the numbers that it has, given by their names.
Maker = Callable[..., Activation]


def _softplus(beta: float = 1.0) -> Activation:
    return ("softplus", None) if beta == 1 else UNKNOWN


def _hardtanh(min_val: float = -1.0, max_val: float = 1.0) -> Activation:
    known: dict[tuple[float, float], Activation] = {
        (-1, 1): ("hardtanh", None),
        (0, 6): ("relu6", None),
    }
    return known.get((min_val, max_val), UNKNOWN)


def _rrelu(lower: float = 1 / 8, upper: float = 1 / 3) -> Activation:
    # E[a**2] of a slope that is uniform between the two, as in training.
    return "leaky_relu", math.sqrt((lower**2 + lower * upper + upper**2) / 3)


def _gelu(approximate: str = "none") -> Activation:
    return ("gelu_tanh" if approximate == "tanh" else "gelu"), None


def _plain(name: str) -> Maker:
    return lambda: (name, None)


def _numbered(name: str, number: str, default: float) -> Maker:
    """Return the maker of an activation with one number, which is left out at its default."""

    def make(**numbers: float) -> Activation:
        value = numbers.get(number, default)
        return name, None if value == default else float(value)

    return make


_LEAKY = (_numbered("leaky_relu", "negative_slope", 0.01), ("negative_slope",))
_ELU = (_numbered("elu", "alpha", 1.0), ("alpha",))
_CELU = (_numbered("celu", "alpha", 1.0), ("alpha",))
_RRELU = (_rrelu, ("lower", "upper"))
_GELU = (_gelu, ("approximate",))
_SOFTPLUS = (_softplus, ("beta",))
_HARDTANH = (_hardtanh, ("min_val", "max_val"))

#: For each class of torch.nn its activation, and the attributes that are its numbers.
_MODULES: dict[type[nn.Module], tuple[Maker, tuple[str, ...]]] = {
    nn.ReLU: (_plain("relu"), ()),
    nn.Hardtanh: _HARDTANH,  # ReLU6 is one
    nn.LeakyReLU: _LEAKY,
    nn.PReLU: (_numbered("prelu", "init", 0.25), ("init",)),
    nn.RReLU: _RRELU,
    nn.ELU: _ELU,
    nn.CELU: _CELU,
    nn.SELU: (_plain("selu"), ()),
    nn.GELU: _GELU,
    nn.SiLU: (_plain("silu"), ()),
    nn.Mish: (_plain("mish"), ()),
    nn.Tanh: (_plain("tanh"), ()),
    nn.Sigmoid: (_plain("sigmoid"), ()),
    nn.Softplus: _SOFTPLUS,
    nn.Softsign: (_plain("softsign"), ()),
    nn.LogSigmoid: (_plain("logsigmoid"), ()),
    nn.Hardswish: (_plain("hardswish"), ()),
    nn.Hardsigmoid: (_plain("hardsigmoid"), ()),
    nn.Tanhshrink: (_plain("tanhshrink"), ()),
    nn.GLU: (_plain("glu"), ()),
}

#: Classes of other libraries (transformers, timm) by their names.
_NAMES = {
    **dict.fromkeys(("GELUActivation", "GELU"), "gelu"),
    **dict.fromkeys(
        ("GELUTanh", "PytorchGELUTanh", "NewGELUActivation", "FastGELUActivation"), "gelu_tanh"
    ),
    "AccurateGELUActivation": "gelu_tanh",
    **dict.fromkeys(("QuickGELUActivation", "QuickGELU"), "quick_gelu"),
    **dict.fromkeys(("SiLUActivation", "Swish", "SiLU"), "silu"),
    **dict.fromkeys(("MishActivation", "Mish"), "mish"),
    **dict.fromkeys(("ReLUSquaredActivation", "SquaredReLU"), "squared_relu"),
    "LinearActivation": "linear",
    "HardSwish": "hardswish",
    "HardSigmoid": "hardsigmoid",
    "Sigmoid": "sigmoid",
    "Tanh": "tanh",
}

#: Functions and methods by their names without a last underscore, and their arguments.
_CALLS: dict[str, tuple[Maker, tuple[str, ...]]] = {
    **{
        name: (_plain(name), ())
        for name in (
            *("relu", "relu6", "tanh", "sigmoid", "silu", "mish", "selu", "softsign", "prelu"),
            *("hardswish", "hardsigmoid", "tanhshrink", "logsigmoid", "sin", "glu"),
        )
    },
    "special_expit": (_plain("sigmoid"), ()),
    "gelu": _GELU,
    "leaky_relu": _LEAKY,
    "elu": _ELU,
    "celu": _CELU,
    "rrelu": _RRELU,
    "softplus": _SOFTPLUS,
    "hardtanh": _HARDTANH,
}


def activation_of(module: object) -> Activation | None:
    """Return the activation that a module or function is; None where it is none that is known.

    Examples
    --------
    >>> import torch
    >>> from netinit.torch.following.activations import activation_of
    >>> activation_of(torch.nn.LeakyReLU(0.2)), activation_of(torch.nn.functional.gelu)
    (('leaky_relu', 0.2), ('gelu', None))
    """
    for cls in type(module).__mro__:
        if cls in _MODULES:
            make, attributes = _MODULES[cls]
            return make(**{name: getattr(module, name) for name in attributes})
    if isinstance(module, nn.Module):
        name = _NAMES.get(type(module).__name__)
        return None if name is None or next(module.parameters(), None) is not None else (name, None)
    row = _CALLS.get(getattr(module, "__name__", "").removesuffix("_"))
    return row[0]() if row else None


def of_call(name: str, node: fx.Node) -> Activation | None:
    """Return the activation that a call of a function or method of a name is, with its options."""
    row = _CALLS.get(name.removesuffix("_"))
    if row is None:
        return None
    make, parameters = row
    given: dict[str, Any] = dict(zip(parameters, node.args[1:], strict=False))
    given |= {key: value for key, value in node.kwargs.items() if key in parameters}
    if any(isinstance(value, fx.Node) for value in given.values()):
        return UNKNOWN
    return make(**given)
