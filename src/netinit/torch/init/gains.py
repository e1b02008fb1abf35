"""The gains of nonlinearities and the fans of tensors, by torch's rules."""

from __future__ import annotations

import math
from typing import Any, Literal

import torch

__all__ = [
    "_FanMode",
    "_NonlinearityType",
    "_calculate_correct_fan",
    "_calculate_fan_in_and_fan_out",
    "calculate_gain",
]

_NonlinearityType = Literal[
    "linear",
    "conv1d",
    "conv2d",
    "conv3d",
    "conv_transpose1d",
    "conv_transpose2d",
    "conv_transpose3d",
    "sigmoid",
    "tanh",
    "relu",
    "leaky_relu",
    "selu",
]
_FanMode = Literal["fan_in", "fan_out"]
_MODES = ["fan_in", "fan_out"]

#: The gains that depend on no parameter: torch's names and no others, its 1 an integer.
_GAINS: dict[object, float] = {
    **dict.fromkeys(("linear", "conv1d", "conv2d", "conv3d"), 1),
    **dict.fromkeys(("conv_transpose1d", "conv_transpose2d", "conv_transpose3d"), 1),
    "sigmoid": 1,
    "tanh": 5 / 3,
    "relu": math.sqrt(2),
    "selu": 3 / 4,
}


def calculate_gain(nonlinearity: _NonlinearityType, param: int | float | None = None) -> float:
    """Return by how much weights are scaled up so that a nonlinearity keeps the variance.

    Parameters
    ----------
    nonlinearity : str
        linear, conv1d to conv3d, conv_transpose1d to conv_transpose3d, sigmoid, tanh, relu,
        leaky_relu or selu, in lower case. `netinit.initializers.gain` knows more.
    param : int or float, optional
        The negative slope s of leaky_relu, 0.01 where not given; the others ignore it.

    Raises
    ------
    ValueError
        If the name is not one of these, or the slope is not a number.

    Notes
    -----
    1 for the linear maps and sigmoid, 5/3 for tanh, sqrt(2) for relu, sqrt(2 / (1 + s**2))
    for leaky_relu, 3/4 for selu.

    Examples
    --------
    >>> from netinit.torch import init
    >>> init.calculate_gain("leaky_relu", 0.2)
    1.3867504905630728
    """
    gain = _GAINS.get(nonlinearity) if isinstance(nonlinearity, str) else None
    if gain is not None:
        return gain
    if nonlinearity != "leaky_relu":
        raise ValueError(f"Unsupported nonlinearity {nonlinearity}")
    slope = 0.01 if param is None else param
    if isinstance(slope, bool) or not isinstance(slope, (int, float)):
        raise ValueError(f"negative_slope {param} not a valid number")
    return math.sqrt(2.0 / (1 + slope**2))


def _calculate_fan_in_and_fan_out(tensor: torch.Tensor) -> tuple[int, int]:
    """Return the fans of a weight (out, in, *kernel); other packages import this.

    `netinit.shapes.fans.fans` knows other layouts, at ten times the time.
    """
    if tensor.dim() < 2:
        raise ValueError(
            "Fan in and fan out can not be computed for tensor with fewer than 2 dimensions"
        )
    fan_out, fan_in, *kernel = tensor.shape
    field = math.prod(kernel)
    return fan_in * field, fan_out * field


def _calculate_correct_fan(tensor: torch.Tensor, mode: Any) -> int:
    """Return the fan that `mode` names, in any case of letters; other packages import this."""
    mode = mode.lower()
    if mode not in _MODES:
        raise ValueError(f"Mode {mode} not supported, please use one of {_MODES}")
    return _calculate_fan_in_and_fan_out(tensor)[_MODES.index(mode)]
