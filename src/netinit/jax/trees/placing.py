"""Where the arrays of a tree are made: on which devices, and which part on each."""

# mypy: allow-untyped-calls
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jax
from jax.sharding import AbstractMesh, NamedSharding

from netinit.arrays.dtypes import array_dtype
from netinit.arrays.memory import aligned_empty
from netinit.arrays.slice import Slice
from netinit.parameters.parameter import Parameter

__all__ = ["Placing", "place_of"]

#: Where a part begins and ends along each axis.
_Spans = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Placing:
    """One array that is to be made.

    Attributes
    ----------
    shape : tuple of int
    dtype : str
    sharding : jax.sharding.Sharding or None
        None for JAX's default device, to which the array is not tied.
    """

    shape: tuple[int, ...]
    dtype: str
    sharding: Any

    def memory(self) -> Mapping[_Spans, Slice]:
        """Return new memory for each part that a device of this process holds."""
        whole = tuple((0, n) for n in self.shape)
        spans = {whole: None}
        if self.sharding is not None:
            held = self.sharding.addressable_devices_indices_map(self.shape)
            spans = {self._spans(index): None for index in held.values()}
        return {part: self._slice(part) for part in spans}

    def make(self, memory: Mapping[_Spans, Slice]) -> jax.Array:
        """Return the array whose parts have been filled; the memory is JAX's from then on."""
        dtype = array_dtype(self.dtype)
        arrays = {part: filled.array.view(dtype) for part, filled in memory.items()}
        if self.sharding is None:
            (whole,) = arrays.values()
            alone: jax.Array = jax.device_put(whole)
            return alone
        made: jax.Array = jax.make_array_from_callback(
            self.shape, self.sharding, lambda index: arrays[self._spans(index)]
        )
        return made

    def _spans(self, index: Any) -> _Spans:
        """Return what JAX's index of a part means: a slice for each axis."""
        return tuple(cut.indices(n)[:2] for cut, n in zip(index, self.shape, strict=True))

    def _slice(self, part: _Spans) -> Slice:
        extents = tuple(stop - start for start, stop in part)
        memory = aligned_empty(extents, self.dtype)
        return Slice(memory, self.dtype, self.shape, [start for start, _ in part])


def place_of(parameter: Parameter) -> Placing:
    """Return where an array is made: as the given array is placed, or as its placeholder says.

    Raises
    ------
    TypeError
        If JAX has no float64 and one is asked for, or the sharding has no devices.
    ValueError
        If the array cannot be cut as the sharding says.
    """
    if parameter.dtype != jax.dtypes.canonicalize_dtype(array_dtype(parameter.dtype)).name:
        raise TypeError("float64 needs jax.config.update('jax_enable_x64', True)")
    shape = parameter.known_shape
    sharding = _sharding(parameter.target.value)
    if sharding is not None:
        sharding.shard_shape(shape)
    return Placing(shape, parameter.dtype, sharding)


def _sharding(value: Any) -> Any:
    """Return the sharding that a leaf asks for, or None."""
    if isinstance(value, jax.core.Tracer):
        return None
    if isinstance(value, jax.Array):
        return value.sharding if value.committed else None
    sharding = getattr(value, "sharding", None)
    if isinstance(sharding, NamedSharding) and isinstance(sharding.mesh, AbstractMesh):
        mesh = jax.sharding.get_mesh()
        if mesh.empty:
            raise TypeError("its sharding names no devices: set their mesh by jax.set_mesh")
        return NamedSharding(mesh, sharding.spec)
    return sharding
