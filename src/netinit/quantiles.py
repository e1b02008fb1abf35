"""Inversion: any distribution with a quantile function, from the words of a stream."""

from __future__ import annotations

from typing import Any

import numpy as np

from netinit import _core
from netinit.arrays.narrow import write_numbers
from netinit.shapes.slices import row_major_strides
from netinit.streams.stream import Stream

__all__ = ["fill_quantile"]

#: At most this many elements are worked out at a time; they take some 40 bytes each.
_CHUNK = 1 << 20


def fill_quantile(
    out: np.ndarray,
    dtype: str,
    distribution: Any,
    stream: Stream,
    first: int,
    strides: tuple[int, ...] | None,
    threads: int | None,
) -> None:
    """Fill `out` with ``distribution.ppf(q)``, q of each element's own word.

    Parameters
    ----------
    out : numpy.ndarray
        Memory of `dtype`, in the dtype that stores it (`netinit.arrays.dtypes.STORAGE`).
    dtype : str
    distribution : object with ``ppf``
    stream : Stream
    first : int
        The index in the whole logical array of `out`'s first element.
    strides : tuple of int or None
        The whole array's strides in elements; None where `out` is the whole.
    threads : int or None

    Raises
    ------
    TypeError
        If ``ppf`` does not take an array as its one argument.
    ValueError
        If ``ppf`` does not return one number for each q, or returns NaN.
    """
    strides = row_major_strides(out.shape) if strides is None else strides
    if out.size > _CHUNK:
        axis = int(np.argmax(out.shape))
        middle = out.shape[axis] // 2
        lower, upper = np.split(out, [middle], axis)
        fill_quantile(lower, dtype, distribution, stream, first, strides, threads)
        first += middle * strides[axis]
        fill_quantile(upper, dtype, distribution, stream, first, strides, threads)
        return
    q = _fractions(out.shape, dtype, stream, first, strides, threads)
    values = _ppf(distribution, q)
    if values.shape != q.shape:
        raise ValueError(f"ppf must return an array of q's shape {q.shape}, not {values.shape}")
    if np.isnan(values).any():
        at = float(q[np.isnan(values)][0])
        raise ValueError(f"ppf returned NaN for q = {at!r}; is the distribution's shape valid?")
    write_numbers(out, values, dtype)


def _ppf(distribution: Any, q: np.ndarray) -> np.ndarray:
    try:
        return np.asarray(distribution.ppf(q), np.float64)
    except TypeError as error:
        raise TypeError(
            f"ppf(q) failed: {error}; a distribution with parameters has to be given with them, "
            "as scipy.stats.gamma(2.0)"
        ) from error


def _fractions(
    shape: tuple[int, ...],
    dtype: str,
    stream: Stream,
    first: int,
    strides: tuple[int, ...],
    threads: int | None,
) -> np.ndarray:
    """Return a number strictly between 0 and 1 for each element, from its own word."""
    raw = "uint64" if dtype == "float64" else "uint32"
    words = np.empty(shape, raw)
    where = (stream.key, stream.offset, stream.draw)
    _core.fill(words, raw, *where, "bits", 0.0, 0.0, 0.0, 0.0, first, strides, threads)
    if raw == "uint64":
        # 53 bits, the last one set: odd multiples of 2**-53, exact, never 0 and never 1.
        return ((words >> np.uint64(11)) | np.uint64(1)).astype(np.float64) * 2.0**-53
    return (words + 0.5) * 2.0**-32
