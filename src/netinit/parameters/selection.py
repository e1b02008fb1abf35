"""Which parameters a call is about."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from netinit.base.spelling import fold, listing, nearest
from netinit.base.words import All, Automatic, Word
from netinit.parameters.parameter import Parameter
from netinit.parameters.selectors import check_selector, fits, no_match

__all__ = ["Selection", "is_general", "select_parameters"]


#: How a message begins.
_BEGIN = "select must be 'uninitialized', netinit.All,"

Selection = str | Word | type | re.Pattern[str] | Callable[[Parameter], bool] | Iterable[Any]


def select_parameters(parameters: Sequence[Parameter], select: Selection) -> list[Parameter]:
    """Return the parameters that `select` means, in the net's own order.

    Parameters
    ----------
    parameters : sequence of Parameter
        All of the net's.
    select : "uninitialized", netinit.All, a selector, or several selectors
        A selector is what a rule may be for (`netinit.parameters.selectors`): a pattern on names,
        a role, a layer's type, a predicate, ...; of several in a list, any may hold. Selectors
        select parameters that have a value already, too.

    Raises
    ------
    ValueError
        If a selector, but for a predicate, means no parameter; the nearest name is named.
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
    if is_general(select):
        return [p for p in candidates if not p.initialized]
    one = isinstance(select, (str, range, type)) or not isinstance(select, Iterable)
    items: Iterable[Any] = [select] if one else select  # type: ignore[assignment]
    chosen: set[str] = set()
    for item in items:
        chosen.update(_matches(candidates, item))
    return [p for p in candidates if p.name in chosen]


def is_general(select: Selection) -> bool:
    """Return whether `select` means all parameters, or all without a value; and names none."""
    return (isinstance(select, Word) and select in (All, Automatic)) or (
        isinstance(select, str) and fold(select) == "uninitialized"
    )


def _matches(candidates: Sequence[Parameter], item: Any) -> list[str]:
    """Return the names of the candidates that one selector means."""
    if isinstance(item, (Word, int)):  # a number of axes says too little by itself
        raise TypeError(f"{_BEGIN} several of these, or a selector such as '*.bias', not {item!r}")
    check_selector(_BEGIN, item)
    found = [p.name for p in candidates if fits(item, p)]
    predicate = callable(item) and not isinstance(item, type)
    if not found and not predicate:
        raise ValueError(f"select: {_no_match(item, candidates)}")
    return found


def _no_match(item: Any, candidates: Sequence[Parameter]) -> str:
    """Return the message for a selector that means nothing, with what may have been meant."""
    if not isinstance(item, str):
        return no_match(item, candidates)
    names = [name for p in candidates for name in (p.name, *p.aliases)]
    message = f"no parameter's name matches {item!r}"
    if fold(item) == "all":
        return f"{message}; for all of them give netinit.All"
    if any(name.startswith(f"{item}.") for name in names):
        return f"{message}; did you mean {item + '.*'!r}?"
    layers = {p.layer for p in candidates if p.layer}
    hint = nearest(item, [*layers, *names]) or nearest(item, ["uninitialized"])
    suggestion = f"; did you mean {hint!r}?" if hint else "."
    return f"{message}{suggestion} Names: {listing(names) or 'none'}"
