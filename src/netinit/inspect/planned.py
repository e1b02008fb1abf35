"""Densities of what a plan draws from, and how far values are from them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from netinit.initializers.base import Initializer
from netinit.initializers.distributions import Normal, TruncatedNormal, Uniform

__all__ = ["Density", "density_of", "distance"]

_erf = np.vectorize(math.erf, otypes=[np.float64])
_MOST = 20_000


@dataclass(frozen=True, slots=True)
class Density:
    """A planned distribution of values.

    Attributes
    ----------
    density, cumulative : callable
        From values, the density and the share below.
    exact : bool
        False where it is the normal distribution of the planned mean and standard deviation, for
        an initializer whose elements are near to that, as a random orthogonal matrix's are.
    """

    density: Callable[[np.ndarray], np.ndarray]
    cumulative: Callable[[np.ndarray], np.ndarray]
    exact: bool = True


def density_of(initializer: Initializer | None) -> Density | None:
    """Return the density that an initializer's elements have; None where there is none."""
    if initializer is None or initializer.constant:
        return None
    if isinstance(initializer, Uniform):
        low, width = initializer.low, initializer.high - initializer.low
        return Density(
            lambda x: np.where((x >= low) & (x < low + width), 1 / width, 0.0),
            lambda x: np.clip((x - low) / width, 0, 1),
        )
    if isinstance(initializer, TruncatedNormal):
        parent = _normal(initializer.parent.mean, initializer.parent.std)
        ends = parent.cumulative(np.array([initializer.low, initializer.high]))
        inside, below = float(ends[1] - ends[0]), float(ends[0])
        low, high = initializer.low, initializer.high
        return Density(
            lambda x: np.where((x >= low) & (x <= high), parent.density(x) / inside, 0.0),
            lambda x: np.clip((parent.cumulative(x) - below) / inside, 0, 1),
        )
    mean, std = initializer.mean, initializer.std
    if mean is None or not std:
        return None
    return _normal(mean, std, isinstance(initializer, Normal))


def _normal(mean: float, std: float, exact: bool = True) -> Density:
    scale = std * math.sqrt(2 * math.pi)
    return Density(
        lambda x: np.exp(-np.square((x - mean) / std) / 2) / scale,
        lambda x: 0.5 * (1 + _erf((x - mean) / (std * math.sqrt(2)))),
        exact,
    )


def distance(values: np.ndarray, cumulative: Callable[[np.ndarray], np.ndarray]) -> float:
    """Return the Kolmogorov-Smirnov statistic of values, times the root of their number.

    Of many values every so manieth is taken. Below 1.63 in 99 of 100 samples of the planned
    distribution.
    """
    sample = np.sort(values.ravel()[:: -(-values.size // _MOST)].astype(np.float64))
    steps = np.arange(len(sample) + 1) / len(sample)
    share = cumulative(sample)
    apart = max(float((share - steps[:-1]).max()), float((steps[1:] - share).max()))
    return apart * math.sqrt(len(sample))
