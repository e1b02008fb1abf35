"""`netinit.plan`: what `netinit.initialize` would do."""

from __future__ import annotations

from typing import Any

from netinit.base.frameworks import adapter_for
from netinit.parameters.selection import Selection
from netinit.plans.plan import Plan, plan_for

__all__ = ["plan"]


def plan(
    net: Any, select: Selection = "uninitialized", *, method: Any = "Kaiming", seed: Any = 1234
) -> Plan:
    """Return what `netinit.initialize` would do with the same arguments; the net is not changed.

    Parameters
    ----------
    net, select, method, seed
        As in `netinit.initialize`.

    Returns
    -------
    Plan
        Its ``str`` is a table with a line a parameter; iterating gives an assignment for each:
        ``parameter``, ``initializer``, ``stream``. Its ``seed`` is the one to give to
        `netinit.initialize` where a generator or `Automatic` was given here, since those give
        another one at each call.

    Raises
    ------
    TypeError, ValueError
        As `netinit.initialize` does, but for shapes that are not known yet: they are shown.

    Examples
    --------
    >>> import netinit
    >>> print(netinit.plan({"fc.weight": netinit.ArraySpec((2, 5))})["fc.weight"].initializer)
    Normal(0, 0.632)
    """
    return plan_for(adapter_for(net), select, method, seed)
