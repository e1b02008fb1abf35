"""Section 5: minus two logarithms, cosine and sine."""

from __future__ import annotations

import numpy as np

from .arithmetic import fma, horner, split
from .coefficients import TABLES

F4, F8 = np.float32, np.float64
SQRT_HALF = np.array(0x3FE6A09E667F3BCD, np.uint64).view(np.float64)


def minus_two_log_parts32(f: np.ndarray, c: np.ndarray) -> np.ndarray:
    """Return the last line of section 5.1, float32."""
    return fma(f * horner(TABLES["NI_LOG_F32"], f), f, fma(f, F4(-2), c))


def minus_two_log32(x: np.ndarray, near: np.ndarray, f_near: np.ndarray, less=0) -> np.ndarray:
    """Return section 5.1 in float32; `less` is taken from the exponent of x."""
    m, e = split(x)
    f = np.where(near, f_near, m - F4(1))
    c = np.where(near, F4(0), (e - less).astype(F4) * F4(float.fromhex("-0x1.62e43p+0")))
    return fma(f * horner(TABLES["NI_LOG_F32"], f), f, fma(f, F4(-2), c))


def minus_two_log64(x: np.ndarray, near: np.ndarray, f_near: np.ndarray) -> np.ndarray:
    """Return section 5.1 in float64."""
    m, e = split(x)
    small = m < SQRT_HALF
    m, e = np.where(small, m * 2, m), np.where(small, e - 1, e)
    f = np.where(near, f_near, m - 1)
    e = np.where(near, 0, e).astype(F8)
    s = f / (f + 2)
    z = s * s
    h = f * f * 0.5
    p = z * horner(TABLES["NI_LOG_F64"], z)
    low = fma(e, float.fromhex("-0x1.a39ef35793c76p-32"), (h - s * (h + p)) * 2)
    return fma(e, float.fromhex("-0x1.62e42feep+0"), low - f * 2)


def by_quarter(q: np.ndarray, c: np.ndarray, s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return cosine and sine by the table of section 5.2."""
    cosine = np.select([q == 0, q == 1, q == 2], [c, -s, -c], s)
    sine = np.select([q == 0, q == 1, q == 2], [s, c, -s], -c)
    return cosine, sine


def cosine_sine32(w1: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return section 5.2 in float32 for words (uint64)."""
    turned = (4 * w1 + 2) % 2**32
    y = turned.astype(np.uint32).view(np.int32).astype(F4) * F4(2.0**-31)
    q = ((w1 + 2**29) % 2**32) // 2**30
    z = y * y
    sines = TABLES["NI_SIN_F32"]
    s = fma(y, sines[0], y * fma(z, horner(sines[1:], z), F4(TABLES["NI_SIN_F32_LOW"])))
    c = fma(z, horner(TABLES["NI_COS_F32"], z), F4(1))
    return by_quarter(q, c, s)


def cosine_sine64(n: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return section 5.2 in float64 for the odd numbers n (uint64)."""
    shifted = n + 2**50
    q, r = (shifted // 2**51) % 4, (shifted % 2**51).astype(np.int64)
    y = (r - 2**50).astype(F8) * 2.0**-50
    z = y * y
    sines = TABLES["NI_SIN_F64"]
    t = z * horner(sines[1:], z) + TABLES["NI_SIN_F64_LOW"]
    s = fma(y, sines[0], y * t)
    c = fma(z, horner(TABLES["NI_COS_F64"], z), F8(1))
    return by_quarter(q, c, s)


def odd_number(W: np.ndarray) -> np.ndarray:  # noqa: N803
    """Return n = floor(W / 2^11) | 1."""
    return (W >> np.uint64(11)) | np.uint64(1)


def normal_pair32(w0, w1, mean, std) -> tuple[np.ndarray, np.ndarray]:
    """Return section 5 in float32 for a pair of words (uint64); mean and std are float32."""
    t = w0.astype(np.uint32).view(np.int32).astype(F4) + F4(0.5)
    near = w0 >= 2**31
    S = minus_two_log32(np.where(near, F4(0.5), t), near, t * F4(2.0**-32), 32)  # noqa: N806
    return rotate(S, cosine_sine32(w1), mean, std)


def normal_pair64(W0, W1, mean, std) -> tuple[np.ndarray, np.ndarray]:  # noqa: N803
    """Return section 5 in float64 for a pair of numbers (uint64)."""
    x = odd_number(W0).astype(F8) * 2.0**-53
    S = minus_two_log64(x, np.zeros(x.shape, bool), F8(0))  # noqa: N806
    return rotate(S, cosine_sine64(odd_number(W1)), mean, std)


def rotate(S, turned, mean, std):  # noqa: N803
    """Return the pair from -2 ln u and the cosine and sine."""
    r = np.sqrt(S) * std
    return fma(r, turned[0], mean), fma(r, turned[1], mean)
