"""What gives tensors their values in the place of a generator, while it is in force."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch

from netinit.initializers.base import Initializer

__all__ = ["in_force", "written"]

#: Fills a tensor that netinit draws and returns True, or leaves it and returns False.
Source = Callable[[torch.Tensor, Initializer], bool]

#: The sources in force, the outermost first.
_sources: list[Source] = []


@contextmanager
def in_force(source: Source) -> Iterator[None]:
    """Within a ``with`` block, have `source` asked before a generator, in the whole process."""
    _sources.append(source)
    try:
        yield
    finally:
        _sources.remove(source)


def written(tensor: torch.Tensor, initializer: Initializer) -> bool:
    """Return whether a source in force, the innermost that knows it, has filled `tensor`."""
    if not _sources:  # nearly always
        return False
    return any(source(tensor, initializer) for source in reversed(_sources))
