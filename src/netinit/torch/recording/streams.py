"""Which stream each draw of a block has: that of the first parameter filled from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

import torch
from torch import nn

from netinit.streams.stream import Stream
from netinit.torch.arrays import storage_of
from netinit.torch.modules.walk import Slot, find_slots, is_lazy
from netinit.torch.recording.geometry import Geometry, geometry_of
from netinit.torch.recording.steps import Draw, Step, draws_of

__all__ = ["Named", "Streams", "slots_by_name"]


class Named:
    """A tensor of a net, where it lies in memory, and its name among all nets of the block."""

    __slots__ = ("cdata", "distributed", "geometry", "name", "slot")

    def __init__(self, name: str, slot: Slot) -> None:
        self.name, self.slot = name, slot
        tensor = slot.tensor.detach()
        self.distributed = hasattr(tensor, "_local_tensor")
        local = getattr(tensor, "_local_tensor", tensor)
        self.cdata = storage_of(local)._cdata
        self.geometry = geometry_of(local)


def slots_by_name(roots: Iterable[nn.Module]) -> Iterator[Named]:
    """Yield the dense tensors of some nets in their own order, under names that are all different.

    A name that an earlier net has too gets a prefix that no name of a parameter can have.
    """
    taken: set[str] = set()
    for number, root in enumerate(roots, 1):
        for slot in find_slots(root):
            if not _has_memory(slot.tensor):
                continue
            name = slot.name if slot.name not in taken else f".net {number}.{slot.name}"
            taken.add(name)
            yield Named(name, slot)


def _has_memory(tensor: torch.Tensor) -> bool:
    if is_lazy(tensor) or not tensor.numel():
        return False
    local = getattr(tensor, "_local_tensor", tensor)
    if local.layout is not torch.strided or local.device.type != "cpu":
        return False
    try:
        storage_of(local)
    except (RuntimeError, NotImplementedError):  # it only wraps others
        return False
    return True


class Streams:
    """Gives draws their streams."""

    def __init__(self) -> None:
        self._unnamed: Counter[str] = Counter()

    def name(self, named: Named, steps: Iterable[Step]) -> list[Draw]:
        """Give the draws that a tensor is filled from the streams of its name; return those.

        The tensor's own draws are the values of its stream at their places. Those that it is
        computed or copied from are draws of their own, numbered in their order.
        """
        steps = list(steps)
        mine = [draw for draw, own in draws_of(steps) if own and _belongs(draw, named.geometry)]
        others = [draw for draw, own in draws_of(steps) if not own and draw.stream is None]
        new = [draw for draw in mine if draw.stream is None]
        for draw in new:
            self._place(draw, named)
        for number, draw in enumerate(others, 1 if mine else 0):
            draw.stream = Stream(draw.seed, named.name, number)
        return [*new, *others]

    def _place(self, draw: Draw, named: Named) -> None:
        name = named.name
        whole = named.geometry
        part = not named.distributed and whole != draw.geometry and whole.holds(draw.geometry)
        if part and draw.initializer is not None and draw.initializer.flat(whole.size) is not None:
            draw.within = whole
        elif part and draw.geometry.offset != whole.offset:
            name = f"{name}[{draw.geometry.offset - whole.offset}]"
        draw.stream = Stream(draw.seed, name)

    def unnamed(self, draw: Draw) -> str:
        """Give a draw that is no parameter's a stream that none can have; return its name."""
        text = f".{draw.text} {list(draw.geometry.size)}"
        self._unnamed[text] += 1
        name = f"{text} {self._unnamed[text]}"
        draw.stream = Stream(draw.seed, name)
        return name[1:]


def _belongs(draw: Draw, geometry: Geometry) -> bool:
    """Return whether a draw is a tensor's whole or part, or fills it among others."""
    return draw.geometry.meets(geometry)
