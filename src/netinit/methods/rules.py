"""Rules: which parameter gets which initializer, by layer type, name, rank or role."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from numbers import Real
from typing import Any

from netinit.base.spelling import listing, nearest
from netinit.initializers.base import Initializer
from netinit.methods.base import Method
from netinit.methods.registry import register
from netinit.methods.vocabulary import as_method
from netinit.parameters.parameter import Parameter

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
        Pairs of what a rule is for and what it fills with. A rule is *for*

        * a string: a parameter's role ("weight", "bias", "scale", ...), or a pattern (as in
          `fnmatch`) on its layer's type ("Linear", "Conv*d"), on its dotted name, or on the
          last part of that ("bias", "encoder.*", "*");
        * a compiled regular expression, searched for in the dotted name;
        * a class of layers, such as ``torch.nn.Linear``, and those derived from it by name;
        * an integer, or a range of them: the parameter's number of axes (its rank);
        * a predicate on `netinit.Parameter`;
        * a tuple of these, all of which must hold; a (frozen) set, one of which must.

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
            _check_selector(what)
        methods = tuple(as_method(action, alone=True) for _, action in self.rules)
        object.__setattr__(self, "methods", methods)

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
            if not any(_fits(what, parameter) for parameter in left):
                raise ValueError(_no_match(what, left))
        methods = []
        for (what, _), method in zip(self.rules, self.methods, strict=True):
            own = [parameter for parameter in left if _fits(what, parameter)]
            left = [parameter for parameter in left if not _fits(what, parameter)]
            methods.append(method.of_net(own) if own else method)
        rules = replace(self)
        object.__setattr__(rules, "methods", tuple(methods))
        return rules

    def _rule(self, parameter: Parameter) -> tuple[Any, Method] | None:
        """Return what the first rule that fits a parameter fills with, as given and as method."""
        for (what, action), method in zip(self.rules, self.methods, strict=True):
            if _fits(what, parameter):
                return action, method
        return None

    def applies(self, parameter: Parameter) -> bool:
        """Return whether there is a rule for a parameter, or it is a buffer without its value."""
        if parameter.kind != "parameter":
            return not parameter.initialized
        return self._rule(parameter) is not None

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


def _check_selector(what: Any) -> None:
    """Raise TypeError unless a rule may be for `what`."""
    if isinstance(what, (tuple, set, frozenset)):
        for part in what:
            _check_selector(part)
    elif isinstance(what, bool) or not (
        isinstance(what, (str, int, range, re.Pattern, type)) or callable(what)
    ):
        raise TypeError(
            "a rule must be for a name pattern, a layer's type, a rank, a predicate, or a tuple "
            f"of these, not {what!r}"
        )


def _fits(what: Any, parameter: Parameter) -> bool:
    """Return whether a rule is for a parameter."""
    if isinstance(what, tuple):
        return all(_fits(part, parameter) for part in what)
    if isinstance(what, (set, frozenset)):
        return any(_fits(part, parameter) for part in what)
    names = (parameter.name, *parameter.aliases)
    if isinstance(what, str):
        parts = (*names, *(name.rpartition(".")[2] for name in names))
        return what == parameter.role or any(
            fnmatchcase(name, what) for name in (*parts, parameter.layer)
        )
    if isinstance(what, re.Pattern):
        return any(what.search(name) for name in names)
    if isinstance(what, type):
        return parameter.layer in {what.__name__, *(cls.__name__ for cls in _derived(what))}
    if isinstance(what, (int, range)):
        ranks = what if isinstance(what, range) else (what,)
        return parameter.shape is not None and len(parameter.shape) in ranks
    return bool(what(parameter))


def _derived(cls: type) -> Iterable[type]:
    children: list[type] = type.__subclasses__(cls)
    for child in children:
        yield child
        yield from _derived(child)


def _no_match(what: Any, parameters: Sequence[Parameter]) -> str:
    """Return the message for a rule that fits no parameter, with what may have been meant."""
    names = [name for p in parameters for name in (p.name, *p.aliases)]
    layers = sorted({p.layer for p in parameters if p.layer})
    parts = {name.rpartition(".")[2]: None for name in names}
    hint = nearest(what, [*layers, *parts, *names]) if isinstance(what, str) else None
    suggestion = f"; did you mean {hint!r}?" if hint else "."
    if isinstance(what, tuple) and any(_fits(frozenset(what), p) for p in parameters):
        suggestion = ": all of a tuple must hold; for any of them give a set."
    shown = f"Layers: {listing(layers) or 'none'}; names: {listing(names) or 'none'}"
    return f"the rule for {what!r} fits no parameter{suggestion} {shown}"
