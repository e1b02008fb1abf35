"""`netinit.jax.initialize`: a tree of arrays over several devices."""

from __future__ import annotations

from typing import Any, TypeVar

from netinit.jax.trees.adapter import TreeAdapter
from netinit.parameters.selection import Selection
from netinit.plans.initialize import initialize_by

__all__ = ["initialize"]

Net = TypeVar("Net")


def initialize(
    net: Net,
    select: Selection = "uninitialized",
    *,
    sharding: Any = None,
    method: Any = "Kaiming",
    seed: Any = 1234,
    threads: int | None = None,
) -> Net:
    """Return a tree with a value for every uninitialized array, each device making its own part.

    It is `netinit.initialize` with the shardings given apart from the tree.

    Parameters
    ----------
    net : tree
        Of ``jax.ShapeDtypeStruct``, `netinit.ArraySpec` and arrays, whole or over devices;
        modules and states of flax.nnx and modules of Equinox are such.
    select : default "uninitialized"
        As for `netinit.initialize`; what is not selected stays where it is.
    sharding : sharding, tree or callable, optional
        How each array that is made is cut among devices: a ``jax.sharding.Sharding``, or a
        ``PartitionSpec`` of the mesh that ``jax.set_mesh`` has set. One for all arrays; or a
        tree of them, in which one stands for all that the net has below that name; or a
        function that returns one for a name. None, also in a tree or from a function, leaves
        an array to the sharding that its struct or its old value has, or else to JAX's default
        device.
    method, seed, threads
        As for `netinit.initialize`.

    Returns
    -------
    net
        A new tree of the same structure.

    Raises
    ------
    TypeError
        If a sharding is none, or names no devices.
    ValueError
        If an array cannot be cut evenly, if a tree of shardings says nothing of an array, or
        has a name that the net has not. Nothing has been made then.

    Notes
    -----
    Fans are those of the whole array, and an element's value is a function of the seed, the
    array's name and the element's index alone, so any sharding, on any number of processes,
    gives the values of the whole array on one device. Each process makes the parts of its own
    devices, one after the other; processes do not communicate. A part that several devices of
    a process hold is drawn once.

    Examples
    --------
    >>> import jax, netinit.jax
    >>> from jax.sharding import NamedSharding, PartitionSpec as P
    >>> mesh = jax.make_mesh((jax.device_count(),), ("data",))
    >>> shapes = {"w": jax.ShapeDtypeStruct((16, 8), "float32")}
    >>> made = netinit.jax.initialize(shapes, sharding=NamedSharding(mesh, P("data")))
    >>> made["w"].sharding.spec
    P('data',)
    >>> bool((made["w"] == netinit.initialize(shapes)["w"]).all())
    True
    """
    made: Net = initialize_by(TreeAdapter(net, sharding), net, select, method, seed, threads)
    return made
