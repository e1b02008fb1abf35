"""Walking a tree: its leaves, with their names and what they stand in, and putting new ones in.

Libraries on JAX are told by the names of their classes, and are not imported.
"""

# mypy: allow-untyped-calls
from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Any

import jax

__all__ = ["Leaf", "Tree", "holds_arrays", "is_a", "refuse_array", "walk", "walk_prefix"]


@dataclass(frozen=True, slots=True)
class Leaf:
    """One leaf of a tree.

    Attributes
    ----------
    value : object
    path : tuple of str
        The keys that lead to it, without those of boxes (flax's Partitioned, nnx's Variable);
        a key with slashes or dots, as Haiku's and those of flattened trees, is several.
    holders : tuple of object
        What it stands in, from the tree itself to the nearest; boxes are among them.
    index : int
        Which of the tree's leaves it is.
    aliases : tuple of str
        Its other names, where a graph of nnx has it in several places.
    """

    value: Any
    path: tuple[str, ...]
    holders: tuple[Any, ...]
    index: int
    aliases: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The path, joined by dots."""
        return ".".join(self.path)

    @property
    def containers(self) -> tuple[Any, ...]:
        """The layers, mappings and other containers that it stands in, the nearest first."""
        return tuple(h for h in reversed(self.holders) if not _is_box(h))


@dataclass(frozen=True, slots=True)
class Tree:
    """A tree taken apart.

    Attributes
    ----------
    leaves : tuple of Leaf
        In JAX's own order.
    rebuild : callable
        Returns a tree of the same structure with the values of its leaves that it is given.
    """

    leaves: tuple[Leaf, ...]
    rebuild: Callable[[Sequence[Any]], Any]


def is_a(what: Any, package: str, *names: str) -> bool:
    """Return whether an object's class is, or derives from, one of a package by its name."""
    kind: type = type(what)
    return _derives(kind, package, names)


@lru_cache(maxsize=4096)
def _derives(kind: type, package: str, names: tuple[str, ...]) -> bool:
    return any(
        cls.__name__ in names and f"{cls.__module__}.".startswith(f"{package}.")
        for cls in kind.__mro__
    )


def holds_arrays(net: Any) -> bool:
    """Return whether a container has leaves that are JAX's arrays, or that stand for such."""
    if isinstance(net, (jax.Array, jax.ShapeDtypeStruct, Iterator)):
        return False  # an array is no net, and what can be gone through once is no tree
    try:
        leaves = jax.tree_util.tree_leaves(net)
    except (TypeError, ValueError):  # keys that cannot be sorted
        return False
    return any(isinstance(leaf, (jax.Array, jax.ShapeDtypeStruct)) for leaf in leaves)


def refuse_array(out: Any, *, stored: bool = False) -> Any:
    """Say that the memory of JAX's arrays is not to be written."""
    raise TypeError(
        f"out is of JAX ({type(out).__name__}), whose arrays are not written to: "
        "netinit.jax.initializers makes them, netinit.initialize makes a tree of them anew"
    )


def walk(net: Any) -> Tree:
    """Take a tree apart.

    Raises
    ------
    TypeError
        If it is one array, or what holds none, as a module of flax.linen.
    """
    if isinstance(net, (jax.Array, jax.ShapeDtypeStruct)):
        raise TypeError(
            f"net must be a tree of arrays, such as {{'w': array}}, not one array "
            f"({type(net).__name__}); netinit.jax.initializers makes one array"
        )
    if is_a(net, "flax.linen", "Module"):
        raise TypeError(
            f"net: a module of flax.linen ({type(net).__name__}) holds no arrays; give the "
            "variables: jax.eval_shape(module.init, key, inputs)"
        )
    if _has_graph(net):
        return _walk_graph(net)
    entries, structure = jax.tree_util.tree_flatten_with_path(net, is_leaf=_is_state)
    return Tree(_leaves(net, entries), partial(jax.tree_util.tree_unflatten, structure))


def walk_prefix(said: Any) -> tuple[Leaf, ...]:
    """Return the leaves of a tree that says something of another's arrays, None among them."""
    entries, _ = jax.tree_util.tree_flatten_with_path(said, is_leaf=lambda what: what is None)
    return _leaves(said, entries)


def _walk_graph(net: Any) -> Tree:
    """Take a graph of nnx apart, in which a Variable may be shared."""
    from flax import nnx

    graph, state = nnx.split(net)
    entries, structure = jax.tree_util.tree_flatten_with_path(state)

    def rebuild(values: Sequence[Any]) -> Any:
        return nnx.merge(graph, jax.tree_util.tree_unflatten(structure, values))

    groups = [[tuple(map(str, path)) for path in g] for g in nnx.find_duplicates(net)]
    leaves = (replace(leaf, aliases=_aliases(leaf, groups)) for leaf in _leaves(net, entries))
    return Tree(tuple(leaves), rebuild)


def _aliases(leaf: Leaf, groups: Sequence[Sequence[tuple[str, ...]]]) -> tuple[str, ...]:
    """Return the other names of a leaf, from the paths that lead to one layer or Variable."""
    found: dict[str, None] = {}
    for group in groups:
        for path in group:
            if path and leaf.path[: len(path)] == path:
                rest = leaf.path[len(path) :]
                found |= {".".join((*other, *rest)): None for other in group if other != path}
    return tuple(found)


def _has_graph(net: Any) -> bool:
    parts = jax.tree_util.tree_leaves(net, is_leaf=_is_module)
    return any(_is_module(part) for part in parts)


def _is_module(what: Any) -> bool:
    return is_a(what, "flax.nnx", "Module", "Pytree")


def _is_state(what: Any) -> bool:
    """Return whether an object is state of Equinox, which its layers made and know."""
    return is_a(what, "equinox", "StateIndex", "State")


def _is_box(what: Any) -> bool:
    """Return whether an object holds one array and says more of it, and is no part of a name."""
    return is_a(what, "flax", "AxisMetadata", "Variable")


def _leaves(net: Any, entries: Sequence[tuple[Any, Any]]) -> tuple[Leaf, ...]:
    return tuple(_leaf(net, keys, value, i) for i, (keys, value) in enumerate(entries))


def _leaf(net: Any, keys: Sequence[Any], value: Any, index: int) -> Leaf:
    path: list[str] = []
    holders = [net]
    for entry in keys:
        key = _key(entry)
        if not _is_box(holders[-1]):
            path += [part for part in re.split(r"[/.]", str(key)) if part]
        holders.append(_child(holders[-1], key))
    return Leaf(value, tuple(path), tuple(holders[:-1]), index)


def _key(entry: Any) -> Any:
    """Return what an entry of JAX's key path says: an attribute's name, a key, an index."""
    for said in ("name", "key", "idx"):
        if hasattr(entry, said):
            return getattr(entry, said)
    return entry


def _child(holder: Any, key: Any) -> Any:
    """Return what stands in a container under a key; None where nobody can say."""
    if _is_box(holder):
        return None
    if isinstance(key, str) and not isinstance(holder, Mapping):
        return getattr(holder, key, None)
    try:
        return holder[key]
    except (TypeError, KeyError, IndexError):
        return None
