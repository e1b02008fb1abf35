"""What `method=` accepts: names, Wolfram's lists, recipes, classes and instances."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from typing import Any

from netinit.base.spelling import choose
from netinit.base.words import Automatic
from netinit.methods.base import Method
from netinit.methods.names import METHODS
from netinit.methods.scaling import Kaiming
from netinit.schemes import SCHEMES

__all__ = ["CLASSES", "as_method", "method_from_json"]


#: Methods and schemes by their names, aliases included.
CLASSES: dict[str, type[Method]] = METHODS | SCHEMES


def as_method(method: object) -> Method:
    """Return the method that `method` means.

    Parameters
    ----------
    method : str, tuple, list, mapping, Method or class of methods
        A name in any case ("Kaiming", "He", "Xavier", "Glorot", "Lecun", "VarianceScaling",
        "Orthogonal", "Random", "Identity", or one of `netinit.schemes`);
        ``(name, {option: value, ...})`` or ``(name, (option, value), ...)``;
        a recipe ``{"method": name, option: value, ...}``; ``netinit.Xavier`` or
        ``netinit.Xavier(gain=2)``; ``netinit.Automatic`` for the default, Kaiming.

    Raises
    ------
    ValueError
        If a method, option or value is unknown; the nearest one is named.
    TypeError
        If it is none of these.

    Examples
    --------
    >>> from netinit.methods.registry import as_method
    >>> as_method(("Xavier", {"Distribution": "Uniform"}))
    Xavier(distribution='uniform', gain=1.0)
    """
    if isinstance(method, Method):
        return method
    if isinstance(method, type) and issubclass(method, Method):
        return method()
    if method is Automatic:
        return Kaiming()
    if isinstance(method, str):
        return _class_named(method)()
    if isinstance(method, Mapping):
        return method_from_json(method)
    if isinstance(method, (tuple, list)) and method:
        head, *rest = method
        cls = head if isinstance(head, type) and issubclass(head, Method) else _class_named(head)
        return _make(cls, _pairs(rest))
    raise TypeError(
        "method must be a method's name, (name, {option: value}) or a method such as "
        f"netinit.Kaiming(), not {method!r}; to draw weights from a distribution use "
        "netinit.Random(weights=...)"
    )


def _class_named(name: object) -> type[Method]:
    return CLASSES[choose("method", name, list(CLASSES))]


def _pairs(rest: Iterable[object]) -> Iterator[tuple[object, Any]]:
    """Yield the options of a Wolfram-like list: mappings and (option, value) pairs."""
    for item in rest:
        if isinstance(item, Mapping):
            yield from item.items()
        elif isinstance(item, (tuple, list)) and len(item) == 2:
            yield item[0], item[1]
        else:
            raise TypeError(
                f"method's options must be {{option: value}} or (option, value), not {item!r}"
            )


def method_from_json(recipe: Mapping[str, Any]) -> Method:
    """Return the method that `to_json` wrote.

    Raises
    ------
    ValueError
        If the mapping names no method, or an option that the method does not have.

    Examples
    --------
    >>> from netinit.methods.registry import method_from_json
    >>> method_from_json({"method": "xavier", "gain": 2})
    Xavier(distribution='normal', gain=2.0)
    """
    if "method" not in recipe:
        raise ValueError(f"a method's recipe needs the key 'method': {dict(recipe)!r}")
    options = [(key, value) for key, value in recipe.items() if key != "method"]
    return _make(_class_named(recipe["method"]), options)


def _make(cls: type[Method], options: Iterable[tuple[object, Any]]) -> Method:
    """Return `cls` with `options`, whose names may be in any case, with or without underscores.

    Raises
    ------
    ValueError
        If an option is unknown (the nearest is named), given twice or has a bad value.
    """
    allowed = [f.name for f in fields(cls)]  # type: ignore[arg-type]
    chosen: dict[str, Any] = {}
    for given, value in options:
        option = choose(f"{cls.__name__}'s option", given, allowed)
        if option in chosen:
            raise ValueError(f"{cls.__name__}'s option {option!r} is given twice")
        chosen[option] = value
    return cls(**chosen)
