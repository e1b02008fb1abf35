"""Distributions on the complex plane, symmetric about 0, for complex arrays.

They use exactly rounded operations alone (+, -, *, /, sqrt) on what the core draws, so that a
value depends neither on the machine nor on numpy's version.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from netinit.api.fill import fill_array
from netinit.base.checks import number
from netinit.base.spelling import choose
from netinit.initializers.complex import fill_complex
from netinit.initializers.distributions import Normal, Uniform
from netinit.streams.stream import Stream

__all__ = [
    "ComplexNormal",
    "ComplexTruncatedNormal",
    "ComplexUniform",
    "PlaneDistribution",
    "plane_from_json",
]


@dataclass(frozen=True, slots=True)
class PlaneDistribution(ABC):
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

    std: float

    def __post_init__(self) -> None:
        std = number("std", self.std)
        if std < 0:
            raise ValueError(f"std must be at least 0, not {std!r}")
        object.__setattr__(self, "std", std)

    @property
    def mean(self) -> float:
        """Zero."""
        return 0.0

    @property
    def constant(self) -> bool:
        """Whether `std` is 0."""
        return self.std == 0

    @abstractmethod
    def fill(
        self,
        out: np.ndarray,
        dtype: str,
        stream: Stream,
        *,
        shape: Sequence[int] | None = None,
        start: Sequence[int] | None = None,
        threads: int | None = None,
    ) -> None:
        """Fill `out`, complex and the slice at `start` of a logical array of `shape`."""

    def to_json(self) -> dict[str, Any]:
        """Return the distribution as `plane_from_json` reads it."""
        return {"plane": type(self).__name__, "std": self.std}


class ComplexNormal(PlaneDistribution):
    """The circular normal distribution: independent parts, each of variance std**2 / 2.

    Examples
    --------
    >>> import numpy as np
    >>> from netinit import Stream
    >>> from netinit.initializers.complex_plane import ComplexNormal
    >>> z = np.empty(100000, np.complex64)
    >>> ComplexNormal(2.0).fill(z, "complex64", Stream(1234))
    >>> round(float(np.mean(np.abs(z) ** 2)), 1)
    4.0
    """

    __slots__ = ()

    def fill(
        self,
        out: np.ndarray,
        dtype: str,
        stream: Stream,
        *,
        shape: Sequence[int] | None = None,
        start: Sequence[int] | None = None,
        threads: int | None = None,
    ) -> None:
        """Fill `out`, complex and the slice at `start` of a logical array of `shape`."""
        part = Normal(0.0, self.std / math.sqrt(2))
        fill_complex(out, part, stream, shape=shape, start=start, threads=threads)


class ComplexUniform(PlaneDistribution):
    """The uniform distribution on the disk of radius sqrt(2) std.

    Notes
    -----
    The direction is that of a complex normal value, the modulus is the radius times the square
    root of a uniform number, drawn from the stream's draw number plus 1.

    Examples
    --------
    >>> import numpy as np
    >>> from netinit import Stream
    >>> from netinit.initializers.complex_plane import ComplexUniform
    >>> z = np.empty(10000, np.complex64)
    >>> ComplexUniform(1.0).fill(z, "complex64", Stream(1234))
    >>> round(float(np.abs(z).max()), 3)
    1.414
    """

    __slots__ = ()

    def fill(
        self,
        out: np.ndarray,
        dtype: str,
        stream: Stream,
        *,
        shape: Sequence[int] | None = None,
        start: Sequence[int] | None = None,
        threads: int | None = None,
    ) -> None:
        """Fill `out`, complex and the slice at `start` of a logical array of `shape`."""
        place: dict[str, Any] = {"shape": shape, "start": start, "threads": threads}
        fill_complex(out, Normal(), stream, **place)
        modulus = np.empty(out.shape, out.real.dtype)
        fill_array(modulus, modulus.dtype.name, Uniform(), _later(stream, 1), **place)
        length = np.sqrt(_squared(out))  # never 0: a normal pair is at least 1.5e-5 long
        modulus = np.sqrt(modulus) * modulus.dtype.type(math.sqrt(2) * self.std)
        for part in (out.real, out.imag):
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
    >>> from netinit import Stream
    >>> from netinit.initializers.complex_plane import ComplexTruncatedNormal
    >>> z = np.empty(100000, np.complex64)
    >>> ComplexTruncatedNormal(1.0).fill(z, "complex64", Stream(1234))
    >>> round(float(np.abs(z).max()), 2), round(float(np.std(z)), 2)
    (2.0, 0.96)
    """

    __slots__ = ()

    def fill(
        self,
        out: np.ndarray,
        dtype: str,
        stream: Stream,
        *,
        shape: Sequence[int] | None = None,
        start: Sequence[int] | None = None,
        threads: int | None = None,
    ) -> None:
        """Fill `out`, complex and the slice at `start` of a logical array of `shape`."""
        place: dict[str, Any] = {"shape": shape, "start": start, "threads": threads}
        part = Normal(0.0, math.sqrt(0.5))
        fill_complex(out, part, stream, **place)
        missed, tries = _squared(out) > 4, 0
        while missed.any():
            tries += 1
            again = np.empty_like(out)
            fill_complex(again, part, _later(stream, tries), **place)
            np.copyto(out, again, where=missed)
            missed = _squared(out) > 4
        scale = out.real.dtype.type(self.std)
        for half in (out.real, out.imag):
            half *= scale


def _squared(z: np.ndarray) -> np.ndarray:
    """Return the squared modulus, in this order of operations on every machine."""
    squared: np.ndarray = z.real * z.real + z.imag * z.imag
    return squared


def _later(stream: Stream, draws: int) -> Stream:
    return Stream.from_key(stream.key, stream.offset, (stream.draw + draws) % (1 << 32))


_PLANE = {cls.__name__: cls for cls in (ComplexNormal, ComplexTruncatedNormal, ComplexUniform)}


def plane_from_json(recipe: Mapping[str, Any]) -> PlaneDistribution:
    """Return the distribution that `to_json` wrote.

    Raises
    ------
    ValueError
        If the mapping does not name one.

    Examples
    --------
    >>> from netinit.initializers.complex_plane import plane_from_json
    >>> plane_from_json({"plane": "ComplexUniform", "std": 1})
    ComplexUniform(std=1.0)
    """
    return _PLANE[choose("plane", recipe["plane"], list(_PLANE))](recipe["std"])
