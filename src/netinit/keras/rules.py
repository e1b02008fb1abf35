"""From the arguments of Keras's initializers to netinit's rules."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from typing import Any

from netinit.initializers.base import Distribution
from netinit.initializers.orthogonal import Orthogonal
from netinit.initializers.variance_scaling import fan_of, spread
from netinit.shapes.fans import Fans, fans_of_axes
from netinit.shapes.layout import Layout

__all__ = ["extents", "fans", "orthogonal", "scaled"]


def extents(shape: Any) -> tuple[int, ...]:
    """Return a shape as a tuple of integers, or raise TypeError or ValueError."""
    sizes = tuple(operator.index(size) for size in shape)
    if any(size < 0 for size in sizes):
        raise ValueError(f"shape must have no negative extent, not {sizes}")
    return sizes


def fans(
    shape: tuple[int, ...],
    input_axes: Sequence[int] | None = None,
    output_axes: Sequence[int] | None = None,
) -> Fans:
    """Return fan_in and fan_out by Keras's rule.

    Parameters
    ----------
    shape : tuple of int
        Kernel axes, inputs, outputs; an array of one axis has its extent as both fans, a
        scalar 1.
    input_axes, output_axes : sequence of int or None
        Where both are given, the fans are the products of these axes alone: the other axes,
        the receptive field among them, are in neither.

    Raises
    ------
    IndexError
        If an axis is not one of the array's.

    Examples
    --------
    >>> from netinit.keras.rules import fans
    >>> fans((3, 3, 32, 64))
    Fans(fan_in=288, fan_out=576)
    >>> fans((512, 8, 64), input_axes=[0], output_axes=[1, 2])
    Fans(fan_in=512, fan_out=512)
    """
    if input_axes is not None and output_axes is not None:
        into, out = (math.prod(shape[i] for i in axes) for axes in (input_axes, output_axes))
        return Fans(into, out)
    if len(shape) < 2:
        return Fans(math.prod(shape), math.prod(shape))
    return fans_of_axes(shape)


def scaled(
    scale: float, mode: str, distribution: str, fan_in: float, fan_out: float
) -> Distribution:
    """Return the distribution of variance scale / max(1, fan).

    Examples
    --------
    >>> from netinit.keras.rules import scaled
    >>> scaled(2.0, "fan_in", "untruncated_normal", 50, 10)
    Normal(mean=0.0, std=0.2)
    """
    return spread(distribution, math.sqrt(scale / max(1.0, fan_of(mode, fan_in, fan_out))))


def orthogonal(shape: tuple[int, ...], gain: float) -> Orthogonal:
    """Return the rule of an orthogonal matrix (all axes but the last) x (the last).

    Raises
    ------
    ValueError
        If the shape has fewer than two axes.
    """
    if len(shape) < 2:
        raise ValueError(f"shape must have at least two axes, not {shape}")
    last = len(shape) - 1
    return Orthogonal(gain, Layout(tuple(range(last)), (last,)))
