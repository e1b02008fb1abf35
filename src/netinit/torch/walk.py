"""The tensors of a module: each once, with all its names and the places that hold it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import torch
from torch import nn
from torch.nn.parameter import is_lazy
from torch.nn.utils.parametrizations import _SpectralNorm

from netinit.torch.arrays import PLAIN, storage_number
from netinit.torch.sharded import local_part

__all__ = [
    "Place",
    "Slot",
    "class_of",
    "find_modules",
    "find_slots",
    "find_tensors",
    "is_lazy",
    "is_meta",
    "unwrapped",
]


#: Parts of a name that wrappers add and that say nothing about the net.
_WRAPPERS = ("_orig_mod", "_checkpoint_wrapped_module", "_fsdp_wrapped_module")
#: Classes whose only module, named "module", is the net.
_PARALLEL = ("DataParallel", "DistributedDataParallel")

#: Buffers in which a normalization layer keeps what it has seen.
STATISTICS = ("running_mean", "running_var")


class Place(NamedTuple):
    """One entry of a module's `_parameters` or `_buffers`."""

    path: str
    module: nn.Module
    key: str
    #: The dotted name in the whole net, without what wrappers add.
    plain_name: str

    @property
    def name(self) -> str:
        """The dotted name of the entry in the whole net."""
        return _joined(self.path, self.key)


@dataclass(slots=True, eq=False)
class Slot:
    """One tensor of a net and every place that holds it; the first place names it.

    Of that the path, the module and the key are the slot's own: large nets have many.
    """

    tensor: torch.Tensor
    is_parameter: bool
    path: str
    module: nn.Module
    key: str
    #: The canonical name: the first one, without what wrappers such as torch.compile add.
    name: str
    #: Whether the storage of its local part may be another tensor's too.
    shares: bool = False
    #: The places after the first, in the net's order.
    further: tuple[Place, ...] = ()

    @property
    def place(self) -> Place:
        """The first place in the net's order."""
        return Place(self.path, self.module, self.key, self.name)

    @property
    def places(self) -> tuple[Place, ...]:
        """All places, in the net's order."""
        return (self.place, *self.further)

    @property
    def aliases(self) -> tuple[str, ...]:
        """All other names."""
        if not self.further and _joined(self.path, self.key) == self.name:  # nearly always
            return ()
        names = [name for place in self.places for name in (place.plain_name, place.name)]
        return tuple(name for name in dict.fromkeys(names) if name != self.name)

    @property
    def learnable(self) -> bool:
        """Whether it is a parameter that requires grad."""
        return self.is_parameter and self.tensor.requires_grad

    @property
    def persistent(self) -> bool:
        """Whether `state_dict` holds it."""
        if self.is_parameter:
            return True
        return any(p.key not in p.module._non_persistent_buffers_set for p in self.places)

    @property
    def statistic(self) -> bool:
        """Whether it is a running statistic of a normalization, of arrays or of a weight."""
        if self.is_parameter:
            return False
        return self.key in STATISTICS or isinstance(self.module, _SpectralNorm)


#: The path of a module, that without wrappers, the module, its table, the key, the tensor, its
#: storage, and the tensor found before that counts as the same.
_Entry = tuple[str, str, nn.Module, Any, str, torch.Tensor, int | None, torch.Tensor | None]


def is_meta(tensor: torch.Tensor) -> bool:
    """Return whether `tensor` has a shape but no memory."""
    if type(tensor) in PLAIN:  # nearly always; others may tell of another device than they have
        return tensor.is_meta
    return tensor.device.type == "meta"


def find_slots(net: nn.Module) -> list[Slot]:
    """Return the parameters and buffers of `net` in its own order, each tensor once.

    Tensors count as one where they are the same object or the same view of one storage.
    """
    slots: dict[int, Slot] = {}
    owners: dict[int, Slot] = {}
    for path, plain, module, table, key, tensor, storage, first in _entries(net):
        name = f"{plain}.{key}" if plain else key
        if first is not None:
            slot = slots[id(first)]
            slot.further = (*slot.further, Place(path, module, key, name))
            continue
        slot = Slot(tensor, table is module._parameters, path, module, key, name)
        slots[id(tensor)] = slot
        if storage is None:
            slot.shares = True
        elif (owner := owners.setdefault(storage, slot)) is not slot:
            owner.shares = slot.shares = True
    return list(slots.values())


