"""What every method promises, and how its options are checked."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import Field, fields
from inspect import signature
from typing import Any, ClassVar, Self

from netinit.base.checks import number
from netinit.base.spelling import choose, fold, unknown
from netinit.initializers.base import Initializer
from netinit.initializers.distributions import Constant
from netinit.initializers.gains import AUTO, is_auto
from netinit.parameters.parameter import Parameter

__all__ = ["Method", "choose_option", "number_option", "remark_on"]


#: One for all biases: a large net has many.
_ZEROS = Constant(0.0)


def choose_option(method: object, option: str, allowed: Any) -> None:
    """Replace an option of a frozen method by its canonical spelling."""
    given = getattr(method, option)
    canonical = choose(f"{type(method).__name__}'s {option}", given, allowed)
    object.__setattr__(method, option, canonical)


def number_option(
    method: object, option: str, least: float | None = None, *, auto: bool = False
) -> None:
    """Replace an option of a frozen method by its value as a float, `least` at the least.

    Where `auto` says so, the option may be "auto" instead.
    """
    what, given = f"{type(method).__name__}'s {option}", getattr(method, option)
    if auto and isinstance(given, str):
        if fold(given) != AUTO:
            raise TypeError(f"{what} must be a number, or {AUTO!r}, not {given!r}")
        object.__setattr__(method, option, AUTO)
    else:
        object.__setattr__(method, option, number(what, given, least=least))


def remark_on(parameter: Parameter, options: Iterable[Any]) -> str:
    """Return what options, one of which may be "auto" or another method, say of a parameter."""
    for value in options:
        if isinstance(value, Method):
            return value.remark(parameter)
        if is_auto(value):
            return str(parameter.follows)
    return ""


class Method(ABC):
    """The base of all methods: what each parameter of a net is filled with.

    One of your own is a frozen dataclass with its options as fields and `weight`, and `bias`
    where biases are not zero; `register` gives it a name.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> import netinit
    >>> @netinit.methods.register("HalfKaiming")
    ... @dataclass(frozen=True)
    ... class HalfKaiming(netinit.methods.Method):
    ...     def weight(self, parameter):
    ...         return netinit.Normal(0, (0.5 / parameter.fan_in) ** 0.5)
    >>> net = {"fc.weight": netinit.ArraySpec((3, 50))}
    >>> print(netinit.plan(net, method="half_kaiming")[0].initializer)
    Normal(0, 0.1)
    """

    __slots__ = ()

    def __new__(cls, *args: Any, **options: Any) -> Self:
        """Refuse an option that there is not; Python's own message names no other."""
        own = list(signature(cls.__init__).parameters.values())[1:] if options else []
        if not any(parameter.kind is parameter.VAR_KEYWORD for parameter in own):
            names = [parameter.name for parameter in own]
            for option in options:
                if option not in names:
                    raise TypeError(unknown(f"{cls.__name__}'s option", option, names))
        return super().__new__(cls)

    #: The name in a recipe; `register` sets it where the class has none.
    name: ClassVar[str]
    #: The options that may be "auto", or a method with such an option.
    asking: ClassVar[tuple[str, ...]] = ()
    #: Whether weights that are all zero are meant to be, so that nobody needs to be warned.
    zeros_on_purpose: ClassVar[bool] = False

    @abstractmethod
    def weight(self, parameter: Parameter) -> Initializer:
        """Return what a weight of a known shape is filled with."""

    @property
    def bias(self) -> Initializer:
        """What biases are filled with: zeros, unless the method says otherwise."""
        return _ZEROS

    @property
    def stores(self) -> bool:
        """Whether it has values for types that are stored and not drawn: integers, for one."""
        return False

    @property
    def needs_net(self) -> bool:
        """Whether what a parameter is filled with depends on its place in a net."""
        return False

    def of_net(self, parameters: Sequence[Parameter]) -> Method:
        """Return the method for a net of these parameters: itself, if it asks about one alone.

        Raises
        ------
        ValueError
            If it cannot serve the net.
        """
        return self

    def applies(self, parameter: Parameter) -> bool:
        """Return whether the method has a value for a parameter; without one it is kept.

        A method has none for what nobody knows: a parameter of somebody's own, of which
        neither a layer's type nor the net's code tells what it is for.
        """
        return parameter.known

    def applies_alone(self, parameter: Parameter) -> bool:
        """Return whether the method has a value where it is named for the parameter alone."""
        return self.applies(parameter)

    def pads(self, parameter: Parameter) -> bool:
        """Return whether netinit sets the padding row of an embedding to 0 afterwards."""
        return parameter.zero_row is not None

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
        assert parameter.known_shape is not None  # UnresolvedShapeError where it is not known
        return self.weight(parameter)

    def row(self, parameter: Parameter) -> Parameter:
        """Return a parameter as the plan shows it under this method: as it is."""
        return parameter

    def stream_name(self, parameter: Parameter) -> str:
        """Return the name of the stream that a parameter is drawn from: its own, as a rule."""
        return parameter.name

    def remark(self, parameter: Parameter) -> str:
        """Return what the plan adds to the note of a weight: what "auto" found in the net."""
        return remark_on(parameter, [getattr(self, option) for option in self.asking])

    def alone(self, parameter: Parameter) -> Initializer:
        """Return what `parameter` is filled with where the method is named for it alone.

        A rule, and the filling of one array, name what they are for: an initializer then fills
        biases and scales too, a method keeps to its own ideas of them.
        """
        return self.initializer(parameter)

    def to_json(self) -> dict[str, Any]:
        """Return the method and its options as they are written in a recipe."""
        own = [f for f in fields(self) if f.init]  # type: ignore[arg-type]
        options = {f.name: getattr(self, f.name) for f in own if not self._unsaid(f)}
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
            if f.repr and not self._unsaid(f)
            if not (isinstance(f.default, tuple) and getattr(self, f.name) == f.default)
        ]
        return f"{type(self).__name__}({', '.join(options)})"

    def _unsaid(self, option: Field[Any]) -> bool:
        """Return whether an option that few use has its default, and so goes without saying."""
        return "unsaid" in option.metadata and getattr(self, option.name) == option.default
