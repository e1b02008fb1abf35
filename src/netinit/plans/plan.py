"""The plan: what each parameter is filled with, printable before anything is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any, overload

from netinit.base.spelling import listing, unknown
from netinit.base.table import terminal_width
from netinit.base.version import version
from netinit.base.warning import warn
from netinit.errors import SymmetryWarning
from netinit.initializers.base import Initializer
from netinit.initializers.zero_rows import ZeroRows
from netinit.methods.base import Method
from netinit.methods.vocabulary import as_method
from netinit.parameters.adapter import Adapter
from netinit.parameters.parameter import Parameter, with_layer_fans
from netinit.parameters.selection import Selection, is_general, select_parameters
from netinit.plans.assignment import Assignment
from netinit.plans.recipe import recipe_of
from netinit.plans.table import html_of, lines_of, record_of, size_text
from netinit.streams.seeds import check_shared, seed_source
from netinit.streams.stream import STREAM_VERSION

__all__ = ["Plan", "build_plan", "plan_for"]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a net is filled with, the same for every sink: a net in memory, a file, a shard.

    Iterating gives the assignments; ``plan[0]`` and ``plan["fc.weight"]`` are one of them, and
    ``plan["encoder.*"]`` is the plan of those whose names match. Printed it is a table, in which
    repeated layers are one line, and which is no wider than the terminal.

    Attributes
    ----------
    assignments : tuple of Assignment
        One for each selected parameter, in the net's own order: its ``parameter``, its
        ``initializer`` and its ``stream``.
    parameters : tuple of Parameter
        All of the net's, selected or not.
    seed : int, str or None
        None where it would have been drawn, but no parameter is selected.
    method : Method
    """

    assignments: tuple[Assignment, ...]
    parameters: tuple[Parameter, ...]
    seed: int | str | None
    method: Method

    def __iter__(self) -> Iterator[Assignment]:
        return iter(self.assignments)

    def __len__(self) -> int:
        return len(self.assignments)

    @overload
    def __getitem__(self, which: int) -> Assignment: ...

    @overload
    def __getitem__(self, which: str) -> Any: ...

    def __getitem__(self, which: int | str) -> Any:
        if not isinstance(which, str):
            try:
                return self.assignments[which]
            except (IndexError, TypeError) as error:
                count = len(self.assignments)
                raise type(error)(
                    f"a plan is asked for a parameter by its name or its number, here less than "
                    f"{count}, not by {which!r}"
                ) from None
        for assignment in self.assignments:
            if which in (assignment.name, *assignment.parameter.aliases):
                return assignment
        found = self.where(lambda a: fnmatchcase(a.name, which))
        if len(found) and any(sign in which for sign in "*?["):
            return found
        raise KeyError(unknown("parameter", which, [a.name for a in self.assignments]))

    def where(self, condition: Callable[[Assignment], Any]) -> Plan:
        """Return the plan of those assignments alone for which a condition holds.

        Parameters
        ----------
        condition : callable
            Given an assignment: its ``name``, ``shape``, ``role``, ``fan_in``, ``std``, ...

        Examples
        --------
        >>> import netinit
        >>> net = {"fc.weight": netinit.ArraySpec((3, 5)), "fc.bias": netinit.ArraySpec((3,))}
        >>> [row.name for row in netinit.plan(net).where(lambda row: row.role == "bias")]
        ['fc.bias']
        """
        chosen = tuple(a for a in self.assignments if condition(a))
        return replace(self, assignments=chosen, parameters=tuple(a.parameter for a in chosen))

    @property
    def guessed(self) -> Plan:
        """The plan of those parameters of which only a name and a shape told what they are for."""
        return self.where(lambda a: a.parameter.guessed or "guessed" in a.parameter.note)

    def sorted(self, by: str = "name", *, reverse: bool = False) -> Plan:
        """Return the same plan with its assignments in another order.

        Parameters
        ----------
        by : str, default "name"
            A column of `to_dict`, or "size". What has no such number comes last.
        reverse : bool, default False
            Whether the largest come first.

        Raises
        ------
        ValueError
            If there is no such column.

        Examples
        --------
        >>> import netinit
        >>> net = {"a.weight": netinit.ArraySpec((3, 5)), "b.weight": netinit.ArraySpec((3, 50))}
        >>> [row.name for row in netinit.plan(net).sorted("std")]
        ['b.weight', 'a.weight']
        """
        keys = [record_of(a) | {"size": a.parameter.size} for a in self.assignments]
        if keys and by not in keys[0]:
            raise ValueError(unknown("by", by, list(keys[0])))
        order = range(len(keys))
        with_key = [k for k in order if keys[k][by] is not None]
        with_key.sort(key=lambda k: keys[k][by], reverse=reverse)
        rest = [k for k in order if keys[k][by] is None]
        return replace(self, assignments=tuple(self.assignments[k] for k in [*with_key, *rest]))

    def table(self, width: int | None = None, *, fold: bool = True) -> str:
        """Return the plan as text.

        Parameters
        ----------
        width : int, optional
            What no line is longer than, as far as that can be; any length where not given.
        fold : bool, default True
            Whether layers that differ in their numbers alone are one line.
        """
        lines = lines_of(self.assignments, width, fold)
        return "\n".join([*lines, *([""] if lines else []), self._totals()])

    def to_dict(self) -> dict[str, Any]:
        """Return what the table says as JSON has it: the rows, the seed and the method.

        What makes the values again is `to_json`.
        """
        rows = [record_of(a) for a in self.assignments]
        return {"seed": self.seed, "method": str(self.method), "rows": rows}

    def to_pandas(self) -> Any:
        """Return the rows as a ``pandas.DataFrame``, with the names as its index.

        Raises
        ------
        ModuleNotFoundError
            If pandas is not installed.
        """
        try:
            import pandas
        except ModuleNotFoundError as error:
            raise ModuleNotFoundError(
                "to_pandas needs pandas: pip install pandas; to_dict() needs nothing",
                name=error.name,
            ) from None

        return pandas.DataFrame(self.to_dict()["rows"]).set_index("name")

    def __repr__(self) -> str:
        return self.table(terminal_width())

    def _repr_html_(self) -> str:
        return html_of(self.assignments, self._totals())

    def _totals(self) -> str:
        chosen = [assignment.parameter for assignment in self.assignments]
        elements, size = sum(p.size for p in chosen), sum(p.nbytes for p in chosen)
        kept = len(self.parameters) - len(self.assignments)
        seed = "" if self.seed is None else f", seed {self.seed!r}"
        return (
            f"{len(chosen)} of {len(self.parameters)} parameters, {elements:,} elements, "
            f"{size_text(size)}; {kept} kept as they are. Method {self.method}{seed}."
        )

    def to_json(self) -> dict[str, Any]:
        """Return the recipe: all that is needed to make every tensor of a file again.

        Files do not hold buffers that are not persistent; they are left out.

        Raises
        ------
        UnresolvedShapeError
            If a parameter's shape is not known.
        TypeError
            If an initializer is code rather than numbers (a ``ppf``).
        """
        tensors = {a.name: recipe_of(a) for a in self.assignments if a.parameter.persistent}
        return {
            "netinit": version(),
            "stream": STREAM_VERSION,
            "seed": self.seed,
            "method": self.method.to_json(),
            "tensors": tensors,
        }


