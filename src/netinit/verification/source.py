"""Where an array's elements are: in memory, or in a file that is read part by part."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO, Protocol

import numpy as np

from netinit.arrays.dtypes import DTYPES, STORAGE
from netinit.errors import CheckpointError

__all__ = ["InFile", "InMemory", "OneFile", "Place", "Source", "part_of"]

#: The index of a part of the memory, and the place of its first element in the whole array.
Place = tuple[tuple[Any, ...], tuple[int, ...]]

#: How much of a file is in memory at a time: whole blocks of a survey.
_PART = 1 << 24


class Source(Protocol):
    """The elements of an array in C order, in the dtype that stores them."""

    #: What they are.
    dtype: str
    #: The shape of what is here.
    shape: tuple[int, ...]
    #: Where that lies in the whole array, of which it is a part; None of what is whole.
    places: Sequence[Place] | None

    def parts(self) -> Iterator[np.ndarray]:
        """Yield all elements, part by part; all but the last of whole blocks of 16 KiB."""
        ...

    def read(self, first: int, count: int) -> np.ndarray:
        """Return `count` elements from `first` on; the array may be the source's own memory."""
        ...


def part_of(source: Source) -> str:
    """Return in text which elements of an array a source has; "" of one that is whole."""
    if source.places is None:
        return ""
    local = np.broadcast_to(np.empty(()), source.shape)  # no memory, for the shapes of its parts
    parts = []
    for at, start in source.places:
        axes = zip(start, local[at].shape, strict=True)
        parts.append("[" + ", ".join(f"{first}:{first + n}" for first, n in axes) + "]")
    return " and ".join(parts) or "[]"


class InMemory:
    """An array in memory, of any strides.

    Parameters
    ----------
    array : numpy.ndarray
    dtype : str
        What it holds.
    places : sequence of Place, optional
        Of a process's part of a distributed array, where it lies.
    """

    def __init__(
        self, array: np.ndarray, dtype: str, places: Sequence[Place] | None = None
    ) -> None:
        self.dtype, self.shape, self.places = dtype, array.shape, places
        self._contiguous = array.flags.c_contiguous
        self._array = array.reshape(-1) if self._contiguous else array

    def parts(self) -> Iterator[np.ndarray]:
        """Yield the array whole, or copies of its parts where it does not lie in one piece."""
        if self._contiguous:
            yield self._array
            return
        step = _PART // self._array.itemsize
        for begin in range(0, self._array.size, step):
            yield self.read(begin, min(step, self._array.size - begin))

    def read(self, first: int, count: int) -> np.ndarray:
        """Return `count` elements from `first` on."""
        if self._contiguous:
            return self._array[first : first + count]
        return np.ascontiguousarray(self._array.flat[first : first + count])


class OneFile:
    """Opens files by their paths, of which one at a time is open."""

    def __init__(self) -> None:
        self._path = ""
        self._file: BinaryIO | None = None

    def open(self, path: str) -> BinaryIO:
        """Return a file, open for reading without a buffer."""
        if self._file is None or self._path != path:
            self.close()
            self._file = open(path, "rb", buffering=0)  # noqa: SIM115 (kept open)
            self._path = path
        return self._file

    def close(self) -> None:
        """Close what is open."""
        if self._file is not None:
            self._file.close()
        self._file = None

    def __enter__(self) -> OneFile:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class InFile:
    """A tensor of a safetensors file.

    Parameters
    ----------
    files, path : OneFile, str
        What opens the file.
    begin : int
        The tensor's first byte.
    shape, dtype : tuple of int, str
        Of the tensor.
    """

    def __init__(
        self, files: OneFile, path: str, begin: int, shape: tuple[int, ...], dtype: str
    ) -> None:
        self.dtype, self.shape = dtype, shape
        self.places: Sequence[Place] | None = None
        self._files, self._path, self._begin = files, path, begin

    def parts(self) -> Iterator[np.ndarray]:
        """Yield the tensor's parts, each in the memory of the one before."""
        size, step = math.prod(self.shape), _PART // DTYPES[self.dtype]
        memory = np.empty(min(step, size), STORAGE[self.dtype])
        for begin in range(0, size, step):
            part = memory[: size - begin]
            self._read_into(part, begin)
            yield part

    def read(self, first: int, count: int) -> np.ndarray:
        """Return `count` elements from `first` on."""
        out = np.empty(count, STORAGE[self.dtype])
        self._read_into(out, first)
        return out

    def _read_into(self, out: np.ndarray, first: int) -> None:
        file = self._files.open(self._path)
        file.seek(self._begin + first * out.itemsize)
        view = out.view(np.uint8).data
        while view:
            count = file.readinto(view)  # type: ignore[attr-defined]
            if not count:
                raise CheckpointError(f"{self._path}: the file became shorter while it was read")
            view = view[count:]
        if sys.byteorder == "big":
            out.byteswap(inplace=True)
