"""Identity matrices plus noise, on arrays of any layout."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from netinit.arrays.narrow import NARROW, read_numbers, round_narrow
from netinit.initializers.base import Initializer, MatrixRule, Part
from netinit.initializers.elementwise import Distribution
from netinit.shapes.layout import Layout, block_shape, layout_to_json
from netinit.streams.stream import Stream

__all__ = ["IdentityMatrix", "fill_identity"]


@dataclass(frozen=True, slots=True)
class IdentityMatrix(MatrixRule):
    """The identity map, for each map of the array, plus noise that breaks symmetry.

    Parameters
    ----------
    noise : Distribution
        Drawn for every element and added.
    layout : Layout
        How the array's axes form the matrix; a kernel has its 1 in the centre, at index
        n // 2 of each kernel axis.
    mean, std : float or None
        The moments that the array's elements will show, where known.
    """

    noise: Distribution
    layout: Layout
    mean: float | None = field(default=None, compare=False)
    std: float | None = field(default=None, compare=False)

    @property
    def inner(self) -> tuple[Initializer, ...]:
        """The noise."""
        return (self.noise,)

    @property
    def constant(self) -> bool:
        """False: the diagonal differs from the rest."""
        return False

    def _fill(
        self, out: np.ndarray, dtype: str, stream: Stream, part: Part, threads: int | None
    ) -> None:
        fill_identity(out, dtype, stream, self.noise, self.layout, *part, threads)

    def to_json(self) -> dict[str, Any]:
        """Return the initializer as it is written in a recipe."""
        noise, layout = self.noise.to_json(), layout_to_json(self.layout)
        return {"matrix": "identity", "noise": noise, "layout": layout}

    def __str__(self) -> str:
        return f"Identity + {self.noise}"


def fill_identity(
    out: np.ndarray,
    dtype: str,
    stream: Stream,
    noise: Distribution,
    layout: Layout,
    whole: tuple[int, ...],
    origin: tuple[int, ...],
    threads: int | None,
) -> None:
    """Fill `out`, the slice at `origin` of an array of shape `whole`, by noise and ones.

    The ones are added on those parts of the blocks' diagonals that lie in the slice.
    """
    block = block_shape(whole, layout)
    noise.fill(out, dtype, stream, shape=whole, start=origin, threads=threads)
    if out.size == 0:
        return
    for g in range(layout.stack):
        at = _diagonal(block, layout)
        if layout.stack > 1:
            at[layout.stack_axis] = at[layout.stack_axis] + g * block[layout.stack_axis]
        at = [index - first for index, first in zip(at, origin, strict=True)]
        inside = np.logical_and.reduce(
            [(index >= 0) & (index < n) for index, n in zip(at, out.shape, strict=True)]
        )
        _add_one(out, tuple(index[inside] for index in at), dtype)


def _diagonal(block: tuple[int, ...], layout: Layout) -> list[np.ndarray]:
    """Return the multi-indices of a block's ones: an array of indices for each axis."""
    out_extents = [block[axis] for axis in layout.out_axes]
    in_extents = [block[axis] for axis in layout.in_axes]
    ones = np.arange(min(math.prod(out_extents), math.prod(in_extents)))
    at = [np.full(ones.shape, n // 2) for n in block]  # the centre, for the kernel's axes
    for axes, extents in ((layout.out_axes, out_extents), (layout.in_axes, in_extents)):
        if axes:
            for axis, index in zip(axes, np.unravel_index(ones, extents), strict=True):
                at[axis] = index
    return at


def _add_one(out: np.ndarray, at: tuple[np.ndarray, ...], dtype: str) -> None:
    """Add 1 to the elements of `out` at the multi-indices `at`."""
    if dtype in NARROW:
        out[at] = round_narrow(read_numbers(out[at], dtype).astype(np.float64) + 1, dtype)
    else:
        out[at] += 1
