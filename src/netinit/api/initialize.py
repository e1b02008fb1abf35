"""`netinit.initialize`: a net's parameters, filled in place."""

from __future__ import annotations

from typing import Any, TypeVar

from netinit.base.frameworks import adapter_for
from netinit.parameters.selection import Selection
from netinit.plans.initialize import initialize_by

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
        Or a paddle.nn.Layer or mlx.nn.Module.
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
    filled: Net = initialize_by(adapter_for(net), net, select, method, seed, threads)
    return filled
