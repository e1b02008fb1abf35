"""From a leaf to a parameter: whether it is one, its dtype, and what it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import jax
import numpy as np

from netinit.arrays.dtypes import DRAWN
from netinit.initializers.distributions import Constant
from netinit.jax.trees.layers import rule_by_layer
from netinit.jax.trees.names import layer_of, rule_by_name
from netinit.jax.trees.walk import Leaf, is_a
from netinit.numpy.adapter import ArraySpec
from netinit.parameters.parameter import Parameter
from netinit.parameters.roles import guess_parameter
from netinit.parameters.rule import Rule

__all__ = ["parameters_of"]

_GUESSED = "role guessed from name and shape"

#: What is no net's own: state of random numbers, of layers, of optimizers.
_STATE = (
    ("flax.nnx", ("RngState", "RngKey", "RngCount", "OptState", "Intermediate", "Perturbation")),
)


def parameters_of(leaves: Sequence[Leaf]) -> list[Parameter]:
    """Return a parameter for each leaf that may be filled, in the tree's order."""
    chosen = [leaf for leaf in leaves if _is_drawn(leaf)]
    shapes = {leaf.path: tuple(leaf.value.shape) for leaf in chosen}
    return [_parameter(leaf, shapes) for leaf in chosen]


def _is_drawn(leaf: Leaf) -> bool:
    kinds = (jax.Array, jax.ShapeDtypeStruct, np.ndarray, ArraySpec)
    if not isinstance(leaf.value, kinds) or _dtype(leaf.value) not in DRAWN:
        return False
    return not any(
        type(holder).__module__.partition(".")[0] == "optax"
        or any(is_a(holder, package, *names) for package, names in _STATE)
        for holder in leaf.holders
    )


def _dtype(value: Any) -> str:
    dtype = value.dtype
    return dtype if isinstance(dtype, str) else str(getattr(dtype, "name", dtype))


def _parameter(leaf: Leaf, shapes: Mapping[tuple[str, ...], tuple[int, ...]]) -> Parameter:
    value, shape = leaf.value, tuple(leaf.value.shape)
    placeholder = isinstance(value, (jax.ShapeDtypeStruct, ArraySpec))
    layer, around, *_ = (*leaf.containers, None, None)
    parameter = guess_parameter(
        leaf.name,
        shape,
        _dtype(value),
        initialized=not placeholder,
        aliases=leaf.aliases,
        target=leaf,
    )
    rule = _special(leaf)
    if rule is None:
        attribute = leaf.path[-2] if len(leaf.path) > 1 else ""
        rule = rule_by_layer(layer, around, attribute, leaf.path[-1], shape)
    plain = layer is None or isinstance(layer, (Mapping, list, tuple))
    kind = layer_of(leaf.path) if plain else type(layer).__name__
    parameter = replace(parameter, layer=kind)
    if rule is None:
        rule = rule_by_name(leaf.path, shape, shapes)
        rule = replace(rule, note=rule.note or _GUESSED) if rule is not None else None
    if rule is not None:
        parameter = rule.describe(parameter)
    return value.describe(parameter) if isinstance(value, ArraySpec) else parameter


def _special(leaf: Leaf) -> Rule | None:
    """Return the rule that a Variable of nnx says by its class."""
    if any(is_a(holder, "flax.nnx", "Cache") for holder in leaf.holders):
        return Rule("state", fixed=Constant(0.0), kind="buffer")
    return None
