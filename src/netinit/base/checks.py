"""Checks of arguments; each message has the name, the value and what is allowed."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from typing import Any

__all__ = ["check_threads", "count", "extents", "integer", "number"]


def number(what: str, value: object, *, finite: bool = True, least: float | None = None) -> float:
    """Return `value` as a float, or raise naming `what`.

    Raises
    ------
    TypeError
        If `value` is not a real number (strings and bools are not).
    ValueError
        If it is NaN, infinite where `finite` is asked for, or less than `least`.
    """
    # An array of one element is none either, whatever this version of numpy makes of it.
    if isinstance(value, (str, bytes, bool)) or getattr(value, "ndim", False):
        raise TypeError(f"{what} must be a number, not {value!r}")
    try:
        real = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise TypeError(f"{what} must be a number, not {value!r}") from None
    except OverflowError:
        raise ValueError(f"{what} must be within the range of a float, not {value!r}") from None
    if math.isnan(real) or (finite and math.isinf(real)):
        raise ValueError(f"{what} must be a {'finite ' if finite else ''}number, not {real!r}")
    if least is not None and real < least:
        raise ValueError(f"{what} must be at least {least:g}, not {real!r}")
    return real


def integer(what: str, value: object, *, least: int | None = None) -> int:
    """Return `value`, an integer or what says by ``__index__`` that it is one, as an int.

    Raises
    ------
    TypeError
        If it is neither; a bool is taken for a slip.
    ValueError
        If it is less than `least`.
    """
    try:
        if isinstance(value, bool):
            raise TypeError
        whole = operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        raise TypeError(f"{what} must be an integer, not {value!r}") from None
    if least is not None and whole < least:
        raise ValueError(f"{what} must be at least {least}, not {whole}")
    return whole


def count(what: str, value: object, least: int = 1) -> int:
    """Return a number of things as an integer.

    Raises
    ------
    ValueError
        If it is not an integer, at least `least`.
    """
    if value is None:
        option = what.rpartition(" ")[2]
        raise ValueError(f"{what} must be given: an integer, at least {least}, as {option}=12")
    real = number(what, value)
    if real < least or real != int(real):
        raise ValueError(f"{what} must be an integer, at least {least}, not {value!r}")
    return int(real)


def extents(shape: int | Sequence[int], what: str = "shape") -> tuple[int, ...]:
    """Return an array's shape, which an integer may stand for, as a tuple of integers.

    Raises
    ------
    TypeError
        If an extent is not an integer.
    ValueError
        If one is negative.
    """
    if type(shape) is int and shape >= 0:  # most vectors
        return (shape,)
    try:
        # An array of integers is no Sequence, but has a length; one without axes is an integer.
        several = isinstance(shape, Sequence) or getattr(shape, "ndim", 0) > 0
        given: Any = shape if several else (shape,)
        sizes = tuple(operator.index(n) for n in given)
    except TypeError:
        raise TypeError(f"{what} must be integers, not {shape!r}") from None
    if any(n < 0 for n in sizes):
        raise ValueError(f"{what} must not have negative extents: {sizes}")
    return sizes


def check_threads(threads: int | None) -> None:
    """Raise unless `threads` is None or an integer, at least 1."""
    if threads is None:
        return
    try:
        integer("threads", threads, least=1)
    except TypeError:
        raise TypeError(f"threads must be an integer or None, not {threads!r}") from None
