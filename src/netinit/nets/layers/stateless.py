"""Layers without arrays: they only pass shapes on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np

from netinit.nets.evaluation import as_vectors
from netinit.nets.fields import Axes, InputShape, Number, OptionalAxes, Size, word
from netinit.nets.layer import Leaf, Unary
from netinit.nets.layers.elementwise import FUNCTIONS as COMPUTED
from netinit.nets.layers.elementwise import softmax
from netinit.nets.shapes import Shape, axes_of, product, show

__all__ = [
    "AggregationLayer",
    "DropoutLayer",
    "ElementwiseLayer",
    "FlattenLayer",
    "ReplicateLayer",
    "ReshapeLayer",
    "SequenceIndicesLayer",
    "SequenceLastLayer",
    "SequenceReverseLayer",
    "SoftmaxLayer",
    "SummationLayer",
    "TransposeLayer",
]


#: The functions of one element that a net can name.
FUNCTIONS = word(
    *("abs", "cos", "elu", "exp", "gelu", "hard_sigmoid", "hard_tanh", "leaky_ramp", "log"),
    *("logistic_sigmoid", "mish", "ramp", "selu", "sin", "soft_plus", "soft_sign", "sqrt"),
    *("square", "swish", "tanh"),
    aliases={
        "relu": "ramp",
        "leaky_relu": "leaky_ramp",
        "sigmoid": "logistic_sigmoid",
        "silu": "swish",
    },
)


class NoArrays(Leaf):
    """A layer without arrays: nothing inside it can be read or set."""

    def at(self, path: tuple[str | int, ...]) -> Any:
        """Return the layer itself; raise KeyError for anything in it."""
        if path:
            raise KeyError(f"{type(self).__name__} has no arrays, so there is no {path[0]!r}")
        return self

    def put(self, path: tuple[str | int, ...], value: object) -> None:
        """Raise KeyError: there is nothing to set."""
        if not path:
            raise TypeError("a net's layers cannot be replaced; make a new net of them")
        self.at(path)


@dataclass(frozen=True, eq=False, repr=False)
class Through(Unary, NoArrays):
    """A layer without arrays whose output has the input's shape."""

    def infer_output(self, inputs: tuple[Shape | None, ...]) -> Shape | None:
        """Return the input's shape."""
        return inputs[0]


@dataclass(frozen=True, eq=False, repr=False)
class ElementwiseLayer(Through):
    """A function of each element.

    Parameters
    ----------
    function : str
        The function's name, such as "ramp" (or "relu"), "tanh", "logistic_sigmoid", "gelu".
    """

    function: Annotated[str, FUNCTIONS]

    def compute(self, *inputs: np.ndarray) -> np.ndarray:
        """Return the function of each element."""
        return COMPUTED[self.function](inputs[0])


@dataclass(frozen=True, eq=False, repr=False)
class SoftmaxLayer(Through):
    """The softmax along the last axis."""

    def compute(self, *inputs: np.ndarray) -> np.ndarray:
        """Return the softmax; of a scalar it is 1."""
        (x,) = inputs
        return softmax(x) if x.ndim > 1 else np.ones_like(x)


@dataclass(frozen=True, eq=False, repr=False)
class DropoutLayer(Through):
    """A layer that drops elements in training; applied to arrays it hands them on.

    Parameters
    ----------
    probability : float, default 0.5
        The probability with which an element is dropped.
    """

    probability: Number = 0.5

    def _validate(self) -> None:
        if self.probability > 1:
            raise ValueError(
                f"DropoutLayer: probability must be at most 1, not {self.probability!r}"
            )

    def compute(self, *inputs: np.ndarray) -> np.ndarray:
        """Return the input."""
        return inputs[0]


@dataclass(frozen=True, eq=False, repr=False)
class SequenceReverseLayer(Through):
    """A sequence from its end to its beginning."""

    def compute(self, *inputs: np.ndarray) -> np.ndarray:
        """Return the elements in the other order."""
        return inputs[0][:, ::-1]


@dataclass(frozen=True, eq=False, repr=False)
class SequenceLastLayer(Unary, NoArrays):
    """The last element of a sequence."""

    def infer_output(self, inputs: tuple[Shape | None, ...]) -> Shape | None:
        """Return the shape of one element."""
        return _rest(inputs[0])

    def compute(self, *inputs: np.ndarray) -> np.ndarray:
        """Return the last element."""
        return inputs[0][:, -1]


@dataclass(frozen=True, eq=False, repr=False)
class SequenceIndicesLayer(Unary, NoArrays):
    """The positions in a sequence, from 0."""

    takes_indices = True

    def infer_output(self, inputs: tuple[Shape | None, ...]) -> Shape | None:
        """Return the shape of a vector of the sequence's length."""
        (shape,) = inputs
        _rest(shape)
        return (None,) if shape is None else shape[:1]

    def compute(self, *inputs: np.ndarray) -> np.ndarray:
        """Return 0, 1, ... for every example."""
        batch, length = inputs[0].shape[:2]
        return np.broadcast_to(np.arange(length), (batch, length))