def plan_for(adapter: Adapter, select: Selection, method: Any, seed: Any) -> Plan:
    """Return the plan for the net of an adapter, drawing the seed where it has to be drawn."""
    chosen = as_method(method)
    if chosen.stores:
        adapter.widen()
    parameters = adapter.parameters()
    if getattr(adapter, "divided", False):
        check_shared(seed)
    return _assemble(parameters, select, chosen, seed_source(seed, adapter.global_seed))


def build_plan(
    parameters: Sequence[Parameter],
    select: Selection = "uninitialized",
    method: Any = "Kaiming",
    seed: int | str = 1234,
) -> Plan:
    """Return the plan for parameters that an adapter, or the header of a file, has described.

    Raises
    ------
    ValueError
        If a pattern, a method, an option or a layout is not valid, or a name occurs twice.
    TypeError
        If an argument is of a wrong type.

    Warns
    -----
    SymmetryWarning
        If the method leaves every element of a weight equal.
    """
    return _assemble(parameters, select, as_method(method), seed)


def _assemble(
    parameters: Sequence[Parameter],
    select: Selection,
    method: Method,
    source: int | str | Callable[[], int],
) -> Plan:
    _check_names(parameters)
    parameters = with_layer_fans(parameters)
    selected = _selected(parameters, select)
    method = method.of_net(parameters)
    _refuse_unknown(selected, method, explicit=not is_general(select))
    selected = [parameter for parameter in selected if method.applies(parameter)]
    if not method.stores:  # which goes by names and shapes on purpose
        _warn_of_guesses(selected)
    initializers = [_initializer(parameter, method) for parameter in selected]
    seed = None if callable(source) else source
    if selected and callable(source):  # no generator is advanced by a mistake, nor for nothing
        seed = source()
    assignments = (
        ()
        if seed is None
        else tuple(
            _assignment(parameter, initializer, seed, method)
            for parameter, initializer in zip(selected, initializers, strict=True)
        )
    )
    _warn_of_symmetry(assignments, method)
    return Plan(assignments, tuple(parameters), seed, method)


