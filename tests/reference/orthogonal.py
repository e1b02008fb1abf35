"""Section 7: random orthogonal matrices, loop by loop."""

from __future__ import annotations

import math

import numpy as np

from .values import Distribution, element_values


def orthogonal(
    stream: tuple[int, int, int], rows: int, columns: int, gain: float, dtype: str
) -> np.ndarray:
    """Return the matrix of section 7; n x k is its tall shape."""
    n, k = max(rows, columns), min(rows, columns)
    q = [[0.0] * k for _ in range(n)]
    for j in range(k - 1, -1, -1):
        index = np.array([i * k + j for i in range(j, n)], np.uint64)
        v = element_values(stream, index, Distribution("normal"), "float64").tolist()
        norm = math.sqrt(dot(v, v))
        s = -1.0 if v[0] < 0 else 1.0
        beta = norm * (norm + s * v[0])
        v[0] = v[0] + s * norm
        if j == n - 1:
            q[j][j] = s
            continue
        q[j][j] = -s
        for c in range(j, k):
            d = dot(v, [q[j + i][c] for i in range(n - j)]) / beta
            for i in range(n - j):
                q[j + i][c] = q[j + i][c] - v[i] * d
    tall = (gain * np.array(q, np.float64).reshape(n, k)).astype(dtype)
    return tall if rows >= columns else np.ascontiguousarray(tall.T)


def dot(x: list[float], y: list[float]) -> float:
    """Return the sum of products in ascending order from 0, each operation rounded."""
    total = 0.0
    for a, b in zip(x, y, strict=True):
        total = total + a * b
    return total
