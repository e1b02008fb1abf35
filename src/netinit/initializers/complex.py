"""Complex arrays: real and imaginary parts from two draws of one stream."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from netinit.arrays.dtypes import COMPLEX
from netinit.initializers.base import Initializer
from netinit.initializers.distributions import Constant, Normal
from netinit.patterns import Eye
from netinit.streams.stream import Stream

__all__ = ["IMAGINARY_DRAW", "complex_parts", "fill_complex"]


#: What is added to a stream's draw number for the imaginary parts.
IMAGINARY_DRAW = 1 << 31


def fill_complex(
    out: np.ndarray,
    initializer: Initializer,
    stream: Stream,
    *,
    imaginary: Initializer | None = None,
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
    imaginary : Initializer, optional
        What fills the imaginary parts, where that is another one; see `complex_parts`.
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
    >>> from netinit.initializers.complex import fill_complex
    >>> z = np.empty((100, 100), np.complex64)
    >>> fill_complex(z, Normal(0, 0.5**0.5), Stream(1234, "z"))
    >>> round(float(np.mean(np.abs(z) ** 2)), 1)
    1.0
    """
    part = COMPLEX.get(out.dtype.name)
    if part is None:
        raise TypeError(f"out must be of dtype complex64 or complex128, not {out.dtype}")
    draw = (stream.draw + IMAGINARY_DRAW) % (1 << 32)
    other = Stream.from_key(stream.key, stream.offset, draw)
    initializer.fill(out.real, part, stream, shape=shape, start=start, threads=threads)
    imaginary = initializer if imaginary is None else imaginary
    imaginary.fill(out.imag, part, other, shape=shape, start=start, threads=threads)


def complex_parts(initializer: Initializer) -> tuple[Initializer, Initializer]:
    """Return what fills the real and the imaginary parts of a complex array.

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
    >>> from netinit.initializers.complex import complex_parts
    >>> complex_parts(Normal(0, 2**0.5))[1]
    Normal(mean=0.0, std=1.0)
    """
    if isinstance(initializer, Normal) and initializer.mean == 0:
        part = Normal(0.0, initializer.std / math.sqrt(2))
        return part, part
    if isinstance(initializer, (Constant, Eye)):
        return initializer, Constant(0.0)
    raise ValueError(
        "complex arrays are filled by normal distributions of mean 0 (normal, xavier_normal, "
        "kaiming_normal, lecun_normal, variance_scaling with distribution='normal'), zeros, "
        f"ones, constant and eye, not by {initializer}"
    )
