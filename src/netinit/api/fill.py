"""Fill one array, whole or a slice of a larger one, from one stream.

`fill` is for users; `fill_array` is what every sink calls. Together they are the only place
that hands elementwise work to the core.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, TypeVar

import numpy as np

from netinit import _core
from netinit.arrays.dtypes import STORAGE
from netinit.arrays.narrow import NARROW
from netinit.arrays.views import as_array, check_array, note_write
from netinit.base.checks import check_threads
from netinit.initializers.base import Initializer, MatrixRule
from netinit.initializers.convert import as_distribution
from netinit.initializers.elementwise import Core, Distribution
from netinit.initializers.orthogonal import OrthogonalMatrix
from netinit.initializers.quantile import Quantile, fill_quantile
from netinit.shapes.slices import row_major_strides, slice_origin
from netinit.streams.seeds import numpy_global_seed, resolve_seed
from netinit.streams.stream import Stream

__all__ = ["check_numbers", "fill", "fill_array"]


T = TypeVar("T")

#: Streams are values, so equal arguments may share one; half the time of a small fill.
_stream = lru_cache(maxsize=1024, typed=True)(Stream)


def fill(
    out: T,
    distribution: Any,
    *,
    seed: Any = 1234,
    name: str = "",
    draw: int = 0,
    shape: Sequence[int] | None = None,
    start: Sequence[int] | None = None,
    threads: int | None = None,
) -> T:
    """Fill an array in place and return it; its values depend on nothing but the arguments.

    Parameters
    ----------
    out : numpy.ndarray or torch.Tensor
        Writable memory of float32, float64, float16, or of bfloat16, float8_e4m3fn or
        float8_e5m2 (``ml_dtypes``), in the machine's byte order; any strides whose elements do
        not overlap. A tensor must be on the CPU.
    distribution : number, Distribution, object with ``ppf``, or pattern
        A number s >= 0 means ``Normal(0, s)``; a pattern is a rule such as ``netinit.Eye()``.
    seed : int, str, or what `netinit.initialize` accepts, default 1234
    name : str, default ""
        Each (seed, name) has a stream of its own.
    draw : int, default 0
        Which of the 2**32 independent draws for the same name.
    shape : sequence of int, optional
        The whole logical array's shape, where `out` is a slice of it.
    start : sequence of int, optional
        The multi-index in the whole array of `out`'s first element; zeros where not given.
    threads : int, optional
        At most this many threads; the values do not depend on it.

    Returns
    -------
    numpy.ndarray or torch.Tensor
        `out` itself.

    Raises
    ------
    TypeError
        If `out` is not an array of one of these types, or another argument is of a wrong type.
    ValueError
        If `out` is read-only, byte-swapped or overlaps itself, the slice does not lie within
        `shape`, or a number is out of its range. Nothing has been written then.

    Examples
    --------
    >>> import numpy as np
    >>> import netinit
    >>> whole = netinit.fill(np.empty((4, 6), "f4"), netinit.Normal(0, 0.02), name="w")
    >>> rows = netinit.fill(np.empty((2, 6), "f4"), 0.02, name="w", shape=(4, 6), start=(1, 0))
    >>> bool((rows == whole[1:3]).all())
    True
    """
    if not isinstance(distribution, MatrixRule):
        distribution = as_distribution(distribution)
    if type(seed) is not int and type(seed) is not str:
        seed = resolve_seed(seed, numpy_global_seed)
    try:
        stream = _stream(seed, name, draw)
    except TypeError:  # an argument that cannot be looked up: Stream says which
        stream = Stream(seed, name, draw)
    array, dtype = as_array(out)
    fill_array(array, dtype, distribution, stream, shape=shape, start=start, threads=threads)
    if array is not out and not isinstance(out, np.ndarray):
        note_write(out)
    return out


def fill_array(
    out: np.ndarray,
    dtype: str,
    initializer: Initializer,
    stream: Stream,
    *,
    shape: Sequence[int] | None = None,
    start: Sequence[int] | None = None,
    threads: int | None = None,
) -> None:
    """Fill `out`, the slice at `start` of a logical array of `shape`, by any initializer.

    Parameters
    ----------
    out : numpy.ndarray
        Memory of `dtype`, in the dtype that stores it (`netinit.arrays.dtypes.STORAGE`).
    dtype : str
        One of `netinit.arrays.dtypes.DTYPES`.
    initializer : Initializer
        A distribution or a matrix rule.
    stream : Stream
    shape, start : sequence of int, optional
        As in `fill`.
    threads : int, optional

    Raises
    ------
    ValueError, TypeError
        As in `fill`, before anything is written.
    """
    core: Core | None = getattr(initializer, "core", None)
    if core is None or out.dtype is not STORAGE[dtype]:  # else the core finds what is amiss
        check_array(out, dtype)
    if threads is not None:
        check_threads(threads)
    first, strides = 0, None
    if shape is not None or start is not None:
        shape, start = slice_origin(out.shape, shape, start)
        strides = row_major_strides(shape)
        first = sum(i * stride for i, stride in zip(start, strides, strict=True))
    if core is not None:
        key, offset, draw = stream.key, stream.offset, stream.draw
        try:
            _core.fill(out, dtype, key, offset, draw, *core, first, strides, threads)
        except ValueError:
            check_array(out, dtype)  # says more where the array is at fault
            raise
    elif isinstance(initializer, Quantile):
        fill_quantile(out, dtype, initializer.distribution, stream, first, strides, threads)
    elif isinstance(initializer, Distribution):  # its own `fill` would come back to here
        kind = type(initializer).__name__
        raise TypeError(f"{kind} cannot be drawn: wrap its ppf in netinit.Quantile")
    else:
        initializer.fill(out, dtype, stream, shape=shape, start=start, threads=threads)


def check_numbers(initializer: Initializer, dtype: str) -> None:
    """Raise ValueError if an initializer's numbers cannot be drawn in `dtype`.

    Filling an empty array has the core check the numbers and write nothing.
    """
    if isinstance(initializer, OrthogonalMatrix):
        _check_gain(initializer.gain, dtype)
    elif isinstance(initializer, MatrixRule):
        for inner in initializer.inner:
            check_numbers(inner, dtype)
    elif isinstance(initializer, Distribution):
        nothing = np.empty(0, STORAGE[dtype])
        fill_array(nothing, dtype, initializer, Stream.from_key(0))


def _check_gain(gain: float, dtype: str) -> None:
    """Raise ValueError if an orthogonal matrix times `gain` may be infinite in `dtype`."""
    largest = NARROW[dtype].max if dtype in NARROW else float(np.finfo(dtype).max)
    if abs(gain) > largest:
        raise ValueError(f"gain must be at most {largest:.6g} for {dtype}, not {gain!r}")
