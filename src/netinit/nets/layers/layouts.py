"""Orders of a weight array's axes, by words: "output_input", "kernel_input_output", ...

A layout is the words of the axes joined by underscores. A dense weight has the axes output
and input; a convolution's also the kernel, which stands for all kernel axes together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import permutations
from typing import Annotated, Any

import numpy as np

from netinit.nets.fields import word
from netinit.nets.shapes import Shape
from netinit.shapes.layout import Layout

__all__ = ["ConvolutionOrder", "DenseOrder", "arrange", "in_order"]


def _orders(*axes: str) -> Callable[[str, Any], str]:
    return word(*("_".join(order) for order in permutations(axes)))


#: "output_input" or "input_output".
DenseOrder = Annotated[str, _orders("output", "input")]

#: Any order of output, input and kernel.
ConvolutionOrder = Annotated[str, _orders("output", "input", "kernel")]


def arrange(
    order: str, extents: Mapping[str, Shape], stack: int = 1, stacked: str = "output"
) -> tuple[Shape, Layout]:
    """Return the shape and layout of a weight whose axes stand in `order`.

    `extents` gives the extents of each word's axes; `stack` maps are packed along the axis
    of the word `stacked`.
    """
    shape: Shape = ()
    axes: dict[str, tuple[int, ...]] = {}
    for name in order.split("_"):
        start = len(shape)
        shape += extents[name]
        axes[name] = tuple(range(start, len(shape)))
    layout = Layout(axes["output"], axes["input"], stack=stack, stack_axis=axes[stacked][0])
    return shape, layout


def in_order(array: np.ndarray, order: str, wanted: Sequence[str]) -> np.ndarray:
    """Return a view of a weight whose axes stand in `order`, with the axes as wanted."""
    words = order.split("_")
    axes: dict[str, tuple[int, ...]] = {}
    start = 0
    for name in words:
        count = array.ndim - len(words) + 1 if name == "kernel" else 1
        axes[name] = tuple(range(start, start + count))
        start += count
    return array.transpose([axis for name in wanted for axis in axes[name]])
