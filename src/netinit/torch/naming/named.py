"""Init code of anybody's, with the values of netinit's streams: each parameter's by its name."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import torch
from torch import nn

from netinit.streams.seeds import check_shared, resolve_seed
from netinit.torch.init.installation import holders, installed
from netinit.torch.init.sources import in_force
from netinit.torch.naming.operators import Operators
from netinit.torch.naming.writer import Drawn, Writer
from netinit.torch.seeds import draw_seed
from netinit.torch.sharded import is_distributed
from netinit.torch.walk import find_slots, is_lazy, is_meta

__all__ = ["named"]


@contextmanager
def named(
    net: nn.Module,
    seed: Any = 1234,
    *namespaces: ModuleType | MutableMapping[str, Any],
) -> Iterator[Drawn]:
    """Within a ``with`` block, whatever draws a parameter of `net` draws it by its name.

    The net's own init code runs unchanged, ``init_weights()``, ``reset_parameters()``,
    ``net.apply(function)``: it says which distributions, and each parameter's values are those of
    the stream of (seed, name). So they do not depend on the order in which the code goes
    through the net, on what else is drawn, nor on how often.

    Parameters
    ----------
    net : torch.nn.Module
        With memory: one of the meta device is first given some, by
        ``net.to_empty(device="cpu")``. Its parameters and buffers have the names that
        `netinit.plan` gives them.
    seed : int, str, None or a generator, default 1234
        As in `netinit.initialize`.
    *namespaces : module or dict
        Where functions of ``torch.nn.init`` are replaced, besides the modules loaded.

    Yields
    ------
    Drawn
        What was drawn by name, and what was not.

    Raises
    ------
    TypeError
        If `net` is no module, or `seed` none of these.
    ValueError
        If a parameter is on the meta device, or has no shape yet; if processes that have parts
        of the net would each draw a seed.

    Notes
    -----
    A view of a parameter (a row of an embedding, a gate's part of a packed weight) gets what
    the whole parameter has there, of ``orthogonal_`` and ``sparse_`` a matrix of its own. The
    functions of ``torch.nn.init``, wherever they were imported, ``Tensor.normal_`` and
    ``Tensor.uniform_`` draw from netinit's stream; other random operators of a parameter are
    torch's, with a generator seeded by the stream. A generator that the code gives is not
    used. What is drawn for other tensors comes from torch's default generator, which is
    seeded for the block and has its own state again after it.

    The block is for one thread: the functions of ``torch.nn.init`` are replaced in the
    process.

    Examples
    --------
    >>> import netinit, torch
    >>> from netinit.torch import named
    >>> net = torch.nn.Sequential(torch.nn.Linear(30, 20), torch.nn.Linear(20, 10))
    >>> with named(net, seed=7) as drawn:
    ...     net[1].reset_parameters()
    ...     _ = torch.nn.init.normal_(net[0].weight, std=0.02)
    >>> list(drawn.names)
    ['1.weight', '1.bias', '0.weight']
    >>> again = netinit.create((20, 30), 0.02, seed=7, name="0.weight")
    >>> bool((net[0].weight.detach().numpy() == again).all())
    True
    """
    if not isinstance(net, nn.Module):
        raise TypeError(f"net must be a torch.nn.Module, not {type(net).__name__}")
    _check_memory(net)
    if any(map(is_distributed, net.parameters())):
        check_shared(seed)
    writer = Writer(net, resolve_seed(seed, lambda: draw_seed(torch.default_generator)))
    tables: list[ModuleType | MutableMapping[str, Any]] = [*holders(), *namespaces]
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(writer.stream("").key)
        with installed(*tables), in_force(writer.write), Operators(writer):
            yield writer.drawn
    writer.finish()


def _check_memory(net: nn.Module) -> None:
    for slot in find_slots(net):
        if is_lazy(slot.tensor):
            raise ValueError(
                f"{slot.name} has no shape yet: run the net once, or give its layers their sizes"
            )
        if is_meta(slot.tensor):
            raise ValueError(
                f"{slot.name} is on the meta device, where nothing is drawn: give the net memory "
                'first, by net.to_empty(device="cpu")'
            )
