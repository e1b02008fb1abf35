"""What a check finds: a tensor, or a file, that is not what it should be."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Difference"]


@dataclass(frozen=True, slots=True)
class Difference:
    """A tensor that is not what its recipe makes, or a file that does not fit its folder.

    Attributes
    ----------
    name : str
        The tensor; "" where it is the file.
    reason : str
        What differs, in words.
    index : tuple of int, or None
        The first differing element; None where the tensor as a whole is missing or unknown.
    found, expected : float or None
        Its value in the file, and by the recipe.
    file : str
        The file's name within the folder that was checked; "" where a file was.

    Examples
    --------
    >>> from netinit.checkpoint import Difference
    >>> print(Difference("norm.weight", "it is in the recipe but not in the file"))
    norm.weight: it is in the recipe but not in the file
    """

    name: str
    reason: str
    index: tuple[int, ...] | None = None
    found: float | None = None
    expected: float | None = None
    file: str = ""

    def __str__(self) -> str:
        # A name is another's text: it must not break the line, nor talk to the terminal.
        names = (n if n.isprintable() else ascii(n) for n in (self.file, self.name) if n)
        return ": ".join((*names, self.reason))
