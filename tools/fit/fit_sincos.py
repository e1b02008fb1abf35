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


def sine_f32(count: int = 4) -> Table:
    """S of sin(pi/4 y) = y s(z), z = y y, all coefficients free."""
    grid = grid_of(count)
    exact = [mpmath.sin(a) / mpmath.sqrt(z) for z, a in grid]
    fit = solve(Problem([z for z, _ in grid], exact, [1 / v for v in exact], count - 1), FLOAT, 100)
    return Table(
        "NI_SIN_F32",
        fit.p,
        FLOAT,
        [
            "sin(pi/4 y) = y s(z), z = y y in [0, 1]; s, in powers of z.",
            f"Relative error: 2^{fit.bits:.2f} (the rounding of s[0] = pi/4).",
        ],
        SCRIPT,
    )


def sine_f64(count: int = 7) -> list[Table]:
    """s[0] + low = pi/4, then s[1], ... of sin(pi/4 y) = y s(z)."""
    grid = grid_of(count)
    root = [mpmath.sqrt(z) for z, _ in grid]
    exact = [mpmath.sin(a) / y for (_, a), y in zip(grid, root, strict=True)]
    with mpmath.workprec(DOUBLE):
        high = +(mpmath.pi / 4)
    low = mpmath.pi / 4 - high
    with mpmath.workprec(DOUBLE):
        low = +low
    rest = [(v - high - low) / z for v, (z, _) in zip(exact, grid, strict=True)]
    problem = Problem(
        [z for z, _ in grid],
        rest,
        [z / v for v, (z, _) in zip(exact, grid, strict=True)],
        count - 2,
    )
    fit = solve(problem, DOUBLE, 100)
    plain = max(
        abs(z * sum(c * z**i for i, c in enumerate(fit.p)) + high - v) / v
        for v, (z, _) in zip(exact, grid, strict=True)
    )
    return [
        Table(
            "NI_SIN_F64",
            [high, *fit.p],
            DOUBLE,
            [
                "sin(pi/4 y) = y s[0] + y (low + z (s[1] + z (s[2] + ...))), z = y y in [0, 1],",
                "low = NI_SIN_F64_LOW, s[0] + low = pi/4; s, in powers of z.",
                f"Relative error: 2^{fit.bits:.2f}; with low left out, as y s(z): "
                f"2^{float(mpmath.log(plain, 2)):.2f}.",
            ],
            SCRIPT,
        ),
        Table("NI_SIN_F64_LOW", [low], DOUBLE, ["pi/4 - NI_SIN_F64[0]."], SCRIPT),
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
        sine_f32(),
        cosine("NI_COS_F32", FLOAT, 3),
        *sine_f64(),
        cosine("NI_COS_F64", DOUBLE, 7),
    ]


if __name__ == "__main__":
    show(tables())
    show([cosine("NI_COS_F32_WITH_4", FLOAT, 4), cosine("NI_COS_F64_WITH_6", DOUBLE, 6)])
