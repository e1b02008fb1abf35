"""What `netinit.verify` returns: a row for each array, and what was found."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from netinit.base.table import fitted, terminal_width
from netinit.verification import limits
from netinit.verification.findings import Finding, finding
from netinit.verification.statistics import Statistics

__all__ = ["Checked", "Verification"]

_HEAD = ("name", "shape", "dtype", "mean", "std", "min", "max", "planned", "verdict")
_NUMBERS = ("mean", "std", "min", "max")
#: Columns that a narrow terminal does without, the first first.
_SPARE = ("dtype", "min", "max", "mean", "shape")


@dataclass(frozen=True, slots=True)
class Checked:
    """One array, and how it was judged.

    Attributes
    ----------
    name : str
    shape, dtype, role, kind : tuple of int, str, str, str
        As in `netinit.Parameter`; the shape is None where it is not known.
    statistics : Statistics or None
        None where the array has no value.
    planned : str
        What it is to be; "" where nobody says.
    verdict : str
        "exact": the very values that the seed gives. "as planned": of the distribution. "plain":
        nothing is wrong with it by itself. Or the kinds of what was found.
    part : str
        Of a distributed array, which elements of the whole this process has: "[0:64, 0:128]".
    """

    name: str
    shape: tuple[int, ...] | None
    dtype: str
    role: str
    kind: str
    statistics: Statistics | None
    planned: str
    verdict: str
    part: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return the row as JSON has it: numbers that are not finite are None."""
        found: dict[str, Any] = {
            "name": self.name,
            "shape": None if self.shape is None else list(self.shape),
            "dtype": self.dtype,
            "role": self.role,
            "kind": self.kind,
            "planned": self.planned,
            "verdict": self.verdict,
        }
        if self.part:
            found["part"] = self.part
        s = self.statistics
        if s is not None:
            counts = ("count", "nans", "infinities", "zeros", "subnormals", "repeats")
            found |= {name: getattr(s, name) for name in counts}
            for name in ("mean", "std", "low", "high"):
                number = getattr(s, name)
                found[name] = number if math.isfinite(number) else None
            found["digest"] = f"{s.digest:016x}"
        return found

    def cells(self) -> tuple[str, ...]:
        """Return the row as text."""
        s = self.statistics
        shape = "unknown" if self.shape is None else " x ".join(map(str, self.shape)) or "scalar"
        numbers = ("",) * 4 if s is None else tuple(map(_short, (s.mean, s.std, s.low, s.high)))
        return (self.name, shape, self.dtype, *numbers, self.planned, self.verdict)


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}" + ("" if count == 1 else "s")


def _short(number: float) -> str:
    return "" if math.isnan(number) else f"{number:.4g}"


@dataclass(frozen=True)
class Verification:
    """What was found in a net, or a file.

    ``print`` shows a table no wider than the terminal, and the findings; `rich` shows them in
    colour. True where nothing was found.

    Attributes
    ----------
    arrays : tuple of Checked
        One for each array, in the net's order.
    findings : tuple of Finding
        What is wrong; the severest first.
    """

    arrays: tuple[Checked, ...]
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing was found."""
        return not self.findings

    def __bool__(self) -> bool:
        return self.ok

    def compare(self, *others: Verification) -> tuple[Finding, ...]:
        """Return the shards of this process that other processes have too, bit for bit.

        Parameters
        ----------
        *others : Verification
            Those of other ranks, of their parts of the same net.

        Returns
        -------
        tuple of Finding
            Of the kind "equal shards". Replicas of a distributed tensor, which are to be equal,
            are none; other parameters that every process has whole leave out of the comparison.
        """
        return equal_shards([self, *others])

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as JSON has it."""
        return {
            "ok": self.ok,
            "false alarms": limits.FALSE_ALARMS,
            "findings": [one.to_dict() for one in self.findings],
            "arrays": [one.to_dict() for one in self.arrays],
        }

    def table(self, width: int | None = None) -> str:
        """Return a line for each array, at most `width` characters long where that is given."""
        if not self.arrays:
            return ""
        return "\n".join(fitted([_HEAD, *self._cells()], width, _NUMBERS, _SPARE))

    def summary(self) -> str:
        """Return a line that says what was looked at and how much was found."""
        count = sum(one.statistics.count for one in self.arrays if one.statistics is not None)
        looked = f"{len(self.arrays):,} arrays, {count:,} elements"
        if self.ok:
            exact = sum(one.verdict == "exact" for one in self.arrays)
            planned = sum(one.verdict == "as planned" for one in self.arrays)
            return (
                f"{looked}: nothing found; {exact:,} exactly and {planned:,} by distribution as "
                "planned"
            )
        errors = sum(one.severity == "error" for one in self.findings)
        warnings = len(self.findings) - errors
        return f"{looked}: {_counted(errors, 'error')}, {_counted(warnings, 'warning')}"

    def _cells(self) -> list[tuple[str, ...]]:
        return [one.cells() for one in self.arrays]

    def __str__(self) -> str:
        parts = [self.table(terminal_width()), "\n".join(map(str, self.findings)), self.summary()]
        return "\n\n".join(part for part in parts if part)

    def __rich_console__(self, console: Any, options: Any) -> Iterator[Any]:
        """Yield the same for `rich`, no wider than its console, the findings in colour."""
        from rich.text import Text

        table = self.table(options.max_width)
        if table:
            yield Text(table, no_wrap=True)
            yield Text("")
        for one in self.findings:
            yield Text(str(one), style="red" if one.severity == "error" else "yellow")
        yield Text(self.summary(), style="bold")


def equal_shards(ranks: Sequence[Verification]) -> tuple[Finding, ...]:
    """Return the drawn arrays that several ranks have with the same values, by their digests."""
    found = []
    seen: dict[tuple[str, int], dict[str, int]] = {}
    for rank, one in enumerate(ranks):
        for row in one.arrays:
            s = row.statistics
            drawn = s is not None and s.count >= 8 and not s.constant and s.finite > 0
            if s is None or not drawn or row.role not in ("weight", "embedding"):
                continue
            holders = seen.setdefault((row.name, s.digest), {})
            if row.part and row.part in holders:  # a replica
                continue
            first = next(iter(holders.values()), rank)
            holders.setdefault(row.part, rank)
            if first != rank:
                evidence = f"the shard of rank {rank} is equal to that of rank {first}"
                found.append(finding("equal shards", row.name, evidence))
    return tuple(found)
