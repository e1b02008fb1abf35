"""Torch tensors as numpy arrays that share their memory."""

from __future__ import annotations

import numpy as np
import torch

__all__ = ["DTYPE_NAMES", "as_array", "dtype_name", "is_wrapper"]

#: The torch dtypes that netinit draws, by the names of `netinit.parameters.DTYPES`.
DTYPE_NAMES = {
    torch.float32: "float32",
    torch.float64: "float64",
    torch.float16: "float16",
    torch.bfloat16: "bfloat16",
}


def dtype_name(dtype: torch.dtype) -> str | None:
    """Return netinit's name of a torch dtype, or None where netinit does not draw it."""
    return DTYPE_NAMES.get(dtype)


def is_wrapper(tensor: torch.Tensor) -> bool:
    """Return whether `tensor` only wraps other tensors (DTensor, quantized weights, ...).

    Such a tensor has no memory of its own that could be filled.
    """
    names = {base.__name__ for base in type(tensor).__mro__}
    return bool(names & {"DTensor", "FakeTensor"}) or hasattr(tensor, "__tensor_flatten__")


def as_array(tensor: torch.Tensor) -> tuple[np.ndarray, str]:
    """Return a writable numpy array over the memory of a CPU tensor, and its dtype's name.

    Nothing is copied: shape, strides and offset are the tensor's own, so writing to the
    array writes to the tensor. Torch does not see such writes: whoever makes them calls
    ``torch.autograd.graph.increment_version(tensor)`` afterwards.

    Parameters
    ----------
    tensor : torch.Tensor
        A dense CPU tensor of float32, float64, float16 or bfloat16, of any strides; it may
        require grad.

    Returns
    -------
    array : numpy.ndarray
        The memory; of bfloat16 as uint16, because numpy has no such type.
    dtype : str
        What the memory holds: "float32", "float64", "float16" or "bfloat16".

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
        raise TypeError(f"tensor must be a torch.Tensor, not {type(tensor).__name__}")
    if is_wrapper(tensor):
        raise TypeError(
            f"tensor is a {type(tensor).__name__}, which wraps other tensors and has no memory "
            "of its own; give the plain tensor inside it"
        )
    if tensor.layout is not torch.strided:
        raise TypeError(f"tensor must be dense (torch.strided), not {tensor.layout}")
    name = dtype_name(tensor.dtype)
    if name is None:
        allowed = ", ".join(DTYPE_NAMES.values())
        raise TypeError(f"tensor has dtype {tensor.dtype}; allowed: {allowed}")
    if tensor.device.type != "cpu":
        raise ValueError(f"tensor must be on the CPU, not on {tensor.device}")
    plain = tensor.detach()
    if plain.dtype is torch.bfloat16:
        plain = plain.view(torch.uint16)
    return plain.numpy(), name
