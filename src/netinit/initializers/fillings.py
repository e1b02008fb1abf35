"""Fills of whole arrays that wait for each other, so that the core makes many in one call."""

from __future__ import annotations

from netinit.initializers.elementwise import Filling, fill_many

__all__ = ["Fillings"]

#: What is noted of so many takes half a MB.
_MANY = 1 << 10


class Fillings:
    """Fills that the core makes in parallel, small ones several at a time.

    Parameters
    ----------
    threads : int, optional
        At most this many threads; the values do not depend on it.
    """

    def __init__(self, threads: int | None = None) -> None:
        self._threads = threads
        self._waiting: list[Filling] = []
        self._kept: list[object] = []

    def add(self, filling: Filling, kept: object) -> None:
        """Have a fill made, of memory that is valid as long as something is kept."""
        self._waiting.append(filling)
        self._kept.append(kept)
        if len(self._waiting) == _MANY:
            self.end()

    def end(self) -> None:
        """Make those that wait."""
        fill_many(self._waiting, self._threads)
        self._waiting, self._kept = [], []
