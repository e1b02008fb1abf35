"""What fills types that are not drawn: bits of the stream as they are, and numbers of indices."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from netinit import _core
from netinit.arrays.dtypes import DTYPES, STORAGE, STORED
from netinit.arrays.slice import Slice
from netinit.base.checks import integer
from netinit.initializers.base import Distribution, Initializer
from netinit.initializers.distributions import distribution_from_json
from netinit.shapes.slices import place_in
from netinit.streams.stream import Stream

__all__ = ["TWICE", "Fnuz", "Steps", "Words", "fnuz_from_json"]

#: What the core is told: the words themselves.
_BITS = ("bits", 0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Words(Distribution):
    """Raw bits of the stream: of each element's own ones those in a mask, and fixed ones.

    Parameters
    ----------
    mask : int
        Which bits are random; at least 0, and 0 where every element is `base`.
    base : int, default 0
        Bits that are set in every element, at least 0.

    Raises
    ------
    ValueError
        If a number is negative; when it is checked for a dtype, if one has more bits than that.

    Notes
    -----
    Element i of s <= 4 bytes is ``(bits & mask) | base`` of the bytes s i to s (i + 1) of the
    stream's words, read little-endian; one of 8 bytes that of the i-th 64-bit word: random integers
    of any width, packed ones, and the codes of any format.

    Examples
    --------
    >>> import numpy as np
    >>> from netinit.arrays.slice import Slice
    >>> from netinit.initializers import Words
    >>> from netinit.streams.stream import Stream
    >>> codes = np.empty(1000, np.uint8)
    >>> Words(0x07, 0x80).fill(Slice(codes, "uint8"), Stream(1234, "codes"))
    >>> int(codes.min()), int(codes.max())
    (128, 135)
    """

    raw: ClassVar[bool] = True

    mask: int
    base: int = 0

    def __post_init__(self) -> None:
        for field in ("mask", "base"):
            object.__setattr__(self, field, integer(field, getattr(self, field), least=0))

    @property
    def constant(self) -> bool:
        """Whether no bit is random."""
        return self.mask == 0

    def check_dtype(self, dtype: str) -> None:
        """Raise ValueError if the mask or the base have more bits than an element."""
        bits = 8 * DTYPES[dtype]
        if max(self.mask, self.base) >= 1 << (1 if dtype == "bool" else bits):
            raise ValueError(f"{self} has more bits than {dtype}")

    def fill(self, out: Slice, stream: Stream, threads: int | None = None) -> None:
        """Fill a slice of an array with the bits of its elements."""
        codes = out.array.view(np.dtype(f"u{out.array.itemsize}"))
        if self.mask == 0:
            codes[...] = self.base
        elif codes.size:
            _fill_bits(codes, out, stream, threads)
            if self.mask != (1 << 8 * codes.itemsize) - 1:
                codes &= codes.dtype.type(self.mask)
            if self.base:
                codes |= codes.dtype.type(self.base)

    def to_json(self) -> dict[str, Any]:
        """Return the initializer as it is written in a recipe."""
        return {"pattern": "words", "mask": self.mask, "base": self.base}

    def __str__(self) -> str:
        if self.mask == 0:
            return f"Words({self.base:#x})"
        return f"Words(bits & {self.mask:#x}{f' | {self.base:#x}' if self.base else ''})"


def _fill_bits(codes: np.ndarray, out: Slice, stream: Stream, threads: int | None) -> None:
    """Fill the elements of a slice, seen as unsigned integers, with their bits."""
    size, part, shape = codes.itemsize, codes.shape, out.shape
    first, strides = place_in(shape, out.start)
    if size >= 4:
        _draw(codes, first, strides, stream, threads)
    elif part[1:] != shape[1:]:  # runs of elements, one a row
        for index in np.ndindex(part[:-1]):
            ahead = sum(i * step for i, step in zip(index, strides, strict=False))
            _fill_run(codes[index], first + ahead, stream, threads)
    elif codes.flags.c_contiguous:
        _fill_run(codes.reshape(-1), first, stream, threads)
    else:
        run = np.empty(codes.size, codes.dtype)
        _fill_run(run, first, stream, threads)
        codes[...] = run.reshape(part)


def _fill_run(run: np.ndarray, first: int, stream: Stream, threads: int | None) -> None:
    """Fill elements of less than a word, from element `first` of the whole array on."""
    each = 4 // run.itemsize  # elements a word
    head = min(-first % each, len(run))
    body = run[head : head + (len(run) - head) // each * each]
    direct = sys.byteorder == "little" and body.flags.c_contiguous and body.ctypes.data % 4 == 0
    words = body.view(np.uint32) if direct and len(body) else np.empty(len(body) // each, np.uint32)
    _draw(words, (first + head) // each, (1,), stream, threads)
    if not direct:
        body[...] = words.astype("<u4").view(f"<u{run.itemsize}")
    for low, high in ((0, head), (head + len(body), len(run))):  # parts of a word
        if low < high:
            word = np.empty(1, np.uint32)
            _draw(word, (first + low) // each, (1,), stream, threads)
            cut = (first + low) % each
            run[low:high] = word.astype("<u4").view(f"<u{run.itemsize}")[cut : cut + high - low]


def _draw(
    words: np.ndarray, first: int, strides: tuple[int, ...], stream: Stream, threads: int | None
) -> None:
    """Fill an array of uint32 or uint64 with the words of a stream."""
    where = (stream.key, stream.offset, stream.draw)
    _core.fill(words, words.dtype.name, *where, _BITS, first, strides, threads)


@dataclass(frozen=True, slots=True)
class Steps(Initializer):
    """The number of the step that an index along the last axis is on: index // length.

    Parameters
    ----------
    length : int, default 1
        Of a step, at least 1: with 1, each element is its own index.

    Raises
    ------
    ValueError
        If the length is less than 1.

    Examples
    --------
    >>> import netinit
    >>> netinit.create(6, netinit.initializers.Steps(2))
    array([0., 0., 1., 1., 2., 2.], dtype=float32)
    """

    raw: ClassVar[bool] = True

    length: int = 1

    def __post_init__(self) -> None:
        object.__setattr__(self, "length", integer("length", self.length, least=1))

    def check_dtype(self, dtype: str) -> None:
        """Raise ValueError where the type's bits are no integers."""
        if dtype in STORED and STORAGE[dtype].name != dtype:
            raise ValueError(f"{self} are integers, which {dtype} does not store")

    def fill(self, out: Slice, stream: Stream, threads: int | None = None) -> None:
        """Fill a slice of an array with the numbers of its steps."""
        shape = out.array.shape
        first = out.start[-1] if shape else 0
        out.array[...] = (first + np.arange(shape[-1] if shape else 1)) // self.length

    def to_json(self) -> dict[str, Any]:
        """Return the initializer as it is written in a recipe."""
        return {"pattern": "steps", "length": self.length}

    def __str__(self) -> str:
        return f"Steps({self.length})"


