"""The distributions, streams and element windows that the stream's tests and goldens share."""

from __future__ import annotations

import hashlib
import math
from typing import Any

import numpy as np

import netinit._core as core
from tests.reference import Distribution

INFINITY = math.inf
FLOATS = ("float32", "float64", "float16", "bfloat16", "float8_e4m3fn", "float8_e5m2")
STORAGE = {
    "float32": "f4",
    "float64": "f8",
    "float16": "u2",
    "bfloat16": "u2",
    "float8_e4m3fn": "u1",
    "float8_e5m2": "u1",
    "uint32": "u4",
    "uint64": "u8",
}

# Blocks of the first run over 2^32 and 2^64 at once after 20000.
STREAM = (0xFEDCBA9876543210, 2**64 - 20000, 0x89ABCDEF)


def truncated(low: float, high: float, mean: float = 0.0, std: float = 1.0) -> Distribution:
    return Distribution("truncated_normal", mean, std, low, high)


# Each rule and regime of docs/stream.md; every one is defined for every floating-point dtype but
# for those in UNDEFINED.
CASES = {
    "constant": Distribution("constant", 0.1),
    "uniform": Distribution("uniform", low=-1.0, high=2.0),
    "uniform_unit": Distribution("uniform", low=0.0, high=1.0),
    "normal": Distribution("normal"),
    "normal_scaled": Distribution("normal", 0.5, 0.02),
    "wide": truncated(-2.0, 2.0, 0.0, 0.02),
    "central": truncated(-2.0, 2.0),
    "central_inner": truncated(-0.25, 0.75, 0.25, 0.5),
    "general": truncated(-1.0, 3.0),
    "general_mirrored": truncated(-3.0, 1.0),
    "general_above": truncated(0.5, INFINITY),
    "general_below": truncated(-INFINITY, 1.25, 0.5, 0.75),
    "general_side": truncated(1.5, 8.0),
    "tail": truncated(4.0, INFINITY),
    "tail_two_sided": truncated(8.0, 8.25),
    "tail_mirrored": truncated(-INFINITY, -20.0),
    "far_tail": truncated(500.0, 500.01),
    "far_tail_mirrored": truncated(-INFINITY, -700.0),
    "far_tail_at_zero": truncated(0.0, INFINITY, -5e3, 50.0),
    "far": truncated(0.0, 1.0, -1.0, 1e-20),
    "far_mirrored": truncated(0.0, 0.7, 1.0, 1e-20),
    "narrow": truncated(-1e-5, 2e-5, 0.0, 1e13),
    "narrow_mirrored": truncated(-2e-5, 1e-5, 0.0, 1e13),
}

# No value of float8 lies between the bounds, or the values are beyond the largest.
UNDEFINED = {
    ("far_tail", "float8_e4m3fn"),
    ("far_tail", "float8_e5m2"),
    ("far_tail_mirrored", "float8_e4m3fn"),
}


def table_rows() -> list[tuple[str, str]]:
    """Return every (case, dtype) of which a hash is kept."""
    rows = [("bits", "uint32"), ("bits", "uint64")]
    cases = [(name, dtype) for name in CASES for dtype in FLOATS]
    return rows + [row for row in cases if row not in UNDEFINED]


def distribution_of(name: str) -> Distribution:
    return Distribution("bits") if name == "bits" else CASES[name]


def core_fill(
    out: Any,
    dtype: str,
    d: Distribution,
    stream: tuple[int, int, int] = STREAM,
    first: int = 0,
    **options: Any,
) -> Any:
    """Fill the array by the library's core; return it."""
    core.fill(out, dtype, *stream, (d.kind, d.mean, d.std, d.low, d.high), first, **options)
    return out


def core_values(
    count: int, dtype: str, d: Distribution, stream: tuple[int, int, int] = STREAM, first: int = 0
) -> np.ndarray:
    """Return elements [first, first + count) of the stream by the library's core."""
    return core_fill(np.empty(count, STORAGE[dtype]), dtype, d, stream, first)


def as_bits(array: np.ndarray) -> np.ndarray:
    """Return the elements' bits, so that zeros and NaN compare as they are."""
    return np.ascontiguousarray(array).view(f"u{array.itemsize}")


def sha256(array: np.ndarray) -> str:
    """Return the hash of the elements in C order, little-endian."""
    little = as_bits(array).astype(f"<u{array.itemsize}", copy=False)
    return hashlib.sha256(little.tobytes()).hexdigest()
