"""The tensors of a module by their memory: which parameter a tensor is, or is a part of."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import torch
from torch import nn

from netinit.torch.arrays import is_wrapper, storage_number
from netinit.torch.naming.part import is_whole
from netinit.torch.sharded import local_part
from netinit.torch.walk import find_slots

__all__ = ["Known", "Names", "memory_of"]


class Known(NamedTuple):
    """A tensor of the net, and its name."""

    name: str
    tensor: torch.Tensor


class Names:
    """Finds the tensor of a net that a tensor is, or is a view of.

    Parameters
    ----------
    net : torch.nn.Module
        Looked at now, and again where a tensor is asked for that was not there.
    """

    def __init__(self, net: nn.Module) -> None:
        self._net = net
        self._by_memory: dict[int, list[Known]] = {}
        self._look()

    def find(self, tensor: torch.Tensor) -> Known | None:
        """Return the tensor of the net that has all elements of `tensor`, if there is one."""
        memory = memory_of(tensor)
        if memory is None:
            return None
        found = _holder(self._by_memory.get(memory, ()), tensor)
        if found is None:
            self._look()
            found = _holder(self._by_memory.get(memory, ()), tensor)
        return found

    def all(self) -> list[Known]:
        """Return the tensors that the net has now."""
        self._look()
        return [known for tensors in self._by_memory.values() for known in tensors]

    def _look(self) -> None:
        self._by_memory.clear()
        for slot in find_slots(self._net):
            memory = memory_of(slot.tensor)
            if memory is not None:
                known = Known(slot.name, slot.tensor.detach())
                self._by_memory.setdefault(memory, []).append(known)


def memory_of(tensor: torch.Tensor) -> int | None:
    """Return what tells the storage of a tensor, or of its local part, from any other."""
    local = local_part(tensor)
    number = storage_number(local)
    return number if number is not None and local.numel() else None


def _holder(candidates: Iterable[Known], tensor: torch.Tensor) -> Known | None:
    """Return the one of some tensors in a storage that has all elements of `tensor`."""
    same = [known for known in candidates if known.tensor.dtype == tensor.dtype]
    for known in same:
        if type(known.tensor) is type(tensor.detach()) and is_whole(tensor, known.tensor):
            return known
    if is_wrapper(tensor):  # its elements are not those of the whole tensor's memory
        return None
    return next((known for known in same if _holds(known.tensor, tensor)), None)


def _holds(whole: torch.Tensor, part: torch.Tensor) -> bool:
    """Return whether the memory of `whole` has no gaps, and that of `part` lies within it."""
    if is_wrapper(whole) or _reach(whole) != whole.numel():
        return False
    offset = part.storage_offset() - whole.storage_offset()
    return offset >= 0 and offset + _reach(part) <= whole.numel()


def _reach(tensor: torch.Tensor) -> int:
    """Return how many elements lie from a tensor's first to its last, both counted."""
    steps = zip(tensor.shape, tensor.stride(), strict=True)
    return 1 + sum((extent - 1) * stride for extent, stride in steps)
