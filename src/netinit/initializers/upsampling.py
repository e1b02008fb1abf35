"""Kernels for upsampling: bilinear interpolation, and sub-pixel kernels without a checkerboard."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from netinit.arrays.dtypes import STORAGE
from netinit.arrays.narrow import write_numbers
from netinit.arrays.slice import Slice
from netinit.base.checks import integer
from netinit.initializers.base import Initializer
from netinit.initializers.convert import as_initializer
from netinit.streams.stream import Stream

__all__ = ["ICNR", "Bilinear"]


@dataclass(frozen=True, slots=True)
class Bilinear(Initializer):
    """Kernels (out, in, *kernel) of a transposed convolution that interpolates linearly.

    Raises
    ------
    ValueError
        When filling, if the array has fewer than three axes.

    Notes
    -----
    Every pair of channels gets the product over the kernel's axes of 1 - abs(x / f - c), with
    f = ceil(n / 2) and c = (2 f - 1 - n mod 2) / (2 f), which is symmetric for any extent n;
    MXNet and Paddle have f mod 2 there, the same for the extents 2 f - f mod 2 of an upscaling
    by f. Long, Shelhamer, Darrell: Fully convolutional networks for semantic segmentation,
    CVPR 2015.

    Examples
    --------
    >>> import netinit
    >>> netinit.create((1, 1, 4), netinit.initializers.Bilinear())
    array([[[0.25, 0.75, 0.75, 0.25]]], dtype=float32)
    """

    def check_shape(self, shape: tuple[int, ...]) -> None:
        """Raise ValueError unless `shape` has a kernel."""
        if len(shape) < 3:
            raise ValueError(f"Bilinear needs an array (out, in, *kernel), not of shape {shape}")

    def fill(self, out: Slice, stream: Stream, threads: int | None = None) -> None:
        """Fill a slice of an array from a stream."""
        values = np.ones(())
        for n, part in zip(out.shape[2:], out.index()[2:], strict=True):
            values = values[..., None] * _triangle(n)[part]
        write_numbers(out.array, np.broadcast_to(values, out.array.shape), out.dtype)

    def to_json(self) -> dict[str, Any]:
        """Return the initializer as it is written in a recipe."""
        return {"pattern": "bilinear"}

    def __str__(self) -> str:
        return "Bilinear"


def _triangle(n: int) -> np.ndarray:
    """Return the weights of linear interpolation along an axis of the kernel."""
    f = -(-n // 2)
    if f == 0:
        return np.empty(0)
    c = (2 * f - 1 - n % 2) / (2 * f)
    return np.asarray(1 - np.abs(np.arange(n) / f - c), np.float64)


@dataclass(frozen=True, slots=True)
class ICNR(Initializer):
    """Kernels of a sub-pixel convolution, equal for the channels that become one's pixels.

    Parameters
    ----------
    initializer : Initializer, or what `netinit.fill` accepts as a distribution
        Fills the kernels of one pixel.
    copies : int, default 4
        How many channels become one: the upscaling factor to the power of the number of
        spatial axes.
    axis : int, default 0
        The output channels' axis; negative numbers count from the end.
    tiled : bool, default False
        Whether the channels of one pixel stand together in blocks (``depth_to_space`` of
        TensorFlow) and not those that become one channel (``PixelShuffle`` of PyTorch).

    Raises
    ------
    ValueError
        If `copies` is less than 1; when filling, if the array has no such axis or its extent
        is not divisible by `copies`.

    Notes
    -----
    Aitken, Ledig, Theis, Caballero, Wang, Shi: Checkerboard artifact free sub-pixel
    convolution, 2017.

    Examples
    --------
    >>> import netinit
    >>> kernel = netinit.create((8, 3, 3, 3), netinit.initializers.ICNR(0.02))
    >>> bool((kernel[0:4] == kernel[0]).all() and (kernel[4:8] == kernel[4]).all())
    True
    """

    initializer: Any
    copies: int = 4
    axis: int = 0
    tiled: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "initializer", as_initializer(self.initializer))
        object.__setattr__(self, "copies", integer("copies", self.copies, least=1))
        object.__setattr__(self, "axis", integer("axis", self.axis))

    @property
    def inner(self) -> tuple[Initializer, ...]:
        """The initializer."""
        return (self.initializer,)

    @property
    def mean(self) -> float | None:
        """That of the initializer."""
        mean: float | None = self.initializer.mean
        return mean

    @property
    def std(self) -> float | None:
        """That of the initializer."""
        std: float | None = self.initializer.std
        return std

    @property
    def constant(self) -> bool:
        """Whether the initializer's elements are all equal."""
        constant: bool = self.initializer.constant
        return constant

    def check_shape(self, shape: tuple[int, ...]) -> None:
        """Raise ValueError unless the axis of channels is divisible by `copies`."""
        if not -len(shape) <= self.axis < len(shape):
            raise ValueError(f"ICNR's axis {self.axis} is not an axis of the shape {shape}")
        if shape[self.axis] % self.copies:
            raise ValueError(
                f"ICNR: extent {self.axis} of {shape} must be divisible by copies = {self.copies}"
            )
        inner: Initializer = self.initializer
        inner.check_shape(self._few(shape))

    def fill(self, out: Slice, stream: Stream, threads: int | None = None) -> None:
        """Fill a slice of an array from a stream."""
        if out.array.size == 0:
            return
        axis = self.axis % len(out.shape)
        whole, start, extent = self._few(out.shape), list(out.start), list(out.array.shape)
        channels = np.arange(start[axis], start[axis] + extent[axis])
        kernels = channels % whole[axis] if self.tiled else channels // self.copies
        start[axis] = int(kernels.min())
        extent[axis] = int(kernels.max()) + 1 - start[axis]
        few = np.empty(extent, STORAGE[out.dtype])
        inner: Initializer = self.initializer
        inner.fill(Slice.within(few, out.dtype, whole, tuple(start)), stream, threads)
        out.array[...] = few.take(kernels - start[axis], axis)

    def _few(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return the shape of the kernels that are drawn, one for each pixel."""
        few = list(shape)
        few[self.axis] //= self.copies
        return tuple(few)

    def to_json(self) -> dict[str, Any]:
        """Return the initializer as it is written in a recipe."""
        recipe = {"pattern": "icnr", "copies": self.copies, "axis": self.axis}
        return recipe | {"tiled": self.tiled, "of": self.initializer.to_json()}

    def __str__(self) -> str:
        return f"ICNR({self.copies} copies) of {self.initializer}"
