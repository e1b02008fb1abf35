"""Inversion: any distribution with a quantile function, from the words of a stream."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np

from netinit import _core
from netinit.arrays.dtypes import STORAGE
from netinit.arrays.narrow import write_numbers
from netinit.arrays.slice import Slice
from netinit.initializers.base import Distribution
from netinit.streams.stream import Stream

__all__ = ["HasQuantile", "Quantile"]


@runtime_checkable
class HasQuantile(Protocol):
    """Anything with a quantile function, such as a frozen scipy.stats distribution."""

    def ppf(self, q: Any) -> Any:
        """Return the value below which the fraction `q` lies."""
        ...


#: At most this many elements are worked out at a time; they take some 40 bytes each.
_CHUNK = 1 << 20
#: What the core is told: the words themselves.
_BITS = ("bits", 0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Quantile(Distribution):
    """Any univariate distribution with a quantile function, drawn by inversion.

    Parameters
    ----------
    distribution : object
        Its ``ppf(q)`` takes a float64 array of numbers strictly between 0 and 1 and returns
        an array of the same shape: a frozen ``scipy.stats`` distribution, for one.

    Raises
    ------
    TypeError
        If `distribution` has no ``ppf``.

    Notes
    -----
    q = (w + 1/2) / 2**32 of the element's word w, or of 53 bits for float64; ``ppf`` in
    float64; one rounding to the array's type. The values are as reproducible as the ``ppf``
    is, so it cannot be kept in a recipe. Values of an array of more than 2**20 elements are made
    aside, as much memory as the array has, and copied when all of them are there.

    Examples
    --------
    >>> import scipy.stats
    >>> from netinit.initializers import Quantile
    >>> Quantile(scipy.stats.laplace(scale=2)).std == 8**0.5
    True
    """

    distribution: HasQuantile

    def __post_init__(self) -> None:
        if not callable(getattr(self.distribution, "ppf", None)):
            raise TypeError(f"distribution must have a method ppf, not {self.distribution!r}")

    @property
    def mean(self) -> float | None:
        """What the distribution's own ``mean`` says, None where it has none."""
        return _own_moment(self.distribution, "mean")

    @property
    def std(self) -> float | None:
        """What the distribution's own ``std`` says, None where it has none."""
        return _own_moment(self.distribution, "std")

    @property
    def constant(self) -> bool:
        """Whether its standard deviation is known to be 0."""
        return self.std == 0

    def check_dtype(self, dtype: str) -> None:
        """Raise unless ``ppf`` can be called with an array of numbers."""
        self.fill(Slice(np.empty(0, STORAGE[dtype]), dtype), Stream.from_key(0))

    def fill(self, out: Slice, stream: Stream, threads: int | None = None) -> None:
        """Fill a slice of an array with ``ppf(q)``, q of each element's own word.

        Raises
        ------
        TypeError
            If ``ppf`` does not take an array as its one argument.
        ValueError
            If ``ppf`` does not return one number for each q, or returns NaN.
        """
        if out.array.size <= _CHUNK:
            self._fill(out, stream, threads)
            return
        # What fails in a later part must not leave the earlier ones written.
        aside = np.empty(out.array.shape, out.array.dtype)
        for part in _parts(Slice.within(aside, out.dtype, out.shape, out.start)):
            self._fill(part, stream, threads)
        out.array[...] = aside

    def _fill(self, out: Slice, stream: Stream, threads: int | None) -> None:
        """Fill a slice of at most _CHUNK elements."""
        q = _fractions(out, stream, threads)
        values = _ppf(self.distribution, q)
        if values.shape != q.shape:
            raise ValueError(f"ppf must return an array of q's shape {q.shape}, not {values.shape}")
        if np.isnan(values).any():
            at = float(q[np.isnan(values)][0])
            raise ValueError(f"ppf returned NaN for q = {at!r}; is the distribution's shape valid?")
        write_numbers(out.array, values, out.dtype)

    def to_json(self) -> dict[str, Any]:
        """Raise TypeError: a recipe holds numbers, not code."""
        raise TypeError(f"{self} cannot be kept in a recipe: its values come from code (ppf)")

    def __str__(self) -> str:
        # A frozen scipy distribution hides its name in the attribute dist.
        named = getattr(self.distribution, "dist", self.distribution)
        return f"Quantile({getattr(named, 'name', type(named).__name__)})"


def _parts(out: Slice) -> Iterator[Slice]:
    """Yield the parts of a slice, of at most _CHUNK elements each."""
    extents = out.array.shape
    if out.array.size <= _CHUNK:
        yield out
        return
    axis = int(np.argmax(extents))
    first, stop = out.start[axis], out.start[axis] + extents[axis]
    middle = first + extents[axis] // 2
    for low, high in ((first, middle), (middle, stop)):
        half = out.between(axis, low, high)
        assert half is not None
        yield from _parts(half)


def _ppf(distribution: Any, q: np.ndarray) -> np.ndarray:
    try:
        return np.asarray(distribution.ppf(q), np.float64)
    except TypeError as error:
        raise TypeError(
            f"ppf(q) failed: {error}; a distribution with parameters has to be given with them, "
            "as scipy.stats.gamma(2.0)"
        ) from error


def _fractions(out: Slice, stream: Stream, threads: int | None) -> np.ndarray:
    """Return a number strictly between 0 and 1 for each element, from its own word."""
    raw = "uint64" if out.dtype == "float64" else "uint32"
    words = np.empty(out.array.shape, raw)
    where = (stream.key, stream.offset, stream.draw)
    _core.fill(words, raw, *where, _BITS, *out.place(), threads)
    if raw == "uint64":
        # 53 bits, the last one set: odd multiples of 2**-53, exact, never 0 and never 1.
        return ((words >> np.uint64(11)) | np.uint64(1)).astype(np.float64) * 2.0**-53
    return (words + 0.5) * 2.0**-32


def _own_moment(distribution: object, name: str) -> float | None:
    """Return what `distribution` says of itself, called or read, or None."""
    value = getattr(distribution, name, None)
    try:
        return float(value() if callable(value) else value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None
