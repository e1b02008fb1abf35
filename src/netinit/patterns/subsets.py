"""Random subsets of an exact size: as many rows of each column of a matrix."""

from __future__ import annotations

import math

import numpy as np

from netinit import _core
from netinit.streams import Stream

__all__ = ["SUBSET_DRAW", "column_subsets"]

#: What is added to a stream's draw number for the three draws of the subsets.
SUBSET_DRAW = 1 << 30
#: A round marks rows by their turn, of which a byte holds so many.
_TURNS = 254


def column_subsets(
    stream: Stream, shape: tuple[int, ...], size: int, first: int, columns: int
) -> np.ndarray:
    """Return which rows belong to the random subset of each of some columns of a matrix.

    Parameters
    ----------
    stream : Stream
    shape : tuple of int
        Of the whole matrix, (rows, all columns).
    size : int
        How many rows each column's subset has, at most half of all.
    first, columns : int
        The columns first to first + columns - 1.

    Returns
    -------
    numpy.ndarray
        uint8, shape (rows, columns): 0 for the rows outside the subset.

    Notes
    -----
    Every subset of that size is equally likely (but for the 2**-32 of a word's rounding), and
    a column's subset does not depend on the others. It takes three steps, whose draw numbers
    are the stream's plus 2**30, 2**30 + 1 and 2**30 + 2, modulo 2**32:

    1. Row i of column j belongs to it if byte j mod 4 (the lowest is 0) of the raw word
       i ceil(columns / 4) + j // 4 is less than t = 256 m // rows, with
       m = max(0, size - 3 isqrt(size) - 3): all rows are equally likely, and few columns get
       more than `size`.
    2. To a column that has too few, rows are added: turn q = 0, 1, ... adds row
       (w rows) // 2**32 of the raw word w = q columns + j, until there are `size`.
    3. A column that has too many keeps those with the smallest raw words j rows + i, the
       first of equal ones.

    A subset that is uniform among those of its own size stays so in steps 2 and 3.
    """
    rows = shape[0]
    margin = max(0, size - 3 * math.isqrt(size) - 3)
    chosen = _at_once(stream, shape, 256 * margin // rows, first, columns)
    missing = size - _column_sums(chosen)
    for column in np.flatnonzero(missing < 0):
        chosen[:, column] = _smallest(stream, rows, size, first + int(column), chosen[:, column])
    _add(chosen, np.maximum(missing, 0), stream, shape, first)
    return chosen


def _words(
    stream: Stream, draw: int, shape: tuple[int, int], first: int, strides: tuple[int, int]
) -> np.ndarray:
    """Return raw words: element (a, b) is word first + a strides[0] + b strides[1]."""
    words = np.empty(shape, np.uint32)
    where = (stream.key, stream.offset, (stream.draw + SUBSET_DRAW + draw) % (1 << 32))
    _core.fill(words, "uint32", *where, "bits", 0.0, 0.0, 0.0, 0.0, first, strides, 1)
    return words


def _at_once(
    stream: Stream, shape: tuple[int, ...], threshold: int, first: int, columns: int
) -> np.ndarray:
    """Return the subsets of the first step."""
    rows, all_columns = shape
    if threshold == 0:
        return np.zeros((rows, columns), np.uint8)
    low, high = first // 4, -(-(first + columns) // 4)
    words = _words(stream, 0, (rows, high - low), low, (-(-all_columns // 4), 1))
    octets = words.astype("<u4", copy=False).view(np.uint8)
    below = octets[:, first - 4 * low : first - 4 * low + columns] < threshold
    return np.ascontiguousarray(below).view(np.uint8)


def _column_sums(bits: np.ndarray) -> np.ndarray:
    """Return the sums of the columns of a matrix of zeros and ones."""
    sums = np.zeros(bits.shape[1], np.int64)
    for first in range(0, len(bits), 255):  # as many as a byte can count
        sums += np.add.reduce(bits[first : first + 255], axis=0, dtype=np.uint8)
    return sums


def _add(
    chosen: np.ndarray, missing: np.ndarray, stream: Stream, shape: tuple[int, ...], first: int
) -> None:
    """Add rows to the subsets until none is missing: the second step.

    As many rows are drawn as are missing, so that none is too many; those that are in the
    subset already, or come twice, are missing in the next round.
    """
    rows, all_columns = shape
    columns = chosen.shape[1]
    flat = chosen.reshape(-1)
    taken = np.zeros(columns, np.int64)
    while (short := np.flatnonzero(missing)).size:
        turns = np.minimum(missing[short], _TURNS)
        column = np.repeat(short, turns)
        turn = np.arange(len(column)) - np.repeat(np.cumsum(turns) - turns, turns)
        low, high = int(taken[short].min()), int((taken[short] + turns).max())
        words = _words(
            stream, 1, (high - low, columns), low * all_columns + first, (all_columns, 1)
        )
        word = words[taken[column] + turn - low, column]
        row = (word.astype(np.uint64) * np.uint64(rows)) >> np.uint64(32)
        place = row.astype(np.int64) * columns + column
        free = flat[place] == 0
        place, mark = place[free], (turn[free] + 2).astype(np.uint8)
        flat[place] = mark  # one of those that come twice stays, and is counted
        added = column[free][flat[place] == mark]
        missing -= np.bincount(added, minlength=columns)
        taken[short] += turns


def _smallest(stream: Stream, rows: int, size: int, column: int, chosen: np.ndarray) -> np.ndarray:
    """Return the subset of one column cut down to `size` rows: the third step."""
    words = _words(stream, 2, (1, rows), column * rows, (rows, 1))[0]
    inside = np.flatnonzero(chosen)
    kept = np.zeros(rows, np.uint8)
    kept[inside[np.argsort(words[inside], kind="stable")[:size]]] = 1
    return kept
