"""The mean and standard deviation of a truncated normal distribution."""

from __future__ import annotations

import math
from functools import lru_cache

__all__ = ["truncated_moments"]


#: Gauss-Legendre nodes and weights of degree 9 on [-1, 1].
_GAUSS = (
    (0.0, 128 / 225),
    (math.sqrt(5 - 2 * math.sqrt(10 / 7)) / 3, (322 + 13 * math.sqrt(70)) / 900),
    (-math.sqrt(5 - 2 * math.sqrt(10 / 7)) / 3, (322 + 13 * math.sqrt(70)) / 900),
    (math.sqrt(5 + 2 * math.sqrt(10 / 7)) / 3, (322 - 13 * math.sqrt(70)) / 900),
    (-math.sqrt(5 + 2 * math.sqrt(10 / 7)) / 3, (322 - 13 * math.sqrt(70)) / 900),
)

_PANELS = 64

#: The density counts as zero where it has fallen by exp(-_FALL) from its peak.
_FALL = 45.0


@lru_cache(maxsize=1024)
def truncated_moments(mean: float, std: float, low: float, high: float) -> tuple[float, float]:
    """Return the mean and standard deviation of Normal(mean, std) kept within [low, high].

    Parameters
    ----------
    mean, std, low, high : float
        Finite but for the bounds; std > 0, low < high.

    Notes
    -----
    By quadrature rather than by the closed formula: its differences of densities and tail
    probabilities cancel for narrow intervals and far tails, where this keeps 12 digits.
    """
    a, b = (low - mean) / std, (high - mean) / std
    if b < 0:  # only the upper tail is worked out
        tail_mean, tail_std = truncated_moments(-mean, std, -high, -low)
        return -tail_mean, tail_std
    if a == math.inf:  # the bound is so far out that all the mass is at it
        return low, 0.0
    # Positions are kept relative to the density's peak, so that a far tail loses nothing.
    peak = max(a, 0.0)
    reach = 2 * _FALL / (peak + math.sqrt(peak * peak + 2 * _FALL))
    room = (high - low) / std if peak > 0 else b  # to the upper bound
    left, right = max(a - peak, -reach), min(room, reach)
    half = (right - left) / (2 * _PANELS)
    points = []
    for panel in range(_PANELS):
        middle = left + (2 * panel + 1) * half
        for node, weight in _GAUSS:
            t = middle + half * node
            points.append((t, weight * math.exp(-t * (peak + t / 2))))
    mass = math.fsum(w for _, w in points)
    shift = math.fsum(w * t for t, w in points) / mass
    variance = math.fsum(w * (t - shift) ** 2 for t, w in points) / mass
    # From the bound, not from the mean: (a - 0) std may be far larger than the bound itself.
    origin = low if peak > 0 else mean
    return origin + std * shift, std * math.sqrt(variance)
