"""A net of any adapter is initialized: planned, opened, filled, closed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from netinit.base.checks import check_threads
from netinit.base.garbage import uncollected
from netinit.base.warning import warn
from netinit.errors import NothingToInitializeWarning
from netinit.parameters.adapter import Adapter
from netinit.parameters.parameter import Parameter
from netinit.parameters.selection import Selection
from netinit.plans.execute import fill_all, refuse_unresolved
from netinit.plans.plan import plan_for

__all__ = ["initialize_by"]


def initialize_by(
    adapter: Adapter, net: Any, select: Selection, method: Any, seed: Any, threads: int | None
) -> Any:
    """Give every selected parameter of an adapter's net a value, and return the net.

    Parameters
    ----------
    adapter : Adapter
    net : object
        What is returned where no parameter is selected.
    select, method, seed, threads
        As for `netinit.initialize`, which says what is raised and warned of.
    """
    check_threads(threads)
    with uncollected():
        return _initialize(adapter, net, select, method, seed, threads)


def _initialize(
    adapter: Adapter, net: Any, select: Selection, method: Any, seed: Any, threads: int | None
) -> Any:
    plan = plan_for(adapter, select, method, seed)
    if not plan.assignments and not _lacks_buffers_alone(adapter, plan.parameters):
        warn(_nothing(plan.parameters), NothingToInitializeWarning)
        return net
    refuse_unresolved(plan.assignments)
    parameters = [assignment.parameter for assignment in plan.assignments]
    adapter.open(parameters)
    fill_all(plan.assignments, adapter.parts, threads)
    return adapter.close(parameters)


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
