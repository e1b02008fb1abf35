"""The initializers of ``paddle.nn.initializer``, drawn by netinit: import it in Paddle's place.

Each class derives from Paddle's own of the same name, so it goes wherever Paddle takes one
(``weight_attr``, ``paddle.ParamAttr``, `set_global_initializer`, a call with a tensor), with
Paddle's arguments and errors. A call takes two numbers from Paddle's generator, which
``paddle.seed`` governs, whatever the tensor's size; the values depend on the tensor's shape and
dtype, and not on threads or the processor. float16 and bfloat16 are drawn by every class.
"""
# mypy: allow-subclassing-any

from __future__ import annotations

import math
from typing import Any

from paddle.nn import initializer as theirs
from paddle.nn.initializer import (
    Assign,
    Bilinear,
    Constant,
    ConstantInitializer,
    Dirac,
    Initializer,
    NumpyArrayInitializer,
    calculate_gain,
    set_global_initializer,
)

from netinit.initializers import distributions, orthogonal
from netinit.initializers.base import Distribution
from netinit.initializers.variance_scaling import spread, spread_or_zeros
from netinit.paddle.drawn import Drawn, drawn
from netinit.shapes.layout import Layout

__all__ = [
    "Assign",
    "Bilinear",
    "Constant",
    "ConstantInitializer",
    "Dirac",
    "Initializer",
    "KaimingNormal",
    "KaimingUniform",
    "MSRAInitializer",
    "Normal",
    "NormalInitializer",
    "NumpyArrayInitializer",
    "Orthogonal",
    "TruncatedNormal",
    "TruncatedNormalInitializer",
    "Uniform",
    "UniformInitializer",
    "XavierInitializer",
    "XavierNormal",
    "XavierUniform",
    "calculate_gain",
    "set_global_initializer",
]


_OUT_IN = Layout((0,), (1,))


class NormalInitializer(Drawn, theirs.NormalInitializer):
    """The normal distribution, as `Normal`, with a seed.

    Parameters
    ----------
    loc, scale : float, default 0 and 1
        Mean and standard deviation.
    seed : int, default 0
        Other than 0: the same values at every call, those of (seed, name "", draw 0).
    """

    def rule(self, var: Any) -> Distribution:
        """Return the normal distribution."""
        return distributions.Normal(self._mean, self._std_dev)


class Normal(NormalInitializer, theirs.Normal):
    """The normal distribution.

    Parameters
    ----------
    mean, std : float, default 0 and 1
    name : str, optional
        Not used, as in Paddle.

    Examples
    --------
    >>> import paddle
    >>> from netinit.paddle import initializer
    >>> layer = paddle.nn.Linear(300, 400, weight_attr=initializer.Normal(std=0.02))
    >>> round(float(layer.weight.std()), 3)
    0.02
    """


class UniformInitializer(Drawn, theirs.UniformInitializer):
    """The uniform distribution, as `Uniform`, with a seed.

    Parameters
    ----------
    low, high : float, default -1 and 1
    seed : int, default 0
        Other than 0: the same values at every call.
    diag_num, diag_step, diag_val
        Not used, as in Paddle outside of programs.
    """

    def rule(self, var: Any) -> Distribution:
        """Return the uniform distribution."""
        return distributions.Uniform(self._low, self._high)


class Uniform(UniformInitializer, theirs.Uniform):
    """The uniform distribution on [low, high).

    Parameters
    ----------
    low, high : float, default -1 and 1
    name : str, optional
        Not used, as in Paddle.

    Raises
    ------
    AssertionError
        If `low` is above `high`, by Paddle.

    Notes
    -----
    `high` is never drawn, in half precision too.
    """


class TruncatedNormalInitializer(Drawn, theirs.TruncatedNormalInitializer):
    """The truncated normal distribution, as `TruncatedNormal`, with a seed.

    Parameters
    ----------
    loc, scale : float, default 0 and 1
    seed : int, default 0
        Other than 0: the same values at every call.
    a, b : float, default -2 and 2
    """

    def rule(self, var: Any) -> Distribution:
        """Return the truncated normal distribution."""
        return distributions.TruncatedNormal(self._mean, self._std_dev, self._a, self._b)


class TruncatedNormal(TruncatedNormalInitializer, theirs.TruncatedNormal):
    """The normal distribution kept within [a, b].

    Parameters
    ----------
    mean, std : float, default 0 and 1
        Those of the distribution before it is truncated.
    a, b : float, default -2 and 2
        The bounds themselves, not in units of `std`; never crossed in the tensor's dtype.
    name : str, optional
        Not used, as in Paddle.

    Notes
    -----
    By inversion of the distribution function. Works in float16, which Paddle's own does not.
    """


class XavierInitializer(Drawn, theirs.XavierInitializer):
    """Xavier's rule, uniform or normal, with a seed.

    Parameters
    ----------
    uniform : bool, default True
    fan_in, fan_out : float, optional
        In place of the tensor's: (in, out) of two axes, (out, in, kernel) of more.
    seed : int, default 0
        Other than 0: the same values at every call.
    gain : float, default 1

    Notes
    -----
    Of std gain sqrt(2 / (fan_in + fan_out)); zeros where a fan is 0. Glorot, Bengio, AISTATS 2010.
    """

    def rule(self, var: Any) -> Distribution:
        """Return the distribution for a tensor."""
        fans = self._compute_fans(var)
        given = (self._fan_in, self._fan_out)
        into, out = (fan if own is None else own for own, fan in zip(given, fans, strict=True))
        std = 0.0 if 0 in (into, out) else self._gain * math.sqrt(2.0 / float(into + out))
        return spread_or_zeros("uniform" if self._uniform else "normal", std)


