"""Methods by their names: `register`, and what a name with options means."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import MISSING, fields, is_dataclass
from typing import Any, TypeVar

from netinit.base.spelling import choose, fold
from netinit.methods.base import Method

__all__ = ["METHODS", "make_method", "method_from_json", "option_pairs", "register"]

#: Every name of a method, aliases included, and its class; `register` adds to it.
METHODS: dict[str, type[Method]] = {}

C = TypeVar("C", bound=type[Method])


def register(*names: str) -> Callable[[C], C]:
    """Return a decorator that gives a class of methods its names.

    The method can then be named wherever methods are: in ``method=``, in rules, in recipes and,
    after ``--import``, on the command line.

    Parameters
    ----------
    *names : str
        The name, and any other ones. Names are matched without regard to case, underscores,
        hyphens and spaces.

    Raises
    ------
    TypeError
        If the class is not a dataclass derived from `Method`, or no name is given.
    ValueError
        If a name belongs to another method.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> import netinit
    >>> @netinit.methods.register("Halves")
    ... @dataclass(frozen=True)
    ... class Halves(netinit.methods.Method):
    ...     def weight(self, parameter):
    ...         return netinit.Uniform(-0.5, 0.5)
    >>> print(netinit.plan({"w": netinit.ArraySpec((2, 3))}, method="halves")[0].initializer)
    Uniform(-0.5, 0.5)
    """
    if not names or not all(isinstance(name, str) and name for name in names):
        raise TypeError(f"register needs the method's name, a text, not {names!r}")

    def decorator(cls: C) -> C:
        if not _is_method(cls):
            raise TypeError(f"register is for dataclasses derived from Method, not {cls!r}")
        taken = {fold(name): method for name, method in METHODS.items()}
        for name in names:
            other = taken.get(fold(name), cls)
            if (other.__module__, other.__qualname__) != (cls.__module__, cls.__qualname__):
                raise ValueError(f"the name {name!r} belongs to {other.__qualname__}")
        METHODS.update(dict.fromkeys(names, cls))
        if "name" not in cls.__dict__:
            cls.name = names[0]
        return cls

    return decorator


def _is_method(cls: object) -> bool:
    return isinstance(cls, type) and issubclass(cls, Method) and is_dataclass(cls)


def option_pairs(what: str, rest: Iterable[object]) -> Iterator[tuple[Any, Any]]:
    """Yield the options that stand after a name: in mappings and as (option, value) pairs."""
    for item in rest:
        if isinstance(item, Mapping):
            yield from item.items()
        elif isinstance(item, (tuple, list)) and len(item) == 2:
            yield item[0], item[1]
        else:
            raise TypeError(
                f"{what}'s options must be {{option: value}} or (option, value), not {item!r}"
            )


def make_method(cls: type[Method], options: Iterable[tuple[object, Any]] = ()) -> Method:
    """Return `cls` with `options`, whose names may be in any case, with or without underscores.

    Raises
    ------
    ValueError
        If an option is unknown (the nearest is named), given twice or has a bad value.
    TypeError
        If an option without a default is not given.
    """
    allowed = [f.name for f in fields(cls) if f.init]  # type: ignore[arg-type]
    chosen: dict[str, Any] = {}
    for given, value in options:
        option = choose(f"{cls.__name__}'s option", given, allowed)
        if option in chosen:
            raise ValueError(f"{cls.__name__}'s option {option!r} is given twice")
        chosen[option] = value
    for field in fields(cls):  # type: ignore[arg-type]
        required = field.init and field.default is field.default_factory is MISSING
        if required and field.name not in chosen:
            raise TypeError(f"{cls.__name__}'s {field.name} must be given")
    return cls(**chosen)


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
    cls = METHODS[choose("method", recipe["method"], list(METHODS))]
    return make_method(cls, [(key, value) for key, value in recipe.items() if key != "method"])
