"""Section 8: sparse matrices, raw bits, complex numbers."""

from __future__ import annotations

import math

from .words import M32, Stream


def sparse_zeros(stream: Stream, rows: int, columns: int, sparsity: float) -> list[set[int]]:
    """Return the rows of the zeros of each column."""
    zeros = math.ceil(sparsity * rows)
    if zeros <= rows - zeros:
        return [_subset(stream, rows, columns, j, zeros) for j in range(columns)]
    others = [_subset(stream, rows, columns, j, rows - zeros) for j in range(columns)]
    return [set(range(rows)) - other for other in others]


def _subset(stream: Stream, rows: int, columns: int, j: int, m: int) -> set[int]:
    first, second, third = (stream.at(2**30 + d) for d in range(3))
    t = 256 * max(0, m - 3 * math.isqrt(m) - 3) // rows
    width = -(-columns // 4)
    chosen = {i for i in range(rows) if first.word(i * width + j // 4) >> 8 * (j % 4) & 255 < t}
    turn = 0
    while len(chosen) < m:
        chosen.add(second.word(turn * columns + j) * rows >> 32)
        turn += 1
    if len(chosen) > m:
        chosen = set(sorted(chosen, key=lambda i: (third.word(j * rows + i), i))[:m])
    return chosen


def raw(stream: Stream, size: int, index: int) -> int:
    """Return element `index` of raw bits, of 1, 2, 4 or 8 bytes, as an unsigned integer."""
    if size == 8:
        return stream.double_word(index)
    at = size * index
    return stream.word(at // 4) >> 8 * (at % 4) & (M32 >> 32 - 8 * size)


def complex_streams(stream: Stream) -> tuple[Stream, Stream]:
    """Return the streams of the real and of the imaginary parts."""
    return stream, stream.at(2**31)
