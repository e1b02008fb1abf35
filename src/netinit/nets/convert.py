"""Nets of netinit's own as nets of a framework, in which they are trained."""

from __future__ import annotations

from typing import Any

from netinit.base.frameworks import converter_to
from netinit.base.spelling import listing
from netinit.nets.evaluation import missing_values
from netinit.nets.layer import Layer

__all__ = ["to_torch"]


def to_torch(net: Layer) -> Any:
    """Return a torch.nn.Module that computes what a net does, with copies of its arrays.

    Parameters
    ----------
    net : Layer
        A layer, chain or graph of netinit's own, initialized.

    Returns
    -------
    torch.nn.Module
        Its parameters and buffers have the names of the net's arrays. Its inputs are tensors
        whose first axis counts the examples. In training mode dropout drops and batch
        normalization normalizes by the batch.

    Raises
    ------
    TypeError
        If `net` is not a net of netinit's own.
    ValueError
        If an array of the net has no value yet, or an array is shared with one outside of it.
    ModuleNotFoundError
        If torch is not installed.

    Examples
    --------
    What was trained in torch goes back by names:

    >>> import torch
    >>> import netinit
    >>> net = netinit.initialize(netinit.nets.NetChain([8, "tanh", 1], input=2))
    >>> module = netinit.nets.to_torch(net)
    >>> tuple(module(torch.zeros(3, 2)).shape)
    (3, 1)
    >>> for name, values in module.state_dict().items():
    ...     net[name] = values
    """
    if not isinstance(net, Layer):
        raise TypeError(f"net must be a layer, chain or graph of netinit.nets, not {net!r}")
    missing = missing_values(net)
    if missing:
        raise ValueError(
            f"the net has no values for {listing(missing)} yet; netinit.initialize(net) gives them"
        )
    net.parameters()  # which refuses what is shared with an array outside
    return converter_to("torch")(net)
