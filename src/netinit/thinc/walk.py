"""Walking a Thinc model: its parameters, under names that do not depend on the process."""
# mypy: disable-error-code="import-untyped,import-not-found"

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

__all__ = ["Place", "walk"]

#: What Thinc joins the names of layers by, where it makes one of them.
_COMBINERS = {">>": "chain", "|": "concatenate"}


class Place(NamedTuple):
    """A parameter's place in a model.

    Attributes
    ----------
    name : str
        The names of the nodes that lead to it and its own, joined by dots.
    node : thinc.model.Model
        What owns it.
    key : str
        Its name there.
    layer : str
        The node's name, without those of its layers.
    """

    name: str
    node: Any
    key: str
    layer: str


def walk(model: Any) -> Iterator[Place]:
    """Yield each parameter's place, a shared one's once for each way that leads to it.

    Nodes of one name in one other are numbered, "linear" and "linear_1". A name that Thinc put
    together is shortened, so that a layer more changes no name: "linear>>softmax" to "chain",
    "residual(linear)" to "residual".
    """
    yield from _walk(model, ())


def _walk(node: Any, path: tuple[str, ...]) -> Iterator[Place]:
    for key in node.param_names:
        yield Place(".".join((*path, key)), node, key, _stem(node.name))
    count: Counter[str] = Counter()
    for child in node.layers:
        stem = _stem(child.name)
        count[stem] += 1
        name = stem if count[stem] == 1 else f"{stem}_{count[stem] - 1}"
        yield from _walk(child, (*path, name))


def _stem(name: str) -> str:
    """Return a node's name without those of its layers."""
    inner = re.compile(r"\([^()]*\)")
    while inner.search(name):
        name = inner.sub("", name)
    return next((stem for sign, stem in _COMBINERS.items() if sign in name), name)
