"""Section 6: the truncated normal distribution."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from . import special
from .formats import F32, F64, FORMATS, Format
from .normal import REACH, minus_two_log_f32, minus_two_log_f64, normal_element
from .plain import clamped, constant, format_of, number, uniform_element
from .tables import TABLES
from .words import M32, M64, Stream

_2_32, _2_53 = 2.0**-32, 2.0**-53
#: From a word (of 32 bits, or of 64 for float64) to x.
Quantile = Callable[[int], float]


@dataclass(frozen=True)
class Interval:
    """A standardized interval, what leads back from it, and whether it was mirrored."""

    a: float
    b: float
    scale: float
    mirrored: bool = False

    def upper(self) -> Interval:
        """Return the interval with the larger part of it above zero."""
        if self.a + self.b < 0:
            return Interval(-self.b, -self.a, -self.scale, True)
        return self


def truncated(
    stream: Stream, dtype: str, indices: range, mean: float, std: float, low: float, high: float
) -> list[float]:
    """Return the elements of the normal distribution on [low, high]."""
    count, target, fmt = len(indices), FORMATS[dtype], format_of(dtype)
    wide = REACH.get(dtype, 6.77)
    target.checked(max(low, min(mean, high) - wide * std))
    target.checked(min(high, max(mean, low) + wide * std))
    if low == high:
        return [constant(low, dtype)] * count
    bounds = target.up(max(low, -target.largest)) + 0.0, target.down(high) + 0.0
    if bounds[0] > bounds[1]:
        raise ValueError(f"no value of {dtype} in [{low}, {high}]")
    if std == 0:
        if not low <= mean <= high:
            raise ValueError(f"mean={mean} is not in [{low}, {high}]")
        return [constant(clamped(mean, *bounds), dtype)] * count

    given = Interval((low - mean) / std, (high - mean) / std, std)
    shift, wide_scale = number(mean, fmt), number(std, fmt)

    def finished(x: float) -> float:
        return target.round(clamped(x, *bounds))

    if given.a < -wide and given.b > wide:
        return [finished(normal_element(stream, dtype, i, wide_scale, shift)) for i in indices]
    above = given.upper()
    if above.a > 2.0**40:
        return [bounds[above.mirrored]] * count
    span = F64.mul(F64.sub(above.b, above.a), max(above.b, 1.0)) if above.b < math.inf else math.inf
    if span < (2.0**-58 if dtype == "float64" else 2.0**-30):
        width, least = number(F64.sub(high, low), fmt), number(low, fmt)
        return [finished(uniform_element(stream, dtype, i, width, least)) for i in indices]
    central = abs(above.a + above.b) <= 2.0**-30 and above.b <= 2 + 2.0**-20
    interval, quantile = _quantile(given, above, dtype, central)
    word = stream.double_word if dtype == "float64" else stream.word
    flip = (M64 if dtype == "float64" else M32) if interval.mirrored else 0
    scale = number(interval.scale, fmt)
    return [finished(fmt.fma(quantile(word(i) ^ flip), scale, shift)) for i in indices]


def _quantile(
    given: Interval, above: Interval, dtype: str, central: bool
) -> tuple[Interval, Quantile]:
    if dtype == "float64":
        return above, (_tail_f64 if above.a >= 4 else _general_f64)(above.a, above.b)
    if central:
        return given, _central(given.a, given.b)
    return above, (_tail_f32 if above.a >= 4 else _general_f32)(above.a, above.b)


def _central(a: float, b: float) -> Quantile:
    wide = F64.mul(F64.mul(2.0, special.half(F64.mul(F64.sub(b, a), 0.5))), _2_32)
    m, square = F32.round(wide), F32.round(F64.mul(wide, wide))

    def quantile(w: int) -> float:
        n = F32.add(F32.ratio(w - 2**31, 1), 0.5)
        t = F32.fma(F32.mul(n, n), -square, 0.25)
        above = F32.mul(F32.mul(n, m), F32.horner(TABLES["NI_CENTRAL_F32_P"], t))
        return F32.div(above, F32.horner(TABLES["NI_CENTRAL_F32_D"], t))

    return quantile


@dataclass(frozen=True)
class General:
    """The constants of section 6.2, in the format of the elements."""

    k: int
    m: float
    below: float
    above: float
    up: float
    down: float

    @classmethod
    def of(cls, a: float, b: float, fmt: Format) -> General:
        whole, half = (2.0**53, 0.0) if fmt is F64 else (2.0**32, 0.5)
        if a < 0 or b <= 1:
            z = F64.sub(special.half(b), special.half(a))
        else:
            z = F64.sub(special.above(a), special.above(b))
        k = F64.sub(F64.mul(F64.div(-special.half(a), z), whole), half)
        first = max(0, math.ceil(k))
        m = F64.div(z, whole)
        up = F64.mul(F64.sub(float(first), k), m)
        rounded = (number(x, fmt) for x in (m, special.above(-a), special.above(b), up, -up))
        return cls(first, *rounded)


def _general_f32(a: float, b: float) -> Quantile:
    s = General.of(a, b, F32)

    def quantile(w: int) -> float:
        down = w < s.k
        steps = F32.ratio(abs(w - s.k), 1)
        q = F32.mul(F32.fma(steps, s.m, s.down if down else s.up), 2.0)
        share = F32.add(F32.ratio(w if down else w ^ M32, 1), 0.5)
        p = F32.mul(F32.fma(share, s.m, s.below if down else s.above), 2.0)
        y = F32.fma(-p, p, F32.add(p, p))
        v = minus_two_log_f32(y, y > 0.5, -F32.mul(q, q))
        above = F32.mul(F32.sqrt(v), F32.horner(TABLES["NI_QUANTILE_F32_P"], v))
        x = F32.div(above, F32.horner(TABLES["NI_QUANTILE_F32_D"], v))
        return -x if down else x

    return quantile


def _even_odd(table: tuple[float, ...], v: float) -> float:
    square = F64.mul(v, v)
    return F64.fma(F64.horner(table[1::2], square), v, F64.horner(table[::2], square))


def _general_f64(a: float, b: float) -> Quantile:
    s = General.of(a, b, F64)

    def quantile(w: int) -> float:
        n = w >> 11 | 1
        down = n < s.k
        steps = F64.ratio(abs(n - s.k), 1)
        q = F64.mul(F64.fma(steps, s.m, s.down if down else s.up), 2.0)
        share = float(n if down else 2**53 - n)
        p = F64.mul(F64.fma(share, s.m, s.below if down else s.above), 2.0)
        y = F64.fma(-p, p, F64.add(p, p))
        v = minus_two_log_f64(y, y > 0.75, -F64.mul(q, q))
        above = F64.mul(F64.sqrt(v), _even_odd(TABLES["NI_QUANTILE_F64_P"], v))
        x = F64.div(above, _even_odd(TABLES["NI_QUANTILE_F64_D"], v))
        return -x if down else x

    return quantile


def _rho(a: float, b: float) -> float:
    """Return Q(b) / Q(a), in float64."""
    if b == math.inf:
        return 0.0
    if a <= 400:
        return special.exp(F64.sub(special.log_above(b), special.log_above(a)))
    inverse_a, inverse_b = F64.div(1.0, a), F64.div(1.0, b)
    d = F64.mul(F64.sub(inverse_a, inverse_b), F64.add(inverse_a, inverse_b))
    squares = F64.add(F64.mul(inverse_a, inverse_a), F64.mul(inverse_b, inverse_b))
    power = F64.mul(F64.mul(-F64.sub(b, a), F64.add(b, a)), 0.5)
    last = F64.mul(d, F64.sub(1.0, F64.mul(2.5, squares)))
    return special.exp(F64.add(F64.sub(power, special.log(F64.div(b, a))), last))


def _series(a: float) -> tuple[float, float, float, float]:
    """Return c0 to c3 of section 6.3."""
    sub, mul, div = F64.sub, F64.mul, F64.div
    t = div(1.0, mul(a, a))
    c1 = sub(1.0, mul(t, sub(1.0, mul(t, sub(3.0, mul(15.0, t))))))
    c2 = mul(mul(t, t), sub(0.5, mul(3.5, t)))
    c3 = mul(mul(mul(t, t), t), div(-1.0, 3.0))
    return mul(a, a), c1, c2, c3


def _tail_f32(a: float, b: float) -> Quantile:
    rho_wide = _rho(a, b)
    rho, span = number(rho_wide, F32), number(F64.sub(1.0, rho_wide), F32)
    near_a = a <= 64
    start = F32.round(F64.mul(-2.0, special.log_above(a))) if near_a else 0.0
    c0, c1, c2, _ = (number(c, F32) for c in _series(a))

    def quantile(w: int) -> float:
        u = F32.mul(F32.add(F32.ratio(w, 1), 0.5), _2_32)
        rest = F32.mul(F32.add(F32.ratio(w ^ M32, 1), 0.5), _2_32)
        g = F32.fma(rest, span, rho)
        e = minus_two_log_f32(g, g > 0.5, F32.mul(-u, span))
        if not near_a:
            return F32.sqrt(F32.fma(e, F32.fma(e, c2, c1), c0))
        return _from_log(F32, F32.add(e, start), "NI_TAIL_F32")

    return quantile


def _from_log(fmt: Format, square: float, table: str) -> float:
    r = fmt.sqrt(square)
    part = fmt.div(fmt.horner(TABLES[f"{table}_P"], r), fmt.horner(TABLES[f"{table}_D"], r))
    return fmt.sqrt(fmt.sub(square, part))


def _tail_f64(a: float, b: float) -> Quantile:
    rho = _rho(a, b) + 0.0
    span = F64.sub(1.0, rho)
    near_a = a <= 400
    start = F64.mul(-2.0, special.log_above(a)) if near_a else 0.0
    c0, c1, c2, c3 = _series(a)

    def quantile(w: int) -> float:
        n = w >> 11 | 1
        g = F64.fma(F64.mul(float(2**53 - n), _2_53), span, rho)
        e = minus_two_log_f64(g, g > 0.75, F64.mul(-F64.mul(float(n), _2_53), span))
        if not near_a:
            return F64.sqrt(F64.fma(e, F64.fma(e, F64.fma(e, c3, c2), c1), c0))
        return _from_log(F64, F64.add(e, start), "NI_TAIL_F64")

    return quantile
