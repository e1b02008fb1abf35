"""What each initializer of JAX means: a rule of netinit's, and what JAX does with its values.

A rule has plain numbers. A scale that is being traced or differentiated, an array of scales, or
a number that cannot be drawn in the dtype (negative, infinite, overflowing) is applied by JAX
to the values of the rule at scale 1, as ``jax.nn.initializers`` does it. The shapes here have
no zero extent.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from netinit.arrays.dtypes import COMPLEX, DRAWN
from netinit.initializers.base import Initializer
from netinit.initializers.complex_plane import (
    ComplexNormal,
    ComplexTruncatedNormal,
    ComplexUniform,
    PlaneDistribution,
)
from netinit.initializers.diagonal import DeltaOrthogonal
from netinit.initializers.distributions import Normal, TruncatedNormal, Uniform
from netinit.initializers.orthogonal import Orthogonal
from netinit.initializers.variance_scaling import fan_of, spread
from netinit.shapes.layout import Layout

__all__ = [
    "Values",
    "delta_orthogonal_values",
    "is_complex",
    "normal_values",
    "orthogonal_values",
    "scaling_values",
    "truncated_values",
    "uniform_values",
]

#: JAX's divisor for truncated complex values, sqrt(1 - 5 e^-4). It leaves out the 1 - e^-4 by
#: which the density grows within the bound: values are 0.9 % larger than their std says.
_PLANE_TRUNCATED_STD = 0.95311164380491208
#: The distributions on the complex plane that variance scaling draws.
_PLANE: dict[str, Callable[[float], PlaneDistribution]] = {
    "normal": ComplexNormal,
    "truncated_normal": lambda std: ComplexTruncatedNormal(std / _PLANE_TRUNCATED_STD),
    "uniform": ComplexUniform,
}


class Values(NamedTuple):
    """How an array's values come about.

    Attributes
    ----------
    rule : Initializer
        What is drawn.
    shape : tuple of int
        The shape that is drawn.
    finish : callable or None
        What JAX makes of the drawn array, where that is not yet the result.
    """

    rule: Initializer
    shape: tuple[int, ...]
    finish: Callable[[jax.Array], jax.Array] | None = None


def is_complex(dtype: Any) -> bool:
    """Return whether a dtype is complex."""
    return bool(jnp.issubdtype(dtype, jnp.complexfloating))


def _plain(value: Any) -> float | None:
    """Return a real number whose value is known, as a float; None for anything else."""
    if isinstance(value, jax.core.Tracer) or np.ndim(value) or np.iscomplexobj(value):
        return None
    return float(value)


def _drawable(
    make: Callable[[float], Initializer], scale: float | None, dtype: Any
) -> Initializer | None:
    """Return the rule at a scale, or None if there is none that can be drawn in `dtype`."""
    if scale is None:
        return None
    try:
        rule = make(scale)
        name = np.dtype(dtype).name
        rule.check_dtype(name if name in DRAWN or name in COMPLEX else "float32")
    except ValueError:
        return None
    return rule


def _scaled(
    make: Callable[[float], Initializer], scale: Any, shape: tuple[int, ...], dtype: Any
) -> Values:
    rule = _drawable(make, _plain(scale), dtype)
    if rule is not None:
        return Values(rule, shape)
    return Values(make(1.0), shape, lambda unit: unit * jnp.asarray(scale, dtype))


def normal_values(stddev: Any, shape: tuple[int, ...], dtype: Any) -> Values:
    """Return N(0, stddev**2), circular where `dtype` is complex."""
    if is_complex(dtype):
        return _scaled(ComplexNormal, stddev, shape, dtype)
    return _scaled(lambda std: Normal(0.0, std), stddev, shape, dtype)


def uniform_values(scale: Any, shape: tuple[int, ...], dtype: Any) -> Values:
    """Return the uniform distribution on [0, scale)."""
    return _scaled(lambda high: Uniform(0.0, high), scale, shape, dtype)


def truncated_values(
    stddev: Any, lower: Any, upper: Any, shape: tuple[int, ...], dtype: Any
) -> Values:
    """Return N(0, 1) kept between `lower` and `upper`, times `stddev`."""
    low, high = _plain(lower), _plain(upper)
    if low is not None and high is not None and low < high:

        def kept(std: float) -> Initializer:
            return TruncatedNormal(0.0, std, low * std, high * std)

        if _drawable(kept, 1.0, dtype) is not None:
            return _scaled(kept, stddev, shape, dtype)

    def invert(uniform: jax.Array) -> jax.Array:
        return _truncated_by_inversion(uniform, lower, upper) * jnp.asarray(stddev, dtype)

    return Values(Uniform(), shape, invert)


def _truncated_by_inversion(uniform: jax.Array, lower: Any, upper: Any) -> jax.Array:
    """Return N(0, 1) between bounds that JAX alone knows, from U(0, 1), within them."""
    dtype, sqrt2 = uniform.dtype, math.sqrt(2)
    lower, upper = jnp.asarray(lower, dtype), jnp.asarray(upper, dtype)
    low, high = jax.lax.erf(lower / sqrt2), jax.lax.erf(upper / sqrt2)
    quantile = jnp.maximum(low, uniform * (high - low) + low).astype(dtype)
    inside = [
        jnp.nextafter(jax.lax.stop_gradient(bound), jnp.asarray(toward, dtype))
        for bound, toward in ((lower, jnp.inf), (upper, -jnp.inf))
    ]
    return jnp.clip((sqrt2 * jax.lax.erf_inv(quantile)).astype(dtype), *inside)


def _fans(shape: tuple[int, ...], *axes: int | Sequence[int]) -> tuple[float, float]:
    """Return fan_in and fan_out by JAX's rule, in which axes may be given twice.

    The receptive field is what is left of the number of elements when it has been divided by
    the extents of all given axes; Flax's embeddings are scaled by an input axis that is the
    output axis as well.
    """
    inputs, outputs, maps = (
        math.prod(shape[i] for i in ([axis] if isinstance(axis, int) else axis)) for axis in axes
    )
    field = math.prod(shape) / inputs / outputs / maps
    return inputs * field, outputs * field


def scaling_values(
    scale: Any,
    mode: str,
    distribution: str,
    axes: tuple[int | Sequence[int], int | Sequence[int], int | Sequence[int]],
    shape: tuple[int, ...],
    dtype: Any,
) -> Values:
    """Return a distribution of variance scale / fan; `axes` are those of in, out and batch."""
    fan = fan_of(mode, *_fans(shape, *axes))
    make: Callable[[float], Initializer] = (
        _PLANE[distribution] if is_complex(dtype) else lambda std: spread(distribution, std)
    )
    number = _plain(scale)
    if number is not None and number >= 0:
        return _scaled(make, math.sqrt(number / fan), shape, dtype)
    return _scaled(make, jnp.sqrt(jnp.asarray(scale / fan, dtype)), shape, dtype)


def orthogonal_values(scale: Any, column_axis: int, shape: tuple[int, ...], dtype: Any) -> Values:
    """Return a Haar-distributed matrix, the other axes x the column axis, times `scale`."""
    column = column_axis % len(shape)
    others = tuple(axis for axis in range(len(shape)) if axis != column)
    if is_complex(dtype):
        return _unitary_values(scale, column, shape, dtype)
    layout = Layout(others, (column,))
    return _scaled(lambda gain: Orthogonal(gain, layout), scale, shape, dtype)


def _unitary_values(scale: Any, column: int, shape: tuple[int, ...], dtype: Any) -> Values:
    columns = shape[column]
    rows = math.prod(shape) // columns
    others = [n for axis, n in enumerate(shape) if axis != column]

    def orthonormalize(z: jax.Array) -> jax.Array:
        q, r = jnp.linalg.qr(z)
        q = q * jnp.sign(jnp.diagonal(r))[None]  # else not of the Haar measure
        q = q if rows >= columns else q.T
        return jnp.moveaxis(q.reshape(*others, columns), -1, column) * jnp.asarray(scale, dtype)

    return Values(ComplexNormal(1.0), (max(rows, columns), min(rows, columns)), orthonormalize)


def delta_orthogonal_values(
    scale: Any, column_axis: int, shape: tuple[int, ...], dtype: Any
) -> Values:
    """Return zeros but for a Haar-distributed matrix in the centre of the kernel."""
    if not is_complex(dtype):
        return _scaled(DeltaOrthogonal, scale, shape, dtype)
    matrix = orthogonal_values(scale, column_axis, shape[-2:], dtype)
    centre = tuple((n - 1) // 2 for n in shape[:-2])

    def embed(z: jax.Array) -> jax.Array:
        inner = z if matrix.finish is None else matrix.finish(z)
        return jnp.zeros(shape, dtype).at[centre].set(inner)

    return Values(matrix.rule, matrix.shape, embed)
