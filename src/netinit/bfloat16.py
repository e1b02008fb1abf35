"""bfloat16, which numpy has no type for: its bits in uint16, and the numbers that they are."""

from __future__ import annotations

import numpy as np

__all__ = ["round_to_bfloat16", "widen_bfloat16"]


def round_to_bfloat16(values: np.ndarray) -> np.ndarray:
    """Return the bits of real numbers rounded once to bfloat16, to nearest even.

    What is beyond its range becomes infinite, and NaN stays NaN.
    """
    with np.errstate(over="ignore", invalid="ignore"):  # of signalling NaN
        values = np.asarray(values, np.float64)
        single = values.astype(np.float32)
    bits = single.view(np.uint32)
    # To float32 by rounding to odd, so that the second rounding sees what the first dropped.
    exact = single.astype(np.float64)
    away = np.abs(exact) > np.abs(values)
    odd = bits - (away & np.isfinite(values)).astype(np.uint32)
    odd = odd | (exact != values).astype(np.uint32)
    rounded = (odd + np.uint32(0x7FFF) + ((odd >> 16) & 1)) >> 16
    # Rounding a NaN's payload up could carry into an infinity or the sign.
    quiet = (bits >> 16) | np.uint32(0x40)
    return np.where(np.isnan(values), quiet, rounded).astype(np.uint16)


def widen_bfloat16(bits: np.ndarray) -> np.ndarray:
    """Return the float32 numbers whose bfloat16 bits are `bits`: the same values."""
    return (bits.astype(np.uint32) << 16).view(np.float32)
