"""Windows that slide over arrays of numbers: correlation, its transpose, pooling.

Arrays are (examples, channels, spatial extents ...); kernels (outputs, inputs / groups, ...).
"""

from __future__ import annotations

import math

import numpy as np

from netinit.nets.layers.spatial import Sides, Window

__all__ = ["correlate", "pool", "transposed"]


def _windows(x: np.ndarray, window: Window, sides: tuple[Sides, ...], fill: float) -> np.ndarray:
    """Return what the window sees: (examples, channels, positions ..., window ...)."""
    padded = np.pad(x, ((0, 0), (0, 0), *sides), constant_values=fill)
    axes = tuple(range(2, x.ndim))
    seen = np.lib.stride_tricks.sliding_window_view(padded, window.reach, axis=axes)
    every = (slice(None), slice(None))
    steps = (slice(None, None, step) for step in window.stride)
    gaps = (slice(None, None, gap) for gap in window.dilation)
    return seen[(*every, *steps, *gaps)]


def correlate(x: np.ndarray, kernels: np.ndarray, window: Window, groups: int) -> np.ndarray:
    """Return the sums of `x` times the kernels at every position of the window."""
    seen = _windows(x, window, window.sides(x.shape[2:]), 0.0)
    rank = x.ndim - 2
    summed = (1, *range(2 + rank, 2 + 2 * rank)), tuple(range(1, 2 + rank))
    parts = [
        np.tensordot(part, kernel, summed)
        for part, kernel in zip(
            np.split(seen, groups, axis=1), np.split(kernels, groups), strict=True
        )
    ]
    return np.moveaxis(np.concatenate(parts, axis=-1), -1, 1)


def transposed(x: np.ndarray, kernels: np.ndarray, window: Window, groups: int) -> np.ndarray:
    """Return the transpose of a correlation: every element of `x` spreads by the kernels.

    The kernels are those of the correlation: (channels of x, outputs / groups, ...).
    """
    extents = window.spread(x.shape[2:])
    rank = x.ndim - 2
    # The correlation that is transposed slides over these extents, padded.
    known = tuple(extent for extent in extents if extent is not None)
    sides = window.sides(known)
    whole = tuple(n + before + after for n, (before, after) in zip(known, sides, strict=True))
    parts = []
    for part, kernel in zip(np.split(x, groups, axis=1), np.split(kernels, groups), strict=True):
        spread = np.tensordot(part, kernel, ((1,), (0,)))  # examples, positions, outputs, window
        out = np.zeros((len(x), kernel.shape[1], *whole), spread.dtype)
        for offset in np.ndindex(*window.size):
            places = tuple(
                slice(gap * i, gap * i + step * (n - 1) + 1, step)
                for gap, i, step, n in zip(
                    window.dilation, offset, window.stride, x.shape[2:], strict=True
                )
            )
            column = spread[(*(slice(None),) * (2 + rank), *offset)]
            out[(slice(None), slice(None), *places)] += np.moveaxis(column, -1, 1)
        parts.append(out)
    kept = tuple(slice(before, before + n) for n, (before, _) in zip(known, sides, strict=True))
    return np.concatenate(parts, axis=1)[(slice(None), slice(None), *kept)]


def pool(x: np.ndarray, window: Window, function: str) -> np.ndarray:
    """Return the largest, the mean or the sum of each window; padding counts as zeros."""
    fill = -math.inf if function == "max" else 0.0
    seen = _windows(x, window, window.sides(x.shape[2:]), fill)
    axes = tuple(range(x.ndim, seen.ndim))
    take = {"max": np.max, "mean": np.mean, "total": np.sum}[function]
    out: np.ndarray = take(seen, axis=axes)  # type: ignore[operator]
    return out
