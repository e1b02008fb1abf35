"""BatchNormalizationLayer and NormalizationLayer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Annotated, Any

import numpy as np

from netinit.initializers.distributions import Constant
from netinit.nets.array_layer import ArrayInfo, ArrayLayer
from netinit.nets.fields import Flag, Number, OptionalAxes, OptionalSize, axes, word
from netinit.nets.layer import Unary
from netinit.nets.shapes import Shape, axes_of, show

__all__ = ["BatchNormalizationLayer", "NormalizationLayer"]


def scaling_info(shape: Shape) -> ArrayInfo:
    """Return the row of a scaling, which starts at 1 whatever the method."""
    return ArrayInfo(shape, role="scale", fixed=Constant(1.0))


def shift_info(shape: Shape) -> ArrayInfo:
    """Return the row of a normalization's biases, which start at 0 whatever the method."""
    return ArrayInfo(shape, role="shift", fixed=Constant(0.0))


def along(array: np.ndarray, axes: Sequence[int], rank: int) -> np.ndarray:
    """Return an array of the extents of some axes so that it fits examples of `rank` axes."""
    extents = dict(zip(axes, array.shape, strict=True))
    return array.reshape([extents.get(axis, 1) for axis in range(rank)])


def scaled_and_shifted(x: np.ndarray, arrays: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return what is normalized times the scaling plus the biases, where there are any."""
    out: np.ndarray = x * arrays.get("Scaling", 1) + arrays.get("Biases", 0)
    return out


@dataclass(frozen=True, eq=False, repr=False)
class BatchNormalizationLayer(Unary, ArrayLayer):
    """A layer that normalizes each channel over a batch, then scales and shifts it.

    Arrays: Scaling (channels) 1, Biases (channels) 0, and the buffers MovingMean (channels) 0
    and MovingVariance (channels) 1; these values hold whatever the method.

    Parameters
    ----------
    biases, scaling : bool, default True
        Whether there are biases, and a scaling.
    interleaving : bool, default False
        Whether the channels are the last axis of the input rather than the first.
    epsilon : float, default 0.001
        What is added to the variance.
    momentum : float, default 0.9
        How much of the moving mean and variance stays at each step.
    """

    _: KW_ONLY
    biases: Flag = True
    scaling: Flag = True
    interleaving: Flag = False
    epsilon: Number = 0.001
    momentum: Number = 0.9

    def infer_output(self, inputs: tuple[Shape | None, ...]) -> Shape | None:
        """Return the input's shape."""
        (shape,) = inputs
        if shape == ():
            raise ValueError("the input must have a channel axis, but it is a scalar")
        return shape

    def array_infos(self, inputs: tuple[Shape | None, ...]) -> Mapping[str, ArrayInfo]:
        """Return the rows of the scaling, the biases and the moving statistics."""
        (shape,) = inputs
        channels = (None,) if not shape else (shape[-1 if self.interleaving else 0],)
        rows: dict[str, ArrayInfo] = {}
        if self.scaling:
            rows["Scaling"] = scaling_info(channels)
        if self.biases:
            rows["Biases"] = shift_info(channels)
        for name, value in (("MovingMean", 0.0), ("MovingVariance", 1.0)):
            rows[name] = ArrayInfo(channels, role="statistic", fixed=Constant(value), kind="buffer")
        return rows

    def compute(self, *inputs: np.ndarray) -> np.ndarray:
        """Return the input normalized by the moving statistics, scaled and shifted."""
        (x,) = inputs
        rank = x.ndim - 1
        axes = (rank - 1 if self.interleaving else 0,)
        arrays = {name: along(self.value(name), axes, rank) for name in self.infos}
        out = (x - arrays["MovingMean"]) / np.sqrt(arrays["MovingVariance"] + self.epsilon)
        return scaled_and_shifted(out, arrays)


def _scaled(what: str, value: object) -> Any:
    if isinstance(value, str):
        return word("complement", "same")(what, value)
    return axes(what, value)


@dataclass(frozen=True, eq=False, repr=False)
class NormalizationLayer(Unary, ArrayLayer):
    """A layer that normalizes its input over some axes, then scales and shifts it.

    Arrays: Scaling 1 and Biases 0, of the extents of the scaled axes; these values hold
    whatever the method. Layer normalization of the last axis is
    ``NormalizationLayer(-1, "same")``; RMS normalization adds ``method="rms", biases=False``.

    Parameters
    ----------
    aggregation : int or tuple, optional
        The axes over which mean and variance are taken; not given: all after the first.
    scaled : {"complement", "same"}, int or tuple, default "complement"
        The axes along which scaling and biases vary: all others, the same, or these.
    method : {"standardize", "rms"}, default "standardize"
        Whether mean and deviation are normalized, or the root mean square.
    groups : int, optional
        The number of groups into which the first of the aggregated axes is split; each has
        statistics of its own. Group normalization of images is
        ``NormalizationLayer((0, 1, 2), 0, groups=32)``.
    biases, scaling : bool, default True
        Whether there are biases, and a scaling.
    epsilon : float, default 0.001
        What is added to the variance.
    """

    aggregation: OptionalAxes = None
    scaled: Annotated[str | int | tuple[int, ...], _scaled] = "complement"
    _: KW_ONLY
    method: Annotated[str, word("standardize", "rms")] = "standardize"
    groups: OptionalSize = None
    biases: Flag = True
    scaling: Flag = True
    epsilon: Number = 0.001

    def infer_output(self, inputs: tuple[Shape | None, ...]) -> Shape | None:
        """Return the input's shape."""
        (shape,) = inputs
        if shape is not None:
            self.scaled_axes(shape)
            extent = shape[self.aggregated(len(shape))[0]]
            if self.groups is not None and extent is not None and extent % self.groups:
                raise ValueError(f"groups must divide the extent {extent}, not {self.groups}")
        return shape

    def aggregated(self, rank: int) -> tuple[int, ...]:
        if self.aggregation is None:
            return tuple(range(1, rank))
        return axes_of("aggregation", self.aggregation, rank)

    def scaled_axes(self, shape: Shape) -> tuple[int, ...]:
        rank = len(shape)
        aggregated = self.aggregated(rank)
        if not aggregated:
            raise ValueError(
                f"an input of shape {show(shape)} has no axis to normalize over; "
                "aggregation=-1 normalizes over the last"
            )
        if self.scaled == "same":
            return aggregated
        if self.scaled == "complement":
            return tuple(axis for axis in range(rank) if axis not in aggregated)
        return axes_of("scaled", self.scaled, rank)  # type: ignore[arg-type]

    def array_infos(self, inputs: tuple[Shape | None, ...]) -> Mapping[str, ArrayInfo]:
        """Return the rows of the scaling and the biases."""
        (shape,) = inputs
        extents: Shape = (None,)
        if shape is not None:
            extents = tuple(shape[axis] for axis in self.scaled_axes(shape))
        rows: dict[str, ArrayInfo] = {}
        if self.scaling:
            rows["Scaling"] = scaling_info(extents)
        if self.biases:
            rows["Biases"] = shift_info(extents)
        return rows

    def compute(self, *inputs: np.ndarray) -> np.ndarray:
        """Return the input normalized over the aggregated axes, scaled and shifted."""
        (x,) = inputs
        rank = x.ndim - 1
        first, *others = (axis + 1 for axis in self.aggregated(rank))
        groups = self.groups or 1
        split = x.reshape(*x.shape[:first], groups, -1, *x.shape[first + 1 :])
        axes = (first + 1, *(axis + 1 for axis in others))
        if self.method == "standardize":
            split = split - split.mean(axes, keepdims=True)
        size = np.square(split).mean(axes, keepdims=True)
        out = (split / np.sqrt(size + self.epsilon)).reshape(x.shape)
        scaled = self.scaled_axes(x.shape[1:])
        arrays = {name: along(self.value(name), scaled, rank) for name in self.infos}
        return scaled_and_shifted(out, arrays)
