"""Causes of a wrong size, told by the factor."""

from __future__ import annotations

import math

from netinit.initializers.base import Initializer
from netinit.initializers.distributions import TruncatedNormal, Uniform
from netinit.parameters.parameter import Parameter

__all__ = ["cause_of_std"]

#: How near a factor must be to one that says something.
_NEAR = 0.03


def cause_of_std(
    found: float, planned: float, parameter: Parameter, initializer: Initializer, count: int
) -> str:
    """Return what may have made the std `found` of what is planned to have `planned`; or ""."""
    factor = found / planned
    near = _NEAR + 1.5 / math.sqrt(count)  # what few elements leave open

    def is_like(other: float) -> bool:
        return abs(factor / other - 1) < near

    if isinstance(initializer, TruncatedNormal):
        parent = initializer.parent.std
        if is_like(parent / planned):
            return "not truncated, or its std corrected for truncation?"
        if is_like(planned / parent):
            return "truncated twice?"
    if isinstance(initializer, Uniform) and is_like(math.sqrt(3)):
        return "the bound taken for the std?"
    fan_in, fan_out = parameter.fan_in, parameter.fan_out
    if parameter.layout is not None and fan_in > 0 and fan_out > 0 and fan_in != fan_out:
        if is_like(math.sqrt(fan_in / fan_out)):
            return f"fan_out {fan_out:g} taken for fan_in {fan_in:g}: a transposed weight?"
        if is_like(math.sqrt(fan_out / fan_in)):
            return f"fan_in {fan_in:g} taken for fan_out {fan_out:g}: a transposed weight?"
        if is_like(math.sqrt(2 * fan_in / (fan_in + fan_out))):
            return "the mean of both fans taken for fan_in?"
        if is_like(math.sqrt(fan_in / (fan_in + fan_out))):
            return "Xavier's formula for Kaiming's?"
        if is_like(math.sqrt((fan_in + fan_out) / fan_in)):
            return "Kaiming's formula for Xavier's?"
    if is_like(math.sqrt(0.5)):
        return "a gain of 1 for sqrt(2), or the fans of two shards?"
    if is_like(math.sqrt(2)):
        return "a gain of sqrt(2) for 1, or the fans of a shard, one of 2?"
    if is_like(math.sqrt(3)) or is_like(1 / math.sqrt(3)):
        return "a bound and a std taken for each other?"
    for shards in (4, 8, 16, 32, 64):
        if is_like(math.sqrt(shards)):
            return f"the fans of a shard, one of {shards}?"
        if is_like(1 / math.sqrt(shards)):
            return f"fans {shards} times too large, or a residual scaling by 1/sqrt({shards})?"
    if is_like(planned):
        return "scaled twice?"
    return ""
