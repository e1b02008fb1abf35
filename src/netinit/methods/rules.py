"""Rules: which parameter gets which initializer, by layer type, name, rank or role."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, TypeVar

from netinit.base.spelling import fold, listing, nearest, unknown
from netinit.catalogue.entries import ALIASES, ROWS, Where, check_options, entry_named
from netinit.errors import UnresolvedShapeError
from netinit.initializers.base import Initializer
from netinit.initializers.convert import as_initializer
from netinit.methods.base import Method
from netinit.methods.names import METHODS
from netinit.methods.registry import as_method
from netinit.parameters.parameter import Parameter
from netinit.schemes import SCHEMES
from netinit.shapes.fans import Fans, fans

__all__ = ["Rules"]


Net = TypeVar("Net")

#: Every name that a rule's right side may be: of the catalogue, or of a method.
_NAMES = {fold(name) for name in (*ROWS, *ALIASES)}


@dataclass(frozen=True, slots=True)
class Rules(Method):
    """The method that `netinit.init_all` follows, to be seen in a plan.

    Parameters
    ----------
    rules
        As in `netinit.init_all`.

    Examples
    --------
    >>> import netinit
    >>> net = {"fc.weight": netinit.ArraySpec((2, 5)), "fc.bias": netinit.ArraySpec((2,))}
    >>> rules = netinit.Rules({1: netinit.Constant(0.5), 2: "lecun_normal"})
    >>> [str(row.initializer) for row in netinit.plan(net, method=rules)]
    ['Normal(0, 0.447)', 'Constant(0.5)']
    """

    name = "rules"

    rules: Any
    #: The fans of each layer's weight, by the layer's dotted name.
    layers: Mapping[str, Fans] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "rules", _pairs(self.rules))
        for what, action in self.rules:
            _check_selector(what)
            if not _is_function(action):
                _as_rule(action)

    def of_net(self, parameters: Sequence[Parameter]) -> Rules:
        """Return these rules with the fans of a net's layers.

        Raises
        ------
        ValueError
            If one of them fits none of the parameters.
        """
        learnable = [p for p in parameters if p.kind == "parameter"]
        for what, _ in self.rules:
            if not any(_fits(what, parameter) for parameter in learnable):
                raise ValueError(_no_match(what, learnable))
        self._ask_methods(learnable)
        layers: dict[str, Fans] = {}
        for p in parameters:
            if p.role == "weight" and p.shape is not None:
                layers.setdefault(_owner(p), fans(p.shape, p.layout))
        return Rules(self.rules, layers)

    def _ask_methods(self, parameters: Sequence[Parameter]) -> None:
        """Let each method among the rules see its parameters: it may have something to say."""
        left = list(parameters)
        for what, action in self.rules:
            own: list[Parameter] = []
            others: list[Parameter] = []
            for parameter in left:
                (own if _fits(what, parameter) else others).append(parameter)
            left = others
            rule = None if _is_function(action) else _as_rule(action)
            if own and isinstance(rule, Method):
                rule.of_net(own)

    def applies(self, parameter: Parameter) -> bool:
        """Return whether there is a rule for a parameter, or it is a buffer without its value."""
        if parameter.kind != "parameter":
            return not parameter.initialized
        return any(_fits(what, parameter) for what, _ in self.rules)

    def weight(self, parameter: Parameter) -> Initializer:
        """Return what the first rule that fits fills the parameter with."""
        return self.initializer(parameter)

    def initializer(self, parameter: Parameter) -> Initializer:
        """Return what the first rule that fits fills the parameter with.

        Raises
        ------
        ValueError
            If none does.
        UnresolvedShapeError
            If the parameter's shape is not known.
        """
        if parameter.kind != "parameter" and parameter.fixed is not None:
            return parameter.fixed
        for what, action in self.rules:
            if _fits(what, parameter):
                if parameter.shape is None:
                    raise UnresolvedShapeError(
                        f"the shape of parameter {parameter.name!r} is not known"
                    )
                return self._made(action, parameter)
        raise ValueError("no rule fits; the last rule may be for '*'")

    def _made(self, action: Any, parameter: Parameter) -> Initializer:
        assert parameter.shape is not None
        here = fans(parameter.shape, parameter.layout)
        if parameter.role == "bias":
            here = self.layers.get(_owner(parameter), here)
        where = Where(parameter.shape, *here, parameter.layout)
        rule = _as_rule(_answer(action, where) if _is_function(action) else action)
        if isinstance(rule, Method):
            return rule.initializer(parameter)
        if isinstance(rule, tuple):
            name, options = rule
            return entry_named(name).make(where, **options)
        initializer: Initializer = rule
        return initializer

    def to_json(self) -> dict[str, Any]:
        """Return the rules in words: each parameter's own recipe says what it was filled with."""
        return {"method": self.name, "rules": [f"{a!r}: {b!r}" for a, b in self.rules]}

    def __str__(self) -> str:
        return f"Rules({', '.join(f'{a!r}: {b!r}' for a, b in self.rules)})"


