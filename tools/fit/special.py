"""Derive the constant tables of csrc/setup/special.c and print them as C.

Run ``python tools/fit/special.py`` (needs mpmath).  The output is the block of
tables that stands in csrc/setup/special.c; nothing else is read or written.

Every table is the polynomial that interpolates its function at the Chebyshev
nodes of the interval, worked out with 300 bits and then rounded to binary64.
Where the constant term carries most of the value it is kept as two doubles.
The printed error is that of the rounded table, relative to the quantity the
table serves (e^r, ln m, ...), as the largest one seen on a fine grid.
"""

from textwrap import wrap

from mpmath import atanh, cos, erf, erfc, exp, log, lu_solve, matrix, mp, mpf, pi, sqrt

mp.prec = 300
GRID = 1500


def interpolate(f, a, b, degree):
    """Coefficients, lowest first, of the polynomial through f at the Chebyshev nodes of [a, b]."""
    n = degree + 1
    nodes = [(a + b) / 2 + (b - a) / 2 * cos(pi * (2 * j + 1) / (2 * n)) for j in range(n)]
    powers = matrix([[x**k for k in range(n)] for x in nodes])
    return list(lu_solve(powers, matrix([f(x) for x in nodes])))


def horner(coefficients, x):
    value = mpf(0)
    for c in reversed(coefficients):
        value = value * x + c
    return value


def log2_error(approximation, exact, a, b):
    """log2 of the largest relative error on a grid of the open interval (a, b)."""
    points = [a + (b - a) * mpf(2 * j + 1) / (2 * GRID) for j in range(GRID)]
    worst = max(abs(approximation(x) / exact(x) - 1) for x in points)
    return float(log(worst, 2))


def print_table(name, coefficients, note):
    print("/* " + "\n".join(wrap(note, 96, subsequent_indent=" * ")) + " */")
    print(f"static const double {name}[] = {{")
    texts = [float(c).hex() for c in coefficients]
    for i in range(0, len(texts), 3):
        print("    " + " ".join(text + "," for text in texts[i : i + 3]))
    print("};\n")


def print_constant(name, value):
    print(f"#define {name} {float(value).hex()}")


def two_doubles(value):
    hi = mpf(float(value))
    return hi, mpf(float(value - hi))


def fit_split(name, f, a, b, degree, note):
    """Table of f on [a, b] as (hi, lo) of the constant term, then the other coefficients."""
    exact = interpolate(f, a, b, degree)
    table = [*two_doubles(exact[0])] + [mpf(float(c)) for c in exact[1:]]
    used = [table[0] + table[1], *table[2:]]
    error = log2_error(lambda x: horner(used, x), f, a, b)
    print_table(name, table, f"{note}  Relative error < 2^{error + 0.05:.1f}.")


def fit_exp():
    bound = log(mpf(2)) / 2 + mpf(2) ** -30

    def f(r):
        return (exp(r) - 1 - r - r * r / 2) / r**3

    table = [mpf(float(c)) for c in interpolate(f, -bound, bound, 9)]

    def whole(r):
        return 1 + r + r * r / 2 + r**3 * horner(table, r)

    error = log2_error(whole, exp, -bound, bound)
    print_table(
        "EXP_CUBIC",
        table,
        "(e^r - 1 - r - r^2/2) / r^3 in r, |r| <= ln(2)/2."
        f"  Relative error of e^r < 2^{error + 0.05:.1f}.",
    )


def fit_log():
    low, high = mpf(2) ** -80, ((sqrt(mpf(2)) - 1) / (sqrt(mpf(2)) + 1)) ** 2

    def f(w):
        return 2 * (atanh(sqrt(w)) - sqrt(w)) / (w * sqrt(w))

    table = [mpf(float(c)) for c in interpolate(f, low, high, 7)]

    def whole(w):
        return 2 * sqrt(w) + w * sqrt(w) * horner(table, w)

    error = log2_error(whole, lambda w: 2 * atanh(sqrt(w)), low, high)
    print_table(
        "LOG_CUBIC",
        table,
        "(ln((1+s)/(1-s)) - 2s) / s^3 in w = s^2, 1/sqrt(2) <= (1+s)/(1-s) <= sqrt(2)."
        f"  Relative error of the ln < 2^{error + 0.05:.1f}.",
    )


def scaled_mills(x):
    """X e^(x^2/2) Q(x), which rises from 0.26 at x = 1 to 1/sqrt(2 pi)."""
    return x * exp(x * x / 2) * erfc(x / sqrt(mpf(2))) / 2


def fit_mills(name, a, b, centre, degree):
    a, b, centre = mpf(a), mpf(b), mpf(centre)

    def f(t):
        return scaled_mills(centre * (1 + t) / (1 - t))

    note = f"G(x) in t = (x - {float(centre)}) / (x + {float(centre)}), {int(a)} <= x <= {int(b)}."
    fit_split(name, f, (a - centre) / (a + centre), (b - centre) / (b + centre), degree, note)


def main():
    ln2 = log(mpf(2))
    ln2_hi = mpf(int(ln2 * 2**32)) / 2**32
    print_constant("LN2_HI", ln2_hi)
    print_constant("LN2_LO", ln2 - ln2_hi)
    print_constant("INV_LN2", 1 / ln2)
    print()
    fit_exp()
    fit_log()
    tiny = mpf(2) ** -80
    fit_split(
        "HALF_ERF",
        lambda z: erf(sqrt(z / 2)) / (2 * sqrt(z)),
        tiny,
        mpf(1),
        10,
        "(Phi(x) - 1/2) / x in z = x^2, |x| <= 1.",
    )
    fit_mills("MILLS_1_3", 1, 3, 1.75, 16)
    fit_mills("MILLS_3_9", 3, 9, 5, 15)
    fit_split(
        "MILLS_9_INF",
        lambda w: scaled_mills(1 / sqrt(w)),
        tiny,
        mpf(1) / 81,
        10,
        "G(x) in w = 1/x^2, 9 <= x.",
    )


if __name__ == "__main__":
    main()
