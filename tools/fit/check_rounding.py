"""Evaluates the tables in their own format (fma Horner) against exact mathematics.

Both formats are emulated with mpmath, one correct rounding an operation.  Prints the
largest and the mean error in units in the last place of the exact result.
"""

from __future__ import annotations

import random
import re
import sys
from collections.abc import Callable
from pathlib import Path

import mpmath
import normal
import numpy as np
from mpmath import mp, mpf

mp.dps = 50
HEADER = Path(__file__).resolve().parents[2] / "csrc" / "kernels" / "coefficients.h"


def read(header: Path = HEADER) -> dict[str, list[float]]:
    """Return the tables of the header."""
    text = re.sub(r"/\*.*?\*/", "", header.read_text(encoding="ascii"), flags=re.S)
    found = re.findall(r"static const \w+ (\w+)(?:\[\d+\])? = \{?([^;}]*)\}?;", text)
    return {
        name: [
            float.fromhex(v.strip().rstrip("f") if "F32" in name else v.strip())
            for v in body.split(",")
            if v.strip()
        ]
        for name, body in found
    }


class Machine:
    """Scalar arithmetic rounding to `bits` bits."""

    def __init__(self, bits: int) -> None:
        self.bits = bits

    def op(self, f: Callable[..., mpf], *args: object) -> mpf:
        """Return f of the arguments, rounded once."""
        with mpmath.workprec(3 * self.bits):
            value = f(*map(mpf, args))
        with mpmath.workprec(self.bits):
            return +value

    def fma(self, a: mpf, b: mpf, c: mpf) -> mpf:
        """Return a b + c, rounded once."""
        with mpmath.workprec(self.bits):
            return mp.fdot([a, c], [b, 1])

    def mul(self, a: mpf, b: mpf) -> mpf:
        """Return a b."""
        return self.op(lambda u, v: u * v, a, b)

    def sub(self, a: mpf, b: mpf) -> mpf:
        """Return a - b."""
        return self.op(lambda u, v: u - v, a, b)

    def div(self, a: mpf, b: mpf) -> mpf:
        """Return a / b."""
        return self.op(lambda u, v: u / v, a, b)

    def sqrt(self, a: mpf) -> mpf:
        """Return the square root."""
        return self.op(mpmath.sqrt, a)

    def horner(self, c: list[float], x: mpf) -> mpf:
        """Horner's rule by fma."""
        acc = mpf(c[-1])
        for v in c[-2::-1]:
            acc = self.fma(acc, x, mpf(v))
        return acc


def ulps(got: mpf, want: mpf, bits: int) -> float:
    """|got - want| in units in the last place of `want`."""
    return float(abs(got - want) / mpf(2) ** (mpmath.frexp(want)[1] - bits))


def report(name: str, m: Machine, draw: Callable[[float], tuple[mpf, mpf]], count: int) -> None:
    """Print the errors of `draw`: a number in (0, 1) to what was computed and what is exact."""
    rng = random.Random(7)
    found = np.array([ulps(*draw(rng.random()), m.bits) for _ in range(count)])
    print(f"{name}: max {found.max():.2f}, mean {found.mean():.2f} ulp", flush=True)


class Check(Machine):
    """The tables of one format; each method maps a share in (0, 1) to (computed, exact)."""

    def __init__(self, kind: str, bits: int, tables: dict[str, list[float]]) -> None:
        super().__init__(bits)
        self.kind, self.tables, self.single = kind, tables, kind == "F32"

    def near(self, x: mpf) -> mpf:
        """Return x rounded to the format."""
        return self.op(lambda v: v, x)

    def ratio(self, name: str, x: mpf) -> mpf:
        """Return P(x)/D(x) of the two tables of a name."""
        return self.div(*(self.horner(self.tables[f"{name}_{v}"], x) for v in "PD"))

    def log(self, share: float) -> tuple[mpf, mpf]:
        """Check ln(1+f): times -2 in float32."""
        low, width = ("-0.5", "0.5") if self.single else ("-0.29289", "0.7071")
        f = self.near(mpf(share) * mpf(width) + mpf(low))
        if self.single:
            r = self.horner(self.tables["NI_LOG_F32"], f)
            return self.fma(self.mul(f, r), f, -2 * f), -2 * mpmath.log1p(f)
        s = self.div(f, self.op(lambda v: 2 + v, f))
        z, h = self.mul(s, s), self.mul(mpf(1) / 2, self.mul(f, f))
        r = self.fma(z, self.horner(self.tables["NI_LOG_F64"], z), h)
        return self.sub(f, self.fma(-s, r, h)), mpmath.log1p(f)

    def sine(self, share: float) -> tuple[mpf, mpf]:
        """Check sin(pi/4 y), with the low part of pi/4."""
        y = self.near(mpf(share))
        z, c = self.mul(y, y), self.tables["NI_SIN_" + self.kind]
        low = self.horner([self.tables[f"NI_SIN_{self.kind}_LOW"][0], *c[1:]], z)
        return self.fma(y, mpf(c[0]), self.mul(y, low)), mpmath.sin(mpmath.pi / 4 * y)

    def cosine(self, share: float) -> tuple[mpf, mpf]:
        """Check cos(pi/4 y)."""
        y = self.near(mpf(share))
        found = self.horner([1.0, *self.tables["NI_COS_" + self.kind]], self.mul(y, y))
        return found, mpmath.cos(mpmath.pi / 4 * y)

    def central(self, share: float) -> tuple[mpf, mpf]:
        """Check the inverse normal distribution function near the median."""
        x = mpf(share) * mpf("2.01")
        q = self.near(normal.central(x))
        want = x + (q - normal.central(x)) / mpmath.npdf(x)
        s = self.fma(-q, q, mpf(1) / 4)
        return self.mul(q, self.ratio("NI_CENTRAL_F32", s)), want

    def quantile(self, share: float) -> tuple[mpf, mpf]:
        """Check the inverse normal distribution function."""
        x = mpf(share) * (mpf("8.4") if self.single else mpf("9.8"))
        w = self.near(normal.w_of(x))
        p, q = normal.upper(x), normal.central(x)
        want = x + (w - normal.w_of(x)) * p * (1 - p) / (4 * q * mpmath.npdf(x))
        return self.mul(self.sqrt(w), self.ratio(f"NI_QUANTILE_{self.kind}", w)), want

    def tail(self, share: float) -> tuple[mpf, mpf]:
        """Check its tail, from the logarithm of the probability."""
        x = 4 * mpf(16 if self.single else 100) ** mpf(share)
        big = self.near(normal.tail_log(x))
        want = x + (big - normal.tail_log(x)) * normal.upper(x) / (2 * mpmath.npdf(x))
        return self.sqrt(self.sub(big, self.ratio(f"NI_TAIL_{self.kind}", self.sqrt(big)))), want


def main(count: int = 4000) -> None:
    """Check every table."""
    tables = read()
    for kind, bits in (("F32", 24), ("F64", 53)):
        check = Check(kind, bits, tables)
        report("ln " + kind, check, check.log, count)
        report("sin " + kind, check, check.sine, count)
        report("cos " + kind, check, check.cosine, count)
        if kind == "F32":
            report("central " + kind, check, check.central, count)
        report("quantile " + kind, check, check.quantile, count)
        report("tail " + kind, check, check.tail, count)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
