"""Distributions on the complex plane, symmetric about 0, for complex arrays.

They use exactly rounded operations alone (+, -, *, /, sqrt) on what the core draws, so that a
value depends neither on the machine nor on numpy's version.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from netinit.arrays.dtypes import COMPLEX
from netinit.arrays.slice import Slice
from netinit.base.checks import number
from netinit.initializers.complex import Cartesian, ComplexInitializer
from netinit.initializers.distributions import Normal, Uniform
from netinit.streams.stream import Stream

__all__ = [
    "PLANE",
    "ComplexNormal",
    "ComplexTruncatedNormal",
    "ComplexUniform",
    "PlaneDistribution",
]


@dataclass(frozen=True, slots=True)
class PlaneDistribution(ComplexInitializer):
    """What the distributions on the plane have in common: their standard deviation.

    Parameters
    ----------
    std : float
        The square root of the mean squared modulus, before any truncation; finite, at least 0.

    Raises
    ------
    ValueError
        If `std` is negative, NaN or infinite.
    """

    std: float = field()  # else the base's property would be its default

    def __post_init__(self) -> None:
        object.__setattr__(self, "std", number("std", self.std, least=0))

    @property
    def mean(self) -> float:
        """Zero."""
        return 0.0

    @property
    def constant(self) -> bool:
        """Whether `std` is 0."""
        return self.std == 0

    def check_parts(self, dtype: str) -> None:
        """Raise ValueError if the parts would overflow."""
        Normal(0.0, self.std).check_dtype(dtype)

    def to_json(self) -> dict[str, Any]:
        """Return the distribution as it is written in a recipe."""
        return {"plane": type(self).__name__, "std": self.std}


class ComplexNormal(PlaneDistribution):
    """The circular normal distribution: independent parts, each of variance std**2 / 2.

    Examples
    --------
    >>> import numpy as np
    >>> import netinit
    >>> from netinit.initializers.complex_plane import ComplexNormal
    >>> z = netinit.create(100000, ComplexNormal(2.0), dtype="complex64")
    >>> round(float(np.mean(np.abs(z) ** 2)), 1)
    4.0
    """

    __slots__ = ()

    def fill(self, out: Slice, stream: Stream, threads: int | None = None) -> None:
        """Fill a slice of a complex array from a stream."""
        _circular(self.std / math.sqrt(2)).fill(out, stream, threads)


class ComplexUniform(PlaneDistribution):
    """The uniform distribution on the disk of radius sqrt(2) std.

    Notes
    -----
    The direction is that of a complex normal value, the modulus is the radius times the square
    root of a uniform number, drawn from the stream's draw number plus 1.

    Examples
    --------
    >>> import numpy as np
    >>> import netinit
    >>> from netinit.initializers.complex_plane import ComplexUniform
    >>> z = netinit.create(10000, ComplexUniform(1.0), dtype="complex64")
    >>> round(float(np.abs(z).max()), 3)
    1.414
    """

    __slots__ = ()

    def fill(self, out: Slice, stream: Stream, threads: int | None = None) -> None:
        """Fill a slice of a complex array from a stream."""
        z = out.array
        _circular(1.0).fill(out, stream, threads)
        modulus = np.empty(z.shape, z.real.dtype)
        uniform = Slice.within(modulus, COMPLEX[out.dtype], out.shape, out.start)
        Uniform().fill(uniform, _later(stream, 1), threads)
        length = np.sqrt(_squared(z))  # never 0: a normal pair is at least 1.5e-5 long
        modulus = np.sqrt(modulus) * modulus.dtype.type(math.sqrt(2) * self.std)
        for part in (z.real, z.imag):
            part[...] = part / length * modulus


class ComplexTruncatedNormal(PlaneDistribution):
    """The circular normal distribution truncated at a modulus of two standard deviations.

    Notes
    -----
    An element is the first of its complex normal values at the stream's draw numbers d, d + 1,
    ... that lies within the bound, 2 std: a function of the element's index alone. One value in
    55 misses. After truncation the root mean square is sqrt((1 - 5 e^-4) / (1 - e^-4)) std.

    Examples
    --------
    >>> import numpy as np
    >>> import netinit
    >>> from netinit.initializers.complex_plane import ComplexTruncatedNormal
    >>> z = netinit.create(100000, ComplexTruncatedNormal(1.0), dtype="complex64")
    >>> round(float(np.abs(z).max()), 2), round(float(np.std(z)), 2)
    (2.0, 0.96)
    """

    __slots__ = ()

    def fill(self, out: Slice, stream: Stream, threads: int | None = None) -> None:
        """Fill a slice of a complex array from a stream."""
        z, unit = out.array, _circular(math.sqrt(0.5))
        unit.fill(out, stream, threads)
        missed, tries = _squared(z) > 4, 0
        while missed.any():
            tries += 1
            again = Slice.within(np.empty_like(z), out.dtype, out.shape, out.start)
            unit.fill(again, _later(stream, tries), threads)
            np.copyto(z, again.array, where=missed)
            missed = _squared(z) > 4
        scale = z.real.dtype.type(self.std)
        for half in (z.real, z.imag):
            half *= scale


def _circular(std: float) -> Cartesian:
    """Return the distribution whose parts are independent normals of `std` each."""
    part = Normal(0.0, std)
    return Cartesian(part, part)


def _squared(z: np.ndarray) -> np.ndarray:
    """Return the squared modulus, in this order of operations on every machine."""
    squared: np.ndarray = z.real * z.real + z.imag * z.imag
    return squared


def _later(stream: Stream, draws: int) -> Stream:
    return Stream.from_key(stream.key, stream.offset, (stream.draw + draws) % (1 << 32))


#: The distributions by their names in a recipe.
PLANE: dict[str, type[PlaneDistribution]] = {
    cls.__name__: cls for cls in (ComplexNormal, ComplexTruncatedNormal, ComplexUniform)
}
