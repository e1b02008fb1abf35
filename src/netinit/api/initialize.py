"""`netinit.initialize`: a net's parameters, filled in place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from netinit.base.checks import check_threads
from netinit.base.frameworks import adapter_for
from netinit.base.warning import warn
from netinit.errors import NothingToInitializeWarning
from netinit.methods.rules import Net, Rules
from netinit.parameters.adapter import Adapter
from netinit.parameters.parameter import Parameter
from netinit.parameters.selection import Selection
from netinit.plans.execute import _check, _execute
from netinit.plans.plan import plan_for

__all__ = ["init_all", "initialize"]


def init_all(net: Net, rules: Any, *, seed: Any = 1234, threads: int | None = None) -> Net:
    """Fill every parameter of a net for which there is a rule, in place, and return the net.

    Parameters
    ----------
    net : what `netinit.initialize` accepts
    rules : mapping, sequence of pairs, or one initializer for all parameters
        Pairs of what a rule is for and what it fills with; the first rule that fits a
        parameter is taken. A rule is *for*

        * a string: a parameter's role ("weight", "bias", "scale", ...), or a pattern (as in
          `fnmatch`) on its layer's type ("Linear", "Conv*d"), on its dotted name, or on the
          last part of that ("bias", "encoder.*", "*");
        * a compiled regular expression, searched for in the dotted name;
        * a class of layers, such as ``torch.nn.Linear``, and those derived from it by name;
        * an integer, or a range of them: the parameter's number of axes (its rank);
        * a predicate on `netinit.Parameter`;
        * a tuple of these, all of which must hold; a (frozen) set, one of which must.

        It fills *with*

        * an initializer such as ``netinit.Uniform(-1, 1)``, or a number s for Normal(0, s);
        * a name of the catalogue, ``"xavier_uniform"``, or ``(name, {option: value})``;
        * a method, by name or not, which keeps to fixed values and zero biases;
        * a numpy array, broadcast;
        * a function of `netinit.Where` (shape, fan_in, fan_out) that returns one of these.
    seed, threads : optional
        As in `netinit.initialize`.

    Returns
    -------
    net
        The same object. Parameters for which there is no rule are left as they are.

    Raises
    ------
    ValueError
        If a rule fits no parameter of the net, or a name is unknown; nothing has been changed.
    TypeError
        If a rule is none of these.

    Notes
    -----
    A bias has the fans of its layer's weight: with ``{"Linear": "fan_in_uniform"}`` both are
    uniform on +-1/sqrt(n) for n inputs. Buffers are no parameters: one that lacks its value
    (a running variance) gets it, and no rule changes it.

    Examples
    --------
    >>> import netinit
    >>> net = {"fc.weight": netinit.ArraySpec((2, 5)), "fc.bias": netinit.ArraySpec((2,))}
    >>> rules = {"weight": "xavier_uniform", "bias": netinit.Constant(0.01)}
    >>> netinit.init_all(net, rules)["fc.bias"]
    array([0.01, 0.01], dtype=float32)
    """
    method = Rules(rules)
    return initialize(net, method.applies, method=method, seed=seed, threads=threads)


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
