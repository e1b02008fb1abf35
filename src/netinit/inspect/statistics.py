"""Numbers of an array that flows through a net."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["Moments", "dead_units", "moments", "saturated_share"]


@dataclass(frozen=True, slots=True)
class Moments:
    """The mean, the standard deviation and the second moment of an array's elements.

    Attributes
    ----------
    mean, std, second : float
        Computed in float64; NaN or infinite where an element is.
    """

    mean: float
    std: float
    second: float

    @property
    def rms(self) -> float:
        """The root of the second moment."""
        return float(np.sqrt(self.second))


def moments(array: np.ndarray) -> Moments:
    """Return the moments of an array's elements."""
    with np.errstate(all="ignore"):
        values = array.astype(np.float64).ravel()
        mean = float(values.mean()) if values.size else float("nan")
        second = float(np.square(values).mean()) if values.size else float("nan")
        return Moments(mean, float(values.std()) if values.size else float("nan"), second)


def dead_units(array: np.ndarray, axis: int) -> float:
    """Return the share of the units, which an axis counts, that are 0 for every example."""
    units = np.moveaxis(array, axis, 0).reshape(array.shape[axis], -1) if array.ndim else array
    return float((units == 0).all(axis=-1).mean()) if array.ndim and array.size else 0.0


#: Where a function is flat: beyond these its slope is less than a tenth of the greatest.
_FLAT = {
    "tanh": (-0.9487, 0.9487),
    "sigmoid": (0.0257, 0.9743),
    "logsigmoid": (-np.inf, np.inf),
    "softsign": (-0.6838, 0.6838),
    "hardtanh": (-1.0, 1.0),
    "hardsigmoid": (0.0, 1.0),
}


def saturated_share(array: np.ndarray, function: str) -> float | None:
    """Return the share of a function's outputs where it is flat; None for other functions.

    Flat is where the slope is less than a tenth of the greatest.
    """
    bounds = _FLAT.get(function.casefold().replace("_", ""))
    if bounds is None or not array.size:
        return None
    low, high = bounds
    return float(((array <= low) | (array >= high)).mean())
