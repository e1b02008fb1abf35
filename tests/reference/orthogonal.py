"""Section 7: random orthogonal matrices, panel by panel."""

from __future__ import annotations

import numpy as np

from .arithmetic import fma, two_product, two_sum
from .values import Distribution, element_values

PANEL, CHUNK = 64, 256


def orthogonal(
    stream: tuple[int, int, int], rows: int, columns: int, gain: float, dtype: str
) -> np.ndarray:
    """Return the matrix of section 7; n x k is its tall shape."""
    n, k = max(rows, columns), min(rows, columns)
    q, sign = np.zeros((n, k), dtype), np.zeros(k, dtype)
    for p in range((k - 1) // PANEL * PANEL, -1, -PANEL):
        v, half_square = panel(stream, n, k, p, dtype, sign)
        t = triangle(product(v.T, v), half_square).astype(dtype)
        own = slice(p, min(p + PANEL, k))
        upper = v[:PANEL].T[:, : own.stop - p]
        q[p:, own] = -product(v[: n - p], product(t, upper))
        q[np.arange(p, own.stop), np.arange(p, own.stop)] += 1
        if p + PANEL < k:
            x = product(t, product(v[PANEL:].T, q[p + PANEL :, own.stop :]))
            q[p : p + PANEL, own.stop :] = -product(v[:PANEL], x)
            q[p + PANEL :, own.stop :] -= product(v[PANEL:], x)
    q *= np.asarray(gain, dtype) * sign
    return q if rows >= columns else np.ascontiguousarray(q.T)


def panel(
    stream: tuple[int, int, int], n: int, k: int, p: int, dtype: str, sign: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return V and the d of the panel at p, and set D there; V has 64 rows at least."""
    v = np.zeros((max(n - p, PANEL), PANEL), dtype)
    for c in range(min(PANEL, k - p)):
        j = p + c
        index = np.array([i * k + j for i in range(j, n)], np.uint64)
        x = element_values(stream, index, Distribution("normal"), dtype)
        v[c : n - p, c] = x
        norm = np.sqrt(squares(v[: n - p, c]))
        side = -1 if x[0] < 0 else 1
        sign[j] = side
        if j == n - 1 or norm == 0:
            v[:, c] = 0
            continue
        sign[j] = -side
        v[:, c] *= np.asarray(1 / norm, dtype)
        v[c, c] += np.asarray(side, dtype)
    half_square = np.array([squares(v[: n - p, c]) / 2 for c in range(PANEL)])
    return v, np.where(half_square == 0, 1.0, half_square)


def squares(x: np.ndarray) -> float:
    """Return S(x)."""
    total = 0.0
    for first in range(0, len(x), CHUNK):
        high = low = 0.0
        for value in x[first : first + CHUNK].astype(np.float64):
            square, below = two_product(value, value)
            high, error = two_sum(high, square)
            low = low + (below + error)
        total = total + (high + low)
    return float(total)


def product(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return a b by the rule for products."""
    total = None
    for first in range(0, a.shape[1], CHUNK):
        partial = np.zeros((a.shape[0], b.shape[1]), a.dtype)
        for i in range(first, min(first + CHUNK, a.shape[1])):
            partial = fma(np.ascontiguousarray(a[:, i : i + 1]), b[i : i + 1], partial)
        total = partial if total is None else total + partial
    return np.zeros((a.shape[0], b.shape[1]), a.dtype) if total is None else total


def triangle(g: np.ndarray, half_square: np.ndarray) -> np.ndarray:
    """Return T in float64."""
    g, t = g.astype(np.float64), np.eye(PANEL)
    for i in range(PANEL - 1, -1, -1):
        for j in range(i + 1, PANEL):
            t[i] = fma(np.full(PANEL, -g[i, j]), t[j], t[i])
        t[i] *= 1 / half_square[i]
    return t
