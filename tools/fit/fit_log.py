"""ln(1+f): float32 (times -2) on [-1/2, 0], float64 on [sqrt(1/2)-1, sqrt(2)-1]."""

from __future__ import annotations

import mpmath
from minimax import Problem, chebyshev
from mpmath import mpf
from rounding import DOUBLE, FLOAT, solve
from table import Table, show

SCRIPT = "fit_log.py"
LOW, HIGH = mpmath.sqrt(mpf(1) / 2) - 1, mpmath.sqrt(2) - 1


def log_f32(degree: int = 7) -> Table:
    """R of -2 ln(1+f) = -2 f + f^2 r(f)."""
    grid = chebyshev(mpf(-1) / 2, -(mpf(10) ** -12), 40 * degree)
    exact = [-2 * mpmath.log1p(f) for f in grid]
    rest = [(v + 2 * f) / f**2 for v, f in zip(exact, grid, strict=True)]
    weights = [f**2 / v for v, f in zip(exact, grid, strict=True)]
    fit = solve(Problem(grid, rest, weights, degree), FLOAT, 400)
    return Table(
        "NI_LOG_F32",
        fit.p,
        FLOAT,
        [
            "-2 ln(1+f) = -2 f + f^2 r(f), f in [-1/2, 0]; r, in powers of f.",
            f"Relative error of -2 ln(1+f): 2^{fit.bits:.2f}.",
        ],
        SCRIPT,
    )


def log_f64(degree: int = 6) -> Table:
    """R of ln(1+f) = f - (h - s (h + z R(z))), h = f f/2, s = f/(2+f), z = s s."""
    grid = chebyshev(mpf(10) ** -12, (HIGH / (2 + HIGH)) ** 2, 50 * degree)
    root = [mpmath.sqrt(z) for z in grid]
    exact = [2 * mpmath.atanh(s) for s in root]
    rest = [(v / s - 2) / z for v, s, z in zip(exact, root, grid, strict=True)]
    fit = solve(
        Problem(grid, rest, [s * z / v for v, s, z in zip(exact, root, grid, strict=True)], degree),
        DOUBLE,
        200,
    )
    return Table(
        "NI_LOG_F64",
        fit.p,
        DOUBLE,
        [
            "ln(1+f) = f - (h - s (h + z R(z))), h = f f/2, s = f/(2+f), z = s s,",
            "f in [sqrt(1/2)-1, sqrt(2)-1], z in [0, 0.029438]; R, in powers of z.",
            f"Relative error of ln(1+f): 2^{fit.bits:.2f}.",
        ],
        SCRIPT,
    )


def tables() -> list[Table]:
    """Both tables."""
    return [log_f32(), log_f64()]


if __name__ == "__main__":
    show(tables())