def _assignment(
    parameter: Parameter, initializer: Initializer | None, seed: int | str, method: Method
) -> Assignment:
    made = None if initializer is None else initializer.of_seed(seed)
    stream = method.stream_name(parameter)
    remark = _remark(parameter, method)
    return Assignment(method.row(parameter), made, seed, stream, remark)


def _selected(parameters: Sequence[Parameter], select: Selection) -> list[Parameter]:
    """Return what `select` means; where it says what to fill with, the error tells where to."""
    try:
        return select_parameters(parameters, select)
    except (TypeError, ValueError) as error:
        try:
            as_method(select)
        except (TypeError, ValueError):
            raise error from None
        message = f"{error}; what to fill with is given by name: method={select!r}"
        raise type(error)(message) from None


def _check_names(parameters: Sequence[Parameter]) -> None:
    """Raise if two parameters have one name, and so would get one stream."""
    seen = dict.fromkeys(parameter.name for parameter in parameters)
    if len(seen) == len(parameters):
        return
    for parameter in parameters:
        if parameter.name not in seen:
            raise ValueError(f"two parameters have the name {parameter.name!r}")
        del seen[parameter.name]


def _refuse_unknown(selected: Sequence[Parameter], method: Method, explicit: bool) -> None:
    """Raise if nobody knows what parameters begin with that have no value, or are asked for."""
    unknown = [
        p.name
        for p in selected
        if not p.known and (explicit or not p.initialized) and not method.applies(p)
    ]
    if unknown:
        raise ValueError(
            f"neither a layer's type nor the net's own code tells what {listing(unknown)} begin "
            f"with, and {type(method).__name__} has no value for them: give one by a rule, "
            f"method={{{unknown[0]!r}: netinit.Constant(0), '*': ...}}, or have their code tell "
            "it: method=('Native', {'build': make_net}), or netinit.torch.accelerate around the "
            "constructor"
        )


def _warn_of_guesses(selected: Sequence[Parameter]) -> None:
    guessed = [f"{p.name} ({p.role})" for p in selected if p.guessed]
    if guessed:
        warn(
            f"what {listing(guessed)} are for was guessed from names and shapes: no layer that "
            "netinit knows has them, and the net's own code does not tell"
        )


def _initializer(parameter: Parameter, method: Method) -> Initializer | None:
    """Return what a parameter is filled with, checked; None while its shape is not known."""
    if parameter.shape is None:
        return None
    try:
        initializer = method.initializer(parameter)
        if parameter.zero_row is not None and method.pads(parameter):
            initializer = ZeroRows(initializer, parameter.zero_row, parameter.zero_row + 1)
        initializer.check(parameter.shape, parameter.dtype)
        return initializer
    except (TypeError, ValueError) as error:
        kind = TypeError if isinstance(error, TypeError) else ValueError
        raise kind(f"parameter {parameter.name!r}: {error}") from None


def _remark(parameter: Parameter, method: Method) -> str:
    """Return what the method found about a weight that it draws."""
    drawn = parameter.role not in ("bias", "scale") and parameter.fixed is None
    return method.remark(parameter) if drawn and parameter.shape is not None else ""


def _warn_of_symmetry(assignments: Sequence[Assignment], method: Method) -> None:
    if method.zeros_on_purpose:
        return
    equal = [
        assignment.name
        for assignment in assignments
        if assignment.initializer is not None
        and assignment.initializer.constant
        and assignment.parameter.role in ("weight", "embedding")
        and assignment.parameter.fixed is None
        and assignment.parameter.size > 1
    ]
    if equal:
        warn(
            f"{method} leaves every element of {listing(equal)} equal, which training cannot "
            "tell apart; choose a method that draws weights",
            SymmetryWarning,
        )
