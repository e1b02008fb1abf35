"""Section 3, end: the target types, rounding to them, and their values next to a bound."""

from __future__ import annotations

import numpy as np

STORAGE = {
    "float32": "f4",
    "float64": "f8",
    "float16": "u2",
    "bfloat16": "u2",
    "float8_e4m3fn": "u1",
    "float8_e5m2": "u1",
}
ARITHMETIC = {dtype: "f8" if dtype == "float64" else "f4" for dtype in STORAGE}
LARGEST = {
    "float32": float(np.finfo("f4").max),
    "float64": float(np.finfo("f8").max),
    "float16": 65504.0,
    "bfloat16": (2 - 2.0**-7) * 2.0**127,
    "float8_e4m3fn": 448.0,
    "float8_e5m2": 57344.0,
}


def _float8(fraction: int, bias: int, infinity: int | None) -> np.ndarray:
    """Return the numbers of the patterns 0 to 127, as the format's definition reads."""
    numbers = []
    for pattern in range(128):
        exponent, m = pattern >> fraction, pattern % (1 << fraction) / (1 << fraction)
        numbers.append((1 + m if exponent else m) * 2.0 ** (max(exponent, 1) - bias))
    table = np.array(numbers, np.float32)
    if infinity is not None:
        table[infinity:] = np.nan
        table[infinity] = np.inf
    table[127] = np.nan
    return table


#: The numbers of the positive patterns.
FLOAT8 = {"float8_e4m3fn": _float8(3, 7, None), "float8_e5m2": _float8(2, 15, 0x7C)}


def _round_float8(x: np.ndarray, dtype: str) -> np.ndarray:
    """Round to the nearer neighbour, half way to the even pattern, by looking them up."""
    numbers = FLOAT8[dtype][: largest_pattern(dtype) + 1].astype(np.float64)
    size = np.abs(x).astype(np.float64)
    below = np.clip(np.searchsorted(numbers, size, side="right") - 1, 0, len(numbers) - 2)
    middle = (numbers[below] + numbers[below + 1]) / 2
    up = (size > middle) | ((size == middle) & (below % 2 == 1))
    return (below + up + 128 * np.signbit(x)).astype(np.uint8)


def round_to(x: np.ndarray, dtype: str) -> np.ndarray:
    """Round float32 (float64 for float64) to the type's bits, to nearest even, once."""
    x = np.asarray(x, ARITHMETIC[dtype])
    if dtype == "float16":
        with np.errstate(over="ignore"):
            return x.astype(np.float16).view(np.uint16)
    if dtype == "bfloat16":
        bits = x.view(np.uint32).astype(np.uint64)
        return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)
    return _round_float8(x, dtype) if dtype in FLOAT8 else x


def widen(bits: np.ndarray, dtype: str) -> np.ndarray:
    """Return stored values as numbers that hold them exactly."""
    bits = np.asarray(bits)
    if dtype == "float16":
        return bits.astype(np.uint16).view(np.float16).astype(np.float32)
    if dtype == "bfloat16":
        return (bits.astype(np.uint32) << 16).view(np.float32)
    if dtype in FLOAT8:
        return np.concatenate([FLOAT8[dtype], -FLOAT8[dtype]])[bits]
    return bits


def value(pattern: int, dtype: str) -> float:
    """Return the number with this bit pattern."""
    kind = np.dtype(STORAGE[dtype])
    stored = np.array([pattern], f"u{kind.itemsize}").view(kind)
    return float(widen(stored, dtype)[0])


def largest_pattern(dtype: str) -> int:
    """Return the bit pattern of the largest finite value."""
    return {
        "float32": 0x7F7FFFFF,
        "float64": 0x7FEFFFFFFFFFFFFF,
        "float16": 0x7BFF,
        "bfloat16": 0x7F7F,
        "float8_e4m3fn": 0x7E,
        "float8_e5m2": 0x7B,
    }[dtype]


def floor_magnitude(x: float, dtype: str) -> int:
    """Return the pattern of the largest finite value that is at most x >= 0."""
    low, high = 0, largest_pattern(dtype)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if value(middle, dtype) <= x else (low, middle - 1)
    return low


def at_most(x: float, dtype: str) -> float | None:
    """Return the largest finite value of the type that is at most x, or None.

    A zero keeps the sign that it was given with; one made by rounding is +0.
    """
    if x >= 0:
        return value(floor_magnitude(x, dtype), dtype) if x else x
    pattern = floor_magnitude(-x, dtype)
    if value(pattern, dtype) == -x:
        return x
    return None if pattern == largest_pattern(dtype) else -value(pattern + 1, dtype)


def at_least(x: float, dtype: str) -> float | None:
    """Return the smallest finite value of the type that is at least x, or None."""
    mirrored = at_most(-x, dtype)
    return None if mirrored is None else -mirrored if mirrored or not x else 0.0


def round_once(x: float, dtype: str) -> int | float:
    """Return a float64 number's bits in the type (its value in float32 and float64).

    Rounded to nearest even in one step; what rounds to zero is +0, a zero keeps its sign.
    """
    if dtype in ("float32", "float64"):
        return np.dtype(STORAGE[dtype]).type(x) + (0.0 if x else x)
    sign = np.signbit(x) * (1 << (8 * np.dtype(STORAGE[dtype]).itemsize - 1))
    pattern = floor_magnitude(abs(x), dtype)
    below, above = value(pattern, dtype), value(pattern + 1, dtype)
    rest, step = abs(x) - below, above - below
    pattern += rest * 2 > step or (rest * 2 == step and pattern % 2)
    return 0 if pattern == 0 and x else sign | pattern


def less_than(x: float, dtype: str) -> float | None:
    """Return the largest finite value of the type that is less than x, or None."""
    return at_most(float(np.nextafter(x, -np.inf)), dtype)
