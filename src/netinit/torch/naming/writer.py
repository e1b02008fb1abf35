"""Writing the tensors of a net by name, and taking note of what was written."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import nn

from netinit.initializers.base import Initializer
from netinit.streams.stream import Stream
from netinit.torch.init.write import write
from netinit.torch.naming.names import Known, Names, memory_of
from netinit.torch.naming.part import is_whole, write_part

__all__ = ["Drawn", "Writer"]


@dataclass
class Drawn:
    """What was drawn within a block of `named`.

    Attributes
    ----------
    names : dict of str to int
        The parameters and buffers that were drawn by name, and how many times: the last one
        counts, and it is the same as if it were the only one.
    others : list of str
        The operators that drew for tensors which are not the net's, with the shapes. Their
        values come from torch's generator, in the order of the calls.
    untouched : list of str
        The parameters and buffers that nothing was written to; known at the end of the block.
        In new memory they hold no values.
    """

    names: dict[str, int] = field(default_factory=dict)
    others: list[str] = field(default_factory=list)
    untouched: list[str] = field(default_factory=list)


class Writer:
    """Writes the tensors of a net from the streams of a seed.

    Parameters
    ----------
    net : torch.nn.Module
    seed : int or str
    """

    def __init__(self, net: nn.Module, seed: int | str) -> None:
        self._names = Names(net)
        self._seed = seed
        self._first = self._names.all()  # kept, so that no other memory can pass for theirs
        self._touched: set[int | None] = set()
        self.drawn = Drawn()

    def stream(self, name: str) -> Stream:
        """Return the stream of a name."""
        return Stream(self._seed, name)

    def find(self, tensor: torch.Tensor) -> Known | None:
        """Return the net's tensor that has all elements of `tensor`, if there is one."""
        return self._names.find(tensor)

    def write(self, tensor: torch.Tensor, initializer: Initializer) -> bool:
        """Fill a tensor that netinit draws, if it is the net's; return whether it is."""
        known = self.find(tensor)
        if known is None:
            return False
        whole = is_whole(tensor, known.tensor)
        if whole or initializer.flat(tuple(known.tensor.shape)) is None:
            write(tensor, initializer, self.stream_of(tensor, known))
        else:
            write_part(tensor, known.tensor, initializer, self.stream(known.name))
        self.note(known)
        return True

    def stream_of(self, tensor: torch.Tensor, known: Known) -> Stream:
        """Return the stream of a part that is drawn by itself: by its first element's place."""
        offset = tensor.storage_offset() - known.tensor.storage_offset()
        return self.stream(f"{known.name}[{offset}]" if offset else known.name)

    def note(self, known: Known) -> None:
        """Take note that a tensor of the net was drawn."""
        self.drawn.names[known.name] = self.drawn.names.get(known.name, 0) + 1
        self.touch(known.tensor)

    def touch(self, tensor: torch.Tensor) -> None:
        """Take note that something was written to the memory of a tensor."""
        self._touched.add(memory_of(tensor))

    def finish(self) -> None:
        """Take note of what was not written; memory that the net got meanwhile was."""
        now = {memory_of(known.tensor) for known in self._names.all()}
        self.drawn.untouched = [
            name for name, tensor in self._first if memory_of(tensor) in now - self._touched
        ]