def _owner(parameter: Parameter) -> str:
    return parameter.name.rpartition(".")[0]


def _pairs(rules: Any) -> tuple[tuple[Any, Any], ...]:
    """Return rules as pairs; what is not rules is the one initializer for all parameters."""
    if isinstance(rules, Mapping):
        pairs = tuple(rules.items())
    elif isinstance(rules, (list, tuple)) and all(
        isinstance(pair, (list, tuple)) and len(pair) == 2 for pair in rules
    ):
        pairs = tuple((what, action) for what, action in rules)
    else:
        pairs = (("*", rules),)
    if not pairs:
        raise ValueError("rules must have at least one entry")
    return pairs


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


def _is_function(action: Any) -> bool:
    """Return whether a rule's right side is to be asked what to fill with."""
    other = isinstance(action, type) or any(hasattr(action, name) for name in ("fill", "ppf"))
    return callable(action) and not other


def _answer(action: Any, where: Where) -> Any:
    """Return what a rule's function says to fill with."""
    try:
        return action(where)
    except AttributeError as error:  # most likely one that fills a tensor, as PyTorch's do
        raise TypeError(
            f"a rule's function must take a netinit.Where (shape, fan_in, fan_out) and return an "
            f"initializer, which {getattr(action, '__name__', action)!r} does not: {error}; "
            "PyTorch's initializers are given by name, as 'xavier_uniform'"
        ) from error


def _as_rule(action: Any) -> Any:
    """Return an initializer, a method, or a catalogue's name with options."""
    if isinstance(action, (Method, type)):
        return as_method(action)
    head, *rest = action if isinstance(action, (tuple, list)) and action else (action,)
    if isinstance(head, str):
        if fold(head) in _NAMES and all(isinstance(options, Mapping) for options in rest):
            chosen = {name: value for options in rest for name, value in options.items()}
            check_options(head, entry_named(head), (), chosen)
            return head, chosen
        if fold(head) not in {fold(name) for name in (*METHODS, *SCHEMES)}:
            raise ValueError(unknown("initializer", head, [*ROWS, *ALIASES, *METHODS, *SCHEMES]))
        return as_method(action)
    return as_initializer(action, "a rule's initializer")


def _no_match(what: Any, parameters: Sequence[Parameter]) -> str:
    """Return the message for a rule that fits no parameter, with what may have been meant."""
    names = [name for p in parameters for name in (p.name, *p.aliases)]
    layers = sorted({p.layer for p in parameters if p.layer})
    parts = {name.rpartition(".")[2]: None for name in names}
    hint = nearest(what, [*layers, *parts, *names]) if isinstance(what, str) else None
    suggestion = f"; did you mean {hint!r}?" if hint else "."
    shown = f"Layers: {listing(layers) or 'none'}; names: {listing(names) or 'none'}"
    return f"the rule for {what!r} fits no parameter{suggestion} {shown}"
