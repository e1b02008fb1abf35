"""One initializer for every weight: what an entry of the catalogue means as a method."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from netinit.base.spelling import choose
from netinit.catalogue.entries import ENTRIES, NAMES, check_options
from netinit.initializers.base import Initializer
from netinit.initializers.convert import as_initializer
from netinit.methods.base import Method, remark_on
from netinit.methods.registry import register
from netinit.parameters.parameter import Parameter

__all__ = ["Every"]


@register("Every")
@dataclass(frozen=True, slots=True)
class Every(Method):
    """Fill every weight by one initializer; biases are 0.

    Parameters
    ----------
    what : str, Initializer, number, array or object with ``ppf``
        A name of the catalogue, or what fills an array; a number s means ``Normal(0, s)``.
    options : mapping
        The options of the catalogue's entry; their names in any case.

    Raises
    ------
    TypeError, ValueError
        If it is none of these, or has no such option.

    Examples
    --------
    >>> import netinit
    >>> method = netinit.methods.Every("xavier_uniform", {"gain": 2})
    >>> print(method.weight(netinit.Parameter("w", (3, 5))))
    Uniform(-1.73, 1.73)
    """

    name = "every"

    what: Any
    options: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if isinstance(self.what, str):
            name = choose("initializer", self.what, NAMES)
            own = list(ENTRIES[name].options)
            chosen = {choose(f"{name}'s option", key, own): v for key, v in self.options.items()}
            check_options(name, ENTRIES[name], (), chosen)
            object.__setattr__(self, "what", name)
            object.__setattr__(self, "options", chosen)
        else:
            object.__setattr__(self, "what", as_initializer(self.what, "an initializer"))
            if self.options:
                raise TypeError(f"{self.what} takes no options; given: {dict(self.options)!r}")

    def __hash__(self) -> int:
        return hash((self.what, tuple(self.options.items())))

    def weight(self, parameter: Parameter) -> Initializer:
        """Return the initializer, made for the parameter."""
        if isinstance(self.what, str):
            return ENTRIES[self.what].make(parameter, **self.options)
        initializer: Initializer = self.what
        return initializer

    def applies_alone(self, parameter: Parameter) -> bool:
        """Return True: an initializer fills whatever it is named for."""
        return True

    def remark(self, parameter: Parameter) -> str:
        """Return what an option of the initializer that is "auto" found in the net."""
        return remark_on(parameter, self.options.values())

    def alone(self, parameter: Parameter) -> Initializer:
        """Return the initializer, whatever the parameter is for."""
        return self.weight(parameter)

    def __str__(self) -> str:
        if not isinstance(self.what, str):
            return str(self.what)
        options = ", ".join(f"{key}={value!r}" for key, value in self.options.items())
        return f"{self.what}({options})" if options else self.what
