"""`netinit.verify`: whether the initialization is right."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

from netinit.base.checks import check_threads
from netinit.base.frameworks import adapter_for
from netinit.parameters.adapter import Adapter
from netinit.parameters.parameter import Parameter
from netinit.plans.plan import Plan
from netinit.verification.expected import by_own_code, by_plan
from netinit.verification.files import verify_files
from netinit.verification.judge import judge
from netinit.verification.report import Verification
from netinit.verification.source import InMemory, Source

__all__ = ["verify"]


def verify(
    net_or_file: Any,
    plan: Plan | None = None,
    *,
    threads: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Verification:
    """Say of each parameter and buffer of a net, or a file, whether it is as it is meant.

    Each array is read once, at about the speed of memory, and nothing is changed. Against a plan
    the values are compared with those of the plan's seed, bit for bit; where they are others, with
    the planned distribution: mean, std, bounds, the sample's distribution function.

    Parameters
    ----------
    net_or_file : net or path
        Any net that `netinit.plan` takes; a safetensors file, a folder of them or an index.
    plan : Plan, optional
        What is meant: ``netinit.plan(net, netinit.All, method=...)``. Without one a file's own
        recipe is taken, a PyTorch module's own code (as by method Native), and of all nets what
        the types of layers tell: that the scale of a normalization begins at 1.
    threads : int, optional
        At most this many threads; the result does not depend on it.
    progress : callable, optional
        Called as ``progress(bytes_done, bytes_in_all)`` now and then.

    Returns
    -------
    netinit.verification.report.Verification
        Its ``findings``, each a sentence with evidence and remedy; ``ok``, whether there are none;
        ``arrays``, a row for each array; ``to_dict()``. Printed it is a table and the findings.

    Raises
    ------
    TypeError, ValueError
        If the net is none that `netinit.plan` takes, the plan no `netinit.Plan`, or `threads`
        less than 1.
    CheckpointError
        If a file is no safetensors file.
    OSError
        If a file cannot be read.

    Notes
    -----
    The probability that a net whose arrays are all drawn as planned has any finding is at most
    one in a million, whatever the number of its arrays; an
    array's std must also be 1 % off, which tells nothing of a finding's size.

    Examples
    --------
    >>> import netinit
    >>> net = {"fc.weight": netinit.ArraySpec((300, 400)), "fc.bias": netinit.ArraySpec((300,))}
    >>> plan = netinit.plan(net, method="Kaiming")
    >>> net = netinit.initialize(net, method="Xavier")
    >>> print(netinit.verify(net, plan).findings[0])
    fc.weight: std 0.05338, planned 0.07071: Xavier's formula for Kaiming's?
    >>> netinit.verify(netinit.initialize(net, netinit.All), plan).ok
    True
    """
    check_threads(threads)
    if plan is not None and not isinstance(plan, Plan):
        raise TypeError(
            f"plan must be a netinit.Plan, as netinit.plan(net, netinit.All) is, not {plan!r}"
        )
    if isinstance(net_or_file, (str, os.PathLike)):
        return verify_files(net_or_file, plan, threads, progress)
    adapter = adapter_for(net_or_file)
    expected = by_own_code(adapter) if plan is None else by_plan(plan)
    return judge(_arrays(adapter), expected, plan, threads, progress=progress)


def _arrays(adapter: Adapter) -> Iterator[tuple[Parameter, Source | None]]:
    places = getattr(adapter, "places", lambda parameter: None)
    for parameter, memory in adapter.arrays():
        if memory is None:
            yield parameter, None
        else:
            yield parameter, InMemory(memory, parameter.dtype, places(parameter))
