"""The formats of docs/stream.md, and arithmetic in them: exact on integers, then rounded once."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True)
class Format:
    """A binary floating-point format: digits, exponent of its smallest number, largest number."""

    digits: int
    unit: int
    largest: float

    def ratio(self, above: int, below: int) -> float:
        """Return above / below rounded to nearest, ties to even, overflow to infinity.

        The divisor, below, is positive.
        """
        sign, above = (-1.0, -above) if above < 0 else (1.0, above)
        exponent = max(above.bit_length() - below.bit_length() - self.digits, self.unit)
        quotient, rest, whole = _divided(above, below, exponent)
        if quotient >> self.digits:
            exponent += 1
            quotient, rest, whole = _divided(above, below, exponent)
        quotient += 2 * rest > whole or (2 * rest == whole and quotient & 1)
        if quotient << max(exponent, 0) > self.largest:
            return sign * math.inf
        return sign * math.ldexp(quotient, exponent)

    def checked(self, value: float) -> float:
        """Return a number rounded to this format; raise ValueError where that overflows."""
        rounded = self.round(value)
        if math.isinf(rounded):
            raise ValueError(f"{value} overflows {self}")
        return rounded

    def round(self, value: float) -> float:
        """Return a float64 in this format; infinities and zeros as they are."""
        if value == 0 or math.isinf(value):
            return value
        return self.ratio(*value.as_integer_ratio())

    def up(self, value: float) -> float:
        """Return the smallest finite number of this format that is at least `value`."""
        return -self.down(-value)

    def down(self, value: float) -> float:
        """Return the largest finite number of this format that is at most `value`."""
        if value >= self.largest:
            return self.largest
        if value < -self.largest:
            raise ValueError(f"no number of {self} is at most {value}")
        if value == 0:
            return 0.0
        exponent = max(math.frexp(value)[1] - self.digits, self.unit)
        return float(Fraction(value) // Fraction(2) ** exponent * Fraction(2) ** exponent) + 0.0

    def below(self, value: float) -> float:
        """Return the largest finite number of this format that is less than `value`."""
        found = self.down(value)
        if found < value:
            return found
        exponent = max(math.frexp(found)[1] - self.digits, self.unit) if found else self.unit
        if found > 0 and math.frexp(found)[0] == 0.5:  # the gap below a power of two is halved
            exponent = max(exponent - 1, self.unit)
        if found - math.ldexp(1.0, exponent) < -self.largest:
            raise ValueError(f"no number of {self} is less than {value}")
        return float(Fraction(found) - Fraction(2) ** exponent)

    def add(self, a: float, b: float) -> float:
        return self.fma(a, 1.0, b)

    def sub(self, a: float, b: float) -> float:
        return self.fma(a, 1.0, -b)

    def mul(self, a: float, b: float) -> float:
        (p, q), (r, s) = a.as_integer_ratio(), b.as_integer_ratio()
        return self.ratio(p * r, q * s) if p * r else a * b

    def div(self, a: float, b: float) -> float:
        (p, q), (r, s) = a.as_integer_ratio(), b.as_integer_ratio()
        if p == 0:
            return a / b
        return self.ratio(p * s, q * r) if r > 0 else self.ratio(-p * s, -q * r)

    def sqrt(self, a: float) -> float:
        """Return the root, from an integer root of over 100 digits of which the last is sticky."""
        p, q = a.as_integer_ratio()
        if p == 0:
            return a
        power = q.bit_length() - 1
        p, power = (2 * p, power + 1) if power % 2 else (p, power)
        root = math.isqrt(p << 200)
        sticky = root * root != p << 200
        return self.ratio(2 * root + sticky, 2 << 100 + power // 2)

    def fma(self, a: float, b: float, c: float) -> float:
        (p, q), (r, s), (t, u) = a.as_integer_ratio(), b.as_integer_ratio(), c.as_integer_ratio()
        above = p * r * u + t * q * s
        if above:
            return self.ratio(above, q * s * u)
        return a * b + c if t == 0 else 0.0  # the sign of a sum of zeros; what cancels is +0

    def horner(self, table: tuple[float, ...], x: float) -> float:
        s = table[-1]
        for coefficient in reversed(table[:-1]):
            s = self.fma(s, x, coefficient)
        return s


def _divided(above: int, below: int, exponent: int) -> tuple[int, int, int]:
    """Return the quotient by below 2^exponent, the rest, and what it is the rest of."""
    whole = below << max(exponent, 0)
    return *divmod(above << max(-exponent, 0), whole), whole


F64 = Format(53, -1074, float.fromhex("0x1.fffffffffffffp1023"))
F32 = Format(24, -149, float.fromhex("0x1.fffffep127"))
#: The formats by the names of netinit's dtypes.
FORMATS = {
    "float64": F64,
    "float32": F32,
    "float16": Format(11, -24, 65504.0),
    "bfloat16": Format(8, -133, float.fromhex("0x1.fep127")),
    "float8_e4m3fn": Format(4, -9, 448.0),
    "float8_e5m2": Format(3, -16, 57344.0),
}
