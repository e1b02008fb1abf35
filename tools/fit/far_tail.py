"""Checks the far-tail series: x with -2 ln(Q(x)/Q(a)) = e, for large a.

With t = 1/a^2 and y = x^2, y - a^2 = e (c1 + e (c2 + e c3)) up to higher powers
of e, where dy/de = h, the Mills ratio of x times x, and dh/de = h (h/y + h - 1)/2:

    c1 = 1 - t + 3 t^2 - 15 t^3 + ...
    c2 = t^2/2 - 7/2 t^3 + 27 t^4 - ...
    c3 = -t^3/3 + 23/6 t^4 - ...

(the script derives them from that pair of equations).
"""

from __future__ import annotations

from fractions import Fraction

import mpmath
from mpmath import mp, mpf
from normal import tail_log

mp.dps = 60

Series = list[Fraction]


def series(orders: int, terms: int) -> list[Series]:
    """c[k], k <= orders, as power series in t: c[k][j] multiplies t^j."""

    def mul(a: Series, b: Series) -> Series:
        out = [Fraction(0)] * terms
        for i, u in enumerate(a):
            for j, v in enumerate(b[: terms - i]):
                out[i + j] += u * v
        return out

    mills = [Fraction(1)]
    for j in range(1, terms):
        mills.append(-mills[-1] * (2 * j - 1))
    # dy/de = h, h = h(y): c[k+1] = (d/dy applied along the flow) / (k+1)!,
    # with d/dy t^j = -j t^(j+1).
    out, current, factorial = [[Fraction(0)] * terms], mills, 1
    for k in range(1, orders + 1):
        factorial *= k
        out.append([v / factorial for v in current])
        slope = [Fraction(0)] + [-j * current[j] for j in range(terms - 1)]
        current = mul(mills, slope)
    return out


def solve_exactly(a: mpf, e: mpf) -> mpf:
    """X by Newton's method."""
    goal, x = tail_log(a) + e, mpmath.sqrt(a * a + e)
    for _ in range(8):
        q = mpmath.erfc(x / mpmath.sqrt(2)) / 2
        slope = 2 * mpmath.npdf(x) / q
        x -= (tail_log(x) - goal) / slope
    return x


# Per order, how many powers of t (after the leading one) the set-up uses.
SHORT = {1: [1, -1], 2: [0, 0, Fraction(1, 2)]}
LONG = {
    1: [1, -1, 3, -15],
    2: [0, 0, Fraction(1, 2), Fraction(-7, 2)],
    3: [0, 0, 0, Fraction(-1, 3)],
}
LONGER = {
    1: [1, -1, 3, -15, 105],
    2: [0, 0, Fraction(1, 2), Fraction(-7, 2), 27],
    3: [0, 0, 0, Fraction(-1, 3), Fraction(23, 6)],
    4: [0, 0, 0, 0, Fraction(1, 4)],
}


def error(formula: dict[int, Series], a: mpf, e: mpf) -> mpf:
    """Relative error in x of a formula."""
    a, e = mpf(a), mpf(e)
    t = 1 / (a * a)
    y = a * a
    for k, c in formula.items():
        y += e**k * sum(
            mpf(v.numerator) / v.denominator * t**j for j, v in enumerate(map(Fraction, c))
        )
    exact = solve_exactly(a, e)
    return abs(mpmath.sqrt(y) - exact) / exact


def main() -> None:
    """Print the series and the errors of the formulas."""
    for k, c in enumerate(series(5, 7)):
        print(f"c{k}:", ", ".join(f"{v} t^{j}" for j, v in enumerate(c) if v))
    for name, formula, starts, reach in [
        ("c1 alone, 1 - t", {1: [1, -1]}, (64, 80, 128), 46),
        ("short", SHORT, (24, 32, 48, 64, 128), 46),
        ("long", LONG, (200, 300, 400, 800), 75),
        ("longer", LONGER, (150, 200, 256, 300, 400), 75),
    ]:
        for a in starts:
            worst = max(error(formula, a, mpf(reach) * i / 8) for i in range(1, 9))
            print(f"{name}: a = {a}, e <= {reach}: 2^{float(mpmath.log(worst, 2)):.2f}")


if __name__ == "__main__":
    main()
