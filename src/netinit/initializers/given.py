"""Arrays whose values are given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from netinit.arrays.dtypes import STORAGE, STORED
from netinit.arrays.narrow import write_numbers
from netinit.arrays.slice import Slice
from netinit.initializers.base import Initializer
from netinit.streams.stream import Stream

__all__ = ["Given"]


#: Arrays of more elements than this are no part of a recipe.
_RECIPE = 4096


@dataclass(frozen=True, slots=True, eq=False)
class Given(Initializer):
    """The values of an array, broadcast to the shape of the one that is filled.

    Parameters
    ----------
    array : array_like
        Real numbers; a copy is kept. Its shape must broadcast to that of the whole array.

    Raises
    ------
    TypeError
        If it is not an array of real numbers.
    ValueError
        When filling, if the shapes do not fit.

    Examples
    --------
    >>> import netinit
    >>> netinit.create((2, 3), netinit.initializers.Given([1, 2, 3]))
    array([[1., 2., 3.],
           [1., 2., 3.]], dtype=float32)
    """

    raw: ClassVar[bool] = True

    array: Any

    def __post_init__(self) -> None:
        try:
            array = np.array(self.array, np.float64)
        except (TypeError, ValueError) as error:
            raise TypeError(f"array must be real numbers: {error}") from None
        array.flags.writeable = False
        object.__setattr__(self, "array", array)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Given) and np.array_equal(self.array, other.array)

    def __hash__(self) -> int:
        return hash((self.array.shape, self.array.tobytes()))

    @property
    def mean(self) -> float | None:
        """The mean of the array's elements; None for an empty one."""
        return float(self.array.mean()) if self.array.size else None

    @property
    def std(self) -> float | None:
        """The standard deviation of the array's elements; None for an empty one."""
        return float(self.array.std()) if self.array.size else None

    @property
    def constant(self) -> bool:
        """Whether all elements are equal."""
        return bool((self.array == self.array.flat[0]).all()) if self.array.size else True

    def check_shape(self, shape: tuple[int, ...]) -> None:
        """Raise ValueError unless the array broadcasts to `shape`."""
        try:
            np.broadcast_to(self.array, shape)
        except ValueError:
            raise ValueError(
                f"a given array of shape {self.array.shape} does not broadcast to {shape}"
            ) from None

    def check_dtype(self, dtype: str) -> None:
        """Raise ValueError if the type is one of integers, and does not hold the numbers."""
        if dtype not in STORED:
            return
        held = STORAGE[dtype].name == dtype
        with np.errstate(invalid="ignore"):
            held = held and np.array_equal(self.array.astype(dtype).astype(float), self.array)
        if not held:
            raise ValueError(f"{self} has numbers that {dtype} does not hold")

    def fill(self, out: Slice, stream: Stream, threads: int | None = None) -> None:
        """Fill a slice of an array from a stream."""
        values = np.broadcast_to(self.array, out.shape)
        write_numbers(out.array, values[out.index()], out.dtype)

    def to_json(self) -> dict[str, Any]:
        """Return the initializer as it is written in a recipe.

        Raises
        ------
        TypeError
            If the array is too large for one, or has elements that are not finite.
        """
        array = _smallest(self.array)
        if array.size > _RECIPE or not np.isfinite(array).all():
            raise TypeError(
                f"{self} cannot be kept in a recipe: only up to {_RECIPE} finite numbers can"
            )
        return {"pattern": "given", "values": array.tolist()}

    def __str__(self) -> str:
        return f"Given(array of shape {self.array.shape})"


def _smallest(array: np.ndarray) -> np.ndarray:
    """Return the smallest array that broadcasts to `array`, in every bit."""
    bits = array.view(np.uint64)  # -0 and 0 are equal as numbers
    for axis in range(array.ndim if array.size else 0):
        first = bits.take([0], axis)
        if (bits == first).all():
            bits = first
    return bits.view(np.float64)
