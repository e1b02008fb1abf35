"""Torch tensors as numpy arrays that share their memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch.nn.parameter import is_lazy

from netinit.arrays.dtypes import DRAWN, STORAGE, STORED
from netinit.arrays.narrow import NARROW

__all__ = [
    "DTYPE_NAMES",
    "PLAIN",
    "as_array",
    "dtype_name",
    "is_wrapper",
    "memory_of",
    "note_write",
    "storage_number",
    "storage_of",
]

#: The torch dtypes that netinit draws, by the names of `netinit.arrays.dtypes.DRAWN`.
DTYPE_NAMES: dict[torch.dtype, str] = {getattr(torch, name): name for name in DRAWN}
#: Those that it stores and does not draw, as far as this PyTorch has them.
_STORED_NAMES: dict[torch.dtype, str] = {
    getattr(torch, name): name for name in STORED if hasattr(torch, name)
}
#: Tensors that have memory of their own, by far the most.
PLAIN = {torch.Tensor, torch.nn.Parameter}
_untyped_storage: Any = torch._C.TensorBase.untyped_storage
#: As the storage's ``_cdata``, for which torch would make an object that lives as long as it.
_storage_address: Callable[[torch.Tensor], int]
_storage_address = torch._C._storage_address  # type: ignore[attr-defined]
#: Unsigned integers of as many bytes, for the types that numpy lacks.
_UNSIGNED: dict[torch.dtype, torch.dtype] = {
    getattr(torch, name): getattr(torch, STORAGE[name].name)
    for name in (*NARROW, *STORED)
    if STORAGE[name].name != name and hasattr(torch, name)
}


#: What to do with a tensor of another device, and of the meta device.
_REMEDIES = {
    False: "fill one there and copy it: tensor.copy_(netinit.fill(torch.empty(...), ...))",
    True: "netinit.initialize gives a module memory and values",
}


def dtype_name(dtype: torch.dtype, *, stored: bool = False) -> str | None:
    """Return netinit's name of a torch dtype, or None where netinit does not draw it.

    With `stored`, those that it stores have names too.
    """
    return DTYPE_NAMES.get(dtype) or (_STORED_NAMES.get(dtype) if stored else None)


def is_wrapper(tensor: torch.Tensor) -> bool:
    """Return whether `tensor` only wraps other tensors (DTensor, quantized weights, ...).

    Such a tensor has no memory of its own that could be filled.
    """
    if type(tensor) in PLAIN:
        return False
    names = {base.__name__ for base in type(tensor).__mro__}
    return bool(names & {"DTensor", "FakeTensor"}) or hasattr(tensor, "__tensor_flatten__")


def as_array(tensor: torch.Tensor, *, stored: bool = False) -> tuple[np.ndarray, str]:
    """Return a writable numpy array over the memory of a CPU tensor, and its dtype's name.

    Nothing is copied: shape, strides and offset are the tensor's own, so writing to the
    array writes to the tensor. Torch does not see such writes: whoever makes them calls
    ``torch.autograd.graph.increment_version(tensor)`` afterwards.

    Parameters
    ----------
    tensor : torch.Tensor
        A dense CPU tensor of a type in `netinit.arrays.dtypes.DRAWN`, of any strides; it may
        require grad.
    stored : bool, default False
        Whether it may be of a type of `netinit.arrays.dtypes.STORED`, too.

    Returns
    -------
    array : numpy.ndarray
        The memory; of the types that numpy lacks as unsigned integers.
    dtype : str
        What the memory holds: a name in `netinit.arrays.dtypes.DRAWN`.

    Raises
    ------
    TypeError
        If `tensor` is no torch tensor, has another dtype, is sparse, or wraps other tensors
        (as DTensor does).
    ValueError
        If `tensor` is not in the memory of the CPU.

    Examples
    --------
    >>> import torch
    >>> from netinit.torch import as_array
    >>> tensor = torch.zeros(2, 3, dtype=torch.bfloat16)
    >>> array, dtype = as_array(tensor)
    >>> array.shape, array.dtype.name, dtype
    ((2, 3), 'uint16', 'bfloat16')
    """
    if not isinstance(tensor, torch.Tensor):
        raise TypeError(
            f"tensor must be a torch.Tensor, not {type(tensor).__name__}; "
            "netinit.initialize fills modules"
        )
    if is_wrapper(tensor):
        raise TypeError(
            f"tensor is a {type(tensor).__name__}, which wraps other tensors and has no memory "
            "of its own; give the plain tensor inside it, with the whole's shape and the part's "
            "start where it is a part"
        )
    if tensor.layout is not torch.strided:
        raise TypeError(f"tensor must be dense (torch.strided), not {tensor.layout}")
    name = dtype_name(tensor.dtype, stored=stored)
    if name is None:
        allowed = ", ".join(DTYPE_NAMES.values())
        raise TypeError(f"tensor has dtype {tensor.dtype}; allowed: {allowed}")
    if not tensor.is_cpu:
        raise ValueError(
            f"tensor must be on the CPU, not on {tensor.device}; {_REMEDIES[tensor.is_meta]}"
        )
    return memory_of(tensor), name


def memory_of(tensor: torch.Tensor) -> np.ndarray:
    """Return the memory of a plain CPU tensor; of types that numpy lacks as unsigned integers."""
    plain = tensor.detach()
    unsigned = _UNSIGNED.get(tensor.dtype)
    if unsigned is not None:
        plain = plain.view(unsigned)
    memory: np.ndarray = plain.numpy()
    return memory


def storage_of(tensor: torch.Tensor) -> torch.UntypedStorage:
    """Return the storage of a tensor, without asking what watches `Tensor.untyped_storage`."""
    return _untyped_storage(tensor)  # type: ignore[no-any-return]


def storage_number(tensor: torch.Tensor) -> int | None:
    """Return what tells a tensor's storage from any other that is alive; None if it has none."""
    if type(tensor) not in PLAIN and is_lazy(tensor):
        return None
    if tensor.layout is not torch.strided:
        return None
    try:
        return _storage_address(tensor)
    except (RuntimeError, NotImplementedError):  # it only wraps other tensors
        return None


def note_write(tensor: torch.Tensor) -> None:
    """Tell autograd that the memory of a tensor was written behind its back."""
    if not tensor.is_inference():  # those have no version to count
        torch.autograd.graph.increment_version(tensor)
