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
import numpy as np
from mpmath import mp, mpf

import normal

mp.dps = 50
HEADER = Path(__file__).resolve().parents[2] / "csrc" / "kernels" / "coefficients.h"


def read(header: Path = HEADER) -> dict[str, list[float]]:
    """The tables of the header."""
    text = re.sub(r"/\*.*?\*/", "", header.read_text(encoding="ascii"), flags=re.S)
    found = re.findall(r"static const \w+ (\w+)(?:\[\d+\])? = \{?([^;}]*)\}?;", text)
    return {name: [float.fromhex(v.strip().rstrip("f") if "F32" in name else v.strip())
                   for v in body.split(",") if v.strip()] for name, body in found}


class Machine:
    """Scalar arithmetic rounding to `bits` bits."""

    def __init__(self, bits: int) -> None:
        self.bits = bits

    def op(self, f: Callable[..., mpf], *args: object) -> mpf:
        """f of the arguments, rounded once."""
        with mpmath.workprec(3 * self.bits):
            value = f(*map(mpf, args))
        with mpmath.workprec(self.bits):
            return +value

    def fma(self, a: mpf, b: mpf, c: mpf) -> mpf:
        """a b + c, rounded once."""
        with mpmath.workprec(self.bits):
            return mp.fdot([a, c], [b, 1])

    def mul(self, a: mpf, b: mpf) -> mpf:
        """a b."""
        return self.op(lambda u, v: u * v, a, b)

    def sub(self, a: mpf, b: mpf) -> mpf:
        """a - b."""
        return self.op(lambda u, v: u - v, a, b)

    def div(self, a: mpf, b: mpf) -> mpf:
        """a / b."""
        return self.op(lambda u, v: u / v, a, b)

    def sqrt(self, a: mpf) -> mpf:
        """The square root."""
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
    """`draw` maps a number in (0, 1) to what was computed and what is exact."""
    rng = random.Random(7)
    found = np.array([ulps(*draw(rng.random()), m.bits) for _ in range(count)])
    print(f"{name}: max {found.max():.2f}, mean {found.mean():.2f} ulp", flush=True)


def main(count: int = 4000) -> None:
    """Check every table."""
    t = read()
    for kind, bits in (("F32", 24), ("F64", 53)):
        m = Machine(bits)

        def near(x: mpf) -> mpf:
            return m.op(lambda v: v, x)

        def log_of(share: float) -> tuple[mpf, mpf]:
            low, width = ("-0.5", "0.5") if kind == "F32" else ("-0.29289", "0.7071")
            f = near(mpf(share) * mpf(width) + mpf(low))
            if kind == "F32":
                return m.mul(f, m.horner(t["NI_LOG_F32"], f)), -2 * mpmath.log1p(f)
            s = m.div(f, m.op(lambda v: 2 + v, f))
            z, h = m.mul(s, s), m.mul(mpf(1) / 2, m.mul(f, f))
            r = m.fma(z, m.horner(t["NI_LOG_F64"], z), h)
            return m.sub(f, m.fma(-s, r, h)), mpmath.log1p(f)

        def sine(share: float) -> tuple[mpf, mpf]:
            y = near(mpf(share))
            z, c = m.mul(y, y), t["NI_SIN_" + kind]
            if kind == "F32":
                return m.mul(y, m.horner(c, z)), mpmath.sin(mpmath.pi / 4 * y)
            low = m.horner([t["NI_SIN_F64_LOW"][0], *c[1:]], z)
            return m.fma(y, mpf(c[0]), m.mul(y, low)), mpmath.sin(mpmath.pi / 4 * y)

        def sine_plain(share: float) -> tuple[mpf, mpf]:
            y = near(mpf(share))
            return m.mul(y, m.horner(t["NI_SIN_" + kind], m.mul(y, y))), mpmath.sin(mpmath.pi / 4 * y)

        def cosine(share: float) -> tuple[mpf, mpf]:
            y = near(mpf(share))
            return m.horner([1.0, *t["NI_COS_" + kind]], m.mul(y, y)), mpmath.cos(mpmath.pi / 4 * y)

        def centre(share: float) -> tuple[mpf, mpf]:
            x = mpf(share) * mpf("2.01")
            q = near(normal.central(x))
            want = x + (q - normal.central(x)) / mpmath.npdf(x)
            s = m.fma(-q, q, mpf(1) / 4)
            p, d = (m.horner(t["NI_CENTRAL_F32_" + v], s) for v in "PD")
            return m.mul(q, m.div(p, d)), want

        def quantile(share: float) -> tuple[mpf, mpf]:
            x = mpf(share) * (mpf("8.4") if kind == "F32" else mpf("9.8"))
            w = near(normal.w_of(x))
            p, q = normal.upper(x), normal.central(x)
            want = x + (w - normal.w_of(x)) * p * (1 - p) / (4 * q * mpmath.npdf(x))
            top, bottom = (m.horner(t[f"NI_QUANTILE_{kind}_{v}"], w) for v in "PD")
            return m.mul(m.sqrt(w), m.div(top, bottom)), want

        def tail(share: float) -> tuple[mpf, mpf]:
            x = 4 * mpf(16 if kind == "F32" else 100) ** mpf(share)
            big = near(normal.tail_log(x))
            want = x + (big - normal.tail_log(x)) * normal.upper(x) / (2 * mpmath.npdf(x))
            r = m.sqrt(big)
            top, bottom = (m.horner(t[f"NI_TAIL_{kind}_{v}"], r) for v in "PD")
            return m.sqrt(m.sub(big, m.div(top, bottom))), want

        report("ln " + kind, m, log_of, count)
        report("sin " + kind, m, sine, count)
        report("sin plain " + kind, m, sine_plain, count)
        report("cos " + kind, m, cosine, count)
        if kind == "F32":
            report("central " + kind, m, centre, count)
        report("quantile " + kind, m, quantile, count)
        report("tail " + kind, m, tail, count)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
