"""Section 6: the truncated normal distribution by inversion, standardised."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .arithmetic import fma, halves, horner
from .coefficients import TABLES
from .elementary import minus_two_log32, minus_two_log64, odd_number

Special = Callable[[str, float], float]
INFINITY = math.inf


@dataclass(frozen=True)
class Regime:
    """What the set-up decides: the row of the table and the (mirrored) standard bounds."""

    name: str
    a: float
    b: float
    mirrored: bool


def choose(low: float, high: float, mean: float, std: float, wide: bool) -> Regime:
    """Return the first row of section 6 that applies; `wide` for float64."""
    a, b = (low - mean) / std, (high - mean) / std
    reach = 8.58 if wide else 6.77
    if a < -reach and b > reach:
        return Regime("wide", a, b, False)
    mirrored = a + b < 0
    if mirrored:
        a, b = -b, -a
    if a > 2.0**40:
        return Regime("far", a, b, mirrored)
    if (b - a) * max(b, 1.0) < (2.0**-58 if wide else 2.0**-30):
        return Regime("narrow", a, b, mirrored)
    if not wide and abs(a + b) <= 2.0**-30 and b <= 2 + 2.0**-20:
        return Regime("central", *((-b, -a) if mirrored else (a, b)), False)
    return Regime("tail" if a >= 4 else "general", a, b, mirrored)


# ---- float32: words w (uint64), already mirrored -----------------------------------------------


def central32(w: np.ndarray, a: float, b: float, special: Special) -> np.ndarray:
    """Return section 6.1."""
    M = 2 * special("normal_half_erf", (b - a) * 0.5) * 2.0**-32  # noqa: N806
    n = (w.astype(np.int64) - 2**31).astype(np.float32) + np.float32(0.5)
    t = fma(n * n, -np.float32(M * M), np.float32(0.25))
    q = n * np.float32(M)
    P, D = TABLES["NI_CENTRAL_F32_P"], TABLES["NI_CENTRAL_F32_D"]  # noqa: N806
    return q * horner(P, t) / horner(D, t)


@dataclass(frozen=True)
class General:
    """The set-up of section 6.2, in float64."""

    M: float
    K: int
    below: float
    above: float
    up: float


def prepare_general(a: float, b: float, special: Special, wide: bool) -> General:
    """Return the set-up of section 6.2."""
    B, half = (2.0**53, 0.0) if wide else (2.0**32, 0.5)  # noqa: N806
    if a < 0 or b <= 1:
        Z = special("normal_half_erf", b) - special("normal_half_erf", a)  # noqa: N806
    else:
        Z = special("normal_sf", a) - special("normal_sf", b)  # noqa: N806
    k = -special("normal_half_erf", a) / Z * B - half
    K = max(0, math.ceil(k))  # noqa: N806
    M = Z / B  # noqa: N806
    up = (float(K) - k) * M
    return General(M, K, special("normal_cdf", a), special("normal_sf", b), up)


def general(v: np.ndarray, a: float, b: float, special: Special, wide: bool) -> np.ndarray:
    """Return section 6.2 for words w (float32) or odd numbers n (float64), as uint64."""
    real = np.float64 if wide else np.float32
    setup = prepare_general(a, b, special, wide)
    M, below, above, up = map(  # noqa: N806
        real, (setup.M, setup.below, setup.above, setup.up)
    )
    down = v < setup.K
    steps = np.abs(v.astype(np.int64) - setup.K).astype(real)
    q = fma(steps, M, np.where(down, -up, up)) * real(2)
    if wide:
        share = np.where(down, v, 2**53 - v).astype(real)
    else:
        share = np.where(down, v, v ^ np.uint64(2**32 - 1)).astype(real) + real(0.5)
    p = fma(share, M, np.where(down, below, above)) * real(2)
    y = fma(-p, p, p + p)
    near = y > (0.75 if wide else 0.5)
    V = (minus_two_log64 if wide else minus_two_log32)(y, near, -(q * q))  # noqa: N806
    kind, poly = ("F64", halves) if wide else ("F32", horner)
    x = np.sqrt(V) * poly(TABLES[f"NI_QUANTILE_{kind}_P"], V)
    x = x / poly(TABLES[f"NI_QUANTILE_{kind}_D"], V)
    return np.where(down, -x, x)


def tail_share(a: float, b: float, special: Special) -> float:
    """Return rho = Q(b) / Q(a) as section 6.3 computes it."""
    if b == INFINITY:
        return 0.0
    if a <= 400:
        return special("exp", special("normal_log_sf", b) - special("normal_log_sf", a))
    exponent = -(b - a) * (b + a) * 0.5 - special("log", b / a)
    d = (1 / a - 1 / b) * (1 / a + 1 / b)
    return special("exp", exponent + d * (1 - 2.5 * (1 / a * (1 / a) + 1 / b * (1 / b))))


def tail(v: np.ndarray, a: float, b: float, special: Special, wide: bool) -> np.ndarray:
    """Return section 6.3 for words w (float32) or odd numbers n (float64), as uint64."""
    real = np.float64 if wide else np.float32
    rho64 = tail_share(a, b, special)
    rho, span = real(rho64), real(1 - rho64)
    if wide:
        minus = -(v.astype(real) * 2.0**-53) * span
        g = fma((2**53 - v).astype(real) * 2.0**-53, span, rho)
    else:
        scale, half = real(2.0**-32), real(0.5)
        minus = -((v.astype(real) + half) * scale) * span
        flipped = (v ^ np.uint64(2**32 - 1)).astype(real)
        g = fma((flipped + half) * scale, span, rho)
    near = g > (0.75 if wide else 0.5)
    e = (minus_two_log64 if wide else minus_two_log32)(g, near, minus)
    if a <= (400 if wide else 64):
        kind = "F64" if wide else "F32"
        l = e + real(-2 * special("normal_log_sf", a))  # noqa: E741
        r = np.sqrt(l)
        H = horner(TABLES[f"NI_TAIL_{kind}_P"], r) / horner(TABLES[f"NI_TAIL_{kind}_D"], r)  # noqa: N806
        return np.sqrt(l - H)
    t = 1 / (a * a)
    c0 = real(a * a)
    c1 = real(1 - t * (1 - t * (3 - 15 * t)))
    c2 = real(t * t * (0.5 - 3.5 * t))
    c3 = real(t * t * t * (-1 / 3))
    if wide:
        return np.sqrt(fma(e, fma(e, fma(e, c3, c2), c1), c0))
    return np.sqrt(fma(e, fma(e, c2, c1), c0))


def standard(words: np.ndarray, regime: Regime, special: Special, wide: bool) -> np.ndarray:
    """Return x of the regimes central, general and tail for words w or numbers W (uint64)."""
    if regime.mirrored:
        words = words ^ np.uint64(2**64 - 1 if wide else 2**32 - 1)
    if regime.name == "central":
        return central32(words, regime.a, regime.b, special)
    v = odd_number(words) if wide else words
    formula = general if regime.name == "general" else tail
    return formula(v, regime.a, regime.b, special, wide)
