"""How `netinit.initialize` and `netinit.plan` see a tree of JAX arrays."""

# mypy: allow-untyped-calls
from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import jax
import numpy as np

from netinit.arrays.dtypes import STORAGE
from netinit.arrays.slice import Slice
from netinit.jax.trees.placing import Placing, place_of
from netinit.jax.trees.roles import parameters_of
from netinit.jax.trees.shardings import lookup
from netinit.jax.trees.walk import walk
from netinit.parameters.parameter import Parameter
from netinit.streams.seeds import numpy_global_seed

__all__ = ["TreeAdapter"]


class TreeAdapter:
    """The adapter of trees of JAX arrays, which are not changed: a new tree is made.

    A ``jax.ShapeDtypeStruct`` or `netinit.ArraySpec` is uninitialized, an array is initialized.
    Every leaf that is not filled is the given one: arrays that are not floating-point, the
    state of random numbers, of Equinox's layers and of optimizers, what is no array.

    Parameters
    ----------
    net : tree
        Anything that ``jax.tree_util`` takes apart, modules of flax.nnx included.
    sharding : sharding, tree or callable, optional
        As for `netinit.jax.initialize`.

    Raises
    ------
    TypeError
        If it is one array, or a module of flax.linen; if a sharding is none.
    ValueError
        If a tree of shardings has a name that the net has not.
    """

    framework = "jax"

    def __init__(self, net: Any, sharding: Any = None) -> None:
        self._tree = walk(net)
        self._sharding = lookup(sharding, self._tree.leaves)
        self._parameters = parameters_of(self._tree.leaves)
        self._places: dict[str, Placing] = {}
        self._made: dict[int, Any] = {}

    def widen(self) -> None:
        """Do nothing: integers in a tree are counters and keys, which are kept."""

    def parameters(self) -> Sequence[Parameter]:
        """Return a parameter for each leaf that may be filled, in the tree's order."""
        return self._parameters

    def unfinished(self) -> Sequence[str]:
        """Return no names: what has no parameter is left as it is."""
        return ()

    def arrays(self) -> Iterable[tuple[Parameter, np.ndarray | None]]:
        """Yield each leaf's parameter and a copy of its values; None of one that has none here."""
        for parameter in self._parameters:
            value = parameter.target.value
            here = parameter.initialized and getattr(value, "is_fully_addressable", True)
            yield parameter, np.asarray(value).view(STORAGE[parameter.dtype]) if here else None

    def open(self, parameters: Sequence[Parameter]) -> None:
        """Find out on which devices each array is made.

        Raises
        ------
        TypeError
            If JAX has no float64 and one is asked for, or a sharding has no devices.
        ValueError
            If an array cannot be cut as its sharding says, or none is said of it.
        """
        places = {}
        for parameter in parameters:
            try:
                sharding = self._sharding(parameter.target)
                places[parameter.name] = place_of(parameter, sharding)
            except (TypeError, ValueError) as error:
                kind = TypeError if isinstance(error, TypeError) else ValueError
                raise kind(f"{parameter.name!r}: {error}") from None
        self._places, self._made = places, {}

    def parts(self, parameter: Parameter) -> Iterable[Slice]:
        """Give the parts of an array that this process's devices hold; then make the array.

        The memory is new, and JAX's own from then on: it may keep it as it is. Where it copies
        to a device instead, one block is on its way while the next is filled.
        """
        place = self._places[parameter.name]
        made: list[Any] = []
        for block, group in place.parts():
            yield block
            jax.block_until_ready(made)
            made += place.put(block, group)
        self._made[parameter.target.index] = place.join(made)

    def close(self, parameters: Sequence[Parameter]) -> Any:
        """Return the new tree."""
        leaves = self._tree.leaves
        values = [self._made.get(leaf.index, leaf.value) for leaf in leaves]
        self._places, self._made = {}, {}
        return self._tree.rebuild(values)

    def global_seed(self) -> int:
        """Draw a seed from numpy's legacy global generator: JAX has none."""
        return numpy_global_seed()
