"""Tensors that netinit cannot fill, because what wraps a net keeps their values elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import torch
from torch import nn

from netinit.torch.arrays import is_wrapper
from netinit.torch.partitioned import PARTITIONED, is_partitioned
from netinit.torch.sharded import check_placements, is_distributed, local_part
from netinit.torch.walk import Slot

__all__ = ["refuse_wrapped"]


def refuse_wrapped(modules: Mapping[str, nn.Module], slots: Iterable[Slot]) -> None:
    """Raise if the memory of a tensor is not the net's, or not that of its values.

    Parameters
    ----------
    modules : mapping of str to torch.nn.Module
        The net's, by their paths.
    slots : iterable of Slot
        The net's.

    Raises
    ------
    TypeError
        If a tensor only wraps others (but for shards and replicas of a DTensor), or is a part
        of one that its wrapper keeps: FSDP1, DeepSpeed ZeRO-3.
    ValueError
        If a DTensor is a partial sum, or a module that was sharded has gathered its parameters.
    """
    _refuse_gathered(modules)
    flattened = {id(tensor) for tensor in _flattened(modules)}
    for slot in slots:
        tensor: Any = slot.tensor
        if getattr(tensor, "_is_flat_param", False) or id(tensor) in flattened:
            raise TypeError(
                f"{_named(slot)} is sharded by FullyShardedDataParallel, which keeps flat ranges "
                "of all parameters together: initialize the module before it is wrapped, or shard "
                "it by torch.distributed.fsdp.fully_shard instead"
            )
        if is_partitioned(tensor):
            raise TypeError(f"{_named(slot)} {PARTITIONED}")
        if is_distributed(tensor):
            try:
                check_placements(tensor)
            except (TypeError, ValueError) as error:
                raise type(error)(f"{_named(slot)} {error}") from None
        local = local_part(tensor)
        if is_wrapper(local):
            raise TypeError(
                f"{_named(slot)} is a {type(local).__name__}, which netinit does not fill: "
                "initialize the module before it is quantized or wrapped"
            )


def _named(slot: Slot) -> str:
    return f"{'parameter' if slot.is_parameter else 'buffer'} {slot.name!r}"


def _flattened(modules: Mapping[str, nn.Module]) -> Iterator[torch.Tensor]:
    """Yield the parameters that FSDP1 keeps (``use_orig_params``) and that are not whole now."""
    for module in modules.values():
        handle: Any = vars(module).get("_handle")
        flat = getattr(handle, "flat_param", None)
        if flat is not None and handle.is_sharded(flat):
            yield from (*(flat._params or ()), *(flat._shared_params or ()))


def _refuse_gathered(modules: Mapping[str, nn.Module]) -> None:
    """Raise if ``fully_shard`` has gathered parameters, of which it will drop what is written."""
    if not any(hasattr(kind, "_get_fsdp_state") for kind in set(map(type, modules.values()))):
        return
    for path, module in modules.items():
        state = getattr(type(module), "_get_fsdp_state", None)
        if state is None:
            continue
        if not all(group.is_sharded for group in _groups(state(module))):
            raise ValueError(
                f"the parameters of {path or 'the net'} are gathered since its forward pass, and "
                "what is written to them now would be lost: call its reshard() first"
            )


def _groups(state: Any) -> Iterable[Any]:
    groups = getattr(state, "_fsdp_param_groups", None)
    if groups is None:  # torch before 2.12
        groups = filter(None, [state._fsdp_param_group])
    return groups
