"""Memory of a layer's arrays: where it comes from and how values go in and out.

Elements of types that numpy lacks (bfloat16, float8) are kept as unsigned integers holding
their bits and are read as the float32 numbers that they are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from netinit.arrays.memory import aligned_empty
from netinit.arrays.narrow import NARROW, read_numbers, write_numbers

__all__ = ["Held", "hold"]


@dataclass(frozen=True, slots=True)
class Held:
    """An initialized array: its memory and the type that the memory stands for."""

    memory: np.ndarray
    dtype: str

    def read(self) -> np.ndarray:
        """Return the array itself; of a type that numpy lacks a float32 array of its values."""
        return read_numbers(self.memory, self.dtype)

    def copy(self) -> Held:
        """Return the same values in memory of their own."""
        memory = aligned_empty(self.memory.shape, self.dtype)
        memory[...] = self.memory
        return Held(memory, self.dtype)


def hold(what: str, value: object, shape: tuple[int, ...], dtype: str) -> Held:
    """Return `value` copied into an array of `shape` and `dtype`, or raise naming `what`."""
    array = np.asarray(value)
    if array.dtype.kind not in "fiu" and array.dtype.name not in NARROW:
        raise TypeError(f"{what} must be an array of real numbers, not of {array.dtype}")
    if array.shape != shape:
        raise ValueError(f"{what} must have shape {shape}, not {array.shape}")
    memory = aligned_empty(shape, dtype)
    write_numbers(memory, array, dtype)
    return Held(memory, dtype)
