"""The arrays of a net or a file, looked at one by one and judged together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from netinit.initializers.base import Initializer
from netinit.parameters.parameter import Parameter
from netinit.plans.plan import Plan
from netinit.verification import across, limits
from netinit.verification.alone import check_alone
from netinit.verification.exact import first_difference
from netinit.verification.expected import Expected
from netinit.verification.findings import Finding, finding
from netinit.verification.look import Look, look_at
from netinit.verification.planned import check_planned, fits
from netinit.verification.report import Checked, Verification
from netinit.verification.source import Source, part_of

__all__ = ["judge"]


def judge(
    arrays: Iterable[tuple[Parameter, Source | None]],
    expected: Mapping[str, Expected],
    plan: Plan | None = None,
    threads: int | None = None,
    others: Iterable[Finding] = (),
    progress: Callable[[int, int], None] | None = None,
) -> Verification:
    """Return what is wrong with arrays, each of which is read once.

    Parameters
    ----------
    arrays : iterable of (Parameter, Source or None)
        Each array, and where its elements are.
    expected : mapping of str to Expected
        What each is to be, by its name.
    plan : Plan, optional
        Whose names are all to be there.
    threads : int, optional
        As `netinit.fill` takes it.
    others : iterable of Finding
        What was found before.
    progress : callable, optional
        Called as ``progress(bytes_done, bytes_in_all)`` after each array.
    """
    given = list(arrays)
    t = limits.log_chance(len(given))
    total = sum(0 if source is None else parameter.nbytes for parameter, source in given)
    done = 0
    looks: list[Look] = []
    exact: dict[str, int | None] = {}
    known: dict[str, Expected] = {}
    found: dict[str, list[Finding]] = {}
    for parameter, source in given:
        look = look_at(parameter, source, threads)
        name, one = parameter.name, _of(parameter, expected)
        if one is not None:
            known[name] = one
            if one.stream is not None and source is not None and fits(look, one):
                exact[name] = first_difference(source, one, threads)
        found[name] = _judged(look, one, exact.get(name) == -1, t)
        looks.append(look.kept())
        done += 0 if source is None else parameter.nbytes
        if progress is not None:
            progress(done, total)
    _let_be(looks, known, found)
    seeded = _seeded(known, exact)
    for name, one in known.items():
        if not found[name]:
            found[name] += _not_exact(one, exact.get(name), name, seeded)
    for one_found in (*across.duplicates(looks, known), *across.zeros(looks, known)):
        if not found[one_found.name]:
            found[one_found.name].append(one_found)
    rest = list(others)
    if plan is not None:
        table = {n: look for look in looks for n in (look.parameter.name, *look.parameter.aliases)}
        rest += [*across.ties(plan, table), *across.missing(plan, table, _of_files(looks))]
    rows = tuple(_checked(look, known, exact, found[look.parameter.name]) for look in looks)
    every = [one for each in found.values() for one in each] + rest
    return Verification(rows, tuple(sorted(every, key=lambda one: one.severity)))


def _judged(look: Look, one: Expected | None, exact: bool, t: float) -> list[Finding]:
    """Return what is wrong with one array, by itself and by what it is to be."""
    found = list(check_alone(look, one))
    if not found and one is not None and not exact:
        found = list(check_planned(look, one, t))
    return found or list(across.equal_rows(look, one))


def _of(parameter: Parameter, expected: Mapping[str, Expected]) -> Expected | None:
    names = (parameter.name, *parameter.aliases)
    return next((expected[name] for name in names if name in expected), None)


def _of_files(looks: Iterable[Look]) -> bool:
    return all(look.parameter.target is None for look in looks)


def _draws(initializer: Initializer) -> bool:
    return not initializer.constant


def _let_be(
    looks: Iterable[Look], known: Mapping[str, Expected], found: dict[str, list[Finding]]
) -> None:
    """Take back that layers are not as their type has it, where their net has more of them.

    Many nets close their branches by scales of 0, or have scales that 1 is added to.
    """
    at: dict[float, list[str]] = {}
    scales = [look for look in looks if look.parameter.role == "scale"]
    for look in scales:
        one, s = known.get(look.parameter.name), look.statistics
        if one is not None and one.source == "layer" and s is not None and s.constant:
            at.setdefault(s.low, []).append(look.parameter.name)
    for names in at.values():
        if len(names) >= max(2, len(scales) // 10):
            for name in names:
                found[name] = [each for each in found[name] if each.kind != "value"]


def _seeded(known: Mapping[str, Expected], exact: Mapping[str, int | None]) -> bool:
    """Return whether the net is the seed's: most of what it draws is there, bit for bit."""
    drawn = [n for n in exact if _draws(known[n].initializer)]
    same = sum(exact[n] == -1 for n in drawn)
    return 2 * same >= len(drawn) and same > 0


def _not_exact(one: Expected, first: int | None, name: str, seeded: bool) -> Iterable[Finding]:
    """Yield that values of the distribution are not those of the seed, where they are to be."""
    if first is None or first < 0 or not _draws(one.initializer):
        return
    if first > 0:
        evidence = f"its elements are the seed's up to number {first:,}, and not from there"
        yield finding("overwritten", name, evidence)
    elif one.surely or seeded:
        who = "the file's recipe gives" if one.surely else "the plan's seed gives, as elsewhere"
        yield finding("other values", name, f"its values are not those that {who}")


def _checked(
    look: Look,
    known: Mapping[str, Expected],
    exact: Mapping[str, int | None],
    found: list[Finding],
) -> Checked:
    p = look.parameter
    one = known.get(p.name)
    verdict = "plain" if one is None else "exact" if exact.get(p.name) == -1 else "as planned"
    if found:
        verdict = ", ".join(dict.fromkeys(each.kind for each in found))
    planned = "" if one is None else str(one.initializer)
    return Checked(
        *(p.name, p.shape, p.dtype, p.role, p.kind, look.statistics, planned, verdict),
        "" if look.source is None else part_of(look.source),
    )
