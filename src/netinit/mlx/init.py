"""The initializers of ``mlx.nn.init``, drawn by netinit: import it in MLX's place.

Each takes MLX's arguments and returns a function of an array, which returns a new array of that
shape. A call advances MLX's random state, which ``mlx.core.random.seed`` governs, once, as MLX's
own would; the values depend on the array's shape and dtype, and not on threads or the processor.

Where MLX's functions answer with something that netinit refuses, or an error, so do these: they
hand the call over. So they do where MLX compiles a function with its random state as an input.

Fans are MLX's: fan_in is the last axis and fan_out the first, times those between.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Literal

import mlx.core as mx
from mlx.nn import init as theirs
from mlx.nn.init import constant, identity

from netinit.initializers.base import Initializer
from netinit.initializers.distributions import Normal, Uniform
from netinit.initializers.orthogonal import Orthogonal
from netinit.initializers.sparse import Sparse
from netinit.initializers.variance_scaling import spread
from netinit.mlx.draw import draw
from netinit.shapes.fans import fans_of_axes
from netinit.shapes.layout import Layout

__all__ = [
    "constant",
    "glorot_normal",
    "glorot_uniform",
    "he_normal",
    "he_uniform",
    "identity",
    "normal",
    "orthogonal",
    "sparse",
    "uniform",
]

Array = Any
_Mode = Literal["fan_in", "fan_out"]
_OUT_IN = Layout((0,), (1,))


def normal(
    mean: float = 0.0, std: float = 1.0, dtype: Any = mx.float32
) -> Callable[[Array], Array]:
    """Return an initializer: the normal distribution.

    Parameters
    ----------
    mean, std : float, default 0 and 1
    dtype : mlx.core.Dtype, default float32

    Examples
    --------
    >>> import mlx.core as mx
    >>> from netinit.mlx import init
    >>> weight = init.normal(std=0.02)(mx.zeros((200, 300)))
    >>> weight.shape, round(float(mx.std(weight)), 3)
    ((200, 300), 0.02)
    """

    def initializer(a: Array) -> Array:
        return draw(lambda _: Normal(mean, std), a, dtype, lambda: own(a))

    own = theirs.normal(mean, std, dtype)
    return initializer


def uniform(
    low: float = 0.0, high: float = 1.0, dtype: Any = mx.float32
) -> Callable[[Array], Array]:
    """Return an initializer: the uniform distribution on [low, high), also in float64.

    Parameters
    ----------
    low, high : float, default 0 and 1
    dtype : mlx.core.Dtype, default float32
    """

    def initializer(a: Array) -> Array:
        return draw(lambda _: Uniform(low, high), a, dtype, lambda: own(a))

    own = theirs.uniform(low, high, dtype)
    return initializer


def _glorot(name: str, distribution: str, dtype: Any) -> Callable[..., Array]:
    def initializer(a: Array, gain: float = 1.0) -> Array:
        def rule(shape: tuple[int, ...]) -> Initializer:
            fan_in, fan_out = fans_of_axes(shape, -1, 0)
            return spread(distribution, gain * math.sqrt(2.0 / (fan_in + fan_out)))

        return draw(rule, a, dtype, lambda: own(a, gain))

    own = getattr(theirs, name)(dtype)
    return initializer


def _he(name: str, distribution: str, dtype: Any) -> Callable[..., Array]:
    def initializer(a: Array, mode: _Mode = "fan_in", gain: float = 1.0) -> Array:
        def rule(shape: tuple[int, ...]) -> Initializer:
            fan = dict(zip(("fan_in", "fan_out"), fans_of_axes(shape, -1, 0), strict=True)).get(
                mode
            )
            if fan is None:
                raise ValueError(f"mode must be fan_in or fan_out, not {mode!r}")
            return spread(distribution, gain / math.sqrt(fan))

        return draw(rule, a, dtype, lambda: own(a, mode, gain))

    own = getattr(theirs, name)(dtype)
    return initializer


def glorot_normal(dtype: Any = mx.float32) -> Callable[[Array, float], Array]:
    """Return an initializer: normal of std gain sqrt(2 / (fan_in + fan_out)).

    Parameters
    ----------
    dtype : mlx.core.Dtype, default float32

    Returns
    -------
    callable
        Takes an array of two axes or more, (out, kernel, in), and `gain`, by default 1.

    Raises
    ------
    ValueError
        When the initializer is called, if the array has fewer than two axes.

    Notes
    -----
    Glorot, Bengio: Understanding the difficulty of training deep feedforward neural networks,
    AISTATS 2010.

    Examples
    --------
    >>> import mlx.core as mx
    >>> from netinit.mlx import init
    >>> weight = init.glorot_normal()(mx.zeros((300, 500)), gain=2.0)
    >>> round(float(mx.std(weight)), 2)
    0.1
    """
    return _glorot("glorot_normal", "normal", dtype)


def glorot_uniform(dtype: Any = mx.float32) -> Callable[[Array, float], Array]:
    """Return an initializer: uniform on +-gain sqrt(6 / (fan_in + fan_out)).

    Parameters, errors and source: see `glorot_normal`.
    """
    return _glorot("glorot_uniform", "uniform", dtype)


def he_normal(dtype: Any = mx.float32) -> Callable[[Array, _Mode, float], Array]:
    """Return an initializer: normal of std gain / sqrt(fan).

    Parameters
    ----------
    dtype : mlx.core.Dtype, default float32

    Returns
    -------
    callable
        Takes an array of two axes or more, (out, kernel, in), `mode`, "fan_in" by default or
        "fan_out", and `gain`, by default 1.

    Raises
    ------
    ValueError
        When the initializer is called, if the array has fewer than two axes or the mode is
        neither.

    Notes
    -----
    He, Zhang, Ren, Sun: Delving Deep into Rectifiers, ICCV 2015. The gain is 1, where others
    have sqrt(2) for relu.

    Examples
    --------
    >>> import mlx.core as mx
    >>> from netinit.mlx import init
    >>> weight = init.he_normal()(mx.zeros((300, 400)), "fan_in", 2.0)
    >>> round(float(mx.std(weight)), 2)
    0.1
    """
    return _he("he_normal", "normal", dtype)


def he_uniform(dtype: Any = mx.float32) -> Callable[[Array, _Mode, float], Array]:
    """Return an initializer: uniform on +-gain sqrt(3 / fan).

    Parameters, errors and source: see `he_normal`.
    """
    return _he("he_uniform", "uniform", dtype)


def sparse(
    sparsity: float, mean: float = 0.0, std: float = 1.0, dtype: Any = mx.float32
) -> Callable[[Array], Array]:
    """Return an initializer: normal values, of each row ceil(sparsity columns) zero.

    Parameters
    ----------
    sparsity : float
    mean, std : float, default 0 and 1
        Of the other elements.
    dtype : mlx.core.Dtype, default float32

    Raises
    ------
    ValueError
        When the initializer is called, if the array has not two axes.

    Notes
    -----
    Martens: Deep learning via Hessian-free optimization, ICML 2010.

    Examples
    --------
    >>> import mlx.core as mx
    >>> from netinit.mlx import init
    >>> weight = init.sparse(0.5)(mx.zeros((3, 8)))
    >>> mx.sum(weight == 0, axis=1).tolist()
    [4, 4, 4]
    """

    def initializer(a: Array) -> Array:
        def rule(shape: tuple[int, ...]) -> Initializer:
            columns, _ = shape
            zeros = len(range(columns)[: math.ceil(sparsity * columns)])
            fraction = (zeros - 0.5) / columns if zeros else 0.0  # half short: it rounds up to it
            return Sparse(fraction, Normal(mean, std))

        return draw(rule, a, dtype, lambda: own(a), transposed=True)

    own = theirs.sparse(sparsity, mean, std, dtype)
    return initializer


def orthogonal(gain: float = 1.0, dtype: Any = mx.float32) -> Callable[[Array], Array]:
    """Return an initializer: a random (semi-)orthogonal matrix times a gain.

    Parameters
    ----------
    gain : float, default 1
    dtype : mlx.core.Dtype, default float32

    Raises
    ------
    ValueError
        When the initializer is called, if the array has not two axes.

    Notes
    -----
    Haar-distributed. Saxe, McClelland, Ganguli, ICLR 2014.

    Examples
    --------
    >>> import mlx.core as mx
    >>> from netinit.mlx import init
    >>> weight = init.orthogonal(2.0)(mx.zeros((3, 5)))
    >>> bool(mx.allclose(weight @ weight.T, 4 * mx.eye(3), atol=1e-5))
    True
    """

    def initializer(a: Array) -> Array:
        def rule(shape: tuple[int, ...]) -> Initializer:
            if len(shape) != 2:
                raise ValueError(f"the array must have two axes, not {len(shape)}")
            return Orthogonal(gain, _OUT_IN)

        return draw(rule, a, dtype, lambda: own(a))

    own = theirs.orthogonal(gain, dtype)
    return initializer
