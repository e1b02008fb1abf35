"""Nets read from JSON text, strictly; docs/nets.md is the normative description of the format."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from netinit.base.spelling import shortened, unknown
from netinit.nets.container import as_layer
from netinit.nets.fields import integer
from netinit.nets.layer import Layer, checks
from netinit.nets.registry import LAYERS
from netinit.nets.walk import parameters_of
from netinit.nets.writer import FORMAT_VERSION

__all__ = ["from_json", "load"]


#: More layers than any net has: a guard against a small text that repeats without end.
_MOST_LAYERS = 20_000

#: How much a message says: a text of any length may be at fault.
_MOST_TEXT = 1000

#: Nets inside nets: far below what Python's recursion allows, so that it never decides.
_MOST_LEVELS = 64

Made = TypeVar("Made")


def from_json(source: str | bytes | Mapping[str, Any]) -> Layer:
    """Return the net that JSON text, or the object parsed from it, describes.

    Parameters
    ----------
    source : str, bytes or mapping

    Returns
    -------
    Layer
        A new net, uninitialized.

    Raises
    ------
    ValueError, TypeError
        If it is not JSON, or not a net: the message names the place, the value and the
        nearest allowed word.

    Examples
    --------
    >>> from netinit.nets import from_json
    >>> net = from_json('{"netinit": 1, "type": "NetChain", "input": 5, "layers": [3, "tanh"]}')
    >>> net[0, "Weights"]
    netinit.Automatic
    """
    value = _parse(source) if isinstance(source, (str, bytes)) else source
    try:
        return _net(value)
    except RecursionError:
        raise ValueError("not a net: layers are nested too deeply") from None
    except (TypeError, ValueError) as error:
        if len(str(error)) <= _MOST_TEXT:
            raise
        kind = TypeError if isinstance(error, TypeError) else ValueError
        raise kind(shortened(str(error), _MOST_TEXT)) from None


def _net(value: Any) -> Layer:
    if not isinstance(value, Mapping):
        raise TypeError(f"a net in JSON is an object, not {_short(value)}")
    _refuse_duplicates(value)
    if "netinit" not in value:
        raise ValueError(f'"netinit": {FORMAT_VERSION} is missing from the outermost object')
    version = value["netinit"]
    if type(version) is not int or version != FORMAT_VERSION:
        raise ValueError(
            f"netinit: this netinit reads version {FORMAT_VERSION} of the format, "
            f"not {_short(version)}"
        )
    net = _Reader().layer({key: item for key, item in value.items() if key != "netinit"}, "")
    parameters_of(net)  # the names and what is shared are right, or this raises
    return net


def load(path: str | os.PathLike[str]) -> Layer:
    """Return the net that a JSON file describes.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError, TypeError
        As `from_json`; the message starts with the path.
    """
    data = Path(path).read_bytes()
    try:
        return from_json(data)
    except (TypeError, ValueError) as error:
        kind = TypeError if isinstance(error, TypeError) else ValueError
        raise kind(f"{os.fspath(path)}: {error}") from None


# ---- reading


class _Object(dict[str, Any]):
    """A JSON object that remembers a key that it was given twice."""

    duplicate: str | None = None


def _object(pairs: list[tuple[str, Any]]) -> _Object:
    result = _Object()
    for key, value in pairs:
        if key in result:
            result.duplicate = key
        result[key] = value
    return result


def _constant(name: str) -> Any:
    raise ValueError(f"{name} is not a JSON number")


def _parse(text: str | bytes) -> Any:
    try:
        if isinstance(text, bytes):
            text = text.decode("utf-8")
        return json.loads(text, object_pairs_hook=_object, parse_constant=_constant)
    except RecursionError:
        raise ValueError("not a net: the JSON is nested too deeply") from None
    except ValueError as error:
        raise ValueError(f"not JSON: {error}") from None


def _refuse_duplicates(value: Any) -> None:
    """Raise ValueError if an object has a key twice; the path to it is written only then."""
    way = _way_to_duplicate(value)
    if way is not None:
        key, *above = way
        path = "".join(reversed(above)).removeprefix(".")
        raise ValueError(f"{_at(path)}the key {key!r} stands twice")


def _way_to_duplicate(value: Any) -> list[str] | None:
    """Return a key that stands twice and the steps from its object up, or None without one."""
    items: Iterable[tuple[Any, Any]] = ()
    if isinstance(value, Mapping):
        if isinstance(value, _Object) and value.duplicate is not None:
            return [value.duplicate]
        items = value.items()
    elif isinstance(value, (list, tuple)):
        items = enumerate(value)
    for key, item in items:
        if isinstance(item, (Mapping, list, tuple)):
            way = _way_to_duplicate(item)
            if way is not None:
                return [*way, f".{key}" if isinstance(value, Mapping) else f"[{key}]"]
    return None


def _at(path: str) -> str:
    return f"{path}: " if path else ""


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


class _Reader:
    """Makes layers of parsed JSON, counting them."""

    def __init__(self) -> None:
        self._left = _MOST_LAYERS
        self._level = 0

    def layer(self, value: Any, path: str) -> Layer:
        """Return the layer that `value`, found at `path`, describes."""
        self._left -= 1
        if self._left < 0:
            raise ValueError(f"{_at(path)}the net has more than {_MOST_LAYERS} layers")
        if self._level == _MOST_LEVELS:
            raise ValueError(f"nets are nested more than {_MOST_LEVELS} levels deep")
        self._level += 1
        try:
            if isinstance(value, Mapping):
                return self._described(value, path)
            return self._make(lambda: as_layer("a layer", value), path)
        finally:
            self._level -= 1

    def _described(self, value: Mapping[str, Any], path: str) -> Layer:
        if "type" not in value:
            raise ValueError(f"{_at(path)}a layer must have a type")
        kind = value["type"]
        if not isinstance(kind, str) or kind not in LAYERS:
            raise ValueError(f"{_at(_join(path, 'type'))}{unknown('layer', kind, LAYERS)}")
        allowed = list(checks(LAYERS[kind]))
        given = {key: item for key, item in value.items() if key != "type"}
        for key in given:
            if key not in allowed:
                raise ValueError(f"{_at(path)}{unknown(f'field of {kind}', key, allowed)}")
        for key, read in (("layers", self._layers), ("net", self.layer)):
            if key in given:
                given[key] = read(given[key], _join(path, key))
        return self._make(lambda: LAYERS[kind](**given), path)

    def _layers(self, value: Any, path: str) -> Any:
        if isinstance(value, Mapping):
            return {key: self.layer(item, _join(path, key)) for key, item in value.items()}
        if not isinstance(value, (list, tuple)):
            raise TypeError(f"{_at(path)}layers must be a list or an object, not {_short(value)}")
        layers = []
        for index, item in enumerate(value):
            layers += self._repeated(item, f"{path}[{index}]")
        return layers

    def _repeated(self, value: Any, path: str) -> list[Layer]:
        """Return the layers that one item of a list stands for."""
        if not isinstance(value, Mapping) or "repeat" not in value:
            return [self.layer(value, path)]
        for key in value:
            if key not in ("repeat", "layer"):
                raise ValueError(f"{_at(path)}{unknown('field', key, ['repeat', 'layer'])}")
        if "layer" not in value:
            raise ValueError(f"{_at(path)}repeat must have a layer beside it")
        count = self._make(lambda: integer("repeat", value["repeat"], 1, _MOST_LAYERS), path)
        return [self.layer(value["layer"], _join(path, "layer")) for _ in range(count)]

    def _make(self, make: Callable[[], Made], path: str) -> Made:
        try:
            return make()
        except ValueError as error:
            raise ValueError(f"{_at(path)}{error}") from None
        except TypeError as error:
            raise TypeError(f"{_at(path)}{error}") from None


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key
