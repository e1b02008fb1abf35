"""Complex arrays: real and imaginary parts from two draws of one stream."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from netinit.initializers import Initializer
from netinit.streams import Stream

__all__ = ["IMAGINARY_DRAW", "fill_complex"]

#: What is added to a stream's draw number for the imaginary parts.
IMAGINARY_DRAW = 1 << 31
#: The dtype of the parts of each complex type.
_PARTS = {np.dtype(np.complex64): "float32", np.dtype(np.complex128): "float64"}


def fill_complex(
    out: np.ndarray,
    initializer: Initializer,
    stream: Stream,
    *,
    shape: Sequence[int] | None = None,
    start: Sequence[int] | None = None,
    threads: int | None = None,
) -> None:
    """Fill both parts of a complex array, the slice at `start` of a logical array of `shape`.

    Parameters
    ----------
    out : numpy.ndarray
        Writable memory of complex64 or complex128, of any strides.
    initializer : Initializer
        Fills the real parts, and the imaginary parts, each for itself: for elements of
        variance v it has the variance v / 2.
    stream : Stream
        The imaginary parts are drawn at its draw number plus 2**31, modulo 2**32.
    shape, start, threads : optional
        As in `netinit.fill`.

    Raises
    ------
    TypeError
        If `out` is not a complex array.
    ValueError
        As `netinit.fill` does.

    Examples
    --------
    >>> import numpy as np
    >>> from netinit import Normal, Stream
    >>> from netinit.complex import fill_complex
    >>> z = np.empty((100, 100), np.complex64)
    >>> fill_complex(z, Normal(0, 0.5**0.5), Stream(1234, "z"))
    >>> round(float(np.mean(np.abs(z) ** 2)), 1)
    1.0
    """
    part = _PARTS.get(out.dtype)
    if part is None:
        raise TypeError(f"out must be of dtype complex64 or complex128, not {out.dtype}")
    draw = (stream.draw + IMAGINARY_DRAW) % (1 << 32)
    other = Stream.from_key(stream.key, stream.offset, draw)
    initializer.fill(out.real, part, stream, shape=shape, start=start, threads=threads)
    initializer.fill(out.imag, part, other, shape=shape, start=start, threads=threads)
