"""Section 9: the rows of a column that are zero in a sparse matrix, column by column."""

from __future__ import annotations

import math

import numpy as np

from tests.reference.streams import words32

SUBSET_DRAW = 2**30


def _word(stream: tuple[int, int, int], number: int, element: int) -> int:
    key, offset, draw = stream
    draw = (draw + SUBSET_DRAW + number) % 2**32
    return int(words32(key, offset, draw, np.array([element], np.uint64))[0])


def subset(stream: tuple[int, int, int], rows: int, columns: int, size: int, j: int) -> set[int]:
    """Return the random subset of `size` rows of column j, at most half of all rows."""
    margin = max(0, size - 3 * math.isqrt(size) - 3)
    threshold = 256 * margin // rows
    chosen = set()
    for i in range(rows if threshold else 0):
        word = _word(stream, 0, i * -(-columns // 4) + j // 4)
        if word >> (8 * (j % 4)) & 0xFF < threshold:
            chosen.add(i)
    turn = 0
    while len(chosen) < size:
        chosen.add(_word(stream, 1, turn * columns + j) * rows >> 32)
        turn += 1
    by_word = sorted(chosen, key=lambda i: (_word(stream, 2, j * rows + i), i))
    return set(by_word[:size])


def zeros(stream: tuple[int, int, int], shape: tuple[int, int], sparsity: float) -> np.ndarray:
    """Return which elements of a matrix are zero."""
    rows, columns = shape
    count = math.ceil(sparsity * rows)
    fewer = count <= rows - count
    mask = np.full(shape, not fewer)
    for j in range(columns):
        for i in subset(stream, rows, columns, count if fewer else rows - count, j):
            mask[i, j] = fewer
    return mask
