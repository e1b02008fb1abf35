"""New memory for tensors of the meta device, and putting it in their place."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from weakref import getweakrefs

import torch
from torch import nn

from netinit.arrays.memory import advise_huge_pages
from netinit.base.spelling import listing
from netinit.base.warning import warn
from netinit.torch.arrays import PLAIN, storage_of
from netinit.torch.modules.marks import unmark
from netinit.torch.sharded import is_distributed, local_part
from netinit.torch.walk import Place, Slot

__all__ = ["Memory", "allocate", "put", "tensor_on", "warn_of_optimizers"]

_CPU = torch.device("cpu")
_swap: Any = torch._C._swap_tensor_impl
_of_bytes: Any = torch.UntypedStorage

#: A tensor, or the storage of one that is to have it alone: that takes two thirds of it.
Memory = torch.Tensor | torch.UntypedStorage


def allocate(slots: Iterable[Slot]) -> Iterator[Memory]:
    """Yield CPU memory with undefined values for each slot; the net stays as it is.

    Of a distributed tensor it is this process's part. Strides are kept, and tensors that share
    a storage go on sharing one.

    Raises
    ------
    MemoryError
        If there is not enough memory.
    """
    storages: dict[object, torch.Tensor] = {}
    for slot in slots:
        old = local_part(slot.tensor)
        if not slot.shares and old.is_contiguous():
            memory = _storage(old.nbytes)
            plain = type(slot.tensor) in PLAIN and old.is_meta
            yield memory if plain else tensor_on(memory, old)
            continue
        storage = storage_of(old)  # of which torch keeps an object from then on
        flat = storages.get((storage._cdata, old.dtype))
        if flat is None:
            size = max(storage.nbytes() // old.itemsize, _extent(old))
            memory = _storage(size * old.itemsize)
            flat = torch.empty(0, dtype=old.dtype, device=_CPU).set_(memory)
            storages[storage._cdata, old.dtype] = flat
        yield flat.as_strided(old.shape, old.stride(), old.storage_offset())


def _extent(tensor: torch.Tensor) -> int:
    """Return how many elements of its storage a tensor reaches over."""
    if tensor.numel() == 0:
        return 0
    steps = zip(tensor.shape, tensor.stride(), strict=True)
    return int(tensor.storage_offset()) + 1 + sum((n - 1) * stride for n, stride in steps)


def _storage(nbytes: int) -> torch.UntypedStorage:
    try:
        made: torch.UntypedStorage = _of_bytes(nbytes, device=_CPU)
    except RuntimeError as error:  # torch's allocator has no type of its own for this
        raise MemoryError(f"no memory for {nbytes:,} bytes") from error
    advise_huge_pages(made.data_ptr(), nbytes)
    return made


def tensor_on(storage: torch.UntypedStorage, like: torch.Tensor) -> torch.Tensor:
    """Return a tensor that has a storage, with the type and the strides of another.

    Of an axis of one element any stride will do, and tells the memory's format.
    """
    made = torch.empty(0, dtype=like.dtype, device=_CPU)
    return made.set_(storage, 0, like.shape, like.stride())


def put(slot: Slot, values: Memory) -> bool:
    """Give the tensor of a slot the memory of `values`, everywhere in the net.

    Of a distributed tensor `values` are this process's part.

    It stays the object that it is, which an optimizer may have, with its class, its attributes
    and its wish for a gradient.

    Returns
    -------
    bool
        False where torch does not let an object take other memory, as while there is a weak
        reference to it: the net then has a new object like it.
    """
    if not slot.further and not isinstance(slot.module, nn.RNNBase):  # nearly always
        own = slot.tensor
        new = _given_memory(own, values)
        _entries(slot)[slot.key] = new
        return new is own
    made: dict[int, torch.Tensor] = {}
    recurrent = [p.module for p in slot.places if isinstance(p.module, nn.RNNBase)]
    for module in recurrent:
        module._flat_weight_refs = []  # weak references, made again below
    for place in slot.places:
        entries = _entries(place)
        old = entries[place.key]
        assert old is not None
        if id(old) not in made:
            made[id(old)] = _given_memory(old, values)
        entries[place.key] = made[id(old)]
    for module in recurrent:
        # The list of a recurrent layer's weights is a copy that it does not keep in step.
        module._init_flat_weights()
    return slot.tensor.device == values.device


def _entries(place: Place | Slot) -> dict[str, torch.Tensor | None]:
    own: Any = place.module._parameters
    others: dict[str, torch.Tensor | None] = place.module._buffers
    return own if place.key in own else others


def _given_memory(old: Any, values: Memory) -> torch.Tensor:
    """Return `old` with the memory of `values`, or a tensor like it where that cannot be."""
    new = _like(old, values)
    try:
        if type(old) in PLAIN and not getweakrefs(old) and old._use_count() == 1:
            # What is left of torch's own function then, in a sixth of its time. Attributes stay;
            # to ask for __dict__ makes one.
            _swap(old, new)
            unmark(old)
        else:
            torch.utils.swap_tensors(old, _attributed(new, old))  # type: ignore[no-untyped-call]
    except RuntimeError:
        return _attributed(new, old)
    kept: torch.Tensor = old
    return kept


def _attributed(new: torch.Tensor, old: torch.Tensor) -> torch.Tensor:
    """Return `new` with the attributes of `old`, but for a mark."""
    new.__dict__.update(old.__dict__)
    unmark(new)
    return new


def _like(old: torch.Tensor, values: Memory) -> torch.Tensor:
    if isinstance(values, torch.UntypedStorage):
        values = tensor_on(values, old)
    if type(old) not in PLAIN and is_distributed(old):
        return _distributed_like(old, values)
    # Which detaches the values itself.
    return torch.Tensor._make_subclass(type(old), values, old.requires_grad)


def _distributed_like(old: Any, values: torch.Tensor) -> torch.Tensor:
    new: torch.Tensor = type(old)(values.detach(), old._spec, requires_grad=False)
    return nn.Parameter(new, old.requires_grad) if isinstance(old, nn.Parameter) else new


def warn_of_optimizers(replaced: Sequence[Slot]) -> None:
    """Warn where an optimizer has a tensor that the net has no longer, since `put` replaced it."""
    if not replaced:
        return
    # All objects are looked through only here, where torch refused what is always tried.
    optimizers = [o for o in gc.get_objects() if issubclass(type(o), torch.optim.Optimizer)]
    groups = [group for optimizer in optimizers for group in optimizer.param_groups]
    held = {id(tensor) for group in groups for tensor in group["params"]}
    names = [slot.name for slot in replaced if id(slot.tensor) in held]
    if names:
        warn(
            f"an optimizer was made for {listing(names)} before they had memory, and would train "
            "tensors that the module has no longer, because something else refers to these; make "
            "the optimizer after netinit.initialize"
        )
