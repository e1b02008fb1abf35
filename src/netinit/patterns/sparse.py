"""Sparse matrices: each column has the same number of zeros, in random places."""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Event
from typing import Any

import numpy as np

from netinit import _core
from netinit.distributions import Distribution, as_distribution, number
from netinit.initializers import Initializer, Part
from netinit.patterns.base import Pattern
from netinit.patterns.subsets import column_subsets
from netinit.streams import Stream

__all__ = ["Sparse"]

#: A block of columns has about so many elements, of which each takes some bytes.
_BLOCK = 1 << 23
#: A tile has about so many elements: what the second-level cache holds.
_TILE = 1 << 16


@dataclass(frozen=True, slots=True)
class Sparse(Pattern):
    """A matrix with exactly ceil(sparsity rows) zeros in each column, the rest drawn.

    Parameters
    ----------
    sparsity : float
        The fraction of each column that is zero, 0 to 1.
    distribution : Distribution or number, default 0.01
        What the other elements are drawn from; a number s means ``Normal(0, s)``.

    Raises
    ------
    ValueError
        If `sparsity` is not in 0 to 1; when filling, if the array does not have two axes.

    Notes
    -----
    The zeros' places are drawn from the same stream at other draw numbers; see
    `netinit.patterns.subsets.column_subsets`, which draws those of the other elements where
    there are fewer. They do not depend on the array's dtype or values. Martens: Deep learning
    via Hessian-free optimization, ICML 2010.

    Examples
    --------
    >>> import netinit
    >>> matrix = netinit.create((4, 3), netinit.Sparse(0.5, 1.0))
    >>> (matrix == 0).sum(axis=0).tolist()
    [2, 2, 2]
    """

    sparsity: float
    distribution: Any = 0.01

    def __post_init__(self) -> None:
        sparsity = number("sparsity", self.sparsity)
        if not 0 <= sparsity <= 1:
            raise ValueError(f"sparsity must be in 0 to 1, not {sparsity!r}")
        object.__setattr__(self, "sparsity", sparsity)
        object.__setattr__(self, "distribution", as_distribution(self.distribution))

    @property
    def inner(self) -> tuple[Initializer, ...]:
        """The distribution."""
        return (self.distribution,)

    @property
    def mean(self) -> float | None:
        """The mean that the elements show, but for the rounding up of the zeros' number."""
        mean: float | None = self.distribution.mean
        return None if mean is None else (1 - self.sparsity) * mean

    @property
    def std(self) -> float | None:
        """The standard deviation that the elements show, but for that rounding."""
        mean, std = self.distribution.mean, self.distribution.std
        if mean is None or std is None:
            return None
        kept = 1 - self.sparsity
        return math.sqrt(kept * (std**2 + self.sparsity * mean**2))

    @property
    def constant(self) -> bool:
        """Whether every element is zero."""
        return self.sparsity == 1

    def _fill(
        self, out: np.ndarray, dtype: str, stream: Stream, part: Part, threads: int | None
    ) -> None:
        whole, origin = part
        drawn: Distribution = self.distribution

        def draw(tile: np.ndarray, start: tuple[int, int]) -> None:
            drawn.fill(tile, dtype, stream, shape=whole, start=start, threads=1)

        self._tiles(out, stream, whole, origin, threads, draw)

    def check(self, shape: tuple[int, ...]) -> None:
        """Raise ValueError unless `shape` is that of a matrix."""
        if len(shape) != 2:
            raise ValueError(f"Sparse needs an array of 2 axes, not of shape {shape}")

    def clear(
        self,
        out: np.ndarray,
        stream: Stream,
        shape: tuple[int, ...],
        start: tuple[int, ...],
        threads: int | None = None,
    ) -> None:
        """Set the zeros in `out`, the slice at `start` of a matrix of `shape`, of any dtype."""
        self._tiles(out, stream, shape, start, threads, None)

    def _tiles(
        self,
        out: np.ndarray,
        stream: Stream,
        shape: tuple[int, ...],
        start: tuple[int, ...],
        threads: int | None,
        draw: Callable[[np.ndarray, tuple[int, int]], None] | None,
    ) -> None:
        """Draw `out` and set its zeros, tile by tile, so that a tile is written in the cache."""
        rows, zeros = shape[0], math.ceil(self.sparsity * shape[0])
        fewer = zeros <= rows - zeros  # zeros than other elements: their places are drawn
        stopped = Event()

        def fill(columns: tuple[int, int]) -> None:
            first, stop = columns
            width = stop - first
            size = zeros if fewer else rows - zeros
            subsets = column_subsets(stream, shape, size, start[1] + first, width)
            meant = subsets[start[0] : start[0] + len(out)]
            kept = meant == 0 if fewer else meant != 0
            height = max(1, _TILE // width)
            for top in range(0, len(out), height):
                if stopped.is_set():
                    return
                tile = out[top : top + height, first:stop]
                if draw is not None:
                    draw(tile, (start[0] + top, start[1] + first))
                _keep(tile, kept[top : top + height])

        blocks = _column_blocks(out.shape[1], rows) if out.size else []
        workers = min(_core.thread_count(threads), len(blocks))
        if workers <= 1:
            for block in blocks:
                fill(block)
            return
        with ThreadPoolExecutor(workers) as pool:
            try:
                for _ in pool.map(fill, blocks):
                    pass
            except BaseException:  # an interrupt, for one, which does not wait for whole blocks
                stopped.set()
                raise

    def to_json(self) -> dict[str, Any]:
        """Return the initializer as it is written in a recipe."""
        recipe = self.distribution.to_json()
        return {"pattern": "sparse", "sparsity": self.sparsity, "of": recipe}

    def __str__(self) -> str:
        return f"Sparse({self.sparsity:.3g}) of {self.distribution}"


def _column_blocks(columns: int, rows: int) -> list[tuple[int, int]]:
    """Return the first column and the end of each block, of which one is worked on at a time."""
    width = max(1, _BLOCK // max(1, rows))
    return [(first, min(first + width, columns)) for first in range(0, columns, width)]


def _keep(tile: np.ndarray, kept: np.ndarray) -> None:
    """Set the elements to zero that are not kept."""
    if tile.dtype.itemsize > 8:  # complex
        tile[~kept] = 0
        return
    # Bits times 0 or 1: much faster than a masked assignment, and +0 for any number.
    bits = tile.view(f"u{tile.dtype.itemsize}")
    np.multiply(bits, kept, out=bits)
