"""ConvolutionLayer, DeconvolutionLayer and PoolingLayer."""

from __future__ import annotations

import abc
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from typing import Annotated, ClassVar

import numpy as np

from netinit.nets.array_layer import ArrayInfo, ArrayLayer, bias
from netinit.nets.fields import Flag, OptionalSize, Padding, Size, Sizes, word
from netinit.nets.layer import Unary
from netinit.nets.layers.layouts import ConvolutionOrder, arrange, in_order
from netinit.nets.layers.sliding import correlate, pool, transposed
from netinit.nets.layers.spatial import Window, channels_and_extents, each, join, rank_of, sides
from netinit.nets.layers.stateless import NoArrays
from netinit.nets.shapes import Shape

__all__ = ["ConvolutionLayer", "DeconvolutionLayer", "PoolingLayer"]


@dataclass(frozen=True, eq=False, repr=False)
class Sliding(Unary):
    """A layer whose window moves over an array of channels and spatial axes."""

    def window(self, rank: int) -> Window:
        """Return the window over `rank` spatial axes."""
        size, stride, dilation, padding = self._numbers()
        return Window(each(size, rank), each(stride, rank), each(dilation, rank),
                      sides(padding, rank))  # fmt: skip

    @abc.abstractmethod
    def _numbers(self) -> tuple[Sizes, Sizes, Sizes, Padding]:
        """Return the fields that make the window: size, stride, dilation, padding."""

    @abc.abstractmethod
    def _slide(self, x: np.ndarray) -> np.ndarray:
        """Return the output for examples whose channels come first."""

    def compute(self, *inputs: np.ndarray) -> np.ndarray:
        """Return what the window gives at every position."""
        (x,) = inputs
        if not getattr(self, "interleaving", False):
            return self._slide(x)
        return np.moveaxis(self._slide(np.moveaxis(x, -1, 1)), 1, -1)

    def _rank(self, shape: Shape | None) -> int | None:
        rank = rank_of("kernel_size, stride, dilation and padding_size", self._numbers(), shape)
        wanted = getattr(self, "dimensionality", None)
        if None not in (rank, wanted) and rank != wanted:
            raise ValueError(f"dimensionality must be {rank} here, not {wanted}")
        return wanted if rank is None else rank


@dataclass(frozen=True, eq=False, repr=False)
class Kernels(Sliding, ArrayLayer):
    """What convolutions and deconvolutions share: kernels over groups of channels.

    Parameters
    ----------
    output_channels : int
        The number of output channels.
    kernel_size : int or tuple
        The kernel's extent along every spatial axis, or along each.
    biases : bool, default True
        Whether there are biases, one for each output channel.
    stride, dilation : int or tuple, default 1
        The step of the kernel, and the distance between its elements.
    padding_size : int, tuple or "same", default 0
        Padding of a convolution's input, which is taken off a deconvolution's output: for
        every axis, for each, or for each side of each (pairs).
    channel_groups : int, default 1
        The number of groups that the channels are split into, each with kernels of its own.
    dimensionality : int, optional
        The number of spatial axes, where neither the sizes nor the input tell it.
    interleaving : bool, default False
        Whether the channels are the last axis of input and output rather than the first.
    layout : str
        The order of the weights' axes: "output", "input" and "kernel" in any order.
    """

    #: Whether the kernels are correlated with the input, rather than spread by it.
    forward: ClassVar[bool] = True

    output_channels: Size
    kernel_size: Sizes
    _: KW_ONLY
    biases: Flag = True
    stride: Sizes = 1
    dilation: Sizes = 1
    padding_size: Padding = 0
    channel_groups: Size = 1
    dimensionality: OptionalSize = None
    interleaving: Flag = False
    layout: ConvolutionOrder = "output_input_kernel"

    def _validate(self) -> None:
        if self.output_channels % self.channel_groups:
            raise ValueError(
                f"{type(self).__name__}: channel_groups must divide output_channels "
                f"{self.output_channels}, not {self.channel_groups}"
            )
        self._rank(None)
        super()._validate()

    def _numbers(self) -> tuple[Sizes, Sizes, Sizes, Padding]:
        return self.kernel_size, self.stride, self.dilation, self.padding_size

    def _channels(self, shape: Shape | None) -> int | None:
        if not shape:  # a scalar is refused where the output is inferred
            return None
        channels, _ = channels_and_extents(shape, self.interleaving)
        if channels is not None and channels % self.channel_groups:
            raise ValueError(
                f"channel_groups must divide the input's {channels} channels, "
                f"not {self.channel_groups}"
            )
        return channels

    def infer_output(self, inputs: tuple[Shape | None, ...]) -> Shape | None:
        """Return the output's shape: its channels, and the extents the kernel leaves."""
        (shape,) = inputs
        rank = self._rank(shape)
        self._channels(shape)
        if rank is None:
            return None
        if shape is None:
            return join(self.output_channels, (None,) * rank, self.interleaving)
        _, extents = channels_and_extents(shape, self.interleaving)
        return join(self.output_channels, self._moved(rank, extents), self.interleaving)

    def _moved(self, rank: int, extents: Shape) -> Shape:
        return self.window(rank).slide(extents)

    def _kernel(self, shape: Shape | None) -> Shape:
        rank = self._rank(shape)
        # One unknown extent stands for the kernel axes while their number is unknown.
        return (None,) if rank is None else each(self.kernel_size, rank)

    def array_infos(self, inputs: tuple[Shape | None, ...]) -> Mapping[str, ArrayInfo]:
        """Return the rows of the kernels and biases."""
        row = self._weights(self._channels(inputs[0]), self._kernel(inputs[0]))
        rows = {"Weights": row}
        return rows | {"Biases": bias(self.output_channels)} if self.biases else rows

    def _slide(self, x: np.ndarray) -> np.ndarray:
        words = ("output", "input") if self.forward else ("input", "output")
        kernels = in_order(self.value("Weights"), self.layout, (*words, "kernel"))
        window = self.window(x.ndim - 2)
        out = (correlate if self.forward else transposed)(x, kernels, window, self.channel_groups)
        if self.biases:
            out = out + self.value("Biases").reshape(-1, *(1,) * (x.ndim - 2))
        return out

    @abc.abstractmethod
    def _weights(self, channels: int | None, kernel: Shape) -> ArrayInfo:
        """Return the row of the kernels for this many input channels."""