@dataclass(frozen=True, eq=False, repr=False)
class FlattenLayer(Unary, NoArrays):
    """All elements of an array as one vector."""

    def infer_output(self, inputs: tuple[Shape | None, ...]) -> Shape | None:
        """Return the vector's shape."""
        (shape,) = inputs
        return (None if shape is None else product(shape),)

    def compute(self, *inputs: np.ndarray) -> np.ndarray:
        """Return the vector."""
        return as_vectors(inputs[0])


@dataclass(frozen=True, eq=False, repr=False)
class ReshapeLayer(Unary, NoArrays):
    """The elements of an array in another shape of as many elements.

    Parameters
    ----------
    output : int or tuple
        The output's shape.
    """

    output: InputShape

    def _validate(self) -> None:
        if self.output is None:
            raise ValueError("ReshapeLayer: output must be a shape, not None")

    def infer_output(self, inputs: tuple[Shape | None, ...]) -> Shape | None:
        """Return the given shape."""
        (shape,) = inputs
        output: Shape = self.output  # type: ignore[assignment]
        before, after = None if shape is None else product(shape), product(output)
        if None not in (before, after) and before != after:
            raise ValueError(f"{show(shape)} cannot become {show(output)}: {before} elements")
        return output

    def compute(self, *inputs: np.ndarray) -> np.ndarray:
        """Return the elements in the new shape, whose one unknown extent follows from them."""
        output: Shape = self.output  # type: ignore[assignment]
        extents = [-1 if extent is None else extent for extent in output]
        return inputs[0].reshape(len(inputs[0]), *extents)


@dataclass(frozen=True, eq=False, repr=False)
class TransposeLayer(Unary, NoArrays):
    """The axes of an array in another order.

    Parameters
    ----------
    axes : tuple
        For each axis of the output the axis of the input that it is.
    """

    axes: Axes = (1, 0)

    def infer_output(self, inputs: tuple[Shape | None, ...]) -> Shape | None:
        """Return the input's extents in the new order."""
        (shape,) = inputs
        if shape is None:
            return None
        axes = (self.axes,) if isinstance(self.axes, int) else self.axes
        if len(axes_of("axes", axes, len(shape))) != len(shape):
            raise ValueError(f"axes must name all {len(shape)} axes, not {list(axes)}")
        return tuple(shape[axis] for axis in axes)

    def compute(self, *inputs: np.ndarray) -> np.ndarray:
        """Return the array with its axes in the new order."""
        axes = (self.axes,) if isinstance(self.axes, int) else self.axes
        rank = inputs[0].ndim - 1
        return inputs[0].transpose(0, *(axis % rank + 1 for axis in axes))


@dataclass(frozen=True, eq=False, repr=False)
class AggregationLayer(Unary, NoArrays):
    """The largest, the least, the mean or the sum of an array along some axes.

    Parameters
    ----------
    function : {"max", "min", "mean", "total"}
        What is taken.
    axes : int or tuple, optional
        The axes that go; not given: all after the first.
    """

    function: Annotated[str, word("max", "min", "mean", "total")] = "max"
    axes: OptionalAxes = None

    def infer_output(self, inputs: tuple[Shape | None, ...]) -> Shape | None:
        """Return the extents of the axes that stay."""
        (shape,) = inputs
        if shape is None:
            return None
        gone: Sequence[int] = range(1, len(shape))
        if self.axes is not None:
            gone = axes_of("axes", self.axes, len(shape))
        return tuple(extent for axis, extent in enumerate(shape) if axis not in gone)

    def compute(self, *inputs: np.ndarray) -> np.ndarray:
        """Return what is taken along the axes."""
        (x,) = inputs
        gone = range(1, x.ndim - 1) if self.axes is None else axes_of("axes", self.axes, x.ndim - 1)
        take = {"max": np.max, "min": np.min, "mean": np.mean, "total": np.sum}[self.function]
        axes = tuple(axis + 1 for axis in gone)
        out: np.ndarray = take(x, axis=axes)  # type: ignore[operator]
        return out


@dataclass(frozen=True, eq=False, repr=False)
class SummationLayer(Unary, NoArrays):
    """The sum of all elements."""

    def infer_output(self, inputs: tuple[Shape | None, ...]) -> Shape | None:
        """Return the shape of a scalar."""
        return ()

    def compute(self, *inputs: np.ndarray) -> np.ndarray:
        """Return the sum."""
        out: np.ndarray = as_vectors(inputs[0]).sum(1)
        return out


@dataclass(frozen=True, eq=False, repr=False)
class ReplicateLayer(Unary, NoArrays):
    """An array repeated along a new first axis.

    Parameters
    ----------
    count : int
        How many times.
    """

    count: Size

    def infer_output(self, inputs: tuple[Shape | None, ...]) -> Shape | None:
        """Return the input's shape after the new axis."""
        (shape,) = inputs
        return None if shape is None else (self.count, *shape)

    def compute(self, *inputs: np.ndarray) -> np.ndarray:
        """Return the copies."""
        return np.repeat(inputs[0][:, None], self.count, axis=1)


def _rest(shape: Shape | None) -> Shape | None:
    """Return the shape of one element of a sequence of `shape`."""
    if shape == ():
        raise ValueError("the input must be a sequence, but it is a scalar")
    return None if shape is None else shape[1:]
