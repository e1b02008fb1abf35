"""Layers whose weights are one matrix: LinearLayer and EmbeddingLayer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass

import numpy as np

from netinit.nets.array_layer import ArrayInfo, ArrayLayer, bias
from netinit.nets.evaluation import as_vectors
from netinit.nets.fields import Count, Flag, OptionalSize, Size, Sizes
from netinit.nets.layer import Unary
from netinit.nets.layers.layouts import DenseOrder, arrange, in_order
from netinit.nets.shapes import Shape, known, product
from netinit.shapes.layout import Layout

__all__ = ["EmbeddingLayer", "LinearLayer"]


@dataclass(frozen=True, eq=False, repr=False)
class LinearLayer(Unary, ArrayLayer):
    """A dense layer, w.x + b; the whole input is one vector to it.

    Arrays: Weights (output, input) and Biases (output). An input of several axes is
    flattened; to act on each element of a sequence, put the layer in a NetMapOperator.

    Parameters
    ----------
    output : int or tuple
        The shape of the output; ``()`` is a scalar.
    biases : bool, default True
        Whether there are biases.
    stack : int, default 1
        How many maps of equal size are packed along the output: 3 for the query, key and
        value projections of attention in one matrix. Each has the fans of its own block.
    layout : str, default "output_input"
        The order of the weights' axes; "input_output" stores (input, output).

    Examples
    --------
    >>> from netinit.nets import LinearLayer
    >>> LinearLayer(2, input=5)
    LinearLayer(2): 5 -> 2; uninitialized: Weights 2 x 5, Biases 2
    """

    output: Sizes
    _: KW_ONLY
    biases: Flag = True
    stack: Size = 1
    layout: DenseOrder = "output_input"

    @property
    def _output(self) -> Shape:
        return (self.output,) if isinstance(self.output, int) else self.output

    def _validate(self) -> None:
        size = product(self._output) or 1
        if size % self.stack:
            raise ValueError(
                f"LinearLayer: stack must divide the output's size {size}, not {self.stack}"
            )
        super()._validate()

    def infer_output(self, inputs: tuple[Shape | None, ...]) -> Shape | None:
        """Return the output's shape, which depends on no input."""
        return self._output

    def array_infos(self, inputs: tuple[Shape | None, ...]) -> Mapping[str, ArrayInfo]:
        """Return the rows of the weights and biases."""
        (shape,) = inputs
        size_in = None if shape is None else product(shape)
        size_out = product(self._output)
        extents: dict[str, Shape] = {"output": (size_out,), "input": (size_in,)}
        weights, layout = arrange(self.layout, extents, self.stack)
        varies = shape is not None and known(shape) is None
        note = "the input's shape varies: NetMapOperator maps a layer over it" if varies else ""
        rows = {"Weights": ArrayInfo(weights, layout=layout, note=note)}
        return rows | {"Biases": bias(size_out)} if self.biases else rows

    def compute(self, *inputs: np.ndarray) -> np.ndarray:
        """Return w.x + b."""
        (x,) = inputs
        weights = in_order(self.value("Weights"), self.layout, ("input", "output"))
        out: np.ndarray = as_vectors(x) @ weights
        if self.biases:
            out = out + self.value("Biases")
        return out.reshape((len(x), *(known(self._output) or ())))


@dataclass(frozen=True, eq=False, repr=False)
class EmbeddingLayer(Unary, ArrayLayer):
    """A table of vectors, one for each class; the input holds indices of classes.

    Array: Weights (classes, size).

    Parameters
    ----------
    size : int
        The length of each vector.
    classes : int, optional
        The number of vectors; not given: unresolved.
    padding : int, optional
        The class whose vector is zero, if there is one.
    """

    takes_indices = True

    size: Size
    classes: OptionalSize = None
    _: KW_ONLY
    padding: Count = None

    def _validate(self) -> None:
        padding, classes = self.padding, self.classes
        if padding is not None and classes is not None and padding >= classes:
            raise ValueError(
                f"EmbeddingLayer: padding must be below classes ({self.classes}), "
                f"not {self.padding}"
            )
        super()._validate()

    def infer_output(self, inputs: tuple[Shape | None, ...]) -> Shape | None:
        """Return the input's shape with the vectors' axis after it."""
        (shape,) = inputs
        return None if shape is None else (*shape, self.size)

    def array_infos(self, inputs: tuple[Shape | None, ...]) -> Mapping[str, ArrayInfo]:
        """Return the row of the table."""
        # The fans are those of the output projection that often shares the table.
        layout = Layout((0,), (1,))
        row = ArrayInfo(
            (self.classes, self.size), role="embedding", layout=layout, zero_row=self.padding
        )
        return {"Weights": row}

    def compute(self, *inputs: np.ndarray) -> np.ndarray:
        """Return the vectors of the classes."""
        (classes,) = inputs
        table = self.value("Weights")
        numbers = classes.astype(np.int64)
        if classes.size and not (
            (numbers == classes).all() and numbers.min() >= 0 and numbers.max() < len(table)
        ):
            raise ValueError(
                f"EmbeddingLayer: classes are integers from 0 to {len(table) - 1}, "
                f"not {classes.min()} to {classes.max()}"
            )
        return table[numbers]
