"""The inverse normal distribution function: near the middle, and on the whole line."""

from __future__ import annotations

import mpmath
from minimax import Fit, Problem
from mpmath import mpf
from normal import central, w_of
from rounding import DOUBLE, FLOAT, solve
from table import Table, show

SCRIPT = "fit_quantile.py"


def pair(name: str, fit: Fit, bits: int, comment: list[str]) -> list[Table]:
    """Return the tables of numerator and denominator."""
    first = [*comment, f"Relative error: 2^{fit.bits:.2f}."]
    return [
        Table(name + "_P", fit.p, bits, first, SCRIPT),
        Table(name + "_D", fit.d, bits, [f"The denominator that goes with {name}_P."], SCRIPT),
    ]


def bent(top: mpf, count: int) -> list[mpf]:
    """Points of (0, top], Chebyshev points in their square."""
    return [mpf(top) * mpmath.sin(mpmath.pi * k / (2 * count)) for k in range(1, count + 1)]


def centre_f32(top: int = 5, bottom: int = 4) -> list[Table]:
    """X = q P(s)/D(s) for |x| <= 2.01."""
    xs = bent(mpf("2.01"), 40 * (top + bottom))
    qs = [central(x) for x in xs]
    exact = [x / q for x, q in zip(xs, qs, strict=True)]
    problem = Problem([mpf(1) / 4 - q * q for q in qs], exact, [1 / v for v in exact], top, bottom)
    return pair(
        "NI_CENTRAL_F32",
        solve(problem, FLOAT, 400),
        FLOAT,
        [
            "Inverse normal distribution function x = q P(s)/D(s), q = p - 1/2,",
            "s = 1/4 - q q, for |x| <= 2.01; P, in powers of s.",
        ],
    )


def positive(fit: Fit) -> bool:
    """Whether no coefficient is negative: the evaluation is then perfectly conditioned."""
    return min(fit.p + fit.d) > 0


def whole(name: str, bits: int, reach: mpf, top: int, bottom: int, trials: int) -> list[Table]:
    """X = sqrt(w) P(w)/D(w) for |x| <= reach."""
    xs = bent(reach, 40 * (top + bottom))
    ws = [w_of(x) for x in xs]
    exact = [x / mpmath.sqrt(w) for x, w in zip(xs, ws, strict=True)]
    problem = Problem(ws, exact, [1 / v for v in exact], top, bottom)
    return pair(
        name,
        solve(problem, bits, trials, good=positive),
        bits,
        [
            "Inverse normal distribution function |x| = sqrt(w) P(w)/D(w),",
            f"w = -2 ln(4 p (1-p)), for |x| <= {mpmath.nstr(reach, 4)}, "
            f"w in [0, {mpmath.nstr(ws[-1], 4)}];",
            "P, in powers of w.",
        ],
    )


def tables() -> list[Table]:
    """All tables."""
    return [
        *centre_f32(),
        *whole("NI_QUANTILE_F32", FLOAT, mpf("8.4"), 5, 5, 400),
        *whole("NI_QUANTILE_F64", DOUBLE, mpf("9.8"), 14, 14, 150),
    ]


if __name__ == "__main__":
    show(tables())
