"""How each array of a tree is to be cut among devices, where that is said apart from the tree."""

# mypy: allow-untyped-calls
from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
from jax.sharding import AbstractMesh, NamedSharding, PartitionSpec, Sharding, SingleDeviceSharding

from netinit.base.spelling import unknown
from netinit.jax.trees.walk import Leaf, walk_prefix

__all__ = ["concrete", "lookup"]


def lookup(given: Any, leaves: Sequence[Leaf]) -> Callable[[Leaf], Any]:
    """Return what says a leaf's sharding, or None where the leaf's own holds.

    Parameters
    ----------
    given : None, sharding, callable or tree
        As for `netinit.jax.initialize`.
    leaves : sequence of Leaf
        All of the tree's.

    Raises
    ------
    TypeError
        If it is none of these.
    ValueError
        If a tree has a name that the net's has not.
    """
    if given is None or _is_sharding(given):
        return lambda leaf: given
    if jax.tree_util.all_leaves((given,)):
        if not callable(given):
            raise TypeError(
                "sharding must be a jax.sharding.Sharding, a PartitionSpec, a tree of them, or "
                f"a function that returns one for a name; not {given!r}"
            )
        return lambda leaf: given(leaf.name)
    said = {leaf.path: leaf.value for leaf in walk_prefix(given)}
    known = {leaf.path[:n] for leaf in leaves for n in range(len(leaf.path) + 1)}
    for path in said:
        if path not in known:
            names = [leaf.name for leaf in leaves]
            raise ValueError(unknown("sharding: name", ".".join(path), names))
    return lambda leaf: _nearest(said, leaf)


def _nearest(said: dict[tuple[str, ...], Any], leaf: Leaf) -> Any:
    for n in reversed(range(len(leaf.path) + 1)):
        if leaf.path[:n] in said:
            return said[leaf.path[:n]]
    raise ValueError("sharding says nothing of it; None leaves it to the array's own")


def concrete(sharding: Any) -> Sharding | None:
    """Return a sharding with devices, those of the mesh that is set if it names none itself.

    Raises
    ------
    TypeError
        If no mesh is set, or this is no sharding.
    """
    if sharding is None:
        return None
    if isinstance(sharding, jax.Device):
        return SingleDeviceSharding(sharding)
    if isinstance(sharding, PartitionSpec):
        return NamedSharding(_mesh(), sharding)
    if isinstance(sharding, NamedSharding) and isinstance(sharding.mesh, AbstractMesh):
        return NamedSharding(_mesh(), sharding.spec)
    if not isinstance(sharding, Sharding):
        raise TypeError(f"its sharding must be a Sharding or a PartitionSpec, not {sharding!r}")
    return sharding


def _mesh() -> Any:
    mesh = jax.sharding.get_mesh()
    if mesh.empty:
        raise TypeError("its sharding names no devices: set their mesh by jax.set_mesh")
    return mesh


def _is_sharding(what: Any) -> bool:
    return isinstance(what, (Sharding, PartitionSpec, jax.Device))