def find_tensors(net: nn.Module) -> Iterator[tuple[str, torch.Tensor, int | None]]:
    """Yield the tensors of `find_slots` in their order, with their names and storages."""
    for _, plain, _, _, key, tensor, storage, first in _entries(net):
        if first is None:
            yield f"{plain}.{key}" if plain else key, tensor, storage


def _entries(net: nn.Module) -> Iterator[_Entry]:
    """Yield all entries of a net's modules, with the first tensor that is the same if it is not."""
    #: What was found first of each storage, and what then of those that have several tensors.
    known: dict[int, torch.Tensor] = {}
    further: dict[int, list[torch.Tensor]] = {}
    for path, plain, module in find_modules(net):
        for table in (module._parameters, module._buffers):
            for key, tensor in table.items():
                if tensor is None:
                    continue
                own = tensor if type(tensor) in PLAIN else local_part(tensor)  # it saves a call
                storage = storage_number(own)
                number = id(tensor) if storage is None else storage
                first = None
                if number not in known:
                    known[number] = tensor
                else:
                    others = further.setdefault(number, [])
                    first = _same(tensor, (known[number], *others))
                    if first is None:
                        others.append(tensor)
                yield path, plain, module, table, key, tensor, storage, first


def find_modules(
    net: nn.Module, path: str = "", plain: str = ""
) -> Iterator[tuple[str, str, nn.Module]]:
    """Yield a net's modules by each of their paths, with the paths that have no wrappers.

    Each before those in it; the net itself has the paths `path` and `plain`.
    """
    yield path, plain, net
    for name, child in net._modules.items():
        if child is None:
            continue
        below = f"{path}.{name}" if path else name
        own = plain if _is_wrapper_of(net, name) else _joined(plain, name)
        own = below if own == below else own  # one text, not two
        if child._modules:
            yield from find_modules(child, below, own)
        else:
            yield below, own, child


def _is_wrapper_of(module: nn.Module, name: str) -> bool:
    """Return whether a module is but a wrapper around its submodule of a name."""
    kind: Any = type(module)
    return name in _WRAPPERS or (name == "module" and _is_parallel(kind))


@lru_cache(maxsize=1024)
def _is_parallel(kind: type) -> bool:
    return any(base.__name__ in _PARALLEL for base in kind.__mro__)


def class_of(module: nn.Module) -> Any:
    """Return a module's class, without those that torch.distributed puts before it.

    ``fully_shard`` and ``replicate`` give a module a class derived from its own.
    """
    kind: Any = type(module)
    return _own_class(kind)


@lru_cache(maxsize=4096)
def _own_class(kind: type) -> type:
    added = "torch.distributed."
    return next(base for base in kind.__mro__ if not base.__module__.startswith(added))


def unwrapped(net: nn.Module) -> tuple[str, nn.Module]:
    """Return the net within wrappers such as torch.compile's, and its name in the outermost."""
    name = ""
    while True:
        inner = next((key for key in net._modules if _is_wrapper_of(net, key)), None)
        module = None if inner is None else net._modules[inner]
        if inner is None or module is None:
            return name, net
        name, net = _joined(name, inner), module


def _joined(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _same(tensor: torch.Tensor, tensors: Iterable[torch.Tensor]) -> torch.Tensor | None:
    """Return the one of some tensors that a tensor is, or is the same view of their storage."""
    for other in tensors:
        if other is tensor or _view(other) == _view(tensor):
            return other
    return None


def _view(tensor: torch.Tensor) -> object:
    """Return what tells a view from others of its storage; one without elements is itself."""
    local = local_part(tensor)
    if local.numel() == 0:
        return id(tensor)
    return local.dtype, local.storage_offset(), tensor.shape, local.stride()
