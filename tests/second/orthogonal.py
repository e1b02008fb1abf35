"""Section 7: random orthogonal matrices."""

from __future__ import annotations

import numpy as np

from .arrays import Floats, fma
from .formats import F64, FORMATS
from .normal import normal_element
from .plain import format_of
from .words import Stream

_PANEL, _CHUNK = 64, 256


def product(left: Floats, right: Floats) -> Floats:
    """Return left right, each element's terms in ascending order, in chunks."""
    total = None
    for first in range(0, left.shape[1], _CHUNK):
        part = np.zeros((left.shape[0], right.shape[1]), left.dtype)
        for k in range(first, min(first + _CHUNK, left.shape[1])):
            part = fma(left[:, k, None], right[None, k, :], part)
        total = part if total is None else total + part
    assert total is not None
    return total


def squares(x: Floats) -> float:
    """Return S(x), the sum of squares in float64, with what rounding takes."""
    total, numbers = 0.0, x.tolist()
    for first in range(0, len(numbers), _CHUNK):
        high = low = 0.0
        for term in numbers[first : first + _CHUNK]:
            y = term * term
            t = high + y
            z = t - high
            low = low + (F64.fma(term, term, -y) + ((high - (t - z)) + (y - z)))
            high = t
        total = high + low if first == 0 else total + (high + low)
    return total


def orthogonal(
    stream: Stream, dtype: str, shape: tuple[int, int], gain: float = 1.0
) -> list[float]:
    """Return all elements of a random orthogonal matrix, in row-major order."""
    if shape[0] < shape[1]:
        tall = np.array(orthogonal(stream, dtype, (shape[1], shape[0]), gain))
        return list(tall.reshape(shape[1], shape[0]).T.ravel().tolist())
    n, k = shape
    fmt, target = format_of(dtype), FORMATS[dtype]
    kind = np.float64 if dtype == "float64" else np.float32
    q = np.zeros((n, k), kind)
    signs = np.ones(k, kind)
    for p in range((k - 1) // _PANEL * _PANEL, -1, -_PANEL):
        v = np.zeros((n - p, _PANEL), kind)
        for c in range(min(_PANEL, k - p)):
            j = p + c
            x = [normal_element(stream, dtype, i * k + j, 1.0, 0.0) for i in range(j, n)]
            v[c:, c] = x
            signs[j] = _reflect(v[:, c], c, last=j == n - 1)
        _apply(v, q[p:], p)
    scale = np.array(fmt.round(gain), kind) * signs
    return [target.round(float(x)) for x in (q * scale).ravel()]


def _reflect(column: Floats, c: int, last: bool) -> float:
    """Make x the vector of its reflection, in place, and return the sign D."""
    norm = np.sqrt(squares(column))
    side = -1.0 if column[c] < 0 else 1.0
    if last or norm == 0:
        column[:] = 0
        return side
    column *= column.dtype.type(1 / norm)
    column[c] += column.dtype.type(side)
    return -side


def _apply(v: Floats, q: Floats, p: int) -> None:
    """Let a panel's reflections act on the rows of Q from the panel's first."""
    own = q.shape[1] - p if q.shape[1] - p < _PANEL else _PANEL
    gram = product(v.T, v).astype(np.float64)
    t = np.zeros((_PANEL, _PANEL))
    for i in range(_PANEL - 1, -1, -1):
        d = squares(v[:, i]) / 2 or 1.0
        t[i, i] = 1
        for j in range(i + 1, _PANEL):
            t[i] = fma(-gram[i, j], t[j], t[i])
        t[i] *= 1 / d
    t = t.astype(v.dtype)
    top = np.zeros((_PANEL, _PANEL), v.dtype)
    top[: min(_PANEL, len(v))] = v[:_PANEL]
    mine, right = slice(p, p + own), slice(p + own, None)
    q[:, mine] = -product(v, product(t, top.T))[:, :own]
    q[range(own), range(p, p + own)] += v.dtype.type(1)
    if q.shape[1] > p + own:
        w = product(v[_PANEL:].T, q[_PANEL:, right])
        x = product(v, product(t, w))
        q[:_PANEL, right] = -x[:_PANEL]
        q[_PANEL:, right] -= x[_PANEL:]
