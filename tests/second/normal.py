"""Section 5: the normal distribution by the method of Box and Muller."""

from __future__ import annotations

import math

from .formats import F32, F64, FORMATS
from .plain import constant, format_of, number
from .tables import TABLES
from .words import Stream, block

_SIN_F32, (_SIN_F32_LOW,) = TABLES["NI_SIN_F32"], TABLES["NI_SIN_F32_LOW"]
_SIN_F64, (_SIN_F64_LOW,) = TABLES["NI_SIN_F64"], TABLES["NI_SIN_F64_LOW"]
#: How many standard deviations a value may be off, where that is not 6.77.
REACH = {"float64": 8.58}
#: The square root of one half, from below.
_ROOT = float.fromhex("0x1.6a09e667f3bcdp-1")


def minus_two_log_f32(x: float, near: bool, f_near: float, shift: int = 0) -> float:
    """Return -2 ln(x 2^shift); where near holds that is -2 ln(1 + f_near)."""
    m, e = math.frexp(x) if not near else (1.0, 0)
    f = f_near if near else F32.sub(m, 1.0)
    c = 0.0 if near else F32.mul(float(e + shift), -float.fromhex("0x1.62e43p+0"))
    rest = F32.mul(f, F32.horner(TABLES["NI_LOG_F32"], f))
    return F32.fma(rest, f, F32.fma(f, -2.0, c))


def minus_two_log_f64(x: float, near: bool, f_near: float) -> float:
    """Return -2 ln x; where near holds that is -2 ln(1 + f_near)."""
    m, e = math.frexp(x)
    m, e = (2 * m, e - 1) if m < _ROOT else (m, e)
    e, f = (0, f_near) if near else (e, F64.sub(m, 1.0))
    s = F64.div(f, F64.add(f, 2.0))
    z = F64.mul(s, s)
    h = F64.mul(F64.mul(f, f), 0.5)
    p = F64.mul(z, F64.horner(TABLES["NI_LOG_F64"], z))
    twice = F64.mul(F64.sub(h, F64.mul(s, F64.add(h, p))), 2.0)
    low = F64.fma(float(e), -float.fromhex("0x1.a39ef35793c76p-32"), twice)
    high = F64.sub(low, F64.mul(f, 2.0))
    return F64.fma(float(e), -float.fromhex("0x1.62e42feep+0"), high)


def turned(quarter: int, c: float, s: float) -> tuple[float, float]:
    """Return the cosine and the sine of an angle in one of the quarters."""
    return ((c, s), (-s, c), (-c, -s), (s, -c))[quarter]


def cosine_sine_f32(w: int) -> tuple[float, float]:
    y = F32.ratio(signed((4 * w + 2) % 2**32), 2**31)
    z = F32.mul(y, y)
    c = F32.fma(z, F32.horner(TABLES["NI_COS_F32"], z), 1.0)
    tail = F32.fma(z, F32.horner(_SIN_F32[1:], z), _SIN_F32_LOW)
    s = F32.fma(y, _SIN_F32[0], F32.mul(y, tail))
    return turned((w + 2**29) % 2**32 // 2**30, c, s)


def cosine_sine_f64(n: int) -> tuple[float, float]:
    q, r = divmod(n + 2**50, 2**51)
    y = (r - 2**50) * 2.0**-50
    z = F64.mul(y, y)
    t = F64.add(F64.mul(z, F64.horner(_SIN_F64[1:], z)), _SIN_F64_LOW)
    s = F64.fma(y, _SIN_F64[0], F64.mul(y, t))
    c = F64.fma(z, F64.horner(TABLES["NI_COS_F64"], z), 1.0)
    return turned(q % 4, c, s)


def signed(w: int) -> int:
    return w - 2**32 if w >= 2**31 else w


def pair_f32(w0: int, w1: int, std: float, mean: float) -> tuple[float, float]:
    t = F32.add(F32.ratio(signed(w0), 1), 0.5)
    square = minus_two_log_f32(t, w0 >= 2**31, t * 2.0**-32, -32)
    r = F32.mul(F32.sqrt(square), std)
    cosine, sine = cosine_sine_f32(w1)
    return F32.fma(r, cosine, mean), F32.fma(r, sine, mean)


def pair_f64(w0: int, w1: int, std: float, mean: float) -> tuple[float, float]:
    square = minus_two_log_f64((w0 >> 11 | 1) * 2.0**-53, False, 0.0)
    r = F64.mul(F64.sqrt(square), std)
    cosine, sine = cosine_sine_f64(w1 >> 11 | 1)
    return F64.fma(r, cosine, mean), F64.fma(r, sine, mean)


def normal_element(stream: Stream, dtype: str, index: int, std: float, mean: float) -> float:
    """Return an element in the format of its arithmetic, of which std and mean are."""
    if dtype == "float64":
        pair = pair_f64(stream.double_word(index & ~1), stream.double_word(index | 1), std, mean)
    else:
        words = block(stream, index // 4)
        first = index % 4 // 2 * 2
        pair = pair_f32(words[first], words[first + 1], std, mean)
    return pair[index % 2]


def normal(stream: Stream, dtype: str, indices: range, mean: float, std: float) -> list[float]:
    """Return the elements of the normal distribution."""
    if std == 0:
        return [constant(mean, dtype)] * len(indices)
    fmt, target = format_of(dtype), FORMATS[dtype]
    target.checked(fmt.checked(abs(mean) + REACH.get(dtype, 6.77) * std))
    mean, std = number(mean, fmt), number(std, fmt)
    return [target.round(normal_element(stream, dtype, i, std, mean)) for i in indices]