@dataclass(frozen=True, eq=False, repr=False)
class ConvolutionLayer(Kernels):
    r"""A convolution over 1, 2, 3 or more spatial axes; see `Kernels` for its fields.

    Arrays: Weights (output channels, input channels / channel_groups, \*kernel_size) and
    Biases (output channels).

    Examples
    --------
    >>> from netinit.nets import ConvolutionLayer
    >>> ConvolutionLayer(16, 3, input=(3, 32, 32)).output_shape
    (16, 30, 30)
    """

    def _weights(self, channels: int | None, kernel: Shape) -> ArrayInfo:
        inputs = None if channels is None else channels // self.channel_groups
        extents: dict[str, Shape] = {
            "output": (self.output_channels,), "input": (inputs,), "kernel": kernel,
        }  # fmt: skip
        # Each group maps its own inputs to its own outputs: one map of the stack.
        shape, layout = arrange(self.layout, extents, self.channel_groups)
        return ArrayInfo(shape, layout=layout)


@dataclass(frozen=True, eq=False, repr=False)
class DeconvolutionLayer(Kernels):
    r"""A transposed convolution over 1, 2, 3 or more spatial axes; see `Kernels`.

    Arrays: Weights (input channels, output channels / channel_groups, \*kernel_size) and
    Biases (output channels).
    """

    forward = False

    layout: ConvolutionOrder = "input_output_kernel"

    def _moved(self, rank: int, extents: Shape) -> Shape:
        return self.window(rank).spread(extents)

    def _weights(self, channels: int | None, kernel: Shape) -> ArrayInfo:
        extents: dict[str, Shape] = {
            "output": (self.output_channels // self.channel_groups,),
            "input": (channels,),
            "kernel": kernel,
        }
        shape, layout = arrange(self.layout, extents, self.channel_groups, stacked="input")
        return ArrayInfo(shape, layout=layout)


@dataclass(frozen=True, eq=False, repr=False)
class PoolingLayer(Sliding, NoArrays):
    """A layer that takes the largest, the mean or the sum of each window.

    Parameters
    ----------
    kernel_size : int or tuple
        The window's extent along every spatial axis, or along each.
    stride : int or tuple, default 1
        The step of the window.
    padding_size : int, tuple or "same", default 0
        Padding of the input, as a convolution's.
    function : {"max", "mean", "total"}, default "max"
        What is taken of each window; padding is zeros in a mean and a total.
    interleaving : bool, default False
        Whether the channels are the last axis rather than the first.
    """

    kernel_size: Sizes
    stride: Sizes = 1
    _: KW_ONLY
    padding_size: Padding = 0
    function: Annotated[str, word("max", "mean", "total")] = "max"
    interleaving: Flag = False

    def _numbers(self) -> tuple[Sizes, Sizes, Sizes, Padding]:
        return self.kernel_size, self.stride, 1, self.padding_size

    def _validate(self) -> None:
        self._rank(None)

    def _slide(self, x: np.ndarray) -> np.ndarray:
        return pool(x, self.window(x.ndim - 2), self.function)

    def infer_output(self, inputs: tuple[Shape | None, ...]) -> Shape | None:
        """Return the input's channels and the extents that the window leaves."""
        (shape,) = inputs
        rank = self._rank(shape)
        if shape is None or rank is None:
            return None
        channels, extents = channels_and_extents(shape, self.interleaving)
        return join(channels, self.window(rank).slide(extents), self.interleaving)
