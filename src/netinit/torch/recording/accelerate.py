"""Constructors and init code of anybody's, at netinit's speed and with values by name."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import torch

from netinit.base.words import Inherited
from netinit.streams.seeds import seed_source
from netinit.streams.stream import Stream
from netinit.torch.recording.recorder import Done, Recorder
from netinit.torch.seeds import draw_seed

__all__ = ["accelerate"]

#: The recorder of each thread that is within a block.
_current = threading.local()


@contextmanager
def accelerate(seed: Any = None) -> Iterator[Done]:
    """Within a ``with`` block, models are built in a fraction of the time, with values by name.

    Constructors and init code run unchanged: they say which shapes, dtypes and distributions,
    and each parameter's values are those of the stream of (seed, name in the net). So they do
    not depend on the order in which parts of the net are built, on what else is drawn, nor on
    how often. Memory is written once, at the end of the block, on huge pages.

    Parameters
    ----------
    seed : int, str, generator or None, default None
        As in `netinit.initialize`. None means a number from torch's default generator, drawn
        with the first value of the block: ``torch.manual_seed`` governs.

    Yields
    ------
    Done
        What was drawn by name, and what was not; complete when the block has ended.

    Raises
    ------
    TypeError
        If `seed` is none of these.

    Notes
    -----
    Writes of random numbers and of large constants wait; so does what is computed from them.
    Where code reads such a tensor (``item()``, ``numpy()``, a condition, an operator whose
    result's shape depends on it), it is written at once, from a stream that no parameter has;
    it keeps these values, and `Done.others` tells of it. Other operators are carried out as
    ever. Of torch's own layers of one class, with the same sizes, flags and dtype, init code runs
    for the first, and what it draws is put down for the others.

    A net is a module that is part of no other at the end of the block. Names are those of
    `netinit.plan`. Where two nets of a block have a name in common, the later net's has a
    stream of its own. A block within a block belongs to the outer one, but for its seed. After
    an exception everything that is alive has its values too.

    The block is for one thread, and for memory of the CPU. With a generator that the code gives,
    torch draws at once, and `Done.others` tells of it. Draws that have no stream by name
    (``randperm``, ``bernoulli``) come from torch's default generator, which is seeded for the
    block where `seed` is given.

    Examples
    --------
    >>> import netinit, torch
    >>> from netinit.torch import accelerate
    >>> with accelerate(seed=7) as done:
    ...     net = torch.nn.Sequential(torch.nn.Embedding(30, 20), torch.nn.Linear(20, 10))
    >>> done.names["0.weight"]
    'Normal(0, 1)'
    >>> again = netinit.create((30, 20), 1.0, seed=7, name="0.weight")
    >>> bool((net[0].weight.detach().numpy() == again).all())
    True
    """
    given = Inherited if seed is None else seed
    source = seed_source(given, lambda: draw_seed(torch.default_generator))
    seed_of: Callable[[], int | str] = cache(source) if callable(source) else lambda: source
    outer: Recorder | None = getattr(_current, "recorder", None)
    with _generator(None if seed is None else seed_of()):
        if outer is not None:
            with outer.seeded(seed_of):
                yield outer.done
            return
        recorder = _current.recorder = Recorder(seed_of)
        try:
            with recorder.recording():
                yield recorder.done
        finally:
            _current.recorder = None
            recorder.finish()


@contextmanager
def _generator(seed: int | str | None) -> Iterator[None]:
    """Within a ``with`` block, let torch's generator follow from the seed, where one is given."""
    if seed is None:
        yield
        return
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(Stream(seed, "").key)
        yield
