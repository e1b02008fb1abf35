"""Arrays against the very values that a seed and a name give."""

from __future__ import annotations

import math

import numpy as np

from netinit.arrays.dtypes import DRAWN, DTYPES, STORAGE
from netinit.arrays.narrow import read_numbers
from netinit.arrays.slice import Slice
from netinit.initializers.base import Initializer
from netinit.plans.execute import FlatRanges
from netinit.streams.stream import Stream
from netinit.verification.expected import Expected
from netinit.verification.source import Place, Source

__all__ = ["first_difference", "two_draws"]

#: Elements that are compared at a time; the first of them tell whether more need be.
_FIRST, _PIECE = 1 << 16, 1 << 20
#: The largest array that is made whole, in bytes.
_WHOLE = 1 << 26


def first_difference(source: Source, expected: Expected, threads: int | None) -> int | None:
    """Return how many elements come before the first that is not the seed's, or -1 if all are.

    Equal elements, as of a row of zeros, are no evidence, and do not count. None where that cannot
    be told: it would have to be made whole, and is too large.
    """
    assert expected.stream is not None
    if source.places is not None:
        return _first_of_part(source, expected, expected.stream, threads)
    ranges = FlatRanges(
        expected.initializer, expected.stream, expected.shape, expected.dtype, threads
    )
    if not ranges.ranged and ranges.size * DTYPES[expected.dtype] > _WHOLE:
        return None
    made = np.empty(min(_PIECE, ranges.size), STORAGE[expected.dtype])
    bits = f"u{made.itemsize}"
    for begin in (0, *range(_FIRST, ranges.size, _PIECE)):
        piece = made[: min(_PIECE if begin else _FIRST, ranges.size - begin)]
        ranges.fill(piece, begin)
        differs = source.read(begin, len(piece)).view(bits) != piece.view(bits)
        if differs.any():
            return _told(source, begin + int(differs.argmax()))
    return -1


def _told(source: Source, first: int) -> int:
    """Return how many elements are the seed's, where they are more than chance has equal."""
    return first if len(np.unique(source.read(0, min(first, _PIECE)))) >= 64 else 0


def _first_of_part(
    source: Source, expected: Expected, stream: Stream, threads: int | None
) -> int | None:
    """Return the same of a process's part of an array, which is made whole beside it."""
    initializer = expected.initializer
    alone = initializer.flat(expected.shape) is not None
    if not alone and math.prod(expected.shape) * DTYPES[expected.dtype] > _WHOLE:
        return None
    made = _drawn(initializer, stream, source, expected, threads).reshape(-1)
    bits = f"u{made.itemsize}"
    differs = source.read(0, made.size).view(bits) != made.view(bits)
    return _told(source, int(differs.argmax())) if differs.any() else -1


def _drawn(
    initializer: Initializer,
    stream: Stream,
    source: Source,
    expected: Expected,
    threads: int | None = None,
) -> np.ndarray:
    """Return what an initializer draws for the elements that a source has, be it a part."""
    made = np.empty(source.shape, STORAGE[expected.dtype])
    whole: Place = ((...,), (0,) * len(expected.shape))
    for at, start in [whole] if source.places is None else source.places:
        part = Slice(made[at], expected.dtype, expected.shape, start)
        initializer.fill(part, stream, threads)
    return made


def two_draws(expected: Expected, source: Source) -> tuple[np.ndarray, np.ndarray] | None:
    """Return the numbers of an array as they are drawn from two seeds, flat; None if too large."""
    if math.prod(expected.shape) * 8 > _WHOLE or expected.dtype not in DRAWN:
        return None
    drawn = []
    for seed in (1, 2):
        one, stream = expected.initializer.of_seed(seed), Stream(seed, expected.origin)
        made = _drawn(one, stream, source, expected).reshape(-1)
        drawn.append(read_numbers(made, expected.dtype).astype(np.float64))
    return drawn[0], drawn[1]
