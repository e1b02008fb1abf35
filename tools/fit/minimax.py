"""Minimax polynomial and rational fits to many digits.

A fit starts from linearised least squares (Sanathanan-Koerner steps with
Lawson's weights) and is made minimax by Remez exchanges on a dense grid.
"""

from __future__ import annotations

from dataclasses import dataclass

import mpmath
from mpmath import mp, mpf

mp.dps = 100


@dataclass
class Problem:
    """Minimise max |scale * (P(x)/D(x) - target)| with deg P, deg D <= top, bottom."""

    x: list[mpf]
    target: list[mpf]
    scale: list[mpf]
    top: int
    bottom: int = 0


@dataclass
class Fit:
    """A rational function; index = power.  `error` is the max of the scaled error."""

    p: list[mpf]
    d: list[mpf]
    error: mpf

    @property
    def bits(self) -> float:
        """The error as a power of two."""
        return float(mpmath.log(self.error, 2)) if self.error else float("-inf")


def chebyshev(lo: mpf, hi: mpf, count: int) -> list[mpf]:
    """Chebyshev points of the second kind on [lo, hi], both ends included."""
    lo, hi = mpf(lo), mpf(hi)
    mid, half = (lo + hi) / 2, (hi - lo) / 2
    inner = [mid - half * mpmath.cos(mpmath.pi * k / (count - 1)) for k in range(1, count - 1)]
    return [lo, *inner, hi]


def horner(c: list[mpf], x: mpf) -> mpf:
    """Return the polynomial c[0] + c[1] x + ... at x."""
    acc = c[-1]
    for a in c[-2::-1]:
        acc = acc * x + a
    return acc


def errors(pr: Problem, p: list[mpf], d: list[mpf]) -> list[mpf]:
    """Signed scaled errors of P/D on the grid."""
    return [
        s * (horner(p, x) / horner(d, x) - f)
        for x, f, s in zip(pr.x, pr.target, pr.scale, strict=True)
    ]


def powers(x: mpf, count: int) -> list[mpf]:
    """1, x, ..., x^(count - 1)."""
    out = [mpf(1)]
    for _ in range(count - 1):
        out.append(out[-1] * x)
    return out


def _least_squares(
    pr: Problem, index: list[int], weight: list[mpf], d: list[mpf]
) -> tuple[list[mpf], list[mpf]]:
    """One linearised least-squares step with the denominator `d` in the weights."""
    size = pr.top + 1 + pr.bottom
    gram, right = mpmath.zeros(size), mpmath.zeros(size, 1)
    for k, w in zip(index, weight, strict=True):
        x, f = pr.x[k], pr.target[k]
        g = w * (pr.scale[k] / horner(d, x)) ** 2
        pw = powers(x, max(pr.top, pr.bottom) + 1)
        row = pw[: pr.top + 1] + [-f * v for v in pw[1 : pr.bottom + 1]]
        for i in range(size):
            gi = g * row[i]
            right[i] += gi * f
            for j in range(i + 1):
                gram[i, j] += gi * row[j]
    for i in range(size):
        for j in range(i):
            gram[j, i] = gram[i, j]
    c = list(mpmath.lu_solve(gram, right))
    return c[: pr.top + 1], [mpf(1), *c[pr.top + 1 :]]


def _reference(err: list[mpf], count: int) -> list[int] | None:
    """`count` grid points where the error alternates in sign and is largest."""
    best: list[int] = []
    for k, e in enumerate(err):
        if e == 0:
            continue
        if best and (err[best[-1]] > 0) == (e > 0):
            if abs(e) > abs(err[best[-1]]):
                best[-1] = k
        else:
            best.append(k)
    while len(best) > count:
        if len(best) == count + 1:
            best.pop(0 if abs(err[best[0]]) < abs(err[best[-1]]) else -1)
        else:
            pair = min(
                range(len(best) - 1), key=lambda i: max(abs(err[best[i]]), abs(err[best[i + 1]]))
            )
            del best[pair : pair + 2]
    return best if len(best) == count else None


def _levelled(pr: Problem, ref: list[int], d: list[mpf]) -> tuple[list[mpf], list[mpf]]:
    """Return the rational function whose errors at `ref` are level and alternate."""
    size = len(ref)
    for _ in range(30):
        a, b = mpmath.zeros(size), mpmath.zeros(size, 1)
        for i, k in enumerate(ref):
            x, f = pr.x[k], pr.target[k]
            pw = powers(x, max(pr.top, pr.bottom) + 1)
            row = pw[: pr.top + 1] + [-f * v for v in pw[1 : pr.bottom + 1]]
            for j, v in enumerate([*row, (-1) ** i * horner(d, x) / pr.scale[k]]):
                a[i, j] = v
            b[i] = f
        c = list(mpmath.lu_solve(a, b))
        new = [mpf(1), *c[pr.top + 1 : -1]]
        moved = max(abs(u - v) / abs(u) for u, v in zip(new, d, strict=True))
        d = new
        if moved < mpf(10) ** -25:
            break
    return c[: pr.top + 1], d


def minimax(pr: Problem, warm: int = 12) -> Fit:
    """Return the minimax fit before rounding: the best seen, should Remez not converge."""
    count = pr.top + pr.bottom + 2
    index = list(range(0, len(pr.x), max(1, len(pr.x) // (8 * count))))
    weight = [mpf(1)] * len(index)
    d = [mpf(1)] + [mpf(0)] * pr.bottom
    best: Fit | None = None

    def consider(p: list[mpf], d: list[mpf]) -> list[mpf]:
        nonlocal best
        err = errors(pr, p, d)
        top = max(map(abs, err))
        below = sum(horner(d, x) < 0 for x in pr.x)
        if below in (0, len(pr.x)) and (best is None or top < best.error):
            best = Fit(p, d, top)
        return err

    for _ in range(warm):
        p, d = _least_squares(pr, index, weight, d)
        err = consider(p, d)
        weight = [w * abs(err[k]) for w, k in zip(weight, index, strict=True)]
        total = mpmath.fsum(weight)
        weight = [w / total + mpf(10) ** -12 for w in weight]
    assert best is not None
    err, d = errors(pr, best.p, best.d), best.d
    for _ in range(25):
        ref = _reference(err, count)
        if ref is None:
            break
        p, d = _levelled(pr, ref, d)
        err = consider(p, d)
        if max(map(abs, err)) < 1.0005 * abs(err[ref[0]]):
            break
    return best
