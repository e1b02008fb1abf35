"""Layers that are an array, or act on each element by one.

ParametricRampLayer, ConstantPlusLayer, ConstantTimesLayer, ConstantArrayLayer and
NetArrayLayer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from netinit.initializers.distributions import Constant
from netinit.nets.array_layer import ArrayInfo, ArrayLayer
from netinit.nets.fields import Axes, InputShape
from netinit.nets.layer import Unary
from netinit.nets.layers.normalization import along, scaling_info, shift_info
from netinit.nets.shapes import Shape, axes_of
from netinit.shapes.layout import Layout

__all__ = [
    "ConstantArrayLayer",
    "ConstantPlusLayer",
    "ConstantTimesLayer",
    "NetArrayLayer",
    "ParametricRampLayer",
]


@dataclass(frozen=True, eq=False, repr=False)
class ParametricRampLayer(Unary, ArrayLayer):
    """A ramp whose slope for negative inputs is learned (PReLU).

    Array: Slope, of the extents of `axes`; it starts at 0.1 whatever the method.

    Parameters
    ----------
    axes : int or tuple, default 0
        The axes of the input along which the slope varies; ``()``: one slope for all.
    """

    axes: Axes = 0

    def infer_output(self, inputs: tuple[Shape | None, ...]) -> Shape | None:
        """Return the input's shape."""
        (shape,) = inputs
        if shape is not None:
            axes_of("axes", self.axes, len(shape))
        return shape

    def array_infos(self, inputs: tuple[Shape | None, ...]) -> Mapping[str, ArrayInfo]:
        """Return the row of the slope."""
        (shape,) = inputs
        extents: Shape
        if shape is None:
            extents = (None,) * (1 if isinstance(self.axes, int) else len(self.axes))
        else:
            extents = tuple(shape[axis] for axis in axes_of("axes", self.axes, len(shape)))
        return {"Slope": ArrayInfo(extents, role="slope", fixed=Constant(0.1))}

    def compute(self, *inputs: np.ndarray) -> np.ndarray:
        """Return what is positive as it is, and the rest times the slope."""
        (x,) = inputs
        axes = axes_of("axes", self.axes, x.ndim - 1)
        slope = along(self.value("Slope"), axes, x.ndim - 1)
        return np.where(x > 0, x, slope * x)


@dataclass(frozen=True, eq=False, repr=False)
class Same(Unary, ArrayLayer):
    """A layer whose output, and whose one array, has the input's shape."""

    def infer_output(self, inputs: tuple[Shape | None, ...]) -> Shape | None:
        """Return the input's shape."""
        return inputs[0]

    @staticmethod
    def _extents(inputs: tuple[Shape | None, ...]) -> Shape:
        return (None,) if inputs[0] is None else inputs[0]


@dataclass(frozen=True, eq=False, repr=False)
class ConstantPlusLayer(Same):
    """A layer that adds an array. Array: Biases, of the input's shape, 0 at the start."""

    def array_infos(self, inputs: tuple[Shape | None, ...]) -> Mapping[str, ArrayInfo]:
        """Return the row of the biases."""
        return {"Biases": shift_info(self._extents(inputs))}

    def compute(self, *inputs: np.ndarray) -> np.ndarray:
        """Return the sum."""
        out: np.ndarray = inputs[0] + self.value("Biases")
        return out


@dataclass(frozen=True, eq=False, repr=False)
class ConstantTimesLayer(Same):
    """A layer that multiplies by an array. Array: Scaling, of the input's shape, at first 1."""

    def array_infos(self, inputs: tuple[Shape | None, ...]) -> Mapping[str, ArrayInfo]:
        """Return the row of the scaling."""
        return {"Scaling": scaling_info(self._extents(inputs))}

    def compute(self, *inputs: np.ndarray) -> np.ndarray:
        """Return the product."""
        out: np.ndarray = inputs[0] * self.value("Scaling")
        return out


@dataclass(frozen=True, eq=False, repr=False)
class ConstantArrayLayer(ArrayLayer):
    """A layer without input whose output is an array.

    Array: Array. With two or more axes it is drawn as weights whose fan_in is the last axis
    (as an embedding's); with one or none it is filled as biases are.

    Parameters
    ----------
    output : int or tuple, optional
        The shape of the array; not given: unresolved.
    """

    output: InputShape = None

    @property
    def arity(self) -> int:
        """No inputs."""
        return 0

    def infer_output(self, inputs: tuple[Shape | None, ...]) -> Shape | None:
        """Return the array's shape."""
        return self.output  # type: ignore[return-value]

    def array_infos(self, inputs: tuple[Shape | None, ...]) -> Mapping[str, ArrayInfo]:
        """Return the row of the array."""
        if self.output is None:
            return {"Array": ArrayInfo((None,))}
        shape: Shape = self.output  # type: ignore[assignment]
        last = len(shape) - 1
        if last < 1:
            return {"Array": ArrayInfo(shape, role="bias")}
        return {"Array": ArrayInfo(shape, layout=Layout(tuple(range(last)), (last,)))}

    def compute(self, *inputs: np.ndarray) -> np.ndarray:
        """Return the array, as the one example of a batch."""
        return self.value("Array")[None]


@dataclass(frozen=True, eq=False, repr=False)
class NetArrayLayer(ConstantArrayLayer):
    """A layer without input whose output is a learned array; see `ConstantArrayLayer`."""
