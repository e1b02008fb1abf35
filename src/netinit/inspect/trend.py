"""How a size changes along a row of layers, in numbers and in words."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["Trend", "repeated", "trend"]

#: A layer stands out whose own factor is this many times the middle one, or its inverse.
_OUTSTANDING = 4.0


@dataclass(frozen=True, slots=True)
class Trend:
    """How the root mean square changes along a row of layers.

    Attributes
    ----------
    verdict : {"keeps its size", "grows", "shrinks", "explodes", "dies", "is not finite"}
        By the whole change: within a factor 10 either way, within 1000, or beyond.
    factor : float
        From one layer to the next: by a line through the logarithms.
    first, last : tuple of str and float
        The names of the ends of the row, and the values there.
    count : int
        How many layers there are.
    outstanding : tuple of str and float, or None
        The layer whose own factor differs most from the middle one, where that is by 4 times
        or more, and its factor.
    broken : str
        The first layer whose value is 0 or not finite; "" where there is none.
    """

    verdict: str
    factor: float
    first: tuple[str, float]
    last: tuple[str, float]
    count: int
    outstanding: tuple[str, float] | None
    broken: str

    def sentences(self, what: str) -> list[str]:
        """Return the trend in words, of what is called `what`."""
        if self.broken:
            state = "is 0" if self.verdict == "dies" else "is not finite"
            return [f"the {what} {state} from {self.broken} on."]
        (start, low), (end, high) = self.first, self.last
        said = [
            f"the {what} {self.verdict}: {self.factor:.3g} times a layer, "
            f"rms {low:.3g} at {start}, {high:.3g} at {end} ({self.count} layers)."
        ]
        if self.outstanding is not None:
            name, factor = self.outstanding
            said.append(f"{name} stands out: it multiplies the {what} by {factor:.3g}.")
        return said

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers and the words, of Python's own types."""
        return {
            **{"verdict": self.verdict, "factor": self.factor, "count": self.count},
            **{"first": list(self.first), "last": list(self.last), "broken": self.broken},
            "outstanding": None if self.outstanding is None else list(self.outstanding),
        }


def repeated(layers: Sequence[tuple[str, str]]) -> list[int]:
    """Return the positions of the longest row of layers whose names differ in numbers alone.

    Of `layers`, pairs of name and part, a row of three or more blocks comes before one of layers
    of weights; where none repeats, all layers of weights are the row.
    """
    for part in ("block", "weights"):
        rows: dict[str, list[int]] = {}
        for index, (name, kind) in enumerate(layers):
            if kind == part:
                # Flax's first layer of a kind has the number, Keras's and others' have not.
                rows.setdefault(re.sub(r"_?\d+", "#", name).rstrip("#"), []).append(index)
        longest = max(rows.values(), key=len, default=[])
        if len(longest) >= 3:
            return longest
    weights = [index for index, (_, kind) in enumerate(layers) if kind == "weights"]
    return weights if len(weights) >= 3 else list(range(len(layers)))


def trend(row: Sequence[tuple[str, float]]) -> Trend | None:
    """Return how values change along a row of named layers; None for fewer than three."""
    if len(row) < 3:
        return None
    for name, value in row:
        if not math.isfinite(value) or value <= 0:
            verdict = "dies" if value == 0 else "is not finite"
            return Trend(verdict, math.nan, row[0], row[-1], len(row), None, name)
    logs = np.log([value for _, value in row])
    slope = float(np.polyfit(np.arange(len(row)), logs, 1)[0])
    steps = np.diff(logs)
    apart = steps - np.median(steps)
    most = int(np.argmax(np.abs(apart)))
    stands = abs(apart[most]) >= math.log(_OUTSTANDING)
    outstanding = (row[most + 1][0], float(np.exp(steps[most]))) if stands else None
    change = float(logs[-1] - logs[0]) / math.log(10)
    verdict = "keeps its size"
    if abs(change) > 1:
        verdict = ("grows" if change > 0 else "shrinks") if abs(change) <= 3 else (
            "explodes" if change > 0 else "dies")  # fmt: skip
    return Trend(verdict, math.exp(slope), row[0], row[-1], len(row), outstanding, "")
