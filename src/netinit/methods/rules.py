"""Rules: which parameter gets which initializer, by layer type, name, rank or role."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from numbers import Real
from typing import Any

from netinit.initializers.base import Initializer
from netinit.methods.base import Method
from netinit.methods.registry import register
from netinit.methods.vocabulary import as_method
from netinit.parameters.parameter import Parameter
from netinit.parameters.selectors import check_selector, fits, no_match

__all__ = ["Rules"]

#: The roles of what is constant as a rule, so that a number is read as its value.
_CONSTANT = ("bias", "scale", "shift")


@register("Rules")
@dataclass(frozen=True, slots=True)
class Rules(Method):
    """Fill each parameter by the first rule that fits it, and keep those that none fits.

    Parameters
    ----------
    rules : mapping or sequence of pairs
        Pairs of what a rule is for (`netinit.parameters.selectors`: roles, layers' types,
        patterns on names, classes, ranks, predicates; a tuple of these, all of which must hold;
        a set, one of which must) and what it fills with.

        It fills *with* whatever says what to fill with (`netinit.methods.vocabulary`): an
        initializer fills what the rule is for, whatever its role; a method keeps to fixed
        values and zero biases. A number, a standard deviation, is refused for biases and
        scales, where one would read it as their value; 0 is both.

    Raises
    ------
    TypeError
        If a rule is none of these.
    ValueError
        If there is no rule, or a name is unknown; for a net, if a rule fits no parameter of it.

    Notes
    -----
    A bias has the fans of its layer's weight: with ``{"Linear": "fan_in_uniform"}`` both are
    uniform on +-1/sqrt(n) for n inputs. Buffers are no parameters: one that lacks its value
    (a running variance) gets it, and no rule changes it.

    Examples
    --------
    >>> import netinit
    >>> net = {"fc.weight": netinit.ArraySpec((2, 5)), "fc.bias": netinit.ArraySpec((2,))}
    >>> rules = {1: netinit.Constant(0.5), 2: "lecun_normal"}
    >>> [str(assignment.initializer) for assignment in netinit.plan(net, method=rules)]
    ['Normal(0, 0.447)', 'Constant(0.5)']
    """

    name = "rules"

    rules: Any
    #: What each rule fills with, as a method.
    methods: tuple[Method, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "rules", _pairs(self.rules))
        for what, _ in self.rules:
            check_selector("a rule must be for", what)
        methods = tuple(as_method(action, alone=True) for _, action in self.rules)
        object.__setattr__(self, "methods", methods)

    @property
    def stores(self) -> bool:
        """Whether one of the methods among the rules does."""
        return any(method.stores for method in self.methods)

    @property
    def needs_net(self) -> bool:
        """Whether one of the methods among the rules does."""
        return any(method.needs_net for method in self.methods)

    def of_net(self, parameters: Sequence[Parameter]) -> Rules:
        """Return these rules for a net, each method among them having seen its parameters.

        Raises
        ------
        ValueError
            If one of them fits none of the parameters.
        """
        left = [p for p in parameters if p.kind == "parameter"]
        for what, _ in self.rules:
            if not any(fits(what, parameter) for parameter in left):
                raise ValueError(f"the rule for {no_match(what, left)}")
        methods = []
        for (what, _), method in zip(self.rules, self.methods, strict=True):
            own = [parameter for parameter in left if fits(what, parameter)]
            left = [parameter for parameter in left if not fits(what, parameter)]
            methods.append(method.of_net(own) if own else method)
        rules = replace(self)
        object.__setattr__(rules, "methods", tuple(methods))
        return rules

    def _rule(self, parameter: Parameter) -> tuple[Any, Method] | None:
        """Return what the first rule that fits a parameter fills with, as given and as method."""
        for (what, action), method in zip(self.rules, self.methods, strict=True):
            if fits(what, parameter):
                return action, method
        return None

    def applies(self, parameter: Parameter) -> bool:
        """Return whether there is a rule for a parameter, or it is a buffer without its value."""
        if parameter.kind != "parameter":
            return not parameter.initialized
        found = self._rule(parameter)
        return found is not None and found[1].applies_alone(parameter)

    def pads(self, parameter: Parameter) -> bool:
        """Return whether the rule's method leaves an embedding's padding row to netinit."""
        found = self._rule(parameter)
        return parameter.zero_row is not None and (found is None or found[1].pads(parameter))

    def row(self, parameter: Parameter) -> Parameter:
        """Return a parameter as the plan shows it, by the rule's method."""
        found = self._rule(parameter)
        return parameter if found is None else found[1].row(parameter)

    def stream_name(self, parameter: Parameter) -> str:
        """Return the stream's name, by the rule's method."""
        found = self._rule(parameter)
        return parameter.name if found is None else found[1].stream_name(parameter)

    def weight(self, parameter: Parameter) -> Initializer:
        """Return what the first rule that fits fills the parameter with."""
        return self.initializer(parameter)

    def initializer(self, parameter: Parameter) -> Initializer:
        """Return what the first rule that fits fills the parameter with.

        Raises
        ------
        ValueError
            If none does, or a number that is a standard deviation stands where a constant is
            read.
        """
        if parameter.kind != "parameter" and parameter.fixed is not None:
            return parameter.fixed
        found = self._rule(parameter)
        if found is None:
            raise ValueError("no rule fits; the last rule may be for '*'")
        action, method = found
        if parameter.role in _CONSTANT and isinstance(action, Real) and action != 0:
            raise ValueError(
                f"{action!r} would be the standard deviation of a {parameter.role}: give "
                f"netinit.Constant({action!r}) or netinit.Normal(0, {action!r})"
            )
        return method.alone(parameter)

    def remark(self, parameter: Parameter) -> str:
        """Return what the method of the first rule that fits says of a parameter."""
        found = self._rule(parameter)
        return "" if found is None else found[1].remark(parameter)

    def to_json(self) -> dict[str, Any]:
        """Return the rules as they are written in a recipe.

        In words, and not to be read again, where one of them is code or a class of layers.
        """
        pairs = [
            [what, method.to_json()]
            for (what, _), method in zip(self.rules, self.methods, strict=True)
        ]
        if all(map(_is_text, (pair[0] for pair in pairs))):
            try:
                return {"method": self.name, "rules": json.loads(json.dumps(pairs))}
            except TypeError:  # an option that is code
                pass
        return {"method": self.name, "in_words": str(self)}

    def __str__(self) -> str:
        return f"Rules({', '.join(f'{a!r}: {b!r}' for a, b in self.rules)})"


def _is_text(what: Any) -> bool:
    """Return whether JSON holds what a rule is for: text, a rank, or several of these."""
    if isinstance(what, tuple):
        return all(map(_is_text, what))
    return type(what) in (str, int)


def _pairs(rules: Any) -> tuple[tuple[Any, Any], ...]:
    """Return rules as pairs; lists, as JSON has them, stand for tuples on the left side."""
    if isinstance(rules, Mapping):
        pairs = list(rules.items())
    elif isinstance(rules, (list, tuple)) and all(
        isinstance(pair, (list, tuple)) and len(pair) == 2 for pair in rules
    ):
        pairs = [(what, action) for what, action in rules]
    else:
        raise TypeError(f"rules must be a mapping or a sequence of pairs, not {rules!r}")
    if not pairs:
        raise ValueError("rules must have at least one entry")
    return tuple(
        (tuple(what) if isinstance(what, list) else what, action) for what, action in pairs
    )