class XavierNormal(XavierInitializer, theirs.XavierNormal):
    """Normal of std gain sqrt(2 / (fan_in + fan_out)). Glorot, Bengio, AISTATS 2010.

    Parameters
    ----------
    fan_in, fan_out : float, optional
        In place of the tensor's: (in, out) of two axes, (out, in, kernel) of more.
    gain : float, default 1
    name : str, optional
        Not used, as in Paddle.

    Examples
    --------
    >>> import paddle
    >>> from netinit.paddle import initializer
    >>> layer = paddle.nn.Linear(300, 500, weight_attr=initializer.XavierNormal())
    >>> round(float(layer.weight.std()), 3)
    0.05
    """


class XavierUniform(XavierInitializer, theirs.XavierUniform):
    """Uniform on +-gain sqrt(6 / (fan_in + fan_out)). Glorot, Bengio, AISTATS 2010.

    Parameters
    ----------
    fan_in, fan_out : float, optional
        In place of the tensor's: (in, out) of two axes, (out, in, kernel) of more.
    gain : float, default 1
    name : str, optional
        Not used, as in Paddle.
    """


class MSRAInitializer(Drawn, theirs.MSRAInitializer):
    """Kaiming's rule, uniform or normal, with a seed.

    Parameters
    ----------
    uniform : bool, default True
    fan_in : float, optional
        In place of the tensor's.
    seed : int, default 0
        Other than 0: the same values at every call.
    negative_slope : float, default 0
    nonlinearity : str, default "relu"
    mode : {"fan_in", "fan_out"}

    Notes
    -----
    Of std gain / sqrt(fan). He, Zhang, Ren, Sun, ICCV 2015.
    """

    def rule(self, var: Any) -> Distribution:
        """Return the distribution for a tensor."""
        into, out = self._compute_fans(var)
        if self._fan_in is not None:
            into = self._fan_in
        gain = calculate_gain(self._nonlinearity, self._negative_slope)
        std = gain / math.sqrt(float(into if self._mode == "fan_in" else out))
        return spread("uniform" if self._uniform else "normal", std)


class KaimingNormal(MSRAInitializer, theirs.KaimingNormal):
    """Normal of std gain / sqrt(fan). He, Zhang, Ren, Sun, ICCV 2015.

    Parameters
    ----------
    fan_in : float, optional
        In place of the tensor's, which is ``shape[0]`` of two axes, ``shape[1]`` times the kernel
        of more.
    negative_slope : float, default 0
        Of leaky_relu.
    nonlinearity : str, default "relu"
        See `calculate_gain`.
    mode : {"fan_in", "fan_out"}

    Raises
    ------
    ValueError
        If `mode` is neither, or "fan_out" beside a `fan_in`.
    ZeroDivisionError
        When called, if the fan is 0.

    Examples
    --------
    >>> import paddle
    >>> from netinit.paddle import initializer
    >>> layer = paddle.nn.Linear(200, 300, weight_attr=initializer.KaimingNormal())
    >>> round(float(layer.weight.std()), 2)
    0.1
    """


class KaimingUniform(MSRAInitializer, theirs.KaimingUniform):
    """Uniform on +-gain sqrt(3 / fan). He, Zhang, Ren, Sun, ICCV 2015.

    Parameters and errors: see `KaimingNormal`.
    """


class Orthogonal(Drawn, theirs.Orthogonal):
    """An orthogonal matrix times a gain: the first axis times all others.

    Parameters
    ----------
    gain : float, default 1
    name : str, optional
        Not used, as in Paddle.

    Raises
    ------
    AssertionError
        When called, if the tensor has fewer than two axes, by Paddle.

    Notes
    -----
    Haar-distributed; orthonormal rows, or columns where these are fewer. Half precision, which
    Paddle's own cannot do, is the float32 matrix rounded once. Saxe, McClelland, Ganguli, ICLR
    2014.

    Examples
    --------
    >>> import paddle
    >>> from netinit.paddle import initializer
    >>> weight = paddle.empty([3, 5])
    >>> initializer.Orthogonal(2.0)(weight)
    >>> bool(paddle.allclose(weight @ weight.T, 4 * paddle.eye(3), atol=1e-5))
    True
    """

    def __call__(self, var: Any, block: Any = None) -> Any:
        """Give a tensor new memory with values, as Paddle does; return None."""
        if drawn(self, var, block):
            return None
        return super().__call__(var, block)

    def rule(self, var: Any) -> orthogonal.Orthogonal:
        """Return the matrix rule for a tensor."""
        if len(var.shape) < 2:
            raise ValueError(f"shape must have at least two axes, not {tuple(var.shape)}")
        return orthogonal.Orthogonal(self._gain, _OUT_IN)
