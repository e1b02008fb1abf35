"""What to fill with: everything that says so, wherever netinit asks for it.

`netinit.fill`, `netinit.numpy.create`, ``method=`` of `netinit.initialize`, the right sides of
rules and the command line accept the same: a number (a standard deviation), a distribution or
other initializer, an array, an object with ``ppf``, the name of an initializer or a method in any
case, ``(name, options)``, a method or its class, a recipe, a mapping of rules, and a function of
a `netinit.Parameter` that returns one of these.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from netinit.arrays.dtypes import COMPLEX
from netinit.base.spelling import fold, unknown
from netinit.base.words import Automatic
from netinit.catalogue.entries import NAMES
from netinit.initializers.base import Initializer
from netinit.initializers.complex import complex_initializer
from netinit.initializers.convert import as_initializer
from netinit.initializers.recipes import initializer_from_json
from netinit.methods.base import Method
from netinit.methods.every import Every
from netinit.methods.registry import METHODS, make_method, method_from_json, option_pairs
from netinit.parameters.parameter import Parameter
from netinit.parameters.roles import guess_parameter

__all__ = ["as_method", "initializer_for", "is_entry"]

#: The keys by which a mapping is a recipe, not rules.
_RECIPES = ("distribution", "matrix", "pattern")


@dataclass(frozen=True, slots=True)
class Asked(Method):
    """A function that is asked for each parameter what it is filled with."""

    name = "asked"

    function: Callable[[Parameter], Any]

    def weight(self, parameter: Parameter) -> Initializer:
        """Return what the function says of a parameter."""
        try:
            answer = self.function(parameter)
        except (AttributeError, TypeError) as error:  # one that fills an array, or draws one
            raise TypeError(
                "a rule's function must take a netinit.Parameter (shape, fan_in, fan_out) and "
                f"return an initializer, which {str(self)!r} does not: {error}; PyTorch's "
                "initializers, and numpy's, are given by name, as 'xavier_uniform'"
            ) from error
        return as_method(answer, alone=True).alone(parameter)

    def applies_alone(self, parameter: Parameter) -> bool:
        """Return True: the function is asked about whatever it is named for."""
        return True

    def alone(self, parameter: Parameter) -> Initializer:
        """Return what the function says, whatever the parameter is for."""
        return self.weight(parameter)

    def to_json(self) -> dict[str, Any]:
        """Return the function's name: code is kept in no recipe."""
        return {"method": self.name, "function": str(self)}

    def __str__(self) -> str:
        return str(getattr(self.function, "__name__", self.function))


def as_method(what: Any, *, alone: bool = False) -> Method:
    """Return the method that `what` means; an initializer is one for every weight.

    Parameters
    ----------
    what
        See the module. A name is that of a method (`netinit.methods.METHODS`) or of an
        initializer (`netinit.catalogue.entries.NAMES`); options follow it as mappings or as
        (option, value) pairs. ``netinit.Automatic`` is the default, Kaiming.
    alone : bool
        Whether it is for one parameter: an initializer then comes before a method of its name.

    Raises
    ------
    ValueError
        If a name, an option or a value is unknown; the nearest one is named.
    TypeError
        If it is none of these.

    Examples
    --------
    >>> from netinit.methods.vocabulary import as_method
    >>> as_method(("Xavier", {"Distribution": "Uniform"}))
    Xavier(distribution='uniform', gain=1.0)
    >>> print(as_method(("kaiming_normal", {"mode": "fan_out"})))
    kaiming_normal(mode='fan_out')
    """
    if isinstance(what, Method):
        return what
    if what is Automatic:
        return make_method(METHODS["Kaiming"])
    if isinstance(what, str):
        return _named(what, (), alone)
    if isinstance(what, type):
        if issubclass(what, Method):
            return make_method(what)
        raise TypeError(f"{_ACCEPTED}, not the class {what.__name__}: make an instance of it")
    if isinstance(what, Mapping):
        return _mapped(what)
    if isinstance(what, (tuple, list)) and what:
        return _listed(what, alone)
    try:
        return Every(as_initializer(what))
    except TypeError:
        if callable(what):
            return Asked(what)
        raise TypeError(f"{_ACCEPTED}, not {what!r}") from None


_ACCEPTED = (
    "what to fill with must be a number (a standard deviation), an initializer, an array, an "
    "object with a method ppf, the name of an initializer or a method, (name, {option: value}), "
    "a method, or a mapping of rules"
)


_ENTRIES = {fold(entry): entry for entry in NAMES}


def is_entry(name: str) -> bool:
    """Return whether a text is the name of an initializer, which never means another one."""
    return fold(name) in _ENTRIES


def _named(name: str, rest: Any, alone: bool) -> Method:
    """Return what a name with options means."""
    folded = fold(name)
    own = METHODS.get(name) or next((METHODS[m] for m in METHODS if fold(m) == folded), None)
    if folded in _ENTRIES and (alone or own is None):
        return Every(_ENTRIES[folded], dict(option_pairs(name, rest)))
    if own is not None:
        return make_method(own, option_pairs(name, rest))
    raise ValueError(unknown("method or initializer", name, [*METHODS, *NAMES]))


def _mapped(what: Mapping[Any, Any]) -> Method:
    """Return the method of a recipe, or of rules."""
    if "method" in what:
        return method_from_json(what)
    if any(isinstance(what.get(key), str) for key in _RECIPES):
        return Every(initializer_from_json(what))
    return make_method(METHODS["Rules"], [("rules", what)])


def _listed(what: tuple[Any, ...] | list[Any], alone: bool) -> Method:
    """Return the method of a name and its options, or of rules as pairs."""
    head, *rest = what
    if isinstance(head, str):
        return _named(head, rest, alone)
    if isinstance(head, type) and issubclass(head, Method):
        return make_method(head, option_pairs(head.__name__, rest))
    if all(isinstance(pair, (list, tuple)) and len(pair) == 2 for pair in what):
        return make_method(METHODS["Rules"], [("rules", what)])
    raise TypeError(f"{_ACCEPTED}, not {what!r}")


def initializer_for(what: Any, name: str, shape: tuple[int, ...], dtype: str) -> Initializer:
    """Return what one array is filled with: as if it were a net of this parameter alone.

    Parameters
    ----------
    what
        See the module.
    name, shape, dtype
        The array's; what it is for goes by its name and shape.

    Raises
    ------
    TypeError, ValueError
        If it is none of these, cannot fill the array, or needs to know the net around it.

    Examples
    --------
    >>> from netinit.methods.vocabulary import initializer_for
    >>> print(initializer_for("he_normal", "", (3, 8), "float32"))
    Normal(0, 0.5)
    """
    if isinstance(what, Initializer):
        initializer = what
    elif not isinstance(name, str):
        raise TypeError(f"name must be a string, not {name!r}")
    elif type(what) is float:  # whatever the array is for; it saves most of a small call's time
        initializer = as_initializer(what)
    else:
        method = as_method(what, alone=True)
        parameter = guess_parameter(name, shape, COMPLEX.get(dtype, dtype))
        if method.needs_net:
            raise TypeError(
                f"{type(method).__name__} treats a net's weights by their places in it, so it "
                "cannot fill one array; give it the net: netinit.initialize(net, method=...)"
            )
        if not method.applies(parameter):
            raise ValueError(
                f"no rule of {method} fits an array of the name {name!r}; what the array is for "
                "goes by its name, as in name='fc.bias'"
            )
        initializer = method.alone(parameter)
    if dtype in COMPLEX:
        initializer = complex_initializer(initializer)
    initializer.check(shape, dtype)
    return initializer
