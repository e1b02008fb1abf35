"""Words that people type: matched loosely, listed, and the nearest one named."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping

__all__ = ["choose", "fold", "listing", "nearest", "shortened", "unknown"]


def nearest(word: str, words: Iterable[str]) -> str | None:
    """Return the one of `words` nearest to `word` in spelling, or None where nothing is near."""
    by_folded = {candidate.casefold(): candidate for candidate in words}
    begun = [name for name in by_folded if len(word) > 3 and name.startswith(word.casefold())]
    if begun:  # a part of a name, as of "float8_e4m3fn"
        return by_folded[min(begun, key=len)]
    close = difflib.get_close_matches(word.casefold(), by_folded, n=1, cutoff=0.5)
    return by_folded[close[0]] if close else None


def unknown(what: str, given: object, allowed: Iterable[str]) -> str:
    """Return the message for a name that is not one of `allowed`, naming the nearest one."""
    allowed = list(allowed)
    hint = nearest(given, allowed) if isinstance(given, str) else None
    suggestion = f"; did you mean {hint!r}?" if hint else "."
    return f"{what} {given!r} is unknown{suggestion} Allowed: {', '.join(map(repr, allowed))}."


def listing(names: Iterable[str], most: int = 5) -> str:
    """Return `names` quoted and joined for a message: the first `most`, and how many more."""
    names = list(names)
    shown = ", ".join(map(repr, names[:most]))
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"


def shortened(text: str, most: int) -> str:
    """Return a text of at most `most` characters: of a longer one its begin and its end.

    Examples
    --------
    >>> from netinit.base.spelling import shortened
    >>> shortened("0123456789" * 3, 12)
    '012345...789'
    """
    if len(text) <= most:
        return text
    end = (most - 3) // 3
    return f"{text[: most - 3 - end]}...{text[len(text) - end :]}"


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
    table = allowed if isinstance(allowed, (dict, Mapping)) else {name: name for name in allowed}
    if given in table:
        return table[given]
    folded = {fold(name): canonical for name, canonical in table.items()}
    try:
        return folded[fold(given)]
    except KeyError:
        raise ValueError(unknown(what, given, table)) from None
