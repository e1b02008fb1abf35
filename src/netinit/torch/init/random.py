"""Values drawn one by one: uniform, normal and truncated normal, Xavier's and Kaiming's."""

from __future__ import annotations

import math
import warnings
from typing import Any

import torch
from torch.overrides import has_torch_function_variadic

from netinit.torch.init.arguments import normal, truncated_normal, uniform
from netinit.torch.init.gains import (
    _calculate_correct_fan,
    _calculate_fan_in_and_fan_out,
    _FanMode,
    _NonlinearityType,
    calculate_gain,
)
from netinit.torch.init.theirs import THEIRS, dispatch
from netinit.torch.init.write import draws, fill_
from netinit.torch.partitioned import refuse_emptied

__all__ = [
    "_no_grad_normal_",
    "_no_grad_trunc_normal_",
    "_no_grad_uniform_",
    "kaiming_normal_",
    "kaiming_uniform_",
    "normal_",
    "trunc_normal_",
    "uniform_",
    "xavier_normal_",
    "xavier_uniform_",
]


def _no_grad_uniform_(
    tensor: torch.Tensor, a: float, b: float, generator: torch.Generator | None = None
) -> torch.Tensor:
    """Do what `uniform_` does, without overrides; other packages import this."""
    # Of complex numbers torch checks the bounds only where there are any.
    if not draws(tensor, generator) or (tensor.is_complex() and not tensor.numel()):
        return THEIRS._no_grad_uniform_(tensor, a, b, generator)  # type: ignore[no-any-return]
    return fill_(tensor, uniform(tensor.dtype, a, b), generator)


def _no_grad_normal_(
    tensor: torch.Tensor, mean: float, std: float, generator: torch.Generator | None = None
) -> torch.Tensor:
    """Do what `normal_` does, without overrides; other packages import this."""
    if not draws(tensor, generator):
        return THEIRS._no_grad_normal_(tensor, mean, std, generator)  # type: ignore[no-any-return]
    return fill_(tensor, normal(tensor.dtype, mean, std), generator)


def _no_grad_trunc_normal_(
    tensor: torch.Tensor,
    mean: float,
    std: float,
    a: float,
    b: float,
    generator: torch.Generator | None = None,
) -> torch.Tensor:
    """Do what `trunc_normal_` does; other packages import this."""
    return _truncate(tensor, mean, std, a, b, generator)


def _truncate(
    tensor: torch.Tensor, mean: Any, std: Any, a: Any, b: Any, generator: Any
) -> torch.Tensor:
    if tensor.is_meta:
        return tensor
    if not draws(tensor, generator) or tensor.is_complex():
        theirs = THEIRS._no_grad_trunc_normal_
        return theirs(tensor, mean, std, a, b, generator)  # type: ignore[no-any-return]
    if mean < a - 2 * std or mean > b + 2 * std:
        warnings.warn(
            "mean is more than 2 std from [a, b] in nn.init.trunc_normal_. "
            "The distribution of values may be incorrect.",
            stacklevel=3,
        )
    return fill_(tensor, truncated_normal(tensor.dtype, mean, std, a, b), generator)


def uniform_(
    tensor: torch.Tensor,
    a: float = 0.0,
    b: float = 1.0,
    generator: torch.Generator | None = None,
) -> torch.Tensor:
    """Fill a tensor with values of the uniform distribution on [a, b), and return it.

    Parameters
    ----------
    tensor : torch.Tensor
        Of any shape; of complex numbers, both parts are drawn.
    a, b : float, default 0 and 1
        The bounds, a <= b. `a` may be drawn; `b` never is, in half precision neither.
    generator : torch.Generator, optional
        Gives the stream; torch's default generator where not given.

    Raises
    ------
    RuntimeError
        If a > b, or a bound or their difference is outside the range of the tensor's dtype.

    Examples
    --------
    >>> import torch
    >>> from netinit.torch import init
    >>> w = init.uniform_(torch.empty(3, 5), -1, 1, generator=torch.Generator().manual_seed(0))
    >>> bool((-1 <= w).all() and (w < 1).all())
    True
    """
    if has_torch_function_variadic(tensor):
        given = {"a": a, "b": b, "generator": generator}
        return dispatch(uniform_, tensor, **given)  # type: ignore[no-any-return]
    return _no_grad_uniform_(tensor, a, b, generator)


