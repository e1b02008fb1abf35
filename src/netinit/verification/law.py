"""The distribution that an initializer gives an array, as far as it is known."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from netinit.initializers.base import Initializer
from netinit.initializers.distributions import Constant, Normal, TruncatedNormal, Uniform
from netinit.initializers.orthogonal import Orthogonal
from netinit.initializers.packed import Maps, Parts
from netinit.initializers.sparse import Sparse
from netinit.initializers.zero_rows import ZeroRows

__all__ = ["Law", "law_of", "normal_cdf"]


@dataclass(frozen=True, slots=True)
class Law:
    """A mixture of independent draws from distributions.

    Attributes
    ----------
    parts : tuple of (float, Normal, Uniform, TruncatedNormal or Constant)
        The share of the elements that each distribution has.
    shaped : bool
        Whether it is exact: not where only the first moments are those of the array.
    """

    parts: tuple[tuple[float, Normal | Uniform | TruncatedNormal | Constant], ...]
    shaped: bool = True

    @property
    def mean(self) -> float:
        """The mean of all elements."""
        return sum(share * one.mean for share, one in self.parts)

    @property
    def std(self) -> float:
        """The standard deviation of all elements."""
        mean = self.mean
        return math.sqrt(
            sum(share * (one.std**2 + (one.mean - mean) ** 2) for share, one in self.parts)
        )

    @property
    def constant(self) -> bool:
        """Whether every element is the same number."""
        return all(one.constant and one.mean == self.parts[0][1].mean for _, one in self.parts)

    @property
    def smallest_share(self) -> float:
        """The smallest share of a distribution that is not constant."""
        return min((share for share, one in self.parts if not one.constant), default=1.0)

    @property
    def bounds(self) -> tuple[float, float]:
        """What no element is beyond."""
        each = [_bounds(one) for _, one in self.parts]
        return min(low for low, _ in each), max(high for _, high in each)

    def cdf(self, x: np.ndarray) -> np.ndarray:
        """Return the probability of a number up to x."""
        total = np.zeros_like(x)
        for share, one in self.parts:
            total += share * _cdf(one, x)
        return total

    def reach(self, count: int, t: float) -> float:
        """Return the distance from the mean that none of `count` elements exceeds.

        With a probability of exp(-t) one does: from the normal's tail, Q(z) <= exp(-z^2 / 2) / 2.
        """
        z = math.sqrt(2 * (math.log(max(count, 1)) + t))
        return max(
            abs(one.mean - self.mean)
            + z * (one.parent.std if isinstance(one, TruncatedNormal) else one.std)
            for _, one in self.parts
        )


def law_of(initializer: Initializer, shape: tuple[int, ...]) -> Law | None:
    """Return the law of an array that an initializer fills; None where it is not known."""
    if isinstance(initializer, (Normal, Uniform, TruncatedNormal, Constant)):
        return Law(((1.0, initializer),))
    if isinstance(initializer, ZeroRows):
        share = (initializer.stop - initializer.first) / shape[0] if shape and shape[0] else 0.0
        return _joined([initializer.initializer, Constant(0.0)], [1 - share, share], shape)
    if isinstance(initializer, (Parts, Maps)):
        sizes = list(initializer.sizes) or [1] * len(initializer.inner)
        return _joined(initializer.inner, [size / sum(sizes) for size in sizes], shape)
    if isinstance(initializer, Sparse) and len(shape) == 2:
        zeros = math.ceil(initializer.sparsity * shape[0]) / shape[0] if shape[0] else 0.0
        return _joined([initializer.inner[0], Constant(0.0)], [1 - zeros, zeros], shape)
    if isinstance(initializer, Orthogonal) and not initializer.constant:
        std = Orthogonal.of_shape(shape, initializer.layout, initializer.gain).std
        return Law(((1.0, Normal(0.0, std)),), shaped=False) if std else None
    return None


def _joined(
    inner: Sequence[Initializer], shares: Sequence[float], shape: tuple[int, ...]
) -> Law | None:
    parts = []
    shaped = True
    for one, share in zip(inner, shares, strict=True):
        law = law_of(one, shape)
        if law is None:
            return None
        shaped &= law.shaped
        parts += [(share * own, distribution) for own, distribution in law.parts if share * own > 0]
    return Law(tuple(parts), shaped) if parts else None


def _bounds(one: Initializer) -> tuple[float, float]:
    if isinstance(one, (Uniform, TruncatedNormal)):
        return one.low, one.high
    if isinstance(one, Constant) or (isinstance(one, Normal) and one.constant):
        return float(one.mean), float(one.mean)
    return -math.inf, math.inf


def _cdf(one: Initializer, x: np.ndarray) -> np.ndarray:
    if one.constant:
        at_or_above: np.ndarray = (x >= one.mean).astype(np.float64)
        return at_or_above
    if isinstance(one, Uniform):
        share: np.ndarray = np.clip((x - one.low) / (one.high - one.low), 0.0, 1.0)
        return share
    if isinstance(one, TruncatedNormal):
        parent = one.parent
        below, above = (
            normal_cdf(np.array((bound - parent.mean) / parent.std))
            for bound in (one.low, one.high)
        )
        inside = normal_cdf((x - parent.mean) / parent.std)
        mass = np.maximum(above - below, np.finfo(np.float64).tiny)
        share = np.clip((inside - below) / mass, 0.0, 1.0)
        return share
    assert isinstance(one, Normal)
    return normal_cdf((x - one.mean) / one.std)


def normal_cdf(z: np.ndarray) -> np.ndarray:
    """Return the standard normal distribution function, within 1e-7.

    Abramowitz and Stegun, Handbook of Mathematical Functions, 1964, formula 26.2.17.

    Examples
    --------
    >>> import numpy as np
    >>> from netinit.verification.law import normal_cdf
    >>> normal_cdf(np.array([0.0, 1.0, -2.0])).round(6)
    array([0.5     , 0.841345, 0.02275 ])
    """
    size = np.minimum(np.abs(z), 40.0)
    t = 1.0 / (1.0 + 0.2316419 * size)
    series = 1.330274429
    for coefficient in (-1.821255978, 1.781477937, -0.356563782, 0.319381530):
        series = series * t + coefficient
    tail = np.exp(-size * size / 2) / math.sqrt(2 * math.pi) * series * t
    value: np.ndarray = np.where(z < 0, tail, 1.0 - tail)
    return value
