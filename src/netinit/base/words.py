"""The words All, Automatic and Inherited."""

from __future__ import annotations

__all__ = ["All", "Automatic", "Inherited", "Word"]


class Word:
    """A word with a meaning of its own in netinit's calls; there is one of each."""

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return f"netinit.{self._name}"

    def __reduce__(self) -> str:
        return self._name  # pickled and copied by reference: `is` goes on holding


#: ``select=``: every parameter, those that have a value already too.
All = Word("All")

#: ``seed=``: a new one at each call. Elsewhere: the default.
Automatic = Word("Automatic")

#: ``seed=``: drawn from the framework's global generator.
Inherited = Word("Inherited")
