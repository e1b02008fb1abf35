"""What every initializer promises."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

from netinit.arrays.dtypes import DRAWN, STORED
from netinit.arrays.slice import Slice
from netinit.streams.stream import Stream

__all__ = ["Distribution", "Initializer"]


class Initializer(ABC):
    """What fills an array: the base of distributions, matrices and patterns.

    One of your own is a subclass with `fill`, which must give any slice the values that the
    whole array has there, and `to_json`; the other members have defaults.

    Examples
    --------
    >>> import numpy as np
    >>> import netinit
    >>> class Ramp(netinit.initializers.Initializer):
    ...     def fill(self, out, stream, threads=None):
    ...         out.array[...] = out.start[-1] + np.arange(out.array.shape[-1])
    ...
    ...     def to_json(self):
    ...         raise TypeError("a Ramp is kept in no recipe")
    >>> netinit.create(3, Ramp())
    array([0., 1., 2.], dtype=float32)
    """

    __slots__ = ()

    #: Whether it fills types that are stored and not drawn (integers, further float8 types).
    raw: ClassVar[bool] = False

    @abstractmethod
    def fill(self, out: Slice, stream: Stream, threads: int | None = None) -> None:
        """Fill a slice of an array from a stream.

        Parameters
        ----------
        out : Slice
            Memory that may be written, of a whole array for which `check` holds.
        stream : Stream
        threads : int, optional
            At most this many threads; the values do not depend on it.
        """

    @abstractmethod
    def to_json(self) -> dict[str, Any]:
        """Return the initializer as it is written in a recipe.

        Raises
        ------
        TypeError
            If it is code rather than numbers.
        """

    @property
    def mean(self) -> float | None:
        """The mean that the array is planned to have; None where it is not known."""
        return None

    @property
    def std(self) -> float | None:
        """The standard deviation that the array is planned to have; None where not known."""
        return None

    @property
    def constant(self) -> bool:
        """Whether every element gets the same value."""
        return False

    @property
    def inner(self) -> tuple[Initializer, ...]:
        """The initializers that elements are drawn from."""
        return ()

    def of_seed(self, seed: int | str) -> Initializer:
        """Return the initializer for a seed: itself, but where it draws from several streams."""
        return self

    def check(self, shape: tuple[int, ...], dtype: str) -> None:
        """Raise ValueError if a whole array of `shape` and `dtype` cannot be filled."""
        self.check_shape(shape)
        if dtype in STORED and not self.raw:
            raise ValueError(
                f"netinit draws {', '.join(DRAWN)}, and not {dtype}; method 'Dummy' has values "
                "for every type"
            )
        self.check_dtype(dtype)

    def check_shape(self, shape: tuple[int, ...]) -> None:  # noqa: B027 (most fit any shape)
        """Raise ValueError if a whole array of `shape` cannot be filled."""

    def check_dtype(self, dtype: str) -> None:
        """Raise ValueError if the numbers cannot be drawn in `dtype`."""
        for initializer in self.inner:
            initializer.check_dtype(dtype)

    def flat(self, shape: tuple[int, ...]) -> Initializer | None:
        """Return what fills the elements of an array of `shape` seen as an array of one axis.

        None where a range of them cannot be made alone.
        """
        return None


class Distribution(Initializer):
    """An initializer whose element i depends on the i-th part of the stream alone."""

    __slots__ = ()

    def flat(self, shape: tuple[int, ...]) -> Initializer:
        """Return the distribution itself."""
        return self
