"""Complex arrays: real and imaginary parts from two draws of one stream."""

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import dataclass
from typing import Any

from netinit.arrays.dtypes import COMPLEX
from netinit.arrays.slice import Slice
from netinit.initializers.base import Initializer
from netinit.initializers.diagonal import Eye
from netinit.initializers.distributions import Constant, Normal
from netinit.streams.stream import Stream

__all__ = ["IMAGINARY_DRAW", "Cartesian", "ComplexInitializer", "complex_initializer", "part_of"]

#: What is added to a stream's draw number for the imaginary parts.
IMAGINARY_DRAW = 1 << 31


def part_of(out: Slice, name: str) -> Slice:
    """Return the real or the imaginary part ("real", "imag") of a complex slice."""
    return Slice.within(getattr(out.array, name), COMPLEX[out.dtype], out.shape, out.start)


class ComplexInitializer(Initializer):
    """The base of what fills complex arrays."""

    __slots__ = ()

    @abstractmethod
    def check_parts(self, dtype: str) -> None:
        """Raise ValueError if the numbers cannot be drawn in `dtype`, that of the parts."""

    def check_dtype(self, dtype: str) -> None:
        """Raise TypeError unless `dtype` is complex, ValueError if a number does not fit it."""
        if dtype not in COMPLEX:
            raise TypeError(f"out must be of dtype complex64 or complex128, not {dtype}")
        self.check_parts(COMPLEX[dtype])

    def to_json(self) -> dict[str, Any]:
        """Raise TypeError: files hold no complex arrays."""
        raise TypeError(f"{self} cannot be kept in a recipe: it fills complex arrays")


@dataclass(frozen=True, slots=True)
class Cartesian(ComplexInitializer):
    """A complex array whose parts are filled each by an initializer of its own.

    Parameters
    ----------
    real, imaginary : Initializer
        For elements of variance v, of the variance v / 2 each.

    Notes
    -----
    The imaginary parts are drawn at the stream's draw number plus 2**31, modulo 2**32.

    Examples
    --------
    >>> import numpy as np
    >>> import netinit
    >>> from netinit.initializers.complex import Cartesian
    >>> half = netinit.Normal(0, 0.5**0.5)
    >>> z = netinit.create((100, 100), Cartesian(half, half), dtype="complex64")
    >>> round(float(np.mean(np.abs(z) ** 2)), 1)
    1.0
    """

    real: Initializer
    imaginary: Initializer

    @property
    def inner(self) -> tuple[Initializer, ...]:
        """The initializers of both parts."""
        return self.real, self.imaginary

    def check_shape(self, shape: tuple[int, ...]) -> None:
        """Raise ValueError if a part cannot fill an array of `shape`."""
        for part in self.inner:
            part.check_shape(shape)

    def check_parts(self, dtype: str) -> None:
        """Raise ValueError if a part cannot be drawn in `dtype`."""
        for part in self.inner:
            part.check_dtype(dtype)

    def fill(self, out: Slice, stream: Stream, threads: int | None = None) -> None:
        """Fill both parts of a slice of a complex array from a stream."""
        draw = (stream.draw + IMAGINARY_DRAW) % (1 << 32)
        other = Stream.from_key(stream.key, stream.offset, draw)
        self.real.fill(part_of(out, "real"), stream, threads)
        self.imaginary.fill(part_of(out, "imag"), other, threads)


def complex_initializer(initializer: Initializer) -> ComplexInitializer:
    """Return what fills a complex array as `initializer` fills a real one.

    Parameters
    ----------
    initializer : Initializer
        ``Normal(0, std)``: the circular normal distribution, independent parts of variance
        std**2 / 2 each, as in PyTorch and JAX; ``Constant`` or ``Eye``: real numbers.

    Raises
    ------
    ValueError
        If it is none of these.

    Examples
    --------
    >>> from netinit import Normal
    >>> from netinit.initializers.complex import complex_initializer
    >>> complex_initializer(Normal(0, 2**0.5)).imaginary
    Normal(mean=0.0, std=1.0)
    """
    if isinstance(initializer, Normal) and initializer.mean == 0:
        part = Normal(0.0, initializer.std / math.sqrt(2))
        return Cartesian(part, part)
    if isinstance(initializer, (Constant, Eye)):
        return Cartesian(initializer, Constant(0.0))
    if isinstance(initializer, ComplexInitializer):
        return initializer
    raise ValueError(
        "complex arrays are filled by normal distributions of mean 0 (normal, xavier_normal, "
        "kaiming_normal, lecun_normal, variance_scaling with distribution='normal'), zeros, "
        f"ones, constant and eye, not by {initializer}"
    )
