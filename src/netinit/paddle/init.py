"""The functions of ``paddle.nn.init``, drawn by netinit: import it in Paddle's place.

Each calls the class of `netinit.paddle.initializer` that it names, which has the formula, the
errors and what governs the values. Like Paddle's, outside of programs they give the tensor new
memory and return None.
"""

from __future__ import annotations

from typing import Any

from paddle.nn.init import calculate_gain, constant_, dirac_, eye_, ones_, zeros_

from netinit.paddle import initializer

__all__ = [
    "calculate_gain",
    "constant_",
    "dirac_",
    "eye_",
    "kaiming_normal_",
    "kaiming_uniform_",
    "normal_",
    "ones_",
    "orthogonal_",
    "trunc_normal_",
    "uniform_",
    "xavier_normal_",
    "xavier_uniform_",
    "zeros_",
]


def kaiming_uniform_(
    tensor: Any, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu"
) -> Any:
    """Fill a tensor by `netinit.paddle.initializer.KaimingUniform`.

    Parameters
    ----------
    tensor : paddle.Tensor
    a : float, default 0
        The negative slope of leaky_relu.
    mode : {"fan_in", "fan_out"}
    nonlinearity : str, default "leaky_relu"
        The class has "relu", which is the same for a slope of 0.
    """
    rule = initializer.KaimingUniform(negative_slope=a, nonlinearity=nonlinearity, mode=mode)
    return rule(tensor)


def kaiming_normal_(
    tensor: Any, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu"
) -> Any:
    """Fill a tensor by `netinit.paddle.initializer.KaimingNormal`; see `kaiming_uniform_`.

    Examples
    --------
    >>> import paddle
    >>> from netinit.paddle import init
    >>> weight = paddle.empty([200, 300])
    >>> init.kaiming_normal_(weight, nonlinearity="relu")
    >>> round(float(weight.std()), 2)
    0.1
    """
    rule = initializer.KaimingNormal(negative_slope=a, nonlinearity=nonlinearity, mode=mode)
    return rule(tensor)


def xavier_uniform_(
    tensor: Any, gain: float = 1.0, fan_in: float | None = None, fan_out: float | None = None
) -> Any:
    """Fill a tensor by `netinit.paddle.initializer.XavierUniform`.

    Parameters
    ----------
    tensor : paddle.Tensor
    gain : float, default 1
    fan_in, fan_out : float, optional
        In place of the tensor's.
    """
    return initializer.XavierUniform(gain=gain, fan_in=fan_in, fan_out=fan_out)(tensor)


def xavier_normal_(
    tensor: Any, gain: float = 1.0, fan_in: float | None = None, fan_out: float | None = None
) -> Any:
    """Fill a tensor by `netinit.paddle.initializer.XavierNormal`; see `xavier_uniform_`."""
    return initializer.XavierNormal(gain=gain, fan_in=fan_in, fan_out=fan_out)(tensor)


def uniform_(tensor: Any, a: float = 0.0, b: float = 1.0) -> Any:
    """Fill a tensor by `netinit.paddle.initializer.Uniform` on [a, b)."""
    return initializer.Uniform(low=a, high=b)(tensor)


def normal_(tensor: Any, mean: float = 0.0, std: float = 1.0) -> Any:
    """Fill a tensor by `netinit.paddle.initializer.Normal`."""
    return initializer.Normal(mean=mean, std=std)(tensor)


def trunc_normal_(
    tensor: Any, mean: float = 0.0, std: float = 1.0, a: float = -2.0, b: float = 2.0
) -> Any:
    """Fill a tensor by `netinit.paddle.initializer.TruncatedNormal`: a, b are the bounds."""
    return initializer.TruncatedNormal(mean=mean, std=std, a=a, b=b)(tensor)


def orthogonal_(tensor: Any, gain: float = 1) -> Any:
    """Fill a tensor by `netinit.paddle.initializer.Orthogonal`."""
    return initializer.Orthogonal(gain=gain)(tensor)
