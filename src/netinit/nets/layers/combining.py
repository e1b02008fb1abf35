"""Layers without arrays that combine several inputs, and attention."""

from __future__ import annotations

import functools
from dataclasses import KW_ONLY, dataclass
from typing import Annotated

import numpy as np

from netinit.nets.fields import Flag, Size, integer, word
from netinit.nets.layers.elementwise import softmax
from netinit.nets.layers.stateless import NoArrays
from netinit.nets.shapes import Shape, merge, show

__all__ = ["AttentionLayer", "CatenateLayer", "DotLayer", "ThreadingLayer", "TotalLayer"]


@dataclass(frozen=True, eq=False, repr=False)
class Elementwise(NoArrays):
    """A layer of any number of inputs of one shape, which is the output's too."""

    @property
    def arity(self) -> None:
        """Any number of inputs."""
        return

    def infer_output(self, inputs: tuple[Shape | None, ...]) -> Shape | None:
        """Return what all inputs say of their one shape."""
        shape: Shape | None = None
        for number, given in enumerate(inputs):
            shape = merge(f"input {number}", shape, given)
        return shape


@dataclass(frozen=True, eq=False, repr=False)
class TotalLayer(Elementwise):
    """The sum of its inputs."""

    def compute(self, *inputs: np.ndarray) -> np.ndarray:
        """Return the sum."""
        return functools.reduce(np.add, inputs)


@dataclass(frozen=True, eq=False, repr=False)
class ThreadingLayer(Elementwise):
    """A function of the inputs' elements, position by position.

    Parameters
    ----------
    function : {"plus", "times", "subtract", "divide", "power", "max", "min"}
        The function.
    """

    function: Annotated[str, word("plus", "times", "subtract", "divide", "power", "max", "min")]

    def compute(self, *inputs: np.ndarray) -> np.ndarray:
        """Return the function of the first two, of that and the third, and so on."""
        names = {"plus": "add", "times": "multiply", "max": "maximum", "min": "minimum"}
        function = getattr(np, names.get(self.function, self.function))
        out: np.ndarray = functools.reduce(function, inputs)
        return out


def _axis(what: str, value: object) -> int:
    return integer(what, value, -64, 63)


@dataclass(frozen=True, eq=False, repr=False)
class CatenateLayer(NoArrays):
    """Its inputs one after another along an axis.

    Parameters
    ----------
    axis : int, default 0
        The axis.
    """

    axis: Annotated[int, _axis] = 0

    @property
    def arity(self) -> None:
        """Any number of inputs."""
        return

    def infer_output(self, inputs: tuple[Shape | None, ...]) -> Shape | None:
        """Return the inputs' common shape with their extents along the axis added."""
        rest: Shape | None = None
        total: int | None = 0
        for number, shape in enumerate(inputs):
            if shape is None:
                total = None
                continue
            if not -len(shape) <= self.axis < len(shape):
                raise ValueError(f"input {number} of shape {show(shape)} has no axis {self.axis}")
            axis = self.axis % len(shape)
            extent = shape[axis]
            total = None if total is None or extent is None else total + extent
            others = (*shape[:axis], None, *shape[axis + 1 :])
            rest = merge(f"input {number} beside axis {axis}", rest, others)
        if rest is None:
            return None
        axis = self.axis % len(rest)
        return (*rest[:axis], total, *rest[axis + 1 :])

    def compute(self, *inputs: np.ndarray) -> np.ndarray:
        """Return the inputs joined."""
        return np.concatenate(inputs, axis=self.axis if self.axis < 0 else self.axis + 1)


@dataclass(frozen=True, eq=False, repr=False)
class DotLayer(NoArrays):
    """The product of two arrays over the first's last axis and the second's first."""

    @property
    def arity(self) -> int:
        """Two inputs."""
        return 2

    def infer_output(self, inputs: tuple[Shape | None, ...]) -> Shape | None:
        """Return the axes of both inputs but those that are summed over."""
        left, right = inputs
        if () in inputs:
            raise ValueError("the inputs must have axes, but one is a scalar")
        if left is None or right is None:
            return None
        merge("the first axis of input 1", left[-1:], right[:1])
        return left[:-1] + right[1:]

    def compute(self, *inputs: np.ndarray) -> np.ndarray:
        """Return the product for each example."""
        left, right = inputs
        batch, middle = right.shape[:2]
        out: np.ndarray = left.reshape(batch, -1, middle) @ right.reshape(batch, middle, -1)
        return out.reshape(batch, *left.shape[1:-1], *right.shape[2:])


@dataclass(frozen=True, eq=False, repr=False)
class AttentionLayer(NoArrays):
    """Attention of queries to keys; its inputs are the keys, the values and the queries.

    Each input is a sequence of vectors; the output has the queries' length and the values'
    vector size. The scores are q.k / sqrt(size of a head's keys).

    Parameters
    ----------
    heads : int, default 1
        The number of heads that the vectors are split into.
    mask : {"none", "causal"}, default "none"
        Whether a query attends to the positions after its own.
    packed : bool, default False
        Whether queries, keys and values come as one input, one after another in each vector.
    """

    heads: Size = 1
    _: KW_ONLY
    mask: Annotated[str, word("none", "causal")] = "none"
    packed: Flag = False

    @property
    def arity(self) -> int:
        """Keys, values and queries; or one input that packs them."""
        return 1 if self.packed else 3

    def infer_output(self, inputs: tuple[Shape | None, ...]) -> Shape | None:
        """Return the queries' length with the values' vector size."""
        for shape in inputs:
            if shape is not None and len(shape) != 2:
                raise ValueError(f"the inputs must be sequences of vectors, not {show(shape)}")
        if self.packed:
            return self._unpack(inputs[0])
        keys, values, queries = (shape or (None, None) for shape in inputs)
        merge("the values' length", keys[:1], values[:1])
        merge("the queries' vectors", keys[1:], queries[1:])
        self._split(keys[1])
        self._split(values[1])
        return (queries[0], values[1])

    def _unpack(self, shape: Shape | None) -> Shape:
        length, width = shape or (None, None)
        if width is None:
            return (length, None)
        if width % 3:
            raise ValueError(f"{width} is not three vectors of one size")
        self._split(width // 3)
        return (length, width // 3)

    def _split(self, width: int | None) -> None:
        if width is not None and width % self.heads:
            raise ValueError(f"heads must divide the vectors' size {width}, not {self.heads}")

    def compute(self, *inputs: np.ndarray) -> np.ndarray:
        """Return the values' means for each query, by the softmax of the scores."""
        if self.packed:
            queries, keys, values = np.split(inputs[0], 3, axis=-1)
        else:
            keys, values, queries = inputs
        q, k, v = (self._heads(array) for array in (queries, keys, values))
        scores = q @ k.swapaxes(-1, -2) / np.sqrt(np.array(q.shape[-1], q.dtype))
        if self.mask == "causal":
            earlier = np.tri(*scores.shape[-2:]) > 0
            scores = np.where(earlier, scores, np.array(-np.inf, scores.dtype))
        out: np.ndarray = (softmax(scores) @ v).swapaxes(1, 2)
        return out.reshape(*out.shape[:2], -1)

    def _heads(self, x: np.ndarray) -> np.ndarray:
        """Return vectors split into heads: (examples, heads, positions, size of a head)."""
        return x.reshape(*x.shape[:2], self.heads, -1).swapaxes(1, 2)
