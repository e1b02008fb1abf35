"""The distributions that torch's arguments mean, with torch's own checks of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import torch

from netinit.arrays.dtypes import COMPLEX
from netinit.arrays.narrow import write_numbers
from netinit.arrays.slice import Slice
from netinit.initializers.base import Distribution, Initializer
from netinit.initializers.distributions import Constant, Normal, TruncatedNormal, Uniform
from netinit.streams.stream import Stream
from netinit.torch.init.write import TYPES

__all__ = ["normal", "truncated_normal", "uniform"]


@dataclass(frozen=True, slots=True)
class _Widened(Distribution):
    """Numbers out of the range of an array's type: scale times a float64 draw, plus shift.

    They are rounded once, to infinity where they are too large: what torch does.
    """

    drawn: Distribution
    scale: float = 1.0
    shift: float = 0.0

    @property
    def mean(self) -> float | None:
        """The mean before rounding."""
        mean = self.drawn.mean
        return None if mean is None else mean * self.scale + self.shift

    @property
    def std(self) -> float | None:
        """The standard deviation before rounding."""
        return None if self.drawn.std is None else self.drawn.std * self.scale

    @property
    def constant(self) -> bool:
        """Whether every element gets the same value."""
        return self.drawn.constant

    def fill(self, out: Slice, stream: Stream, threads: int | None = None) -> None:
        """Fill a slice of an array from a stream."""
        wide = np.empty(out.array.shape)
        self.drawn.fill(Slice.within(wide, "float64", out.shape, out.start), stream, threads)
        with np.errstate(over="ignore", invalid="ignore"):
            wide *= self.scale
            wide += self.shift
        write_numbers(out.array, wide, out.dtype)

    def to_json(self) -> dict[str, Any]:
        """Return the initializer as it would be written in a recipe."""
        return {"widened": self.drawn.to_json(), "scale": self.scale, "shift": self.shift}


def _cached(make: Callable[..., Initializer]) -> Callable[..., Initializer]:
    """Remember what `make` returns for plain numbers: a net asks for the same ones many times."""
    remembered = lru_cache(maxsize=1024)(make)

    def distribution(dtype: torch.dtype, *numbers: Any) -> Initializer:
        for number in numbers:
            if type(number) is not float and type(number) is not int:
                return make(dtype, *numbers)  # a tensor, for one, which may change
        return remembered(dtype, *numbers)

    return distribution


def _drawable(distribution: Distribution, dtype: torch.dtype) -> Initializer:
    """Return a distribution as it can be drawn in `dtype`."""
    try:
        distribution.check_dtype(_real(dtype))
    except ValueError:
        return _Widened(distribution)
    return distribution


def _real(dtype: torch.dtype) -> str:
    """Return the name of the type of a tensor's numbers, or of their parts."""
    name = TYPES[dtype]
    return COMPLEX.get(name, name)


def _nothing(dtype: torch.dtype) -> torch.Tensor:
    """Return a tensor without elements, on which torch's functions check their arguments.

    Of complex numbers torch checks the parts, and only where there are any.
    """
    return torch.empty(0, dtype=dtype.to_real(), device="cpu")


@_cached
def uniform(dtype: torch.dtype, a: Any, b: Any) -> Initializer:
    """Return the uniform distribution on [a, b), or raise as ``Tensor.uniform_`` does."""
    _nothing(dtype).uniform_(a, b)
    return _drawable(Uniform(float(a), float(b)), dtype)


@_cached
def normal(dtype: torch.dtype, mean: Any, std: Any) -> Initializer:
    """Return the normal distribution, or raise as ``Tensor.normal_`` does.

    For complex numbers that of their parts: torch gives each the variance std^2 / 2, and the
    mean to both.
    """
    _nothing(dtype).normal_(mean, std)
    mean, std = float(mean), float(std)
    if dtype.is_complex:
        std /= math.sqrt(2)
    try:
        distribution = Normal(mean, std)
        distribution.check_dtype(_real(dtype))
    except ValueError:  # infinite, NaN or too large for the type
        return _Widened(Normal(), std, mean)
    return distribution


def _check_truncation(nothing: torch.Tensor, mean: Any, std: Any, a: Any, b: Any) -> None:
    """Have torch's own functions check the arguments of its rejection, as it chooses them."""
    # Where the bounds keep a good part torch draws normal numbers, else uniform ones.
    kept = std != 0 and (_erf((b - mean) / std) - _erf((a - mean) / std)) / 2 > 0.3
    if kept:
        nothing.normal_(mean, std)
        return
    try:
        nothing.uniform_(a, b)
    except RuntimeError:
        if not a < b or math.isinf(std):  # bounds at infinity, or far apart, can be drawn else
            raise


def _erf(x: Any) -> float:
    return math.erf(x / math.sqrt(2.0))


@_cached
def truncated_normal(dtype: torch.dtype, mean: Any, std: Any, a: Any, b: Any) -> Initializer:
    """Return the normal distribution on [a, b], or raise as torch's rejection would.

    Its limits are reached: with std 0 all elements are the mean, moved to the nearest bound;
    with an infinite std they are uniform. A negative std counts as its absolute value.
    """
    _check_truncation(_nothing(dtype), mean, std, a, b)
    mean, std, a, b = float(mean), abs(float(std)), float(a), float(b)
    if std == math.inf:
        return _drawable(Uniform(a, b), dtype)
    if std == 0:
        return _drawable(Constant(min(max(mean, a), b)), dtype)
    return _drawable(TruncatedNormal(mean, std, a, b), dtype)
