"""What is wrong between arrays: equal where they are to differ, and different where one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from netinit.base.spelling import listing
from netinit.initializers.base import Initializer
from netinit.plans.plan import Plan
from netinit.verification.expected import Expected
from netinit.verification.findings import Finding, finding
from netinit.verification.look import Look

__all__ = ["duplicates", "equal_rows", "missing", "ties", "zeros"]

#: Arrays of fewer elements may be equal by chance, or by intent.
_FEW = 8


def is_drawn(look: Look, expected: Expected | None) -> bool:
    """Return whether an array is one whose elements are drawn: equal ones are no chance."""
    s, p = look.statistics, look.parameter
    if s is None or s.count < _FEW or s.constant or s.finite == 0 or p.kind != "parameter":
        return False
    if expected is None:
        return p.role in ("weight", "embedding") and p.known
    return _draws(expected.initializer)


def _draws(initializer: Initializer) -> bool:
    inner = initializer.inner
    if inner:
        return any(map(_draws, inner))
    return not initializer.constant and bool(initializer.std) and hasattr(initializer, "core")


def duplicates(looks: Iterable[Look], expected: Mapping[str, Expected]) -> Iterator[Finding]:
    """Yield the arrays that are equal to another one and were drawn for themselves."""
    groups: dict[tuple[int, object, str], list[Look]] = {}
    for look in looks:
        if is_drawn(look, expected.get(look.parameter.name)):
            assert look.statistics is not None
            key = look.statistics.digest, look.parameter.shape, look.parameter.dtype
            groups.setdefault(key, []).append(look)
    for group in groups.values():
        first = group[0].parameter.name
        origins = {expected[n].origin if n in expected else n for n in _names(group)}
        if len(group) > 1 and len(origins) > 1:
            others = _names(group)[1:]
            yield finding("duplicate", others[0], f"equal to {first}" + _more(others[1:]))


def _names(group: Sequence[Look]) -> list[str]:
    return [look.parameter.name for look in group]


def _more(others: Sequence[str]) -> str:
    return f", and so are {listing(others)}" if others else ""


def zeros(looks: Sequence[Look], expected: Mapping[str, Expected]) -> Iterator[Finding]:
    """Yield the weights that are 0 where those of their place in other layers are not.

    Or where every weight is: that is how new memory mostly looks.
    """
    weights = [
        look
        for look in looks
        if look.parameter.role in ("weight", "embedding") and look.parameter.known
        if look.statistics is not None and look.statistics.count > 1
    ]
    places: dict[str, list[Look]] = {}
    for look in weights:
        places.setdefault(re.sub(r"\d+", "#", look.parameter.name), []).append(look)
    every = all(map(_is_zero, weights))
    for of_place in places.values():
        found = [look for look in of_place if _is_zero(look)]
        for look in found:
            name = look.parameter.name
            if name not in expected and (every or 2 * len(found) < len(of_place)):
                yield finding("zeros", name, "every element is 0")


def _is_zero(look: Look) -> bool:
    s = look.statistics
    return s is not None and s.constant and s.low == 0


def equal_rows(look: Look, expected: Expected | None) -> Iterator[Finding]:
    """Yield that rows of a drawn matrix are equal."""
    if not is_drawn(look, expected):
        return
    rows = look.equal_rows
    if rows:
        which = ", ".join(map(str, rows[:4])) + (", ..." if len(rows) > 4 else "")
        evidence = f"{len(rows):,} rows are equal: {which}"
        yield finding("equal rows", look.parameter.name, evidence)


def ties(plan: Plan, looks: Mapping[str, Look]) -> Iterator[Finding]:
    """Yield the names that are one tensor in the plan's net, and two here."""
    for a in plan:
        one = looks.get(a.name)
        for alias in a.parameter.aliases:
            other = looks.get(alias)
            if one is None or other is None or other is one:
                continue
            both = [look.statistics and look.statistics.digest for look in (one, other)]
            same = both[0] is not None and both[0] == both[1]
            state = "a tensor of its own, with the same values" if same else "another tensor"
            yield finding("tie", alias, f"one with {a.name} in the plan, and here {state}")


def missing(plan: Plan, looks: Mapping[str, Look], persistent: bool) -> Iterator[Finding]:
    """Yield what the plan has and the net has not, under none of its names."""
    for a in plan:
        if persistent and not a.parameter.persistent:
            continue
        if not any(name in looks for name in (a.name, *a.parameter.aliases)):
            yield finding("missing", a.name, "it is not there")
