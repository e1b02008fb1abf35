"""Arrays that may be written: what they hold, and every reason to refuse one."""

from __future__ import annotations

import math
import operator
import sys
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from netinit import _core
from netinit.narrow import NARROW
from netinit.parameters import DTYPES

__all__ = [
    "STORAGE",
    "as_array",
    "check_array",
    "dtype_name",
    "note_write",
    "row_major_strides",
    "slice_origin",
]

#: The dtypes of numpy's own that the core writes as they are.
_NATIVE = {np.dtype(name): name for name in DTYPES if name not in NARROW}
#: The dtype that stores each of `DTYPES`: unsigned integers for those that numpy lacks.
STORAGE = {name: dtype for dtype, name in _NATIVE.items()} | {
    name: kind.storage for name, kind in NARROW.items()
}


def dtype_name(dtype: np.dtype) -> str:
    """Return the name among `DTYPES` of a numpy dtype.

    Raises
    ------
    TypeError
        If it is not a floating-point type that netinit draws.
    ValueError
        If its bytes are not in the machine's order.
    """
    name = _NATIVE.get(dtype)
    if name is not None:
        return name
    if dtype.name in DTYPES and not dtype.isnative:
        raise ValueError(
            f"out is byte-swapped (dtype {dtype.str!r}); give an array in the machine's byte order"
        )
    if dtype.name in NARROW and dtype.itemsize == DTYPES[dtype.name]:  # of ml_dtypes
        return dtype.name
    raise TypeError(f"out must be of dtype {', '.join(DTYPES)}, not {dtype}")


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


def row_major_strides(shape: Sequence[int]) -> tuple[int, ...]:
    """Return the strides in elements of an array of `shape` in row-major (C) order."""
    strides = [1] * len(shape)
    for axis in range(len(shape) - 1, 0, -1):
        strides[axis - 1] = strides[axis] * shape[axis]
    return tuple(strides)


def _indices(what: str, values: Sequence[int], ndim: int) -> tuple[int, ...]:
    try:
        indices = tuple(operator.index(value) for value in values)
    except TypeError:
        raise TypeError(f"{what} must be a sequence of integers, not {values!r}") from None
    if len(indices) != ndim:
        raise ValueError(f"{what} = {indices} must have {ndim} entries, one an axis of out")
    return indices


def slice_origin(
    part: tuple[int, ...], shape: Sequence[int] | None, start: Sequence[int] | None
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the whole array's shape and the origin in it of a slice of shape `part`.

    Raises
    ------
    TypeError
        If `shape` or `start` is not a sequence of integers.
    ValueError
        If they have another number of axes than the slice, the slice does not lie within the
        whole array, or that has 2**63 elements or more.
    """
    whole = part if shape is None else _indices("shape", shape, len(part))
    origin = (0,) * len(part) if start is None else _indices("start", start, len(part))
    for axis, (n, first, size) in enumerate(zip(part, origin, whole, strict=True)):
        if first < 0 or size < 0 or first + n > size:
            raise ValueError(
                f"out of shape {part} at start = {origin} does not lie within shape = {whole}: "
                f"axis {axis} would need the indices {first} to {first + n - 1}"
            )
    if math.prod(whole) >= 1 << 63:
        raise ValueError(f"the whole array of shape = {whole} has 2**63 elements or more")
    return whole, origin
