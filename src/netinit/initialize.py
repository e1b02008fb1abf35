"""`netinit.initialize`: a net's parameters, filled in place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from netinit.api.fill import check_numbers, fill_array
from netinit.base.checks import check_threads
from netinit.base.frameworks import adapter_for
from netinit.base.spelling import listing
from netinit.base.warning import warn
from netinit.errors import NothingToInitializeWarning, UnresolvedShapeError
from netinit.parameters.adapter import Adapter
from netinit.parameters.parameter import Parameter
from netinit.parameters.selection import Selection
from netinit.plan import Plan, Row, plan_for

__all__ = ["initialize"]

Net = TypeVar("Net")


def initialize(
    net: Net,
    select: Selection = "uninitialized",
    *,
    method: Any = "Kaiming",
    seed: Any = 1234,
    threads: int | None = None,
) -> Net:
    """Give every uninitialized parameter of a net a value, in place, and return the net.

    Parameters
    ----------
    net : netinit layer, chain or graph, torch.nn.Module, or mapping of arrays
    select : default "uninitialized"
        Which parameters: "uninitialized"; ``netinit.All`` (overwriting what was trained or
        preset); a pattern on dotted names such as ``"encoder.*"``; a predicate on
        `netinit.Parameter`; or several patterns and predicates.
    method : default "Kaiming"
        A name in any case, ``(name, {option: value})``, or a method such as
        ``netinit.Xavier(distribution="uniform")``.
    seed : default 1234
        An integer or a text; ``None`` or ``netinit.Automatic`` for a new one at each call;
        ``netinit.Inherited`` for one drawn from the framework's global generator; a numpy or
        torch generator; a JAX key.
    threads : int, optional
        At most this many threads; the values do not depend on it.

    Returns
    -------
    net
        The same object.

    Raises
    ------
    TypeError, ValueError
        If the net or an argument is not one of these; nothing has been changed then.
    UnresolvedShapeError
        If the shape of a selected parameter is not known yet; the parameters are named.

    Warns
    -----
    NothingToInitializeWarning
        If no parameter is selected and no buffer of the net lacks its value; the net is not
        changed.
    SymmetryWarning
        If the method leaves every element of a weight equal.

    Notes
    -----
    Each element is a function of the seed, the parameter's name and the element's index
    alone, so equal calls give equal nets, whatever the machine.

    Examples
    --------
    >>> import netinit
    >>> net = {"fc.weight": netinit.ArraySpec((2, 5)), "fc.bias": netinit.ArraySpec((2,))}
    >>> netinit.initialize(net)["fc.bias"]
    array([0., 0.], dtype=float32)
    """
    check_threads(threads)
    adapter = adapter_for(net)
    plan = plan_for(adapter, select, method, seed)
    if not plan.rows and not _lacks_buffers_alone(adapter, plan.parameters):
        warn(_nothing(plan.parameters), NothingToInitializeWarning)
        return net
    _check(plan)
    _execute(plan.rows, adapter, threads)
    return net


def _lacks_buffers_alone(adapter: Adapter, parameters: Sequence[Parameter]) -> bool:
    """Return whether every parameter has a value, but an array that is computed has none."""
    return all(p.initialized for p in parameters) and bool(adapter.unfinished())


def _nothing(parameters: Sequence[Parameter]) -> str:
    """Return what is said when no parameter is selected."""
    if not parameters:
        return "the net has no parameters; nothing was changed"
    count = len(parameters)
    missing = sum(not p.initialized for p in parameters)
    if missing:
        return (
            f"no parameter is selected (the net has {count}, {missing} of them uninitialized); "
            "nothing was changed"
        )
    have = "1 parameter has a value" if count == 1 else f"{count} parameters have values"
    return (
        f"nothing to initialize: the net's {have} already, and nothing was changed; "
        "to overwrite give netinit.All as the second argument"
    )


def _check(plan: Plan) -> None:
    """Raise for whatever would fail later, before any memory is taken."""
    unresolved = [row.name for row in plan.rows if row.initializer is None]
    if unresolved:
        raise UnresolvedShapeError(
            f"the shapes of {listing(unresolved)} are not known yet; give the net its input's "
            "shape (input=... of a netinit net, a dry run of a torch Lazy module)"
        )
    for row in plan.rows:
        assert row.initializer is not None
        try:
            check_numbers(row.initializer, row.parameter.dtype)
        except (TypeError, ValueError) as error:
            kind = TypeError if isinstance(error, TypeError) else ValueError
            raise kind(f"parameter {row.name!r}: {error}") from None


def _execute(rows: Sequence[Row], adapter: Adapter, threads: int | None) -> None:
    """Fill the rows' parameters through the adapter, which owns their memory."""
    parameters = [row.parameter for row in rows]
    adapter.open(parameters)
    for row in rows:
        assert row.initializer is not None
        out = adapter.array(row.parameter)
        fill_array(out, row.parameter.dtype, row.initializer, row.stream, threads=threads)
        if row.parameter.zero_row is not None:
            out[row.parameter.zero_row] = 0
    adapter.close(parameters)
