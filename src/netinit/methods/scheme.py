"""What schemes share: a warning where a net has none of the weights that they treat apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from netinit.base.spelling import listing
from netinit.base.warning import warn
from netinit.methods.base import Method
from netinit.methods.places import named
from netinit.parameters.parameter import Parameter

__all__ = ["Scheme"]


class Scheme(Method):
    """A method that treats some weights apart, which it knows by their names."""

    __slots__ = ()

    #: Each option that is name patterns, with what follows where no weight's name fits them.
    without: ClassVar[Mapping[str, str]]

    @property
    def needs_net(self) -> bool:
        """True: places are known by the names in a net."""
        return True

    def patterns(self, option: str) -> tuple[str, ...]:
        """Return the name patterns that an option stands for."""
        given: tuple[str, ...] = getattr(self, option)
        return given

    def missing(self, names: Sequence[str]) -> list[str]:
        """Return what is not found among the names of a net's weights, and what follows."""
        sought = {option: self.patterns(option) for option in self.without}
        return [
            f"no weight has a name that fits its {option} ({listing(patterns, 8)}), so "
            f"{self.without[option]}: give patterns of your net's names as {option}=[...], or "
            f"{option}=[] if there are none"
            for option, patterns in sought.items()
            if patterns and not any(named(name, patterns) for name in names)
        ]

    def of_net(self, parameters: Sequence[Parameter]) -> Method:
        """Return the scheme itself, with a warning if the net's weights have other names.

        Warns
        -----
        UserWarning
            If no weight is one of those that the scheme treats apart.
        """
        names = [p.name for p in parameters if p.role == "weight" and p.fixed is None]
        lacks = self.missing(names) if names else []
        if lacks:
            found = f"The net's weights: {listing(names)}"
            warn(f"{type(self).__name__}: {'; '.join(lacks)}. {found}")
        return self
