"""What gives tensors their values in the place of a generator, while it is in force."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch

from netinit.initializers.base import Initializer

__all__ = ["in_force", "sources", "written"]

#: Fills a tensor that netinit draws and returns True, or leaves it and returns False.
Source = Callable[[torch.Tensor, Initializer], bool]

#: The sources in force, the outermost first. Nearly always none: ask that before `written`, whose
#: call is a fiftieth of a small fill.
sources: list[Source] = []


@contextmanager
def in_force(source: Source) -> Iterator[None]:
    """Within a ``with`` block, have `source` asked before a generator, in the whole process."""
    sources.append(source)
    try:
        yield
    finally:
        sources.remove(source)


def written(tensor: torch.Tensor, initializer: Initializer) -> bool:
    """Return whether a source in force, the innermost that knows it, has filled `tensor`."""
    return any(source(tensor, initializer) for source in reversed(sources))