def normal_(
    tensor: torch.Tensor,
    mean: float = 0.0,
    std: float = 1.0,
    generator: torch.Generator | None = None,
) -> torch.Tensor:
    """Fill a tensor with values of a normal distribution, and return it.

    Parameters
    ----------
    tensor : torch.Tensor
        Of any shape. Of complex numbers, each part has the variance std**2 / 2 and the mean
        `mean`.
    mean, std : float, default 0 and 1
        `std` at least 0; with 0 all elements are `mean`.
    generator : torch.Generator, optional
        Gives the stream; torch's default generator where not given.

    Raises
    ------
    RuntimeError
        If `std` is negative or NaN.

    Notes
    -----
    Box-Muller on 32-bit words (64-bit ones for float64): |x - mean| reaches 6.7 std (9.4).

    Examples
    --------
    >>> import torch
    >>> from netinit.torch import init
    >>> w = init.normal_(torch.empty(100, 100), std=0.02, generator=torch.Generator())
    >>> round(float(w.std()), 3)
    0.02
    """
    if has_torch_function_variadic(tensor):
        given = {"mean": mean, "std": std, "generator": generator}
        return dispatch(normal_, tensor, **given)  # type: ignore[no-any-return]
    return _no_grad_normal_(tensor, mean, std, generator)


def trunc_normal_(
    tensor: torch.Tensor,
    mean: float = 0.0,
    std: float = 1.0,
    a: float = -2.0,
    b: float = 2.0,
    generator: torch.Generator | None = None,
) -> torch.Tensor:
    """Fill a tensor with values of a normal distribution kept within [a, b], and return it.

    Parameters
    ----------
    tensor : torch.Tensor
        Of real numbers and any shape.
    mean, std : float, default 0 and 1
        Those of the distribution before it is truncated.
    a, b : float, default -2 and 2
        The bounds themselves, not in units of `std`; never crossed in the tensor's dtype.
    generator : torch.Generator, optional
        Gives the stream; torch's default generator where not given.

    Raises
    ------
    RuntimeError
        If a > b.
    ValueError
        If `mean` or `std` is NaN, or `mean` infinite. (Torch draws uniform values then.)

    Warns
    -----
    UserWarning
        If `mean` is more than 2 std outside of the bounds, as torch warns. The distribution
        is exact here nevertheless.

    Notes
    -----
    By inversion of the distribution function, one word an element, in bounded time. So it
    works where torch rejects almost all of its draws, or all (bounds far in a tail, bounds
    far apart around a far mean, one of them infinite); and where torch divides by zero: with
    std = 0 every element is the mean, or the bound nearest to it. An infinite std means the
    uniform distribution.

    Examples
    --------
    >>> import torch
    >>> from netinit.torch import init
    >>> w = init.trunc_normal_(torch.empty(100, 100), std=0.02, a=-0.04, b=0.04)
    >>> bool((w.abs() <= 0.04).all())
    True
    """
    return _truncate(tensor, mean, std, a, b, generator)


def xavier_uniform_(
    tensor: torch.Tensor, gain: float = 1.0, generator: torch.Generator | None = None
) -> torch.Tensor:
    r"""Fill a weight with uniform values of std gain sqrt(2 / (fan_in + fan_out)); return it.

    Parameters
    ----------
    tensor : torch.Tensor
        (out, in, \*kernel): at least two axes.
    gain : float, default 1
        At least 0; see `calculate_gain`.
    generator : torch.Generator, optional
        Gives the stream; torch's default generator where not given.

    Raises
    ------
    ValueError
        If the tensor has fewer than two axes.
    RuntimeError
        If `gain` is negative.

    Notes
    -----
    Uniform on +-gain sqrt(6 / (fan_in + fan_out)). Glorot, Bengio: Understanding the
    difficulty of training deep feedforward neural networks, AISTATS 2010.

    Examples
    --------
    >>> import torch
    >>> from netinit.torch import init
    >>> w = init.xavier_uniform_(torch.empty(100, 50), gain=init.calculate_gain("relu"))
    >>> bool(w.abs().max() <= 2**0.5 * 0.2)
    True
    """
    fan_in, fan_out = _calculate_fan_in_and_fan_out(tensor)
    std = gain * math.sqrt(2.0 / float(fan_in + fan_out))
    bound = math.sqrt(3.0) * std
    return _no_grad_uniform_(tensor, -bound, bound, generator)


