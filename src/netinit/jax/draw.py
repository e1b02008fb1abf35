"""From a JAX key to an array: whole, or shard by shard, eagerly or in a program."""

# mypy: allow-untyped-calls
from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from netinit.initializers.base import Initializer
from netinit.jax.primitive import fill, fill_host

__all__ = ["draw"]


def draw(
    key: Any,
    rule: Initializer,
    shape: tuple[int, ...],
    dtype: Any,
    out_sharding: NamedSharding | PartitionSpec | None = None,
) -> jax.Array:
    """Return an array filled by `rule` from the stream of a JAX key.

    Parameters
    ----------
    key : jax.Array
        One key, typed or raw.
    rule : Initializer
    shape : tuple of int
    dtype : dtype
        One that the core draws, or a complex one for a rule on the complex plane.
    out_sharding : NamedSharding or PartitionSpec, optional
        Each device makes its own shard alone.

    Returns
    -------
    jax.Array
        The same values eagerly and inside jit, whole or in shards, on any platform.

    Examples
    --------
    >>> import jax
    >>> import numpy as np
    >>> import netinit
    >>> from netinit.jax.draw import draw
    >>> key = jax.random.key(42)
    >>> x = draw(key, netinit.Normal(), (2, 3), "float32")
    >>> bool((x == netinit.fill(np.empty((2, 3), "f4"), netinit.Normal(), seed=key)).all())
    True
    """
    typed = jnp.issubdtype(key.dtype, jax.dtypes.prng_key)
    words = jax.random.key_data(key) if typed else key
    made = partial(fill, rule=rule, shape=shape, dtype=np.dtype(dtype))
    mesh, spec = _mesh_and_spec(out_sharding, len(shape))
    if mesh is None or mesh.empty:
        return made(words, np.zeros(len(shape), np.int32), part=shape)
    words = jax.lax.optimization_barrier(words)  # a tracer, if this is being traced
    if isinstance(words, jax.core.Tracer):
        return _draw_in_program(made, words, shape, mesh, spec)
    return _draw_shards(made, words, shape, NamedSharding(_concrete(mesh), spec))


# -- shards -----------------------------------------------------------------------------------


def _mesh_and_spec(sharding: Any, ndim: int) -> tuple[Any, Any]:
    """Return the mesh, if any, and the spec with an entry for each axis, as JAX writes it."""
    if isinstance(sharding, NamedSharding):
        mesh, spec = sharding.mesh, sharding.spec
    elif isinstance(sharding, PartitionSpec):
        mesh, spec = jax.sharding.get_abstract_mesh(), sharding
    else:  # None; or what JAX would refuse, but does not look at for complex arrays
        return None, None
    return mesh, PartitionSpec(*spec, *[None] * (ndim - len(spec)))


def _concrete(mesh: Any) -> Mesh:
    return mesh if isinstance(mesh, Mesh) else jax.sharding.get_mesh()


def _draw_shards(made: Any, words: Any, shape: tuple[int, ...], sharding: Any) -> jax.Array:
    part = sharding.shard_shape(shape)
    words = np.asarray(words)

    def shard(at: Any) -> Any:
        index = [(s.start or 0) // max(n, 1) for s, n in zip(at, part, strict=True)]
        return fill_host(words, np.array(index, np.int32), part=part, **made.keywords)

    drawn: jax.Array = jax.make_array_from_callback(shape, sharding, shard)
    return drawn


def _draw_in_program(
    made: Any, words: Any, shape: tuple[int, ...], mesh: Any, spec: Any
) -> jax.Array:
    part = NamedSharding(mesh, spec).shard_shape(shape)

    def shard(words: Any) -> jax.Array:
        index = [0 if names is None else jax.lax.axis_index(names) for names in spec]
        block: jax.Array = made(words, jnp.array(index, jnp.int32), part=part)
        return block

    drawn: jax.Array = jax.shard_map(
        shard, mesh=mesh, in_specs=PartitionSpec(), out_specs=spec, check_vma=False
    )(words)
    return drawn
