"""New memory for tensors of the meta device, and putting it in their place."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import nn

from netinit.arrays.memory import advise_huge_pages
from netinit.torch.modules.marks import unmark
from netinit.torch.modules.walk import Place, Slot

__all__ = ["allocate", "put"]


def allocate(slots: Iterable[Slot]) -> list[torch.Tensor]:
    """Return a CPU tensor with undefined values for each slot; the net stays as it is.

    Strides are kept, and tensors that share a storage go on sharing one.

    Raises
    ------
    MemoryError
        If there is not enough memory.
    """
    storages: dict[object, torch.Tensor] = {}
    tensors = []
    for slot in slots:
        old = slot.tensor
        storage = old.untyped_storage()
        flat = storages.get((storage._cdata, old.dtype))
        if flat is None:
            flat = _empty(max(storage.nbytes() // old.itemsize, _extent(old)), old.dtype)
            storages[storage._cdata, old.dtype] = flat
        tensors.append(flat.as_strided(old.shape, old.stride(), old.storage_offset()))
    return tensors


def _extent(tensor: torch.Tensor) -> int:
    """Return how many elements of its storage a tensor reaches over."""
    if tensor.numel() == 0:
        return 0
    steps = zip(tensor.shape, tensor.stride(), strict=True)
    return int(tensor.storage_offset()) + 1 + sum((n - 1) * stride for n, stride in steps)


def _empty(size: int, dtype: torch.dtype) -> torch.Tensor:
    try:
        flat = torch.empty(size, dtype=dtype, device="cpu")
    except RuntimeError as error:  # torch's allocator has no type of its own for this
        raise MemoryError(f"no memory for {size * dtype.itemsize:,} bytes") from error
    advise_huge_pages(flat.data_ptr(), flat.nbytes)
    return flat


def put(slot: Slot, values: torch.Tensor) -> None:
    """Put the memory of `values` in place of a slot's tensor, everywhere in the net.

    What was one object stays one object, of the same class, with the same attributes and
    the same wish for a gradient.
    """
    made: dict[int, torch.Tensor] = {}
    for place in slot.places:
        entries = _entries(place)
        old = entries[place.key]
        assert old is not None
        if id(old) not in made:
            made[id(old)] = _like(old, values)
        entries[place.key] = made[id(old)]
    for place in slot.places:
        # The list of a recurrent layer's weights is a copy that it does not keep in step.
        if isinstance(place.module, nn.RNNBase):
            place.module._init_flat_weights()


def _entries(place: Place) -> dict[str, torch.Tensor | None]:
    own: Any = place.module._parameters
    others: dict[str, torch.Tensor | None] = place.module._buffers
    return own if place.key in own else others


def _like(old: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
    new = torch.Tensor._make_subclass(type(old), values.detach(), old.requires_grad)
    new.__dict__.update(old.__dict__)
    unmark(new)
    return new
