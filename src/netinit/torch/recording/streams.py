"""Which stream each draw of a block has: that of the first parameter filled from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Sequence
from typing import NamedTuple

import torch
from torch import nn

from netinit.torch.recording.geometry import Geometry, geometry_of
from netinit.torch.recording.steps import Draw, Step, draws_of
from netinit.torch.sharded import local_part
from netinit.torch.walk import find_tensors

__all__ = ["Named", "Streams", "tensors_by_name"]


class Named(NamedTuple):
    """A tensor of a net: its local part, and its name among all nets of the block."""

    name: str
    tensor: torch.Tensor
    local: torch.Tensor

    @property
    def distributed(self) -> bool:
        """Whether it is a part of a distributed tensor."""
        return self.local is not self.tensor


def tensors_by_name(
    roots: Iterable[nn.Module], wanted: Container[int] | None, prefix: str = ""
) -> Iterator[tuple[Named, int]]:
    """Yield the tensors of some nets whose storages are wanted (None: all), with the storages.

    In the nets' own order; names stand after `prefix`. A name that an earlier net has too gets
    a prefix that no name of a parameter can have.
    """
    taken: dict[str, None] = {}  # of many texts it takes a third of what a set does
    for number, root in enumerate(roots, 1):
        for plain, tensor, cdata in find_tensors(root):
            if cdata is None or (wanted is not None and cdata not in wanted):
                continue
            name = prefix + plain if plain not in taken else f".net {number}.{plain}"
            taken[name] = None
            yield Named(name, tensor, local_part(tensor)), cdata


class Streams:
    """Gives draws their streams."""

    def __init__(self) -> None:
        self._unnamed: Counter[str] = Counter()

    def name(self, named: Named, steps: Sequence[Step]) -> bool:
        """Give the draws that a tensor is filled from the streams of its name.

        Return whether there are some that had none.

        The tensor's own draws are the values of its stream at their places. Those that it is
        computed or copied from are draws of their own, numbered in their order.
        """
        draw = steps[0]
        if len(steps) == 1 and type(draw) is Draw and draw.geometry.is_of(named.local):
            new = draw.named is None  # nearly always
            if new:
                draw.named = named.name, 0
            return new
        whole = geometry_of(named.local)
        mine = [draw for draw, own in draws_of(steps) if own and whole.meets(draw.geometry)]
        unplaced = [draw for draw in mine if draw.named is None]
        for draw in unplaced:
            _place(draw, named, whole)
        others = [draw for draw, own in draws_of(steps) if not own and draw.named is None]
        for number, draw in enumerate(others, 1 if mine else 0):
            draw.named = named.name, number
        return bool(unplaced or others)

    def unnamed(self, draw: Draw) -> str:
        """Give a draw that is no parameter's a stream that none can have; return its name."""
        name = self.next(draw.text, draw.geometry.size)
        draw.named = name, 0
        return name[1:]

    def next(self, text: str, size: Sequence[int]) -> str:
        """Return the name of a stream that no parameter has, the next one for a text and a size."""
        name = f".{text} {list(size)}"
        self._unnamed[name] += 1
        return f"{name} {self._unnamed[name]}"


def _place(draw: Draw, named: Named, whole: Geometry) -> None:
    """Give a tensor's own draw its stream: that of the tensor, or of a part drawn by itself."""
    name = named.name
    part = not named.distributed and whole != draw.geometry and whole.holds(draw.geometry)
    if part and draw.initializer is not None and draw.initializer.flat(whole.size) is not None:
        draw.within = whole
    elif part and draw.geometry.offset != whole.offset:
        name = f"{name}[{draw.geometry.offset - whole.offset}]"
    draw.named = name, 0
