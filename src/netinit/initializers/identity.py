"""Identity matrices plus noise, on arrays of any layout."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from netinit.arrays.narrow import NARROW, read_numbers, round_narrow
from netinit.arrays.slice import Slice
from netinit.initializers.base import Distribution, Initializer
from netinit.initializers.convert import as_distribution
from netinit.initializers.placing import check_axes, places_inside
from netinit.shapes.layout import Layout, block_shape, layout_of, layout_to_json, matrix_shape
from netinit.streams.stream import Stream

__all__ = ["Identity"]


@dataclass(frozen=True, slots=True)
class Identity(Initializer):
    """The identity map, for each map of the array, plus noise that breaks symmetry.

    Parameters
    ----------
    noise : Distribution
        Drawn for every element and added.
    layout : Layout, optional
        How the array's axes form the matrix; a kernel has its 1 in the centre, at index
        n // 2 of each kernel axis. (out, in, *kernel) where not given.
    mean, std : float or None
        The moments that the array's elements will show, where known.

    Examples
    --------
    >>> import netinit
    >>> netinit.create((2, 3), netinit.initializers.Identity(netinit.Constant(0)))
    array([[1., 0., 0.],
           [0., 1., 0.]], dtype=float32)
    """

    noise: Distribution
    layout: Layout | None = None
    mean: float | None = field(default=None, compare=False)
    std: float | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "noise", as_distribution(self.noise, "noise"))

    @classmethod
    def of_shape(
        cls, shape: tuple[int, ...], layout: Layout | None, noise: Distribution
    ) -> Identity:
        """Return the initializer for an array of `shape`, with the moments that it will show."""
        layout = layout_of(shape, layout)
        block = block_shape(shape, layout)
        size = math.prod(block)
        if not size or noise.mean is None or noise.std is None:
            return cls(noise, layout)
        inputs = math.prod(block[axis] for axis in layout.in_axes)
        ones = min(matrix_shape(block, layout)[0], inputs) / size
        std = math.sqrt(ones * (1 - ones) + noise.std**2)
        return cls(noise, layout, ones + noise.mean, std)

    @property
    def inner(self) -> tuple[Initializer, ...]:
        """The noise."""
        return (self.noise,)

    def check_shape(self, shape: tuple[int, ...]) -> None:
        """Raise ValueError unless `shape` has the axes of the layout."""
        block_shape(shape, layout_of(shape, self.layout))
        check_axes("Identity", shape)

    def fill(self, out: Slice, stream: Stream, threads: int | None = None) -> None:
        """Fill a slice of an array from a stream: with noise, and ones on the diagonals in it."""
        layout = layout_of(out.shape, self.layout)
        block = block_shape(out.shape, layout)
        self.noise.fill(out, stream, threads)
        if out.array.size == 0:
            return
        at = _diagonal(block, layout)
        if layout.stack > 1:  # the same in each block, all at once: there may be very many
            first = np.repeat(np.arange(layout.stack) * block[layout.stack_axis], len(at[0]))
            at = [np.tile(index, layout.stack) for index in at]
            at[layout.stack_axis] = at[layout.stack_axis] + first
        _add_one(out.array, places_inside(out, at), out.dtype)

    def to_json(self) -> dict[str, Any]:
        """Return the initializer as it is written in a recipe."""
        recipe: dict[str, Any] = {"matrix": "identity", "noise": self.noise.to_json()}
        return recipe if self.layout is None else recipe | {"layout": layout_to_json(self.layout)}

    def __str__(self) -> str:
        return f"Identity + {self.noise}"


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
