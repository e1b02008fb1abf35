"""Walking a Keras model: its variables, under names that do not depend on the process.

Keras numbers layers without a name, `dense`, `dense_1` and so on, through the whole process.
Here they are numbered anew within the layer that holds them, in the order in which it does, so
that a model has the same names whenever it is built. Names that somebody chose stay.
"""
# mypy: disable-error-code="import-untyped,import-not-found"

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

import keras

__all__ = ["Place", "walk"]


class Place(NamedTuple):
    """A variable's place in a model; or, without a variable, a layer that is not built.

    Attributes
    ----------
    name : str
        The names of the layers and of the variable, joined by dots.
    layer : keras.Layer
        What owns it.
    variable : keras.Variable or None
    trainable : bool
        Whether the layer made it as a weight that is trained, whatever is frozen now.
    """

    name: str
    layer: Any
    variable: Any
    trainable: bool


def walk(model: Any) -> Iterator[Place]:
    """Yield each variable's place, a shared one's once for each name, and layers not built."""
    yield from _walk(model, ())


def _walk(layer: Any, path: tuple[str, ...]) -> Iterator[Place]:
    count: Counter[str] = Counter()
    found = False
    for variables in (layer._trainable_variables, layer._non_trainable_variables):
        for variable in variables:
            name = _numbered(variable.name, "variable", count)
            found = True
            yield Place(
                ".".join((*path, name)), layer, variable, variables is layer._trainable_variables
            )
    for child in layer._flatten_layers(include_self=False, recursive=False):
        name = _numbered(child.name, _snake(type(child).__name__), count)
        for place in _walk(child, (*path, name)):
            found = True
            yield place
    if not found and not layer.built and type(layer).build is not keras.layers.Layer.build:
        yield Place(".".join(path) or _snake(type(layer).__name__), layer, None, True)


def _numbered(name: str, automatic: str, count: Counter[str]) -> str:
    """Return a name as it is, or with a number of its own where Keras made and numbered it."""
    stem = re.sub(r"_\d+$", "", name)
    if stem.removeprefix("forward_").removeprefix("backward_") != automatic:
        return name
    count[stem] += 1
    return stem if count[stem] == 1 else f"{stem}_{count[stem] - 1}"


def _snake(name: str) -> str:
    """Return a class's name as Keras writes it in the names that it makes."""
    name = re.sub(r"\W+", "", name)
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()
