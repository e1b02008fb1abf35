"""Sections 3 to 6 together: the values of elements of an array."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from . import streams
from .arithmetic import fma
from .elementary import normal_pair32, normal_pair64
from .targets import ARITHMETIC, STORAGE, at_least, at_most, less_than, round_once, round_to, widen
from .truncated import Special, choose, standard


@dataclass(frozen=True)
class Distribution:
    """A kind with its numbers; those it does not name are not read."""

    kind: str
    mean: float = 0.0
    std: float = 1.0
    low: float = -math.inf
    high: float = math.inf


def clamp(x: np.ndarray, low: float, high: float) -> np.ndarray:
    """Return x with what lies below low or above high replaced."""
    low, high = operand(low, x.dtype.type), operand(high, x.dtype.type)
    return np.where(x < low, low, np.where(x > high, high, x))


def operand(x: float, real: type) -> np.ndarray:
    """Return a number rounded for use in arithmetic, where a zero is +0."""
    with np.errstate(under="ignore", over="ignore"):
        return real(x) + real(0)


def same(elements: np.ndarray, x: float, dtype: str) -> np.ndarray:
    """Return every element equal to x, rounded from float64 to the type's bits at once."""
    return np.full(elements.shape, round_once(x, dtype), STORAGE[dtype])


def uniform_raw(words: np.ndarray, low: float, width: float, real: type) -> np.ndarray:
    """Return fma(u, width, low) of section 4."""
    bits = 53 if real is np.float64 else 24
    u = (words & np.uint64(2**bits - 1)).astype(real) * real(2.0**-bits)
    return fma(u, operand(width, real), operand(low, real))


def normal_raw(stream, elements: np.ndarray, mean: float, std: float, real: type) -> np.ndarray:
    """Return the normals of section 5, before any rounding to a narrower type."""
    pair = elements & ~np.uint64(1)
    wide = real is np.float64
    words = streams.words64 if wide else streams.words32
    formula = normal_pair64 if wide else normal_pair32
    first, second = words(*stream, pair), words(*stream, pair | np.uint64(1))
    cosine, sine = formula(first, second, operand(mean, real), operand(std, real))
    return np.where(elements == pair, cosine, sine)


def uniform(stream, elements, d: Distribution, dtype: str, real: type) -> np.ndarray:
    """Return section 4, in float32 or float64."""
    words = streams.words64 if real is np.float64 else streams.words32
    low, high = at_least(d.low, dtype), less_than(d.high, dtype)
    x = uniform_raw(words(*stream, elements), d.low, d.high - d.low, real)
    return clamp(x, low, high)


def truncated(stream, elements, d: Distribution, dtype: str, real: type, special: Special):
    """Return section 6 where the elements differ, in float32 or float64."""
    wide = real is np.float64
    low, high = at_least(d.low, dtype), at_most(d.high, dtype)
    regime = choose(d.low, d.high, d.mean, d.std, wide)
    words = (streams.words64 if wide else streams.words32)(*stream, elements)
    if regime.name == "wide":
        x = normal_raw(stream, elements, d.mean, d.std, real)
    elif regime.name == "narrow":
        x = uniform_raw(words, d.low, d.high - d.low, real)
    else:
        scale = operand(-d.std if regime.mirrored else d.std, real)
        x = fma(standard(words, regime, special, wide), scale, operand(d.mean, real))
    return clamp(x, low, high)


def constant_value(d: Distribution, dtype: str) -> float | None:
    """Return the number that every element is, or None where the elements differ."""
    if d.kind == "constant" or (d.kind == "normal" and d.std == 0):
        return d.mean
    if d.kind != "normal" and d.low == d.high:
        return d.low
    if d.kind != "truncated_normal":
        return None
    low, high = at_least(d.low, dtype), at_most(d.high, dtype)
    if d.std == 0:
        return low if d.mean < low else high if d.mean > high else d.mean
    regime = choose(d.low, d.high, d.mean, d.std, dtype == "float64")
    if regime.name != "far":
        return None
    return high if regime.mirrored else low


def element_values(
    stream: tuple[int, int, int],
    elements: np.ndarray,
    d: Distribution,
    dtype: str,
    special: Special | None = None,
) -> np.ndarray:
    """Return the stored values of the elements of a stream (key, offset, draw).

    Types narrower than float32 come as their bits; `uint32` and `uint64` are raw bits.
    """
    elements = np.asarray(elements, np.uint64)
    if d.kind == "bits":
        wide = dtype == "uint64"
        words = streams.words64 if wide else streams.words32
        return words(*stream, elements).astype(dtype)
    real = np.dtype(ARITHMETIC[dtype]).type
    if (constant := constant_value(d, dtype)) is not None:
        return same(elements, constant, dtype)
    if d.kind == "uniform":
        x = uniform(stream, elements, d, dtype, real)
    elif d.kind == "normal":
        x = normal_raw(stream, elements, d.mean, d.std, real)
    else:
        x = truncated(stream, elements, d, dtype, real, special)
    return round_to(x, dtype)


def numbers(stored: np.ndarray, dtype: str) -> np.ndarray:
    """Return stored values as numbers."""
    return widen(stored, dtype)
