"""What an array is to be: by a plan, by a file's own recipe, by the net's own code."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

from netinit.base.words import All
from netinit.initializers.base import Initializer
from netinit.parameters.adapter import Adapter
from netinit.parameters.parameter import Parameter
from netinit.plans.plan import Plan, plan_for
from netinit.streams.stream import Stream

__all__ = ["Expected", "by_own_code", "by_plan"]

#: Statistics that begin as their layer's type says.
_STATISTICS = ("running_mean", "running_var", "moving_mean", "moving_variance")


@dataclass(frozen=True, slots=True)
class Expected:
    """What one array is to be.

    Attributes
    ----------
    initializer : Initializer
        What fills it.
    stream : Stream or None
        What it is drawn from; None where only the distribution is known.
    surely : bool
        Whether the array's values are to be the stream's, for a file says so itself.
    shape, dtype : tuple of int, str
        Of the whole array.
    source : str
        Who says so: "plan", "recipe", "own code" or "layer".
    """

    initializer: Initializer
    stream: Stream | None
    shape: tuple[int, ...]
    dtype: str
    source: str
    surely: bool = False
    #: Arrays of one draw have one origin.
    origin: str = ""


def by_plan(plan: Plan) -> dict[str, Expected]:
    """Return what a plan says of each array, by all of its names."""
    found: dict[str, Expected] = {}
    for a in plan:
        if a.initializer is not None and a.shape is not None:
            origin = a.stream_name or a.name
            one = Expected(a.initializer, a.stream, a.shape, a.dtype, "plan", origin=origin)
            found |= dict.fromkeys((a.name, *a.parameter.aliases), one)
    return found


def by_own_code(adapter: Adapter) -> dict[str, Expected]:
    """Return what a net's own code, or else the type of each layer, says of its arrays.

    Where constructors are not asked, what layers begin with alone says little of a net: then only
    constants are taken from it.
    """
    rows = adapter.parameters()
    found = {row.name: one for row in rows if (one := _by_layer(row)) is not None}
    if not any(row.native is not None for row in rows):
        return found
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what is not told, which is not looked for
        try:
            plan = plan_for(adapter, All, "Native", 0)
        except (TypeError, ValueError):
            return found
    doubtful = not getattr(adapter, "wholly_told", False)
    for a in plan:
        if a.initializer is None or a.shape is None:
            continue
        if _is_derived(a.name):
            found.pop(a.name, None)
        elif doubtful:
            if a.name in found and found[a.name].initializer != a.initializer:
                del found[a.name]
        else:
            origin = a.stream_name or a.name
            one = Expected(a.initializer, None, a.shape, a.dtype, "own code", origin=origin)
            found[a.name] = one
    return found


def _by_layer(row: Parameter) -> Expected | None:
    if row.fixed is None or row.shape is None or not row.known:
        return None
    if row.role not in ("scale", "shift") and not row.name.endswith(_STATISTICS):
        return None  # what follows from other arrays, once they are drawn
    return Expected(row.fixed, None, row.shape, row.dtype, "layer")


def _is_derived(name: str) -> bool:
    """Return whether an array follows from the values of another, whichever those are."""
    return "parametrizations" in name.split(".")
