"""Nets as JSON text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import groupby
from typing import Any

from netinit.nets.chain import NetChain
from netinit.nets.container import Net
from netinit.nets.layer import Layer

__all__ = ["FORMAT_VERSION", "to_json"]


FORMAT_VERSION = 1

_WIDTH = 96


def to_json(net: Layer) -> str:
    """Return the JSON text that describes `net`, without the values of its arrays."""
    return _text({"netinit": FORMAT_VERSION, **_describe(net)}, "") + "\n"


# ---- writing


def _describe(layer: Layer) -> dict[str, Any]:
    options = layer.options()
    # What is inside comes last, so that a net's own input is read before it.
    names = sorted(options, key=lambda name: name in ("layers", "net", "edges"))
    fields = {name: _value(layer, name, options[name]) for name in names}
    return {"type": type(layer).__name__, **fields}


def _value(layer: Layer, name: str, value: Any) -> Any:
    if isinstance(value, Layer):
        return _describe(value)
    if name != "layers" or not isinstance(layer, Net):
        return value
    layers = {key: _describe(item) for key, item in value.items()}
    # Positions as names are those of a list; a graph's edges count its layers one by one.
    if list(layers) != [str(index) for index in range(len(layers))]:
        return layers
    listed = list(layers.values())
    return _run_lengths(listed) if isinstance(layer, NetChain) else listed


def _run_lengths(layers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return `layers` with each run of equal neighbours written once."""
    runs = [(layer, len(list(group))) for layer, group in groupby(layers)]
    return [layer if count == 1 else {"repeat": count, "layer": layer} for layer, count in runs]


def _text(value: Any, indent: str) -> str:
    """Return JSON text of `value`: on one line where that is short, else indented."""
    flat = json.dumps(value, ensure_ascii=False)
    inner = indent + "  "
    if len(indent) + len(flat) <= _WIDTH or not isinstance(value, (Mapping, list, tuple)):
        return flat
    if isinstance(value, Mapping):
        items = [f"{json.dumps(key)}: {_text(item, inner)}" for key, item in value.items()]
        start, end = "{", "}"
    else:
        items = [_text(item, inner) for item in value]
        start, end = "[", "]"
    return start + "\n" + ",\n".join(inner + item for item in items) + f"\n{indent}{end}"