#: The types of which the float8 types without negative zeros and infinities have the codes.
TWICE = {"float8_e4m3fnuz": "float8_e4m3fn", "float8_e5m2fnuz": "float8_e5m2"}


@dataclass(frozen=True, slots=True)
class Fnuz(Distribution):
    """A distribution in float8_e4m3fnuz or float8_e5m2fnuz.

    Parameters
    ----------
    twice : Distribution
        Of twice the numbers: a code of these types is half of what it is in float8_e4m3fn and
        float8_e5m2.

    Raises
    ------
    ValueError
        When it is checked for another dtype, or for one in which `twice` is out of range.

    Notes
    -----
    The code of -0 is NaN in these types; 0 takes its place.

    Examples
    --------
    >>> from netinit import Normal
    >>> from netinit.initializers import Fnuz
    >>> Fnuz(Normal(0, 0.5)).std
    0.25
    """

    raw: ClassVar[bool] = True

    twice: Distribution

    @property
    def mean(self) -> float | None:
        """Half of that of `twice`."""
        return None if self.twice.mean is None else self.twice.mean / 2

    @property
    def std(self) -> float | None:
        """Half of that of `twice`."""
        return None if self.twice.std is None else self.twice.std / 2

    @property
    def constant(self) -> bool:
        """Whether `twice` is."""
        return self.twice.constant

    def check_dtype(self, dtype: str) -> None:
        """Raise ValueError unless the type is one of the two and has the numbers."""
        if dtype not in TWICE:
            raise ValueError(f"{self} is for {' and '.join(TWICE)}, not {dtype}")
        self.twice.check_dtype(TWICE[dtype])

    def fill(self, out: Slice, stream: Stream, threads: int | None = None) -> None:
        """Draw a slice of an array from a stream."""
        own = Slice.within(out.array, TWICE[out.dtype], out.shape, out.start)
        self.twice.fill(own, stream, threads)
        out.array[out.array == 0x80] = 0

    def to_json(self) -> dict[str, Any]:
        """Return the initializer as it is written in a recipe."""
        return {"pattern": "fnuz", "of": self.twice.to_json()}

    def __str__(self) -> str:
        return f"{self.twice} / 2"


def fnuz_from_json(of: dict[str, Any]) -> Fnuz:
    """Return the initializer that `Fnuz.to_json` wrote."""
    return Fnuz(distribution_from_json(of))
