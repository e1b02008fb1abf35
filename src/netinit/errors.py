"""What a user is told: warnings, errors and the nearest spelling of a misspelt word."""

from __future__ import annotations

import difflib
import sys
import warnings
from collections.abc import Iterable
from types import FrameType


class NothingToInitializeWarning(UserWarning):
    """`initialize` found no uninitialized parameter and changed nothing."""


class SymmetryWarning(UserWarning):
    """A method leaves every weight of a parameter equal, so training cannot tell them apart."""


class UnresolvedShapeError(ValueError):
    """A parameter's shape is not known yet, so its fans and its values are not defined."""


class CheckpointError(ValueError):
    """A checkpoint file or its header is not what the safetensors format allows."""


def nearest(word: str, words: Iterable[str]) -> str | None:
    """Return the one of `words` nearest to `word` in spelling, or None where nothing is near."""
    by_folded = {candidate.casefold(): candidate for candidate in words}
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


def warn(message: str, category: type[Warning] = UserWarning) -> None:
    """Issue a warning at the line that called netinit, however deep in it this is found out."""
    frame: FrameType | None = sys._getframe()
    level = 1
    while frame is not None and frame.f_globals.get("__name__", "").startswith("netinit."):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, category, stacklevel=level)
