# mypy: allow-untyped-calls
"""The primitive by which a JAX program asks for values: its rules for every transformation.

Two operands: the key's words, and which of the equal blocks is wanted that the whole array is
cut into. Both may have further axes in front, those of vmap. So a program holds a call, never
an array of values, and any device can make its own part alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax._src.dispatch import prim_requires_devices_during_lowering  # JAX has no public name
from jax._src.mesh import get_concrete_mesh  # the public one refuses under vmap
from jax.experimental.custom_partitioning import custom_partitioning
from jax.extend.core import Primitive
from jax.interpreters import batching, mlir
from jax.sharding import NamedSharding, PartitionSpec

from netinit.initializers.base import Initializer
from netinit.jax import foreign
from netinit.jax.host import empty, fill_blocks, recipe_of

__all__ = ["fill", "fill_host"]

_fill_p = Primitive("netinit_fill")


def fill(words: Any, index: Any, **parameters: Any) -> jax.Array:
    """Return the blocks `index` of the arrays of the keys `words`.

    Parameters
    ----------
    words, index : array
        As for `netinit.jax.host.fill_blocks`.
    **parameters
        `rule`; `shape`, the whole array's; `part`, the shape of a block; `dtype`, a numpy one.
    """
    filled: jax.Array = _fill_p.bind(words, index, **parameters)
    return filled


def fill_host(
    words: Any, index: Any, *, rule: Initializer, shape: Any, part: Any, dtype: Any
) -> Any:
    """Return the filled blocks in new memory of the host."""
    words, index = np.asarray(words), np.asarray(index)
    out = empty((*words.shape[:-1], *part), dtype)
    fill_blocks(out, words, index, rule, shape)
    return out


def _eager(words: Any, index: Any, **parameters: Any) -> jax.Array:
    out = fill_host(words, index, **parameters)
    # The memory is given away, so the array may be made of it.
    made: jax.Array = jax.device_put(out, _place(words), may_alias=True)
    return made


def _place(words: Any) -> Any:
    """Return where JAX puts the result of a function of keys: on all of a mesh, if there is one."""
    if not getattr(words, "committed", False):
        mesh = get_concrete_mesh()
        return None if mesh.empty else NamedSharding(mesh, PartitionSpec())
    where = words.sharding
    return NamedSharding(where.mesh, PartitionSpec()) if isinstance(where, NamedSharding) else where


def _abstract(words: Any, index: Any, *, part: Any, dtype: Any, **_: Any) -> Any:
    # The keys' own axes may be cut among devices, or vary over a mesh; the array's are not.
    batch = words.ndim - 1
    spec = PartitionSpec(*words.sharding.spec[:batch], *[None] * len(part))
    sharding = NamedSharding(words.sharding.mesh, spec)
    shape = (*words.shape[:batch], *part)
    return words.update(shape=shape, dtype=dtype, weak_type=False, sharding=sharding)


def _batch(operands: Sequence[Any], axes: Sequence[Any], **parameters: Any) -> tuple[Any, int]:
    pairs = list(zip(operands, axes, strict=True))
    size = next(operand.shape[axis] for operand, axis in pairs if axis is not None)
    front = [
        jnp.broadcast_to(operand, (size, *operand.shape))
        if axis is None
        else jnp.moveaxis(operand, axis, 0)
        for operand, axis in pairs
    ]
    return fill(*front, **parameters), 0


# -- programs ---------------------------------------------------------------------------------


def _result(words: Any, *, part: Any, dtype: Any, **_: Any) -> Any:
    return jax.ShapeDtypeStruct((*words.shape[:-1], *part), dtype)


def _by_callback(words: Any, index: Any, **parameters: Any) -> Any:
    """Fill memory of the host and have it copied: on any platform."""
    result = _result(words, **parameters)
    return jax.pure_callback(partial(fill_host, **parameters), result, words, index)


def _by_custom_call(
    words: Any, index: Any, *, rule: Initializer, shape: Any, **parameters: Any
) -> Any:
    """Fill the memory that XLA has for the result: on the CPU."""
    call = jax.ffi.ffi_call(foreign.TARGET, _result(words, **parameters))
    return call(words, index, recipe=recipe_of(rule, shape))


def _partitioned(call: Callable[..., Any], words: Any, index: Any, **parameters: Any) -> Any:
    """Call so that XLA may have each device make only the part that it is to hold."""
    if not getattr(jax.config, "jax_use_shardy_partitioner", True):
        return call(words, index, **parameters)
    batch, part = words.ndim - 1, parameters["part"]

    def partition(mesh: Any, operands: Any, result: Any) -> Any:
        if not isinstance(result.sharding, NamedSharding):  # the mesh is not known here
            replicated = operands[0].sharding
            return mesh, partial(call, **parameters), replicated, (replicated, replicated)
        specs = _even(result)
        keys = NamedSharding(mesh, PartitionSpec(*specs[:batch], None))
        blocks = NamedSharding(mesh, PartitionSpec(*specs))
        local = blocks.shard_shape(result.shape)[batch:]

        def lower(words: Any, index: Any) -> Any:
            here = [0 if names is None else jax.lax.axis_index(names) for names in specs[batch:]]
            cuts = [n // max(m, 1) for n, m in zip(part, local, strict=True)]
            finer = index * _row(cuts, index) + _row(here, index)
            return call(words, finer, **parameters | {"part": local})

        return mesh, lower, blocks, (keys, keys)

    whole = custom_partitioning(lambda words, index: call(words, index, **parameters))
    batched = "".join(f"b{axis} " for axis in range(batch))
    result = " ".join(f"d{axis}" for axis in range(len(part)))
    whole.def_partition(
        partition,
        sharding_rule=f"{batched}word, {batched}axis -> {batched}{result}",
        need_replication_factors=("word", "axis"),
    )
    return whole(words, index)


def _row(numbers: Sequence[Any], index: Any) -> jax.Array:
    """Return a number for each axis of the blocks, for each of the batch."""
    return jnp.broadcast_to(jnp.array(numbers, jnp.int32), index.shape)


def _even(result: Any) -> list[Any]:
    """Return the axes of the mesh that cut each axis of a result, where they cut it evenly."""
    mesh, spec = result.sharding.mesh, result.sharding.spec
    specs = [*spec, *[None] * (len(result.shape) - len(spec))]
    for axis, names in enumerate(specs):
        cuts = math.prod(mesh.shape[name] for name in _names(names))
        if result.shape[axis] % cuts:
            specs[axis] = None
    return specs


def _names(entry: Any) -> tuple[str, ...]:
    """Return the axes of the mesh that an entry of a PartitionSpec names."""
    if entry is None:
        return ()
    return entry if isinstance(entry, tuple) else (entry,)


_fill_p.def_impl(_eager)
_fill_p.def_abstract_eval(_abstract)
batching.primitive_batchers[_fill_p] = _batch
prim_requires_devices_during_lowering.add(_fill_p)  # for the partition among them
foreign.register()
for _call, _platform in ((_by_callback, None), (_by_custom_call, "cpu")):
    _lower = mlir.lower_fun(partial(_partitioned, _call), multiple_results=False)
    mlir.register_lowering(_fill_p, _lower, platform=_platform)
