"""Memory of a layer's arrays: where it comes from and how values go in and out.

bfloat16 elements, which numpy has no type for, are kept as uint16 holding their bits and are
read as the float32 numbers that they are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from netinit.bfloat16 import round_to_bfloat16, widen_bfloat16
from netinit.memory import aligned_empty

__all__ = ["Held", "hold"]


@dataclass(frozen=True, slots=True)
class Held:
    """An initialized array: its memory and the type that the memory stands for."""

    memory: np.ndarray
    dtype: str

    def read(self) -> np.ndarray:
        """Return the array itself; of bfloat16 a float32 array of the same values."""
        if self.dtype != "bfloat16":
            return self.memory
        return widen_bfloat16(self.memory)

    def copy(self) -> Held:
        """Return the same values in memory of their own."""
        memory = aligned_empty(self.memory.shape, self.dtype)
        memory[...] = self.memory
        return Held(memory, self.dtype)


def hold(what: str, value: object, shape: tuple[int, ...], dtype: str) -> Held:
    """Return `value` copied into an array of `shape` and `dtype`, or raise naming `what`."""
    array = np.asarray(value)
    if array.dtype.kind not in "fiu" and array.dtype.name != "bfloat16":
        raise TypeError(f"{what} must be an array of real numbers, not of {array.dtype}")
    if array.shape != shape:
        raise ValueError(f"{what} must have shape {shape}, not {array.shape}")
    memory = aligned_empty(shape, dtype)
    # A value beyond the dtype's range becomes infinite here, as in any numpy conversion.
    with np.errstate(over="ignore"):
        memory[...] = round_to_bfloat16(array) if dtype == "bfloat16" else array
    return Held(memory, dtype)
