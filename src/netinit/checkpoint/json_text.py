"""JSON that nobody vouches for, read strictly; what is said of it stays short."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from netinit.errors import CheckpointError

__all__ = ["is_text", "parse_object", "quoted", "short"]

#: How much of a value, or of a name, a message quotes.
_MOST = 60


def parse_object(
    text: bytes | str,
    what: str,
    *,
    integer: Callable[[str], Any] | None = None,
    constants: bool = False,
) -> dict[str, Any]:
    """Return the JSON object that `text` is.

    Parameters
    ----------
    text : bytes or str
        Bytes must be UTF-8.
    what : str
        What it is, for the messages: "the header".
    integer : callable, optional
        Makes a number of an integer's digits; Python's own where not given.
    constants : bool, default False
        Whether ``NaN`` and ``Infinity``, which are not JSON, are accepted.

    Raises
    ------
    CheckpointError
        If it is anything else than one JSON object, is nested too deeply, or an object in it
        has a name twice (which others would read differently) or one that is not Unicode text.

    Examples
    --------
    >>> from netinit.checkpoint.json_text import parse_object
    >>> parse_object(b'{"a": [1, 2]}', "the index")
    {'a': [1, 2]}
    """

    def pairs_to_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        table = dict(pairs)
        if len(table) == len(pairs) and all(map(is_text, table)):
            return table
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise CheckpointError(f"{what} names {quoted(key)} twice")
            if not is_text(key):
                raise CheckpointError(f"the name {quoted(key)} in {what} is not Unicode text")
            seen.add(key)
        raise AssertionError("a name was given twice")

    def refuse(word: str) -> float:
        raise CheckpointError(f"{what} is not valid JSON: it holds {word}")

    try:
        table = json.loads(
            text.decode("utf-8") if isinstance(text, bytes) else text,
            object_pairs_hook=pairs_to_object,
            parse_int=integer,
            parse_constant=None if constants else refuse,
        )
    except UnicodeDecodeError as error:
        raise CheckpointError(f"{what} is not UTF-8 text: {error}") from None
    except RecursionError:
        raise CheckpointError(f"{what} is nested too deeply") from None
    except CheckpointError:
        raise
    except ValueError as error:
        raise CheckpointError(f"{what} is not valid JSON: {error}") from None
    if not isinstance(table, dict):
        raise CheckpointError(f"{what} is not a JSON object")
    return table


def is_text(name: str) -> bool:
    """Return whether a name can be written in UTF-8: it has no lone surrogates."""
    if name.isascii():
        return True
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def short(value: object) -> str:
    """Return the begin of a parsed value, as JSON, for a message."""
    if isinstance(value, (str, list)):  # no more of it is written than is shown
        value = value[:_MOST]
    text = json.dumps(value)
    return text if len(text) <= _MOST else f"{text[: _MOST - 3]}..."


def quoted(name: str) -> str:
    """Return a name in quotes, for a message; of a long one the begin.

    Examples
    --------
    >>> from netinit.checkpoint.json_text import quoted
    >>> quoted("w")
    "'w'"
    >>> len(quoted("w" * 1000))
    77
    """
    if len(name) <= 2 * _MOST:
        return repr(name)
    return f"{name[:_MOST] + '...'!r} ({len(name)} long)"
