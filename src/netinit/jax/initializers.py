"""Every name of ``jax.nn.initializers``: the same arguments and errors, netinit's values.

Replace ``from jax.nn import initializers`` by ``from netinit.jax import initializers``. The
values of an array are a pure function of the key's data and of the element's place in the
array: the stream is that of ``netinit.fill(..., seed=key)`` (see `netinit.jax.host.key_stream`),
eagerly and inside jit, on one device and on many. Unlike JAX's they depend neither on JAX's
version nor on the platform. With `out_sharding`, and in a program that XLA partitions, each
device makes its own shard alone, which is the slice of the whole.

JAX itself is asked what an initializer would return: each call is first traced, not run, with
the function of ``jax.nn.initializers``. So arguments are refused with JAX's own errors, and the
result has the dtype that JAX would give. Where JAX fails or is inexact, netinit works: the
standard deviation is not rounded to half precision before it is applied; `orthogonal` and
`delta_orthogonal` are drawn in half precision; `truncated_normal` is exact in the far tails;
`out_sharding` with a mesh that is not set, and for complex arrays, is honoured. A negative
extent is a TypeError where JAX's compiler would fail.

A number that is being traced or differentiated (a scale, a bound) works as in JAX. It scales
the same values as a plain one; traced bounds give other values of the same distribution.

`zeros`, `ones`, `constant` and `Initializer` are JAX's own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from jax.nn.initializers import Initializer, constant, ones, zeros

from netinit.initializers.variance_scaling import SCALINGS
from netinit.jax.dropin import drop_in
from netinit.jax.rules import (
    delta_orthogonal_values,
    normal_values,
    orthogonal_values,
    scaling_values,
    truncated_values,
    uniform_values,
)

__all__ = [
    "Initializer",
    "constant",
    "delta_orthogonal",
    "glorot_normal",
    "glorot_uniform",
    "he_normal",
    "he_uniform",
    "kaiming_normal",
    "kaiming_uniform",
    "lecun_normal",
    "lecun_uniform",
    "normal",
    "ones",
    "orthogonal",
    "truncated_normal",
    "uniform",
    "variance_scaling",
    "xavier_normal",
    "xavier_uniform",
    "zeros",
]

Axes = int | Sequence[int]


def normal(stddev: Any = 1e-2, dtype: Any = None) -> Initializer:
    """Return an initializer that draws from the normal distribution of mean 0.

    Parameters
    ----------
    stddev : float or array, default 0.01
        The standard deviation. An array is broadcast against the values.
    dtype : dtype, optional
        What the initializer's dtype is where it is not given: any floating-point or complex
        type; None for JAX's default.

    Returns
    -------
    callable
        ``init(key, shape, dtype, out_sharding)``.

    Notes
    -----
    Complex values have independent parts, each of variance stddev**2 / 2.

    Examples
    --------
    >>> import jax
    >>> from netinit.jax.initializers import normal
    >>> x = normal(5.0)(jax.random.key(42), (100, 100))
    >>> round(float(x.std()), 1)
    5.0
    """
    return drop_in("normal", (stddev,), partial(normal_values, stddev), dtype)


def uniform(scale: Any = 1e-2, dtype: Any = None) -> Initializer:
    """Return an initializer that draws from the uniform distribution on [0, scale).

    Parameters
    ----------
    scale : float or array, default 0.01
        The upper bound.
    dtype : dtype, optional
        As for `normal`; not a complex one.

    Returns
    -------
    callable
        ``init(key, shape, dtype, out_sharding)``.

    Examples
    --------
    >>> import jax
    >>> from netinit.jax.initializers import uniform
    >>> x = uniform(10.0)(jax.random.key(42), (100, 100))
    >>> bool(x.min() >= 0), bool(x.max() < 10), round(float(x.mean()), 1)
    (True, True, 5.0)
    """
    return drop_in("uniform", (scale,), partial(uniform_values, scale), dtype)


def truncated_normal(
    stddev: Any = 1e-2, dtype: Any = None, lower: Any = -2.0, upper: Any = 2.0
) -> Initializer:
    """Return an initializer that draws from a normal distribution kept within bounds.

    Parameters
    ----------
    stddev : float or array, default 0.01
        The standard deviation *before* truncation.
    dtype : dtype, optional
        As for `normal`; not a complex one.
    lower, upper : float or array, default -2 and 2
        The bounds, in units of `stddev`.

    Returns
    -------
    callable
        ``init(key, shape, dtype, out_sharding)``.

    Examples
    --------
    >>> import jax
    >>> from netinit.jax.initializers import truncated_normal
    >>> x = truncated_normal(5.0)(jax.random.key(42), (100, 100))
    >>> bool(abs(x).max() <= 10), round(float(x.std()), 1)
    (True, 4.4)
    """
    values = partial(truncated_values, stddev, lower, upper)
    return drop_in("truncated_normal", (stddev, None, lower, upper), values, dtype)


def variance_scaling(
    scale: Any,
    mode: str,
    distribution: str,
    in_axis: Axes = -2,
    out_axis: Axes = -1,
    batch_axis: Axes = (),
    dtype: Any = None,
) -> Initializer:
    """Return an initializer whose values have mean 0 and variance scale / fan.

    Parameters
    ----------
    scale : float or scalar array
        Positive.
    mode : {"fan_in", "fan_out", "fan_avg", "fan_geo_avg"}
        What the fan is; the last two are the arithmetic and the geometric mean.
    distribution : {"truncated_normal", "normal", "uniform"}
        The first is truncated at two standard deviations of its parent, whose standard
        deviation is larger by the factor 1 / 0.8796 (complex: 1 / 0.9531) to make up for it.
        Complex values are uniform on a disk, or truncated in their modulus.
    in_axis, out_axis, batch_axis : int or sequence of int
        The axes of inputs, of outputs, and of independent maps; all others are the receptive
        field.
    dtype : dtype, optional
        As for `normal`.

    Returns
    -------
    callable
        ``init(key, shape, dtype, out_sharding)``; it raises ValueError for a mode or
        distribution that is none of these, and for an array of less than two axes where
        `in_axis` is not given.

    Notes
    -----
    fan_in = (input axes) * (receptive field), fan_out = (output axes) * (receptive field). As in
    JAX truncated complex values are 0.9 % larger than that: its divisor is sqrt(1 - 5 e^-4),
    without the factor 1 / sqrt(1 - e^-4).

    Examples
    --------
    >>> import jax
    >>> from netinit.jax.initializers import variance_scaling
    >>> x = variance_scaling(2.0, "fan_in", "normal")(jax.random.key(42), (200, 100))
    >>> round(float(x.std()), 2)
    0.1
    """
    axes = in_axis, out_axis, batch_axis
    rule = scale, mode, distribution
    values = partial(scaling_values, *rule, axes)
    return drop_in("variance_scaling", (*rule, *axes), values, dtype)


def orthogonal(scale: Any = 1.0, column_axis: int = -1, dtype: Any = None) -> Initializer:
    """Return an initializer that draws (semi-)orthogonal matrices of the Haar measure.

    Parameters
    ----------
    scale : float or scalar array, default 1
        What the matrix is multiplied by.
    column_axis : int, default -1
        The axis that counts the columns; all other axes together count the rows.
    dtype : dtype, optional
        As for `normal`. Half precision is the float32 matrix, rounded.

    Returns
    -------
    callable
        ``init(key, shape, dtype, out_sharding)``; it raises ValueError for an array of less
        than two axes, and NotImplementedError where `out_sharding` is given.

    Notes
    -----
    Complex matrices are unitary, by a QR decomposition in JAX: their last bits may depend on
    the platform.

    Examples
    --------
    >>> import jax
    >>> import jax.numpy as jnp
    >>> from netinit.jax.initializers import orthogonal
    >>> q = orthogonal()(jax.random.key(42), (20, 10))
    >>> bool(jnp.allclose(q.T @ q, jnp.eye(10), atol=1e-5))
    True
    """
    values = partial(orthogonal_values, scale, column_axis)
    return drop_in("orthogonal", (scale, column_axis), values, dtype)


def delta_orthogonal(scale: Any = 1.0, column_axis: int = -1, dtype: Any = None) -> Initializer:
    r"""Return an initializer for convolutions that keep the norm of their input.

    Parameters
    ----------
    scale : float or scalar array, default 1
        What the matrix is multiplied by.
    column_axis : int, default -1
        The axis of the matrix (in, out) that counts its columns.
    dtype : dtype, optional
        As for `orthogonal`.

    Returns
    -------
    callable
        ``init(key, shape, dtype, out_sharding)`` for shapes (\*kernel, in, out) with one to
        three axes of the kernel; it raises ValueError for others and for in > out, and
        NotImplementedError where `out_sharding` is given.

    Notes
    -----
    All zeros but for the centre of the kernel, (n - 1) // 2 along each axis, which is an
    orthogonal matrix. Xiao, Bahri, Sohl-Dickstein, Schoenholz, Pennington: Dynamical isometry
    and a mean field theory of CNNs, ICML 2018.

    Examples
    --------
    >>> import jax
    >>> from netinit.jax.initializers import delta_orthogonal
    >>> kernel = delta_orthogonal()(jax.random.key(42), (3, 8, 16))
    >>> float(abs(kernel[0]).max()), round(float((kernel[1] ** 2).sum()), 3)
    (0.0, 8.0)
    """
    values = partial(delta_orthogonal_values, scale, column_axis)
    return drop_in("delta_orthogonal", (scale, column_axis), values, dtype)


_ROW = """Return an initializer of variance scaling: {scale:g} / {mode}, {distribution}.

    Parameters
    ----------
    in_axis, out_axis, batch_axis : int or sequence of int, default -2, -1 and ()
        As for `variance_scaling`.
    dtype : dtype, optional
        As for `normal`.

    Returns
    -------
    callable
        ``init(key, shape, dtype, out_sharding)``.

    Notes
    -----
    ``variance_scaling({scale!r}, {mode!r}, {distribution!r})``. {source}

    Examples
    --------
    >>> import jax
    >>> from netinit.jax.initializers import {name}
    >>> x = {name}()(jax.random.key(42), (300, 100))
    >>> round(float(x.std()), 3)
    {std}
    """

_SOURCES = {
    "glorot": "Glorot, Bengio: Understanding the difficulty of training deep feedforward neural "
    "networks, AISTATS 2010.",
    "he": "He, Zhang, Ren, Sun: Delving deep into rectifiers, ICCV 2015.",
    "lecun": "LeCun, Bottou, Orr, Müller: Efficient BackProp, 1998.",
}


def _row(name: str) -> Callable[..., Initializer]:
    """Return the function for a row of `SCALINGS`; JAX's "normal" means the truncated one."""
    author, _, kind = name.partition("_")
    row = SCALINGS[f"{author}_{'truncated_normal' if kind == 'normal' else kind}"]

    def build(
        in_axis: Axes = -2, out_axis: Axes = -1, batch_axis: Axes = (), dtype: Any = None
    ) -> Initializer:
        axes = in_axis, out_axis, batch_axis
        return variance_scaling(row.scale, row.mode, row.distribution, *axes, dtype)

    build.__name__ = build.__qualname__ = name
    build.__doc__ = _ROW.format(
        name=name,
        scale=row.scale,
        mode=row.mode,
        distribution=row.distribution,
        source=_SOURCES[author],
        std=round(row.std(300, 100), 3),
    )
    return build


glorot_normal = xavier_normal = _row("glorot_normal")
glorot_uniform = xavier_uniform = _row("glorot_uniform")
he_normal = kaiming_normal = _row("he_normal")
he_uniform = kaiming_uniform = _row("he_uniform")
lecun_normal = _row("lecun_normal")
lecun_uniform = _row("lecun_uniform")
