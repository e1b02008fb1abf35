"""What each parameter of a Thinc layer is, by its name and the layer's dimensions.

Thinc's layers are functions, not classes, and their names may be changed; the names of their
parameters (W, b, E, G, Q) and dimensions (nO, nI, nP, nV) are the same in all of them.
"""

from __future__ import annotations

from typing import Any

from netinit.initializers.distributions import Constant
from netinit.parameters.rule import BIAS, SCALE, SHIFT, Rule
from netinit.shapes.layout import DENSE, Layout

__all__ = ["rule_for", "shape_of"]


def shape_of(node: Any, key: str) -> tuple[int, ...] | None:
    """Return a parameter's shape: its own, or what the layer's dimensions say of one unset.

    None where a dimension is not known yet, or the parameter is not one of Thinc's own layers'.
    """
    if node.has_param(key):
        return tuple(node.get_param(key).shape)
    dimensions = {name: node.maybe_get_dim(name) for name in node.dim_names}
    names = _dimensions(set(node.param_names), set(dimensions), key)
    shape = [dimensions[name] for name in names]
    return None if not names or None in shape else tuple(shape)


def _dimensions(keys: set[str], dimensions: set[str], key: str) -> tuple[str, ...]:
    """Return the names of the dimensions of a parameter, in the order of its axes."""
    if keys == {"G", "b"}:
        found: tuple[str, ...] = ("nI",)
    elif keys == {"W", "b"} and "length" not in dimensions:
        pieces = ("nP",) if "nP" in dimensions else ()
        found = ("nO", *pieces, "nI") if key == "W" else ("nO", *pieces)
    else:
        found = {"E": ("nV", "nO"), "Q": ("nO",)}.get(key, ()) if len(keys) == 1 else ()
    return found if set(found) <= dimensions else ()


def rule_for(node: Any, key: str, shape: tuple[int, ...] | None) -> Rule | None:
    """Return what a parameter is, or None where its name says nothing."""
    keys = set(node.param_names)
    if keys == {"G", "b"}:
        return SCALE if key == "G" else SHIFT
    if key == "E":
        return Rule("embedding", DENSE)
    if key == "b":
        return BIAS
    if key == "Q" or (key == "W" and keys == {"W"}):
        return Rule("weight")  # a query, or one weight for each input
    if key == "W" and "length" in node.dim_names:
        return Rule("weight", fixed=Constant(0.0), note="a linear model begins at zero")
    if key == "W" and shape is not None and len(shape) == 3:
        # A map for each of the pieces of which the maximum is taken.
        return Rule("weight", Layout((0,), (2,), stack=shape[1], stack_axis=1))
    if key == "W":
        return Rule("weight", DENSE)
    if key == "HC0":
        return Rule("state", fixed=Constant(0.0))
    return None
