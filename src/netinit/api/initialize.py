"""`netinit.initialize`: a net's parameters, filled in place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from netinit.base.checks import check_threads
from netinit.base.frameworks import adapter_for
from netinit.base.warning import warn
from netinit.errors import NothingToInitializeWarning
from netinit.parameters.adapter import Adapter
from netinit.parameters.parameter import Parameter
from netinit.parameters.selection import Selection
from netinit.plans.execute import fill_all, refuse_unresolved
from netinit.plans.plan import plan_for

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
    net : netinit layer, chain or graph, torch.nn.Module, tree of JAX, Keras or Thinc model, mapping
        A mapping of names to arrays or `netinit.ArraySpec`. Trees of JAX are of arrays and
        ``jax.ShapeDtypeStruct``, modules of flax.nnx and Equinox included; since such arrays
        cannot be changed, a new tree is returned.
    select : default "uninitialized"
        Which parameters: "uninitialized"; ``netinit.All`` (overwriting what was trained or
        preset); or what a rule may be for: a pattern on names such as ``"encoder.*"``, a role
        ("bias"), a layer's type ("Linear") or class, a predicate on `netinit.Parameter`; of
        several in a list, any may hold.
    method : default "Kaiming"
        A name in any case, ``(name, {option: value})``, or a method such as
        ``netinit.methods.Xavier(distribution="uniform")``. An initializer, its name, a number
        (a standard deviation), an array or an object with ``ppf`` fills every weight, with
        biases of 0. A mapping of rules (`netinit.methods.Rules`), such as
        ``{"Conv*d": "kaiming_normal", "bias": 0.0}``, fills what they are for and keeps the rest.
    seed : default 1234
        An integer or a text; ``None`` or ``netinit.Automatic`` for a new one at each call;
        ``netinit.Inherited`` for one drawn from the framework's global generator; a numpy or
        torch generator; a JAX key.
    threads : int, optional
        At most this many threads; the values do not depend on it.

    Returns
    -------
    net
        The same object; of a tree of JAX, a new one of the same structure.

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
    >>> rules = {"weight": "xavier_uniform", "bias": netinit.Constant(0.01)}
    >>> netinit.initialize(net, netinit.All, method=rules)["fc.bias"]
    array([0.01, 0.01], dtype=float32)
    """
    check_threads(threads)
    adapter: Adapter = adapter_for(net)
    plan = plan_for(adapter, select, method, seed)
    if not plan.assignments and not _lacks_buffers_alone(adapter, plan.parameters):
        warn(_nothing(plan.parameters), NothingToInitializeWarning)
        return net
    refuse_unresolved(plan.assignments)
    parameters = [assignment.parameter for assignment in plan.assignments]
    adapter.open(parameters)
    fill_all(plan.assignments, adapter.parts, threads)
    filled: Net = adapter.close(parameters)
    return filled


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
