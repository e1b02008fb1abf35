"""Arrays that may be written: what they hold, and every reason to refuse one."""

from __future__ import annotations

import sys
from functools import lru_cache
from typing import Any

import numpy as np

from netinit import _core
from netinit.arrays.dtypes import _NATIVE, STORAGE, dtype_name
from netinit.arrays.narrow import NARROW

__all__ = ["as_array", "check_array", "note_write"]


def as_array(out: Any) -> tuple[np.ndarray, str]:
    """Return a numpy array of `out`'s own memory, of the dtype that stores it, and its dtype.

    Raises
    ------
    TypeError
        If `out` is neither a numpy array nor a torch tensor, or of a type that is not drawn.
    ValueError
        If its bytes are not in the machine's order.
    """
    if isinstance(out, np.ndarray):
        name = _NATIVE.get(out.dtype)
        if name is not None:
            return out, name
        name = dtype_name(out.dtype)
        return (out.view(STORAGE[name]) if name in NARROW else out), name
    kind: Any = type(out)
    if _is_torch(kind):
        from netinit import torch as netinit_torch  # loads torch, which the caller has loaded

        array, name = netinit_torch.as_array(out)
        return array, name
    raise TypeError(f"out must be a numpy array or a torch tensor, not {kind.__name__}")


@lru_cache(maxsize=64)
def _is_torch(kind: type) -> bool:
    """Return whether a class is one of torch's or derived from one."""
    return any(cls.__module__.partition(".")[0] == "torch" for cls in kind.__mro__)


def note_write(tensor: Any) -> None:
    """Tell torch's autograd that the memory of a tensor was written behind its back."""
    if not tensor.is_inference():  # those have no version to count
        sys.modules["torch"].autograd.graph.increment_version(tensor)


def check_array(out: np.ndarray, dtype: str) -> None:
    """Raise unless `out` is memory of `dtype` that may be written.

    Raises
    ------
    TypeError
        If the array's own dtype is not that which stores `dtype`.
    ValueError
        If it is read-only or its elements overlap.
    """
    if out.dtype != STORAGE[dtype]:
        raise TypeError(f"an array of dtype {out.dtype} cannot store {dtype}")
    flags = out.flags
    if not flags.writeable:
        raise ValueError("out is read-only")
    if not flags.c_contiguous and _core.overlaps(out.shape, out.strides, out.itemsize):
        raise ValueError(
            f"out overlaps itself: with shape {out.shape} and strides {out.strides} "
            "several elements share memory"
        )
