"""What is wrong with a net's arrays, in sentences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["KINDS", "Finding", "finding"]

#: Each kind of finding: how severe it is, and what may be done about it where nothing else is said.
KINDS: dict[str, tuple[str, str]] = {
    "no value": ("error", "give it one: netinit.initialize(net), or load it"),
    "nan": ("error", "find what wrote it: a reset that was forgotten after to_empty, or log of 0"),
    "infinite": ("error", "find what wrote it: a division by 0, or exp of a large number"),
    "overflow": ("error", "values do not fit the dtype: draw them smaller, or in a wider type"),
    "untouched": ("error", "memory that nobody wrote: initialize it, or load it"),
    "zeros": ("warning", "a layer that was forgotten? training cannot tell its elements apart"),
    "constant": ("warning", "training cannot tell its elements apart: draw it"),
    "value": ("error", "set it as planned: its reset was left out, or another's was applied"),
    "noisy": ("error", "it was drawn, and is not to be: a rule that is for weights alone?"),
    "not drawn": ("error", "its draw was left out"),
    "std": ("error", "compare the plan's fan_in, fan_out and gain with those of the code"),
    "mean": ("error", "something was added to it, or it is not what its name says"),
    "distribution": ("error", "another distribution of the same size was drawn"),
    "bounds": ("error", "clamp nothing afterwards, and truncate in units of std"),
    "outliers": ("error", "a few values are none of the distribution's: look at these elements"),
    "duplicate": ("error", "draw each by its own name or seed; tie them if they are to be one"),
    "equal rows": ("error", "rows that are equal stay equal: draw each row anew"),
    "equal shards": ("error", "each rank drew from the same seed: seed by the shard's place"),
    "tie": ("error", "tie them again: they are to be one tensor"),
    "padding row": ("warning", "set the padding row to 0 after drawing"),
    "orthogonal": ("error", "its rows are no orthogonal set: draw the whole matrix at once"),
    "other values": ("error", "it is not what the seed gives: loaded, trained or drawn again?"),
    "overwritten": ("error", "it begins as the seed gives it: what was written over the rest?"),
    "shape": ("error", "plan and net are not of one model, or a shard is taken for the whole"),
    "dtype": ("warning", "plan and net are to have one type: convert after drawing"),
    "missing": ("error", "the plan has it: it was not saved, or has another name"),
    "file": ("error", "the file cannot be read: write it again"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong.

    Attributes
    ----------
    kind : str
        One of ``KINDS`` in `netinit.verification.findings`.
    name : str
        The array, or the file.
    evidence : str
        What was seen, and what was to be seen.
    remedy : str
        What may be the cause, or done about it.
    """

    kind: str
    name: str
    evidence: str
    remedy: str

    @property
    def severity(self) -> str:
        """Return "error" or "warning"."""
        return KINDS[self.kind][0]

    def to_dict(self) -> dict[str, Any]:
        """Return what it says, and how severe it is, as JSON has it."""
        return {
            "kind": self.kind,
            "severity": self.severity,
            "name": self.name,
            "evidence": self.evidence,
            "remedy": self.remedy,
        }

    def __str__(self) -> str:
        return f"{self.name}: {self.evidence}: {self.remedy}"


def finding(kind: str, name: str, evidence: str, remedy: str = "") -> Finding:
    """Return a finding, with its kind's remedy where none is given."""
    return Finding(kind, name, evidence, remedy or KINDS[kind][1])
