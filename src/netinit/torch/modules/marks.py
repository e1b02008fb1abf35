"""Marks: which tensors hold memory that nobody gave a value yet.

A mark is an attribute of the tensor itself, so that it lives exactly as long as the tensor and
follows it from module to module. It remembers what the tensor looked like when it was marked:
a tensor that was written since then has been given a value, and its mark no longer counts.

PyTorch drops a parameter's attributes when it is copied, and a copy's count of its writes begins
anew. So the module that owns a marked tensor has an attribute too, which does nothing but
mark the tensors of the module's copies.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from netinit.torch.arrays import is_wrapper
from netinit.torch.sharded import local_part
from netinit.torch.walk import find_slots, is_lazy, is_meta

__all__ = ["MODULE_ATTRIBUTE", "forget", "is_marked", "mark_always", "mark_uninitialized", "unmark"]


_ATTRIBUTE = "_netinit_mark"
#: The attribute of modules that own marked tensors.
MODULE_ATTRIBUTE = "_netinit_marks"

_SAMPLES = 32


@dataclass(frozen=True)
class _Mark:
    """What a tensor looked like when it was marked; `sample` None matches whatever it holds."""

    version: int = 0
    sample: torch.Tensor | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        """Become None in a copy, of whose tensor this says nothing."""
        return type(None), ()


@dataclass(frozen=True, eq=False)
class _Marks:
    """Marks the tensors of a module's copies: it is copied and pickled with the module.

    It has the module's own tables, which its copies share with the module's copies.
    """

    tables: tuple[Mapping[str, torch.Tensor | None], ...]

    def marked(self) -> dict[str, bool]:
        """Return the keys of the tensors that are marked now, and whether they always are."""
        return {
            key: getattr(tensor, _ATTRIBUTE).sample is None
            for table in self.tables
            for key, tensor in table.items()
            if tensor is not None and is_marked(tensor)
        }

    def __deepcopy__(self, memo: dict[int, Any]) -> _Marks:
        return _mark_copies(copy.deepcopy(self.tables, memo), self.marked())

    def __reduce__(self) -> tuple[Any, ...]:
        # Without marks nothing of netinit is left in a pickle.
        marked = self.marked()
        return (_mark_copies, (self.tables, marked)) if marked else (type(None), ())


def _mark_copies(
    tables: tuple[Mapping[str, torch.Tensor | None], ...], marked: Mapping[str, bool]
) -> _Marks:
    for table in tables:
        for key, tensor in table.items():
            if tensor is not None and key in marked:
                setattr(tensor, _ATTRIBUTE, _Mark() if marked[key] else _observe(tensor))
    return _Marks(tables)


def mark_uninitialized(
    module_or_parameters: nn.Module | torch.Tensor | Iterable[torch.Tensor],
) -> None:
    """Declare that parameters hold no value yet, so that `netinit.initialize` gives them one.

    The constructor of an ordinary PyTorch module initializes its parameters, so netinit takes
    them as initialized. After a mark they count as uninitialized until they are written: by
    `netinit.initialize`, or by the user. A tensor written after the mark, by
    ``load_state_dict``, ``copy_``, ``torch.nn.init``, an optimizer's step or any other
    in-place operation, has been set by hand and is kept. So the parameters that a checkpoint
    lacks are initialized by: mark the model, load with ``strict=False``, `netinit.initialize`.

    Parameters
    ----------
    module_or_parameters : torch.nn.Module, torch.Tensor or iterable of torch.Tensor
        A module stands for its learnable parameters (those that require grad) and the running
        statistics of its normalization layers. Tensors are marked whatever they are.

    Raises
    ------
    TypeError
        If the argument is neither a module, nor a tensor, nor an iterable of tensors. Nothing
        is marked then.

    Notes
    -----
    A write is noticed by the tensor's version counter. Writes through ``tensor.data`` or a
    numpy array do not count there; they are noticed where they change one of 32 elements
    spread evenly over the tensor. A tensor that has no shape yet (a lazy module's) stays
    marked through the forward pass that gives it one.

    ``module.to(dtype)`` keeps the marks of parameters. Copies of a module that was given here
    (``copy.deepcopy``, ``pickle``, ``torch.save``), or of a part of it, have its marks; of
    tensors that were given one by one, they have none. Operations that make new tensors
    (``to_empty`` from the meta device, ``to`` of a buffer) drop marks, so mark last.

    Examples
    --------
    >>> import netinit, torch
    >>> from netinit.torch import mark_uninitialized
    >>> net = torch.nn.Linear(4, 2)
    >>> mark_uninitialized(net)
    >>> _ = torch.nn.init.ones_(net.bias)
    >>> [row.name for row in netinit.plan(net)]
    ['weight']
    """
    for tensor in _tensors(module_or_parameters):
        setattr(tensor, _ATTRIBUTE, _observe(tensor))
    if isinstance(module_or_parameters, nn.Module):
        for module in module_or_parameters.modules():
            if module._parameters or module._buffers:
                marks = _Marks((module._parameters, module._buffers))
                module.__dict__[MODULE_ATTRIBUTE] = marks


def is_marked(tensor: torch.Tensor) -> bool:
    """Return whether `tensor` was marked and has not been written since."""
    mark: _Mark | None = getattr(tensor, _ATTRIBUTE, None)
    if mark is None:
        return False
    if mark.sample is None:
        return True
    if _version_of(tensor) not in (None, mark.version):
        return False
    # After module.to(dtype) the tensor holds the same values, rounded to its new type.
    expected = mark.sample.to(tensor.dtype)
    return _bytes(_sample(local_part(tensor))) == _bytes(expected)


def mark_always(tensor: torch.Tensor) -> None:
    """Mark `tensor` as uninitialized whatever it holds, until `unmark`.

    Called before a marked tensor is filled: a fill that is interrupted leaves a part of its
    values behind, which must not pass for values that the user gave.
    """
    setattr(tensor, _ATTRIBUTE, _Mark())


def unmark(tensor: torch.Tensor) -> None:
    """Drop the mark of `tensor`, if it has one."""
    if getattr(tensor, _ATTRIBUTE, None) is not None:
        delattr(tensor, _ATTRIBUTE)


def forget(module: nn.Module) -> None:
    """Take what `mark_uninitialized` put into a module out of it, unless it has marks still."""
    marks: _Marks | None = module.__dict__.get(MODULE_ATTRIBUTE)
    if marks is not None and not marks.marked():
        del module.__dict__[MODULE_ATTRIBUTE]


def _tensors(given: object) -> list[torch.Tensor]:
    if isinstance(given, nn.Module):
        return [slot.tensor for slot in find_slots(given) if slot.learnable or slot.statistic]
    if isinstance(given, torch.Tensor):
        return [given]
    if not isinstance(given, Iterable) or isinstance(given, (str, bytes)):
        raise TypeError(
            "module_or_parameters must be a torch.nn.Module, a tensor or an iterable of "
            f"tensors, not {given!r}"
        )
    tensors = list(given)
    for tensor in tensors:
        if not isinstance(tensor, torch.Tensor):
            raise TypeError(f"every item to mark must be a tensor, not {tensor!r}")
    return tensors


def _observe(tensor: torch.Tensor) -> _Mark:
    local = local_part(tensor)
    if is_lazy(tensor) or is_meta(tensor) or is_wrapper(local) or local.is_sparse:
        return _Mark()
    return _Mark(_version_of(tensor) or 0, _sample(local))


def _version_of(tensor: torch.Tensor) -> int | None:
    """Return how often a tensor was written, its own shard alone included; None if not counted."""
    if tensor.is_inference():
        return None
    local = local_part(tensor)
    return tensor._version if local is tensor else tensor._version + local._version


def _sample(tensor: torch.Tensor) -> torch.Tensor:
    """Return copies of up to 32 elements spread evenly over `tensor`, first and last included."""
    count = min(tensor.numel(), _SAMPLES)
    if count == 0:
        return torch.empty(0, dtype=tensor.dtype, device="cpu")
    flat = [round(k * (tensor.numel() - 1) / max(count - 1, 1)) for k in range(count)]
    at = torch.tensor(flat, device=tensor.device)
    index = torch.unravel_index(at, tensor.shape) if tensor.ndim else ()
    return tensor.detach()[index].reshape(-1).to("cpu", copy=True)


def _bytes(sample: torch.Tensor) -> bytes:
    return bytes(sample.view(torch.uint8).tolist())
