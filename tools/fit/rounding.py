"""Rounding of a fit's coefficients to a binary format.

The coefficients are rounded one after the other, each time moving those still
free to where they best make up for the roundings so far (Babai's nearest plane
in the norm of the linearised error).  Many orders of rounding and many common
scalings of numerator and denominator are tried; the best one is kept.
"""

from __future__ import annotations

import random
from collections.abc import Callable

import mpmath
from minimax import Fit, Problem, errors, horner, minimax, powers
from mpmath import mpf

FLOAT = 24
DOUBLE = 53


def rounded(
    pr: Problem,
    fit: Fit,
    bits: int,
    trials: int = 60,
    seed: int = 1,
    good: Callable[[Fit], bool] = lambda fit: True,
) -> Fit:
    """`fit` with coefficients of `bits` bits, the best of `trials` that is `good`."""
    rng = random.Random(seed)
    split, size = pr.top + 1, pr.top + 1 + (pr.bottom + 1 if pr.bottom else 0)
    gram = mpmath.zeros(size)
    for x, s in list(zip(pr.x, pr.scale, strict=True))[:: max(1, len(pr.x) // (8 * size))]:
        pw = powers(x, max(pr.top, pr.bottom) + 1)
        den = horner(fit.d, x)
        ratio = horner(fit.p, x) / den
        row = [s / den * v for v in pw[:split] + [-ratio * v for v in pw[: size - split]]]
        for i in range(size):
            for j in range(size):
                gram[i, j] += row[i] * row[j]
    best: Fit | None = None
    for trial in range(trials):
        order = list(range(size))  # the coefficient rounded last comes first
        if trial % 2:
            rng.shuffle(order)
        else:
            order.sort(key=lambda i: -(i if i < split else i - split))
        factor = [[mpf(0)] * size for _ in range(size)]
        for j in range(size - 1):
            for k in range(j, size):
                known = mpmath.fsum(factor[i][j] * factor[i][k] for i in range(j))
                factor[j][k] = gram[order[j], order[k]] - known
            root = mpmath.sqrt(factor[j][j])
            factor[j] = [v / root for v in factor[j]]
        zoom = mpf(1) if trial < 2 or not pr.bottom else mpf(2) ** rng.random()
        exact = [zoom * c for c in (fit.p + fit.d)[:size]]
        delta = [mpf(0)] * size
        value = list(exact)
        for j in reversed(range(size)):
            i = order[j]
            pull = (
                mpf(0)
                if j == size - 1
                else -mpmath.fsum(factor[j][k] * delta[k] for k in range(j + 1, size))
                / factor[j][j]
            )
            with mpmath.workprec(bits):
                value[i] = +(exact[i] + pull)
            delta[j] = value[i] - exact[i]
        p, d = value[:split], value[split:] or [mpf(1)]
        new = Fit(p, d, max(map(abs, errors(pr, p, d))))
        if good(new) and (best is None or new.error < best.error):
            best = new
    if best is None:
        raise ValueError("no rounding of this fit is acceptable")
    return best


def solve(
    pr: Problem,
    bits: int,
    trials: int = 60,
    seed: int = 1,
    good: Callable[[Fit], bool] = lambda fit: True,
) -> Fit:
    """Return the minimax fit of `pr`, rounded to `bits` bits."""
    return rounded(pr, minimax(pr), bits, trials, seed, good)
