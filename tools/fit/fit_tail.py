"""From L = -2 ln Q(x), Q the upper normal tail, back to x: x x = L - H(r), r = sqrt(L)."""

from __future__ import annotations

import mpmath
from minimax import Problem
from mpmath import mpf
from normal import tail_log
from rounding import DOUBLE, FLOAT, solve
from table import Table, show

SCRIPT = "fit_tail.py"


def tail(
    name: str, bits: int, low: mpf, high: mpf, top: int, bottom: int, trials: int
) -> list[Table]:
    """H(r) = P(r)/D(r) for x in [low, high]."""
    low, high = mpf(low), mpf(high)
    count = 40 * (top + bottom)
    share = [(1 - mpmath.cos(mpmath.pi * k / count)) / 2 for k in range(count + 1)]
    xs = [low * (high / low) ** t for t in share]
    big = [tail_log(x) for x in xs]
    problem = Problem(
        [mpmath.sqrt(v) for v in big],
        [v - x * x for v, x in zip(big, xs, strict=True)],
        [1 / v for v in big],
        top,
        bottom,
    )
    fit = solve(problem, bits, trials)
    return [
        Table(
            name + "_P",
            fit.p,
            bits,
            [
                "x x = L - P(r)/D(r), L = -2 ln Q(x), Q the upper tail of the normal",
                f"distribution, r = sqrt(L), "
                f"for x in [{mpmath.nstr(low, 4)}, {mpmath.nstr(high, 4)}], "
                f"r in [{mpmath.nstr(problem.x[0], 5)}, {mpmath.nstr(problem.x[-1], 6)}];",
                "P, in powers of r.",
                f"Error relative to L: 2^{fit.bits:.2f}.",
            ],
            SCRIPT,
        ),
        Table(name + "_D", fit.d, bits, [f"The denominator that goes with {name}_P."], SCRIPT),
    ]


def tables() -> list[Table]:
    """All tables."""
    return [
        *tail("NI_TAIL_F32", FLOAT, 4, 64, 4, 4, 400),
        *tail("NI_TAIL_F64", DOUBLE, 4, 400, 13, 13, 100),
    ]


if __name__ == "__main__":
    show(tables())
