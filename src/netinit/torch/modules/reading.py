"""The arrays of a module as they are, for those who look at them and change nothing."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import torch

from netinit.parameters.parameter import Parameter
from netinit.torch.arrays import dtype_name, is_wrapper, memory_of
from netinit.torch.modules.inventory import Inventory
from netinit.torch.modules.marks import is_marked
from netinit.torch.sharded import is_distributed, local_part
from netinit.torch.walk import Slot, class_of, is_lazy, is_meta

__all__ = ["arrays_of"]


def arrays_of(inventory: Inventory) -> Iterator[tuple[Parameter, np.ndarray | None]]:
    """Yield each tensor of a net: its parameter, and its memory, on the CPU.

    None where a tensor has no value yet. Of a distributed tensor it is what this process has;
    complex numbers are pairs of real ones. Tensors that cannot be looked at (sparse ones, and
    those that wrap others) are left out.
    """
    for row in inventory.rows:
        found = _read(row.target, row)
        if found is not None:
            yield found
    for slot in inventory.others:
        found = _read(slot, _row(slot))
        if found is not None:
            yield found


def _row(slot: Slot) -> Parameter:
    """Return the row of a tensor that `netinit.plan` has none for."""
    return Parameter(
        slot.name,
        None if is_lazy(slot.tensor) else tuple(slot.tensor.shape),
        role="value",
        kind="parameter" if slot.is_parameter else "buffer",
        layer=class_of(slot.module).__name__,
        aliases=slot.aliases,
        known=False,
        persistent=slot.persistent,
    )


def _read(slot: Slot, row: Parameter) -> tuple[Parameter, np.ndarray | None] | None:
    tensor = local_part(slot.tensor)
    if is_lazy(tensor) or is_meta(tensor):
        return row, None
    if is_wrapper(tensor) or tensor.layout is not torch.strided:
        return None
    tensor = tensor.detach()
    if tensor.is_complex():
        tensor = torch.view_as_real(tensor.resolve_conj())
        row = replace(row, shape=tuple(tensor.shape), layout=None, role="value")
    dtype = dtype_name(tensor.dtype, stored=True)
    if dtype is None:
        return None
    row = row if row.dtype == dtype else replace(row, dtype=dtype)
    memory = memory_of(tensor.cpu().resolve_neg())
    if is_distributed(slot.tensor) and math.prod(memory.shape) != row.size:
        row = replace(row, note="; ".join(filter(None, (row.note, "this process's part"))))
    return row, None if is_marked(slot.tensor) else memory
