"""Sections 3 and 4: one number for all, and the uniform distribution."""

from __future__ import annotations

from .formats import F32, F64, FORMATS, Format
from .words import Stream


def format_of(dtype: str) -> Format:
    """Return the format that elements of a dtype are computed in."""
    return F64 if dtype == "float64" else F32


def number(value: float, fmt: Format) -> float:
    """Return a number of the user's as arithmetic and clamps take it: never -0."""
    return fmt.round(value) + 0.0


def constant(value: float, dtype: str) -> float:
    """Return the element where all are one number: a given zero keeps its sign."""
    rounded = FORMATS[dtype].checked(value)
    return rounded if rounded or not value else 0.0


def clamped(x: float, low: float, high: float) -> float:
    if x < low:
        return low
    return high if x > high else x


def uniform_element(stream: Stream, dtype: str, index: int, width: float, low: float) -> float:
    """Return u width + low, rounded once; width and low are of the format."""
    if dtype == "float64":
        return F64.fma((stream.double_word(index) % 2**53) * 2.0**-53, width, low)
    return F32.fma((stream.word(index) % 2**24) * 2.0**-24, width, low)


def uniform(stream: Stream, dtype: str, indices: range, low: float, high: float) -> list[float]:
    """Return the elements of the uniform distribution on [low, high)."""
    if low == high:
        return [constant(low, dtype)] * len(indices)
    fmt, target = format_of(dtype), FORMATS[dtype]
    width, least = number(F64.sub(high, low), fmt), number(low, fmt)
    for bound in (low, high):
        target.checked(bound)
    bounds = target.up(low) + 0.0, target.below(high) + 0.0
    if bounds[0] > bounds[1]:
        raise ValueError(f"no value of {dtype} in [{low}, {high})")
    return [
        target.round(clamped(uniform_element(stream, dtype, i, width, least), *bounds))
        for i in indices
    ]
