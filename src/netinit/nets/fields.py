"""The kinds of a layer's fields: what each accepts and how it is kept.

A layer is a dataclass whose annotations carry these kinds: ``output: Size``. The check runs
in the constructor, so that a layer made in Python and one read from JSON obey the same rule.
Each check takes what the field is called in messages and the value given, and returns the
value in its one canonical form.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Annotated, Any

from netinit.arrays.dtypes import DRAWN
from netinit.base.spelling import choose
from netinit.nets.shapes import Shape

__all__ = [
    "Axes",
    "Count",
    "DType",
    "Flag",
    "InputShape",
    "Names",
    "Number",
    "OptionalAxes",
    "OptionalSize",
    "Padding",
    "Size",
    "Sizes",
    "word",
]

Check = Callable[[str, Any], Any]
_LARGEST = 2**63 - 1


def integer(what: str, value: object, low: int, high: int = _LARGEST) -> int:
    """Return `value` if it is an integer from `low` to `high`, else raise."""
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise TypeError(f"{what} must be an integer, not {value!r}")
    number = int(value.__index__())
    if not low <= number <= high:
        limit = f"at least {low}" if number < low else f"at most {high}"
        raise ValueError(f"{what} must be {limit}, not {number}")
    return number


def _items(what: str, value: object) -> tuple[Any, ...]:
    if isinstance(value, (tuple, list)):
        return tuple(value)
    raise TypeError(f"{what} must be an integer or a list of integers, not {value!r}")


def _size(what: str, value: object) -> int:
    return integer(what, value, 1)


def _optional_size(what: str, value: object) -> int | None:
    return None if value is None else integer(what, value, 1)


def _count(what: str, value: object) -> int | None:
    return None if value is None else integer(what, value, 0)


def _sizes(what: str, value: object) -> int | tuple[int, ...]:
    if hasattr(value, "__index__"):
        return integer(what, value, 1)
    return tuple(integer(what, item, 1) for item in _items(what, value))


def shape(what: str, value: object) -> Shape | None:
    if value is None:
        return None
    items = (value,) if hasattr(value, "__index__") else _items(what, value)
    return tuple(None if item is None else integer(what, item, 1) for item in items)


def axes(what: str, value: object) -> int | tuple[int, ...]:
    if hasattr(value, "__index__"):
        return integer(what, value, -_LARGEST)
    return tuple(integer(what, item, -_LARGEST) for item in _items(what, value))


def _optional_axes(what: str, value: object) -> int | tuple[int, ...] | None:
    return None if value is None else axes(what, value)


def _padding(what: str, value: object) -> str | int | tuple[int | tuple[int, int], ...]:
    if isinstance(value, str):
        return choose(what, value, ["same"])
    if hasattr(value, "__index__"):
        return integer(what, value, 0)
    sides: list[int | tuple[int, int]] = []
    for item in _items(what, value):
        if hasattr(item, "__index__"):
            sides.append(integer(what, item, 0))
        elif isinstance(item, (tuple, list)) and len(item) == 2:
            sides.append((integer(what, item[0], 0), integer(what, item[1], 0)))
        else:
            raise TypeError(f"{what} must hold integers or pairs [before, after], not {item!r}")
    return tuple(sides)


def _flag(what: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{what} must be true or false, not {value!r}")
    return value


def _number(what: str, value: object) -> float:
    if isinstance(value, (bool, str)) or not hasattr(value, "__float__"):
        raise TypeError(f"{what} must be a number, not {value!r}")
    number = float(value)
    if not (0 <= number < math.inf):
        raise ValueError(f"{what} must be finite and at least 0, not {number!r}")
    return number


def _dtype(what: str, value: object) -> str | None:
    return None if value is None else choose(what, value, list(DRAWN))


def _names(what: str, value: object) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise TypeError(f"{what} must map array names to names, not {value!r}")
    for key, name in value.items():
        if not isinstance(key, str) or not isinstance(name, str):
            raise TypeError(f"{what} must map text to text, not {key!r} to {name!r}")
        if not all(name.split(".")) or not name.isprintable():
            raise ValueError(f"{what}: {name!r} cannot be the name of an array")
    return dict(value)


def word(*allowed: str, aliases: Mapping[str, str] | None = None) -> Check:
    """Return the check for one of the words `allowed`, in any case; aliases name other ones."""
    table = {name: name for name in allowed} | dict(aliases or {})
    return lambda what, value: choose(what, value, table)


#: An integer of at least 1.
Size = Annotated[int, _size]
#: An integer of at least 1, or None while unknown.
OptionalSize = Annotated[int | None, _optional_size]
#: An integer of at least 0, or None for none.
Count = Annotated[int | None, _count]
#: An integer of at least 1, or a list of them (an empty one is a scalar).
Sizes = Annotated[int | tuple[int, ...], _sizes]
#: An extent or a list of extents, None for an unknown or varying one; or None: not known yet.
InputShape = Annotated[int | Shape | None, shape]
#: An axis or a list of axes, negative ones counting from the end.
Axes = Annotated[int | tuple[int, ...], axes]
#: Axes, or None where the layer chooses.
OptionalAxes = Annotated[int | tuple[int, ...] | None, _optional_axes]
#: Padding: for all axes, for each axis, for each side of each axis, or "same".
Padding = Annotated[str | int | tuple[int | tuple[int, int], ...], _padding]
#: True or False.
Flag = Annotated[bool, _flag]
#: A finite number of at least 0.
Number = Annotated[float, _number]
#: The type of the elements, or None for the enclosing net's.
DType = Annotated[str | None, _dtype]
#: Names of arrays mapped to names.
Names = Annotated[Mapping[str, str], _names]
