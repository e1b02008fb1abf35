"""What every method promises, and how its options are checked."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import fields
from typing import Any, ClassVar

from netinit.base.checks import number
from netinit.base.spelling import choose
from netinit.errors import UnresolvedShapeError
from netinit.initializers.base import Initializer
from netinit.initializers.distributions import Constant
from netinit.initializers.elementwise import Distribution
from netinit.parameters.parameter import Parameter
from netinit.shapes.fans import Fans, fans

__all__ = ["Method", "choose_option", "fans_of", "number_option"]


def choose_option(method: object, option: str, allowed: Any) -> None:
    """Replace an option of a frozen method by its canonical spelling."""
    given = getattr(method, option)
    canonical = choose(f"{type(method).__name__}'s {option}", given, allowed)
    object.__setattr__(method, option, canonical)


def number_option(method: object, option: str) -> None:
    """Replace an option of a frozen method by its value as a float."""
    value = number(f"{type(method).__name__}'s {option}", getattr(method, option))
    object.__setattr__(method, option, value)


class Method(ABC):
    """The base of all methods: Kaiming, Xavier, Orthogonal, Random, Identity.

    A method of one's own is a subclass with `weight`, and `bias` where biases are not zero.
    """

    __slots__ = ()

    #: The name in a recipe.
    name: ClassVar[str]
    #: Whether weights that are all zero are meant to be, so that nobody needs to be warned.
    zeros_on_purpose: ClassVar[bool] = False

    @abstractmethod
    def weight(self, parameter: Parameter) -> Initializer:
        """Return what a weight of a known shape is filled with."""

    @property
    def bias(self) -> Distribution:
        """What biases are drawn from: zeros, unless the method says otherwise."""
        return Constant(0.0)

    def of_net(self, parameters: Sequence[Parameter]) -> Method:
        """Return the method for a net of these parameters: itself, if it asks about one alone.

        Raises
        ------
        ValueError
            If it cannot serve the net.
        """
        return self

    def initializer(self, parameter: Parameter) -> Initializer:
        """Return what `parameter` is filled with, by its fixed value, role and fans.

        Raises
        ------
        UnresolvedShapeError
            If the parameter is a weight whose shape is not known.
        """
        if parameter.fixed is not None:
            return parameter.fixed
        if parameter.role == "bias":
            return self.bias
        if parameter.shape is None:
            raise UnresolvedShapeError(f"the shape of parameter {parameter.name!r} is not known")
        return self.weight(parameter)

    def to_json(self) -> dict[str, Any]:
        """Return the method and its options as they are written in a recipe."""
        options = {f.name: getattr(self, f.name) for f in fields(self)}  # type: ignore[arg-type]
        written = {
            key: value.to_json() if hasattr(value, "to_json") else value
            for key, value in options.items()
        }
        return {"method": self.name, **written}

    def __str__(self) -> str:
        """Return the method with its options, but for lists of names left at their defaults."""
        options = [
            f"{f.name}={getattr(self, f.name)!r}"
            for f in fields(self)  # type: ignore[arg-type]
            if f.repr and not (isinstance(f.default, tuple) and getattr(self, f.name) == f.default)
        ]
        return f"{type(self).__name__}({', '.join(options)})"


def fans_of(parameter: Parameter) -> Fans:
    """Return the fans of a parameter whose shape is known."""
    assert parameter.shape is not None  # Method.initializer has seen to it
    return fans(parameter.shape, parameter.layout)
