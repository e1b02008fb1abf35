"""Where the arrays of a tree are made: on which devices, and which part on each."""

# mypy: allow-untyped-calls
from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jax
from jax.sharding import NamedSharding, Sharding, SingleDeviceSharding

from netinit.arrays.dtypes import DTYPES, array_dtype
from netinit.arrays.memory import aligned_empty
from netinit.arrays.slice import Slice
from netinit.jax.trees.shardings import concrete
from netinit.parameters.parameter import Parameter

__all__ = ["Placing", "place_of"]

#: Where a part begins and ends along each axis.
_Spans = tuple[tuple[int, int], ...]

#: Parts that are cuts of one block of memory, in order, each with the places it goes to.
_Group = list[tuple[_Spans, list[Any]]]

#: The size in bytes of the parts that may be filled together.
_SMALL = 32 << 20


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
    sharding: Sharding | None

    def parts(self) -> Iterator[tuple[Slice, _Group]]:
        """Give new memory for all that devices of this process hold, with the parts it is for."""
        for group in self._groups():
            (first, _), (last, _) = group[0], group[-1]
            whole = ((first[0][0], last[0][1]), *first[1:]) if first else ()
            extents = tuple(stop - start for start, stop in whole)
            memory = aligned_empty(extents, self.dtype)
            yield Slice(memory, self.dtype, self.shape, [start for start, _ in whole]), group

    def put(self, filled: Slice, group: _Group) -> list[jax.Array]:
        """Return the parts on their devices; the memory is JAX's from then on.

        A CPU's devices keep it as it is, replicas all the same: JAX writes to no memory that it
        was given, not even where it is donated.
        """
        array = filled.array.view(array_dtype(self.dtype))
        begin = group[0][0][0][0] if self.shape else 0
        cuts, places = [], []
        for part, where in group:
            cut = array[part[0][0] - begin : part[0][1] - begin] if part else array
            cuts += [cut] * len(where)
            places += where
        with jax.ensure_compile_time_eval():  # the arrays themselves, inside jit too
            to = None if self.sharding is None else places
            made: list[jax.Array] = jax.device_put(cuts, to, may_alias=True)
        return made

    def join(self, parts: Sequence[jax.Array]) -> jax.Array:
        """Return the array of which the devices of this process hold these parts."""
        if self.sharding is None:
            return parts[0]
        made: jax.Array = jax.make_array_from_single_device_arrays(
            self.shape, self.sharding, list(parts), dtype=array_dtype(self.dtype)
        )
        return made

    def _groups(self) -> Sequence[_Group]:
        """Return the parts, those that are filled at once together.

        Parts that follow one another along the first axis are cuts of one block of memory. Of
        a random orthogonal matrix each row costs much of what all do; but what is made beside
        the values grows with the block, so that large parts are made one by one.
        """
        groups: list[_Group] = []
        for part, places in sorted(self._held().items(), key=lambda held: (held[0][1:], held[0])):
            size = math.prod(stop - start for start, stop in part) * DTYPES[self.dtype]
            before = groups[-1][-1][0] if groups else ()
            follows = before and before[0][1] == part[0][0] and before[1:] == part[1:]
            if follows and size <= _SMALL:
                groups[-1].append((part, places))
            else:
                groups.append([(part, places)])
        return groups

    def _held(self) -> Mapping[_Spans, list[Any]]:
        """Return what devices of this process hold: each part, with the places of its replicas."""
        if self.sharding is None:
            return {tuple((0, n) for n in self.shape): [None]}
        held: dict[_Spans, list[Any]] = {}
        devices: Mapping[Any, Any] = self.sharding.addressable_devices_indices_map(self.shape)
        for device, index in devices.items():
            part = tuple(cut.indices(n)[:2] for cut, n in zip(index, self.shape, strict=True))
            place = SingleDeviceSharding(device, memory_kind=self.sharding.memory_kind)
            held.setdefault(part, []).append(place)
        return held


def place_of(parameter: Parameter, sharding: Any) -> Placing:
    """Return where an array is made.

    Parameters
    ----------
    parameter : Parameter
    sharding : Sharding, PartitionSpec or None
        None for where the given array is, or its placeholder says.

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
    wanted = concrete(_own(parameter.target.value) if sharding is None else sharding)
    if isinstance(wanted, NamedSharding) and len(wanted.spec) > len(shape):
        raise ValueError(
            f"its sharding says {wanted.spec}, with more axes than its shape has, {shape}"
        )
    if wanted is not None:
        wanted.shard_shape(shape)
    return Placing(shape, parameter.dtype, wanted)


def _own(value: Any) -> Any:
    """Return the sharding that a leaf asks for, or None."""
    if isinstance(value, jax.core.Tracer):
        return None
    if isinstance(value, jax.Array):
        return value.sharding if value.committed else None
    return getattr(value, "sharding", None)
