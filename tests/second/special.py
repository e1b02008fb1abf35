"""Section 6.4: exp, ln and the normal distribution function, on pairs of float64 numbers.

Python's own floats are float64, and nothing of theirs is fused.
"""

from __future__ import annotations

import math
import re
import struct
from pathlib import Path

_PAGE = (Path(__file__).parents[2] / "docs" / "stream.md").read_text()
#: The tables of section 6.4, as the page prints them.
TABLES = {
    name: tuple(map(float.fromhex, numbers.split()))
    for name, numbers in re.findall(r"^    ([A-Z]\w+) =((?:\s+-?0x\S+)+)", _PAGE, re.M)
}
(_LN2_HIGH, _LN2_LOW), (_PER_LN2,) = TABLES["LN2"], TABLES["PER_LN2"]

#: A number as the sum of two.
Pair = tuple[float, float]


def fast(a: float, b: float) -> Pair:
    t = a + b
    return t, b - (t - a)


def total(a: float, b: float) -> Pair:
    t = a + b
    u = t - a
    return t, (a - (t - u)) + (b - u)


def upper(a: float) -> float:
    (bits,) = struct.unpack("<Q", struct.pack("<d", a))
    (found,) = struct.unpack("<d", struct.pack("<Q", bits & ~(2**27 - 1)))
    return float(found)


def exact(a: float, b: float) -> Pair:
    a1, b1 = upper(a), upper(b)
    a2, b2 = a - a1, b - b1
    t = a * b
    return t, ((a1 * b1 - t) + a1 * b2 + a2 * b1) + a2 * b2


def times(a: Pair, b: Pair) -> Pair:
    t, e = exact(a[0], b[0])
    return fast(t, e + (a[0] * b[1] + a[1] * b[0]))


def over(a: Pair, b: Pair) -> Pair:
    q = a[0] / b[0]
    t, e = exact(q, b[0])
    return fast(q, (((a[0] - t) - e) + (a[1] - q * b[1])) / b[0])


def plain(table: tuple[float, ...], v: float) -> float:
    s = table[-1]
    for c in reversed(table[:-1]):
        s = s * v + c
    return s


def split(table: tuple[float, ...], v: Pair) -> Pair:
    slope = fast(table[2], v[0] * plain(table[3:], v[0]))
    rise = times(v, slope)
    t, e = fast(table[0], rise[0])
    return fast(t, e + (table[1] + rise[1]))


def exp_pair(x: Pair) -> tuple[Pair, int]:
    """Return e^x as a pair that is to be multiplied by a power of two, and that power."""
    n = math.trunc(x[0] * _PER_LN2 + (-0.5 if x[0] < 0 else 0.5))
    r, r_low = total(x[0] - n * _LN2_HIGH, x[1] - n * _LN2_LOW)
    square, square_low = exact(r, r)
    linear, linear_low = fast(1.0, r)
    head, head_low = fast(linear, 0.5 * square)
    cubic = square * r * plain(TABLES["EXP_CUBIC"], r)
    small = linear_low + head_low + 0.5 * square_low + r_low * linear
    return fast(head, cubic + small), n


def log_pair(x: Pair) -> Pair:
    half, k = math.frexp(x[0])
    m, k = 2 * half, k - 1
    if m > float.fromhex("0x1.6a09e667f3bcdp+0"):
        m, k = half, k + 1
    f = total(m - 1.0, math.ldexp(x[1], -k))
    under, under_low = total(2.0, f[0])
    s, s_low = over(f, (under, under_low + f[1]))
    w = s * s
    cubic = w * s * plain(TABLES["LOG_CUBIC"], w)
    head, head_low = total(k * _LN2_HIGH, 2.0 * s)
    return fast(head, head_low + (k * _LN2_LOW + (2.0 * s_low + cubic)))


def centre(x: float) -> Pair:
    """Return E(x) for |x| up to 1."""
    slope = split(TABLES["HALF_ERF"], exact(x, x))
    if abs(x) < 2.0**-500:
        return times((x * 2.0**600, 0.0), slope)[0] * 2.0**-600, 0.0
    return times((x, 0.0), slope)


def mills(x: float) -> Pair:
    """Return e^(x^2/2) Q(x) for x from 1."""
    if x >= 9:
        g = split(TABLES["MILLS_9_INF"], (1.0 / (x * x), 0.0))
    else:
        c, name = (1.75, "MILLS_1_3") if x < 3 else (5.0, "MILLS_3_9")
        g = split(TABLES[name], over(total(x, -c), total(x, c)))
    return over(g, (x, 0.0))


def tail(x: float) -> Pair:
    """Return Q(x) for x from 1."""
    if x > 39:
        return 0.0, 0.0
    square, low = exact(x, x)
    power, n = exp_pair((-0.5 * square, -0.5 * low))
    q, q_low = times(power, mills(x))
    return math.ldexp(q, n), math.ldexp(q_low, n)


def above_pair(x: float) -> Pair:
    if x > 1:
        return tail(x)
    rest, rest_low = tail(-x) if x < -1 else centre(x)
    q, q_low = total(1.0 if x < -1 else 0.5, -rest)
    return q, q_low - rest_low


def above(x: float) -> float:
    """Return Q(x)."""
    q, low = above_pair(x)
    return q + low


def log_above(x: float) -> float:
    """Return ln Q(x)."""
    if x < -9:
        return -above(-x)
    if x <= 1:
        return log_pair(above_pair(x))[0]
    if x > 1e10:
        return (-0.5 * x) * x
    square, square_low = exact(x, x)
    log_mills, log_low = log_pair(mills(x))
    t, e = total(-0.5 * square, log_mills)
    return t + (e + (log_low - 0.5 * square_low))


def half(x: float) -> float:
    """Return E(x)."""
    if x == 0:
        return x
    size = abs(x)
    if size <= 1:
        h, low = centre(size)
    else:
        q, q_low = tail(size)
        h, low = total(0.5, -q)
        low -= q_low
    return math.copysign(h + low, x)


def exp(x: float) -> float:
    if x > 710:
        return math.inf
    if x < -746:
        return 0.0
    power, n = exp_pair((x, 0.0))
    return math.ldexp(power[0], n)


def log(x: float) -> float:
    """Return ln x of a normal number."""
    return log_pair((x, 0.0))[0]
