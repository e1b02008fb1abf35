"""The plan: what each parameter is filled with, printable before anything is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from netinit.base.spelling import listing
from netinit.base.warning import warn
from netinit.errors import SymmetryWarning
from netinit.initializers.base import Initializer, MatrixRule
from netinit.methods.base import Method
from netinit.methods.registry import as_method
from netinit.parameters.parameter import Parameter
from netinit.parameters.selection import Selection, select_parameters
from netinit.plans.recipe import _recipe
from netinit.plans.row import Row
from netinit.plans.table import _HEAD, _aligned, _bytes, _cells
from netinit.streams.seeds import seed_source
from netinit.streams.stream import STREAM_VERSION, Stream

__all__ = ["Plan", "build_plan"]


@dataclass(frozen=True, slots=True)
class Plan:
    """A net's rows, the same for every sink: a net in memory, a file, a shard.

    Attributes
    ----------
    rows : tuple of Row
        One for each selected parameter, in the net's own order.
    parameters : tuple of Parameter
        All of the net's, selected or not.
    seed : int, str or None
        None where it would have been drawn, but no parameter is selected.
    method : Method
    """

    rows: tuple[Row, ...]
    parameters: tuple[Parameter, ...]
    seed: int | str | None
    method: Method

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        table = [_HEAD, *(_cells(row) for row in self.rows)] if self.rows else []
        lines = [*_aligned(table), *([""] if table else []), self._totals()]
        return "\n".join(lines)

    def _totals(self) -> str:
        chosen = [row.parameter for row in self.rows]
        elements, size = sum(p.size for p in chosen), sum(p.nbytes for p in chosen)
        kept = len(self.parameters) - len(self.rows)
        seed = "" if self.seed is None else f", seed {self.seed!r}"
        return (
            f"{len(chosen)} of {len(self.parameters)} parameters, {elements:,} elements, "
            f"{_bytes(size)}; {kept} kept as they are. Method {self.method}{seed}."
        )

    def to_json(self) -> dict[str, Any]:
        """Return the recipe: all that is needed to make every tensor again.

        Raises
        ------
        UnresolvedShapeError
            If a parameter's shape is not known.
        TypeError
            If an initializer is code rather than numbers (a ``ppf``).
        """
        from netinit import __version__

        tensors = {row.name: _recipe(row) for row in self.rows}
        return {
            "netinit": __version__,
            "stream": STREAM_VERSION,
            "seed": self.seed,
            "method": self.method.to_json(),
            "tensors": tensors,
        }


def plan_for(adapter: Any, select: Selection, method: Any, seed: Any) -> Plan:
    """Return the plan for the net of an adapter, drawing the seed where it has to be drawn."""
    parameters = adapter.parameters()
    chosen, selected = as_method(method), select_parameters(parameters, select)
    return _assemble(parameters, selected, chosen, seed_source(seed, adapter.global_seed))


def build_plan(
    parameters: Sequence[Parameter],
    select: Selection = "uninitialized",
    method: Any = "Kaiming",
    seed: int | str = 1234,
) -> Plan:
    """Return the plan for rows that an adapter, or the header of a file, has made.

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
    return _assemble(parameters, select_parameters(parameters, select), as_method(method), seed)


def _assemble(
    parameters: Sequence[Parameter],
    selected: Sequence[Parameter],
    method: Method,
    source: int | str | Callable[[], int],
) -> Plan:
    _check_names(parameters)
    method = method.of_net(parameters)
    initializers = [_initializer(parameter, method) for parameter in selected]
    seed = None if callable(source) else source
    if selected and callable(source):  # no generator is advanced by a mistake, nor for nothing
        seed = source()
    rows = () if seed is None else tuple(map(partial(_row, seed), selected, initializers))
    _warn_of_symmetry(rows, method)
    return Plan(rows, tuple(parameters), seed, method)


def _check_names(parameters: Sequence[Parameter]) -> None:
    """Raise if two parameters have one name, and so would get one stream."""
    seen: set[str] = set()
    for parameter in parameters:
        if parameter.name in seen:
            raise ValueError(f"two parameters have the name {parameter.name!r}")
        seen.add(parameter.name)


def _row(seed: int | str, parameter: Parameter, initializer: Initializer | None) -> Row:
    return Row(parameter, initializer, Stream(seed, parameter.name))


def _initializer(parameter: Parameter, method: Method) -> Initializer | None:
    """Return what a parameter is filled with; None while its shape is not known."""
    if parameter.shape is None:
        return None
    try:
        initializer = method.initializer(parameter)
        if isinstance(initializer, MatrixRule):
            initializer.check(parameter.shape)
        return initializer
    except ValueError as error:
        raise ValueError(f"parameter {parameter.name!r}: {error}") from None


def _warn_of_symmetry(rows: Sequence[Row], method: Method) -> None:
    if method.zeros_on_purpose:
        return
    equal = [
        row.name
        for row in rows
        if row.initializer is not None
        and row.initializer.constant
        and row.parameter.role in ("weight", "embedding")
        and row.parameter.fixed is None
        and row.parameter.size > 1
    ]
    if equal:
        warn(
            f"{method} leaves every element of {listing(equal)} equal, which training cannot "
            "tell apart; choose a method that draws weights",
            SymmetryWarning,
        )
