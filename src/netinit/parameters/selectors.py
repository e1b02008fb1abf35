"""Selectors: which parameters a rule, or a call, is about.

A selector is

* a string: a parameter's role ("weight", "bias", "scale", ...), or a pattern (as in `fnmatch`,
  with regard to case) on its layer's type ("Linear", "Conv*d"), on its dotted name, or on the
  last part of that ("bias", "encoder.*", "*");
* a compiled regular expression, searched for in the dotted name;
* a class of layers, such as ``torch.nn.Linear``, and those derived from it by name;
* an integer, or a range of them: the parameter's number of axes (its rank);
* a predicate on `netinit.Parameter`;
* a tuple of these, all of which must hold; a (frozen) set, one of which must.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from typing import Any

from netinit.base.spelling import listing, nearest
from netinit.parameters.parameter import Parameter

__all__ = ["check_selector", "fits", "no_match"]


def check_selector(begin: str, what: Any) -> None:
    """Raise TypeError unless `what` is a selector; `begin` is how the message begins."""
    if isinstance(what, (tuple, set, frozenset)):
        for part in what:
            check_selector(begin, part)
    elif isinstance(what, bool) or not (
        isinstance(what, (str, int, range, re.Pattern, type)) or callable(what)
    ):
        raise TypeError(
            f"{begin} a name pattern, a layer's type, a rank, a predicate, or a tuple of these, "
            f"not {what!r}"
        )


def fits(what: Any, parameter: Parameter) -> bool:
    """Return whether a selector means a parameter."""
    if isinstance(what, tuple):
        return all(fits(part, parameter) for part in what)
    if isinstance(what, (set, frozenset)):
        return any(fits(part, parameter) for part in what)
    names = (parameter.name, *parameter.aliases)
    if isinstance(what, str):
        parts = (*names, *(name.rpartition(".")[2] for name in names))
        return what == parameter.role or any(
            fnmatchcase(name, what) for name in (*parts, parameter.layer) if name
        )
    if isinstance(what, re.Pattern):
        return any(what.search(name) for name in names)
    if isinstance(what, type):
        return parameter.layer in {what.__name__, *(cls.__name__ for cls in _derived(what))}
    if isinstance(what, (int, range)):
        ranks = what if isinstance(what, range) else (what,)
        return parameter.shape is not None and len(parameter.shape) in ranks
    try:
        return bool(what(parameter))
    except (AttributeError, TypeError) as error:
        raise TypeError(
            f"{what!r} is called with each netinit.Parameter, to say whether it is meant, and "
            f"fails for {parameter.name!r}: {error}. (A layer is meant by its class or name.)"
        ) from error


def _derived(cls: type) -> Iterable[type]:
    children: list[type] = type.__subclasses__(cls)
    for child in children:
        yield child
        yield from _derived(child)


def no_match(what: Any, parameters: Sequence[Parameter]) -> str:
    """Return the message for a selector that means no parameter, with what may have been meant."""
    names = [name for p in parameters for name in (p.name, *p.aliases)]
    layers = sorted({p.layer for p in parameters if p.layer})
    parts = {name.rpartition(".")[2]: None for name in names}
    hint = nearest(what, [*layers, *parts, *names]) if isinstance(what, str) else None
    suggestion = f"; did you mean {hint!r}?" if hint else "."
    if isinstance(what, tuple) and (
        all(isinstance(part, type) for part in what)
        or any(fits(frozenset(what), p) for p in parameters)
    ):
        suggestion = ": all of a tuple must hold; for any of them give a set."
    shown = f"Layers: {listing(layers) or 'none'}; names: {listing(names) or 'none'}"
    return f"{what!r} fits no parameter{suggestion} {shown}"