def xavier_normal_(
    tensor: torch.Tensor, gain: float = 1.0, generator: torch.Generator | None = None
) -> torch.Tensor:
    """Fill a weight with normal values of std gain sqrt(2 / (fan_in + fan_out)); return it.

    Parameters, errors and source: see `xavier_uniform_`.

    Examples
    --------
    >>> import torch
    >>> from netinit.torch import init
    >>> w = init.xavier_normal_(torch.empty(150, 50), generator=torch.Generator())
    >>> round(float(w.std()), 2)
    0.1
    """
    fan_in, fan_out = _calculate_fan_in_and_fan_out(tensor)
    std = gain * math.sqrt(2.0 / float(fan_in + fan_out))
    return _no_grad_normal_(tensor, 0.0, std, generator)


def kaiming_uniform_(
    tensor: torch.Tensor,
    a: float = 0,
    mode: _FanMode = "fan_in",
    nonlinearity: _NonlinearityType = "leaky_relu",
    generator: torch.Generator | None = None,
) -> torch.Tensor:
    r"""Fill a weight with uniform values of std gain / sqrt(fan), and return it.

    Parameters
    ----------
    tensor : torch.Tensor
        (out, in, \*kernel): at least two axes. For ``x @ w`` give ``w.T``.
    a : float, default 0
        The negative slope, where the nonlinearity is leaky_relu.
    mode : {"fan_in", "fan_out"}
        Which fan: the first keeps the variance forwards, the second backwards.
    nonlinearity : str, default "leaky_relu"
        What follows the layer; see `calculate_gain`.
    generator : torch.Generator, optional
        Gives the stream; torch's default generator where not given.

    Raises
    ------
    ValueError
        If the tensor has fewer than two axes, or `mode` or `nonlinearity` is unknown.

    Warns
    -----
    UserWarning
        If the tensor has no elements; it is returned as it is.

    Notes
    -----
    Uniform on +-gain sqrt(3 / fan). He, Zhang, Ren, Sun: Delving Deep into Rectifiers, ICCV
    2015.

    Examples
    --------
    >>> import torch
    >>> from netinit.torch import init
    >>> w = init.kaiming_uniform_(torch.empty(100, 24, 5, 5), nonlinearity="relu")
    >>> bool(w.abs().max() <= 0.1)
    True
    """
    if has_torch_function_variadic(tensor):
        given = {"a": a, "mode": mode, "nonlinearity": nonlinearity, "generator": generator}
        return dispatch(kaiming_uniform_, tensor, **given)  # type: ignore[no-any-return]
    if 0 in tensor.shape:
        refuse_emptied(tensor)
        warnings.warn("Initializing zero-element tensors is a no-op", stacklevel=2)
        return tensor
    bound = math.sqrt(3.0) * _kaiming_std(tensor, a, mode, nonlinearity)
    return _no_grad_uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(
    tensor: torch.Tensor,
    a: float = 0,
    mode: _FanMode = "fan_in",
    nonlinearity: _NonlinearityType = "leaky_relu",
    generator: torch.Generator | None = None,
) -> torch.Tensor:
    """Fill a weight with normal values of std gain / sqrt(fan), and return it.

    Parameters, errors, warnings and source: see `kaiming_uniform_`.

    Examples
    --------
    >>> import torch
    >>> from netinit.torch import init
    >>> w = torch.empty(100, 50)
    >>> w = init.kaiming_normal_(w, mode="fan_out", nonlinearity="tanh")
    >>> round(float(w.std()), 1)
    0.2
    """
    if 0 in tensor.shape:
        refuse_emptied(tensor)
        warnings.warn("Initializing zero-element tensors is a no-op", stacklevel=2)
        return tensor
    return _no_grad_normal_(tensor, 0, _kaiming_std(tensor, a, mode, nonlinearity), generator)


def _kaiming_std(tensor: torch.Tensor, a: Any, mode: _FanMode, nonlinearity: Any) -> float:
    fan = _calculate_correct_fan(tensor, mode)
    return calculate_gain(nonlinearity, a) / math.sqrt(fan)
