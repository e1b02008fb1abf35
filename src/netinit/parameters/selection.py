"""Which parameters a call is about."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fnmatch import fnmatchcase
from typing import Any

from netinit.base.spelling import fold, listing, nearest
from netinit.base.words import All, Automatic, Word
from netinit.parameters.parameter import Parameter

__all__ = ["Selection", "select_parameters"]


Selection = str | Word | Callable[[Parameter], bool] | Iterable[Any]


def select_parameters(parameters: Sequence[Parameter], select: Selection) -> list[Parameter]:
    """Return the parameters that `select` means, in the net's own order.

    Parameters
    ----------
    parameters : sequence of Parameter
        All of the net's.
    select : "uninitialized", netinit.All, str, predicate, or several of the last two
        A string is a pattern on the dotted name (``*``, ``?``, ``[...]`` as in `fnmatch`, with
        regard to case); a predicate takes a Parameter and says whether it is meant. Both
        select parameters that have a value already, too.

    Raises
    ------
    ValueError
        If a pattern matches no name; the nearest one is named.
    TypeError
        If `select` is none of these.

    Notes
    -----
    A buffer without a fixed value is never selected: its module computes it.

    Examples
    --------
    >>> from netinit import Parameter
    >>> from netinit.parameters.selection import select_parameters
    >>> net = [Parameter("a.weight", (2, 3)), Parameter("a.bias", (2,), role="bias")]
    >>> [p.name for p in select_parameters(net, "*.bias")]
    ['a.bias']
    """
    candidates = [p for p in parameters if p.kind == "parameter" or p.fixed is not None]
    if select is All:
        return candidates
    if select is Automatic or (isinstance(select, str) and fold(select) == "uninitialized"):
        return [p for p in candidates if not p.initialized]
    if isinstance(select, str) or callable(select):
        items: list[Any] = [select]
    elif isinstance(select, Iterable):
        items = list(select)
    else:
        raise _not_a_selection(select)
    chosen: set[str] = set()
    for item in items:
        chosen.update(_matches(candidates, item))
    return [p for p in candidates if p.name in chosen]


def _matches(candidates: Sequence[Parameter], item: object) -> list[str]:
    """Return the names of the candidates that one pattern or predicate means."""
    if isinstance(item, str):
        found = [
            p.name for p in candidates if any(fnmatchcase(n, item) for n in (p.name, *p.aliases))
        ]
        if not found:
            raise ValueError(_no_match(item, [n for p in candidates for n in (p.name, *p.aliases)]))
        return found
    if isinstance(item, type):
        raise TypeError(
            f"select must be a predicate or a pattern on names, not the class {item.__name__}; "
            f"give lambda parameter: parameter.layer == {item.__name__!r}, or rules as the method"
        )
    if callable(item):
        return [p.name for p in candidates if item(p)]
    raise _not_a_selection(item)


def _no_match(pattern: str, names: Sequence[str]) -> str:
    """Return the message for a pattern that matches no name, with what may have been meant."""
    message = f"select: no parameter's name matches {pattern!r}"
    if fold(pattern) == "all":
        return f"{message}; for all of them give netinit.All"
    if any(name.startswith(f"{pattern}.") for name in names):
        return f"{message}; did you mean {pattern + '.*'!r}?"
    hint = nearest(pattern, names) or nearest(pattern, ["uninitialized"])
    suggestion = f"; did you mean {hint!r}?" if hint else "."
    return f"{message}{suggestion} Names: {listing(names) or 'none'}"


def _not_a_selection(select: object) -> TypeError:
    return TypeError(
        "select must be 'uninitialized', netinit.All, a name pattern, a predicate on "
        f"netinit.Parameter, or several of these, not {select!r}"
    )
