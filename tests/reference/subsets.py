"""Section 8: the rows of a column that are zero in a sparse matrix, column by column."""

from __future__ import annotations

import math

import numpy as np

from tests.reference.streams import words32

SUBSET_DRAW = 2**30


def _words(stream: tuple[int, int, int], number: int, elements: np.ndarray) -> np.ndarray:
    key, offset, draw = stream
    draw = (draw + SUBSET_DRAW + number) % 2**32
    return words32(key, offset, draw, elements.astype(np.uint64))


def chosen_at_once(
    stream: tuple[int, int, int], rows: int, columns: int, size: int, j: int
) -> set[int]:
    """Return the rows that the first step gives to column j."""
    margin = max(0, size - 3 * math.isqrt(size) - 3)
    words = _words(stream, 0, np.arange(rows) * -(-columns // 4) + j // 4)
    below = (words >> np.uint64(8 * (j % 4))) & np.uint64(0xFF) < 256 * margin // rows
    return set(np.flatnonzero(below).tolist())


def subset(stream: tuple[int, int, int], rows: int, columns: int, size: int, j: int) -> set[int]:
    """Return the random subset of `size` rows of column j, at most half of all rows."""
    chosen = chosen_at_once(stream, rows, columns, size, j)
    turn = 0
    while len(chosen) < size:
        word = int(_words(stream, 1, np.array([turn * columns + j]))[0])
        chosen.add(word * rows >> 32)
        turn += 1
    cut = _words(stream, 2, j * rows + np.arange(rows)).tolist()
    return set(sorted(chosen, key=lambda i: (cut[i], i))[:size])


def zeros(stream: tuple[int, int, int], shape: tuple[int, int], count: int) -> np.ndarray:
    """Return which elements of a matrix with `count` zeros in each column are zero."""
    rows, columns = shape
    fewer = count <= rows - count
    mask = np.full(shape, not fewer)
    for j in range(columns):
        for i in subset(stream, rows, columns, count if fewer else rows - count, j):
            mask[i, j] = fewer
    return mask
