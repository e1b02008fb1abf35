"""sin(pi/4 y) and cos(pi/4 y) for y in [-1, 1], float32 and float64."""

from __future__ import annotations

import mpmath
from minimax import Problem, chebyshev
from mpmath import mpf
from rounding import DOUBLE, FLOAT, solve
from table import Table, show

SCRIPT = "fit_sincos.py"
TINY = mpf(10) ** -12


def grid_of(count: int) -> list[tuple[mpf, mpf]]:
    """Pairs (z, pi/4 sqrt(z)) on [TINY, 1]."""
    return [(z, mpmath.pi / 4 * mpmath.sqrt(z)) for z in chebyshev(TINY, 1, 50 * count)]


def sine(name: str, bits: int, count: int) -> list[Table]:
    """s[0] + low = pi/4, then s[1], ... of sin(pi/4 y) = y s(z)."""
    grid = grid_of(count)
    root = [mpmath.sqrt(z) for z, _ in grid]
    exact = [mpmath.sin(a) / y for (_, a), y in zip(grid, root, strict=True)]
    with mpmath.workprec(bits):
        high = +(mpmath.pi / 4)
    low = mpmath.pi / 4 - high
    with mpmath.workprec(bits):
        low = +low
    rest = [(v - high - low) / z for v, (z, _) in zip(exact, grid, strict=True)]
    problem = Problem(
        [z for z, _ in grid],
        rest,
        [z / v for v, (z, _) in zip(exact, grid, strict=True)],
        count - 2,
    )
    fit = solve(problem, bits, 100)
    return [
        Table(
            name,
            [high, *fit.p],
            bits,
            [
                "sin(pi/4 y) = y s[0] + y (low + z (s[1] + z (s[2] + ...))), z = y y in [0, 1],",
                f"low = {name}_LOW, s[0] + low = pi/4; s, in powers of z.",
                f"Relative error: 2^{fit.bits:.2f}.",
            ],
            SCRIPT,
        ),
        Table(f"{name}_LOW", [low], bits, [f"pi/4 - {name}[0]."], SCRIPT),
    ]


def cosine(name: str, bits: int, count: int) -> Table:
    """K of cos(pi/4 y) = 1 + z k(z)."""
    grid = grid_of(count)
    exact = [mpmath.cos(a) for _, a in grid]
    rest = [-2 * mpmath.sin(a / 2) ** 2 / z for z, a in grid]
    problem = Problem(
        [z for z, _ in grid],
        rest,
        [z / v for v, (z, _) in zip(exact, grid, strict=True)],
        count - 1,
    )
    fit = solve(problem, bits, 100)
    return Table(
        name,
        fit.p,
        bits,
        [
            "cos(pi/4 y) = 1 + z k(z), z = y y in [0, 1]; k, in powers of z.",
            f"Relative error: 2^{fit.bits:.2f}.",
        ],
        SCRIPT,
    )


def tables() -> list[Table]:
    """All tables."""
    return [
        *sine("NI_SIN_F32", FLOAT, 4),
        cosine("NI_COS_F32", FLOAT, 4),
        *sine("NI_SIN_F64", DOUBLE, 7),
        cosine("NI_COS_F64", DOUBLE, 7),
    ]


if __name__ == "__main__":
    show(tables())
    show([cosine("NI_COS_F64_WITH_6", DOUBLE, 6)])
