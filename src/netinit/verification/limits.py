"""How far a sample may be from what it is drawn from, by chance.

Each limit is exceeded with a probability of at most exp(-t), whatever the number of elements: these
are inequalities, not approximations. They hold for normal, truncated and uniform draws.
"""

from __future__ import annotations

import math

__all__ = ["FALSE_ALARMS", "log_chance", "of_distance", "of_mean", "of_variance"]

#: The probability that a call finds anything in a net of which all is drawn as planned.
FALSE_ALARMS = 1e-6
#: Tests of one array.
_TESTS = 8


def log_chance(arrays: int) -> float:
    """Return t, with a chance of exp(-t) for each test of as many arrays: Bonferroni's share.

    Examples
    --------
    >>> from netinit.verification.limits import log_chance
    >>> round(log_chance(1000), 1)
    22.8
    """
    return math.log(_TESTS * max(arrays, 1) / FALSE_ALARMS)


def of_mean(std: float, count: int, t: float) -> float:
    """Return how far the mean may be off: such draws are sub-Gaussian (Hoeffding, 1963)."""
    return std * math.sqrt(2 * (t + math.log(2)) / count)


def of_variance(count: int, t: float) -> tuple[float, float]:
    """Return the factors by which the mean square may be smaller and larger.

    Laurent and Massart, "Adaptive estimation of a quadratic functional by model selection", 2000,
    lemma 1, for chi-squared of `count` degrees of freedom.
    """
    small = max(0.0, 1 - 2 * math.sqrt(t / count))
    return small, 1 + 2 * math.sqrt(t / count) + 2 * t / count


def of_distance(count: int, t: float, others: int | None = None) -> float:
    """Return how far a sample's distribution function may be from the true one.

    Dvoretzky, Kiefer and Wolfowitz, 1956, with the constant of Massart, 1990. For two samples each
    may be as far from the true one.
    """
    own = math.sqrt((t + math.log(4)) / (2 * count))
    return own if others is None else own + math.sqrt((t + math.log(4)) / (2 * others))
