"""What `method=` accepts: names, Wolfram's lists, recipes, classes and instances."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from netinit.methods import METHODS, Kaiming, Method, make_method, method_from_json
from netinit.names import choose
from netinit.selection import Automatic

__all__ = ["as_method"]


def as_method(method: object) -> Method:
    """Return the method that `method` means.

    Parameters
    ----------
    method : str, tuple, list, mapping, Method or class of methods
        A name in any case ("Kaiming", "He", "Xavier", "Glorot", "Orthogonal", "Random",
        "Identity"); ``(name, {option: value, ...})`` or ``(name, (option, value), ...)``;
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
    >>> from netinit.options import as_method
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
        return make_method(_class_named(method), {})
    if isinstance(method, Mapping):
        return method_from_json(method)
    if isinstance(method, (tuple, list)) and method:
        head, *rest = method
        cls = head if isinstance(head, type) and issubclass(head, Method) else _class_named(head)
        return make_method(cls, _options(rest))
    raise TypeError(
        "method must be a method's name, (name, {option: value}) or a method such as "
        f"netinit.Kaiming(), not {method!r}; to draw weights from a distribution use "
        "netinit.Random(weights=...)"
    )


def _class_named(name: object) -> type[Method]:
    return METHODS[choose("method", name, list(METHODS))]


def _options(rest: Iterable[object]) -> dict[str, Any]:
    """Return the options of a Wolfram-like list: mappings and (option, value) pairs."""
    options: dict[str, Any] = {}
    for item in rest:
        if isinstance(item, Mapping):
            pairs = list(item.items())
        elif isinstance(item, (tuple, list)) and len(item) == 2:
            pairs = [(item[0], item[1])]
        else:
            raise TypeError(
                f"method's options must be {{option: value}} or (option, value), not {item!r}"
            )
        for option, value in pairs:
            if option in options:
                raise ValueError(f"method's option {option!r} is given twice")
            options[option] = value
    return options
