"""Names that people type: matched without regard to case, underscores, hyphens and spaces."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from netinit.errors import unknown

__all__ = ["choose", "fold"]

_IGNORED = str.maketrans("", "", "_- ")


def fold(name: str) -> str:
    """Return the form of `name` in which spellings that mean the same are equal."""
    return name.casefold().translate(_IGNORED)


def choose(what: str, given: object, allowed: Iterable[str] | Mapping[str, str]) -> str:
    """Return the canonical name for `given`, or raise naming the nearest allowed one.

    Parameters
    ----------
    what : str
        What the name is, for the message ("method", "option distribution", ...).
    given : object
        What the user wrote.
    allowed : iterable of str, or mapping of str to str
        The canonical names; a mapping also has aliases as keys, each with its canonical name.

    Raises
    ------
    TypeError
        If `given` is not a string.
    ValueError
        If it is not one of `allowed`.
    """
    if not isinstance(given, str):
        raise TypeError(f"{what} must be a string, not {given!r}")
    table = allowed if isinstance(allowed, Mapping) else {name: name for name in allowed}
    if given in table:
        return table[given]
    folded = {fold(name): canonical for name, canonical in table.items()}
    try:
        return folded[fold(given)]
    except KeyError:
        raise ValueError(unknown(what, given, table)) from None
