"""One array, looked at once: its statistics, a sample of its elements, its rows' beginnings."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from netinit.arrays.dtypes import DRAWN, DTYPES
from netinit.arrays.narrow import read_numbers
from netinit.parameters.parameter import Parameter
from netinit.verification.source import Source
from netinit.verification.statistics import Statistics, Survey

__all__ = ["Look", "look_at"]

#: So many elements of an array are compared with a distribution, and so many of its first rows with
#: each other.
_SAMPLED = 10_000
_MOST_ROWS = 1 << 20
#: Bytes of each row's beginning.
_HEAD = 64
#: Odd numbers, one for each of a beginning's words.
_FACTORS = np.array(
    [0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x27D4EB2F165667C5,
     0xD6E8FEB86659FD93, 0xA0761D6478BD642F, 0xE7037ED1A0B428DB, 0x8EBC6AF09C88C6E3], np.uint64
)  # fmt: skip


@dataclass(frozen=True)
class Look:
    """What one array shows.

    Attributes
    ----------
    parameter : Parameter
        What the array is.
    source : Source or None
        Its elements; None where it has no value.
    statistics : Statistics or None
        What they are; None where there are none.
    sample : numpy.ndarray
        Some of them, at fixed places, as float64; the finite ones.
    heads : numpy.ndarray
        A hash of each row's beginning; empty where rows are not compared.
    """

    parameter: Parameter
    source: Source | None
    statistics: Statistics | None
    sample: np.ndarray
    heads: np.ndarray

    def kept(self) -> Look:
        """Return the look without its sample and hashes, for a net has many arrays."""
        empty = np.empty(0)
        return replace(self, sample=empty, heads=empty)

    @cached_property
    def equal_rows(self) -> tuple[int, ...]:
        """Rows that are equal to an earlier one, which is the first of the tuple; () for none.

        Rows of one number all through do not count.
        """
        if not len(self.heads) or self.source is None:
            return ()
        _, first, groups = np.unique(self.heads, return_index=True, return_inverse=True)
        suspected = np.flatnonzero(first[groups] != np.arange(len(groups)))
        width = math.prod(self.source.shape[1:])
        for row in suspected[:_SAMPLED]:
            earlier = int(first[groups[row]])
            a = self.source.read(earlier * width, width).copy()
            b = self.source.read(int(row) * width, width)
            if (a != a[0]).any() and a.tobytes() == b.tobytes():
                return (earlier, *suspected[first[groups[suspected]] == earlier].tolist())
        return ()


def look_at(parameter: Parameter, source: Source | None, threads: int | None = None) -> Look:
    """Return what an array shows; it is read once."""
    empty = np.empty(0)
    if source is None:
        return Look(parameter, None, None, empty, empty)
    gathered = Survey(source.dtype, threads)
    sample = _Sample(source)
    heads = _Heads(source)
    at = 0
    for part in source.parts():
        gathered.add(part)
        sample.add(part, at)
        heads.add(part, at)
        at += part.size
    return Look(parameter, source, gathered.statistics(), sample.numbers(), heads.hashes())


class _Sample:
    """Every k-th element, k odd, to meet all columns of most matrices."""

    def __init__(self, source: Source) -> None:
        size = math.prod(source.shape)
        self._step = max(1, -(-size // _SAMPLED)) | 1
        self._dtype = source.dtype
        self._found: list[np.ndarray] = []

    def add(self, part: np.ndarray, at: int) -> None:
        if self._dtype in DRAWN:
            self._found.append(part[-at % self._step :: self._step].copy())

    def numbers(self) -> np.ndarray:
        if not self._found:
            return np.empty(0)
        numbers = read_numbers(np.concatenate(self._found), self._dtype).astype(np.float64)
        return numbers[np.isfinite(numbers)]


class _Heads:
    """Hashes of the beginnings of rows: those of all axes but the first."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._rows, self._width = 0, math.prod(source.shape[1:])
        size = DTYPES[source.dtype]
        self._length = min(self._width, _HEAD // size) * size // 8 * 8 // size
        # A row of a few numbers may be another's by chance.
        if len(source.shape) > 1 and source.dtype in DRAWN and self._length * size >= 16:
            self._rows = min(source.shape[0], _MOST_ROWS)
        self._found: list[np.ndarray] = []

    def add(self, part: np.ndarray, at: int) -> None:
        if not self._rows:
            return
        width, length = self._width, self._length
        first, stop = -(-at // width), min(-(-(at + part.size) // width), self._rows)
        whole = min(stop, (at + part.size - length) // width + 1)
        if whole > first:
            begin = part[first * width - at :]
            step = part.itemsize
            shape, strides = (whole - first, length), (width * step, step)
            heads = np.lib.stride_tricks.as_strided(begin, shape, strides)
            self._found.append(_hashed(np.ascontiguousarray(heads)))
        for row in range(max(whole, first), stop):  # which begins in this part and ends in the next
            self._found.append(_hashed(self._source.read(row * width, length).reshape(1, -1)))

    def hashes(self) -> np.ndarray:
        return np.concatenate(self._found) if self._found else np.empty(0, np.uint64)


def _hashed(heads: np.ndarray) -> np.ndarray:
    words = heads.view(np.uint64)
    mixed = (words ^ (words >> np.uint64(29))) * _FACTORS[: words.shape[1]]
    hashes: np.ndarray = (mixed ^ (mixed >> np.uint64(32))).sum(axis=1, dtype=np.uint64)
    return hashes
