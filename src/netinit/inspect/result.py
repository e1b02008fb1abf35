"""What every result has: words, numbers, a picture."""

from __future__ import annotations

import abc
from collections.abc import Sequence
from os import PathLike
from typing import Any

__all__ = ["Result", "aligned", "short"]


class Result(abc.ABC):
    """What an inspection found; its ``str`` is a verdict and a table."""

    @abc.abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """Return the numbers and the words, of Python's own types."""

    @abc.abstractmethod
    def figure(self) -> Any:
        """Return a ``matplotlib.figure.Figure``.

        Raises
        ------
        ModuleNotFoundError
            If matplotlib is not installed (the extra ``plot``).
        """

    def save(self, path: str | PathLike[str], dpi: int = 120) -> None:
        """Write the figure to a file, in the format that its ending says.

        Parameters
        ----------
        path : path-like
        dpi : int, default 120
            Dots per inch, where the format has dots.
        """
        self.figure().savefig(path, dpi=dpi)


def aligned(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the lines of a table: the first column to the left, the others to the right."""
    lines = [list(head), *map(list, rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    return [
        "  ".join(
            text.ljust(width) if i == 0 else text.rjust(width)
            for i, (text, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    ]


def short(number: float | None) -> str:
    """Return a number in three digits; "" for None."""
    return "" if number is None else f"{number:.3g}"
