"""A slice of an array: the memory that holds it, and where in the whole array it lies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from netinit.arrays.dtypes import STORAGE
from netinit.arrays.views import check_array
from netinit.shapes.slices import place_in, slice_origin

__all__ = ["Slice"]


class Slice:
    """Memory to be filled, and its place in a logical array; checked once, when it is made.

    Parameters
    ----------
    array : numpy.ndarray
        Writable memory of `dtype`, in the dtype that stores it (`netinit.arrays.dtypes.STORAGE`);
        any strides whose elements do not overlap.
    dtype : str
        What the memory holds: one of `netinit.arrays.dtypes.DTYPES`, or a complex type.
    shape : sequence of int, optional
        The whole logical array's shape; the array's own where not given.
    start : sequence of int, optional
        The multi-index in the whole array of the slice's first element; zeros where not given.

    Raises
    ------
    TypeError
        If the array's dtype is not that which stores `dtype`, or `shape` or `start` are no
        sequences of integers.
    ValueError
        If the array is read-only or its elements overlap, the slice does not lie within `shape`,
        or that has 2**63 elements or more.

    Examples
    --------
    >>> import numpy as np
    >>> from netinit.arrays.slice import Slice
    >>> rows = Slice(np.empty((2, 6), "f4"), "float32", shape=(4, 6), start=(1, 0))
    >>> rows.place()
    (6, (6, 1))
    """

    __slots__ = ("address", "array", "dtype", "nbytes", "shape", "source", "start", "whole")

    array: np.ndarray
    dtype: str
    shape: tuple[int, ...]
    start: tuple[int, ...]
    #: Whether the memory is known to be the whole array's.
    whole: bool
    #: Where the memory begins, if it is known to be contiguous in C order; else 0.
    address: int
    nbytes: int
    #: What gives the array.
    source: Callable[[], np.ndarray]

    def __init__(
        self,
        array: np.ndarray,
        dtype: str,
        shape: Sequence[int] | None = None,
        start: Sequence[int] | None = None,
    ) -> None:
        if array.dtype is not STORAGE[dtype] or not array.flags.carray:
            check_array(array, dtype)
        self.array = array
        self.dtype = dtype
        self.address = 0
        if shape is None and start is None:
            self.whole = True  # its shape and start are found when somebody asks
        else:
            self.whole = False
            self.shape, self.start = slice_origin(array.shape, shape, start)

    def __getattr__(self, name: str) -> Any:
        """Return the array, the shape or the start of a whole array: much of a small fill."""
        if name == "array":
            self.array = self.source()
            return self.array
        if name == "shape":
            self.shape = self.array.shape
            return self.shape
        if name == "start":
            self.start = (0,) * self.array.ndim
            return self.start
        raise AttributeError(name)

    @classmethod
    def within(
        cls, array: np.ndarray, dtype: str, shape: tuple[int, ...], start: tuple[int, ...]
    ) -> Slice:
        """Return the slice of memory known to be right: a view into one that was checked."""
        made = cls.__new__(cls)
        made.array, made.dtype, made.shape, made.start = array, dtype, shape, start
        made.whole, made.address = array.shape == shape, 0
        return made

    @classmethod
    def at(cls, address: int, nbytes: int, dtype: str, source: Callable[[], np.ndarray]) -> Slice:
        """Return a whole array, contiguous in C order, of memory known to be right.

        `source` gives the array, for those to whom the address does not say enough.
        """
        made = cls.__new__(cls)
        made.address, made.nbytes, made.dtype, made.source = address, nbytes, dtype, source
        made.whole = True
        return made

    def place(self) -> tuple[int, tuple[int, ...] | None]:
        """Return the flat index of the first element and the whole array's strides in elements.

        The strides are None where the slice is the whole array.
        """
        if self.whole:
            return 0, None
        return place_in(self.shape, self.start)

    def index(self) -> tuple[slice, ...]:
        """Return where in the whole array the slice is, as an index of numpy."""
        return tuple(slice(i, i + n) for i, n in zip(self.start, self.array.shape, strict=True))

    def between(self, axis: int, low: int, high: int) -> Slice | None:
        """Return the part between two indices of the whole array along an axis; None if none."""
        first = self.start[axis]
        low, high = max(low, first), min(high, first + self.array.shape[axis])
        if low >= high:
            return None
        met = self.array[(*[slice(None)] * axis, slice(low - first, high - first))]
        start = (*self.start[:axis], low, *self.start[axis + 1 :])
        return Slice.within(met, self.dtype, self.shape, start)
