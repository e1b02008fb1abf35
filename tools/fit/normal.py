"""The normal distribution to many digits."""

from __future__ import annotations

import mpmath
from mpmath import mpf


def upper(x: mpf) -> mpf:
    """Q(x), the upper tail."""
    return mpmath.erfc(x / mpmath.sqrt(2)) / 2


def central(x: mpf) -> mpf:
    """1/2 - Q(x)."""
    return mpmath.erf(x / mpmath.sqrt(2)) / 2


def w_of(x: mpf) -> mpf:
    """-2 ln(4 p (1-p)), p = Q(x)."""
    q = central(x)
    if x < 1:
        return -2 * mpmath.log1p(-4 * q * q)
    p = upper(x)
    return -2 * (mpmath.log(4 * p) + mpmath.log1p(-p))


def tail_log(x: mpf) -> mpf:
    """-2 ln Q(x)."""
    return -2 * mpmath.log(upper(x))
