"""Arrays that may be written: their own memory, and every reason to refuse one."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np

from netinit import _core
from netinit.arrays.dtypes import STORAGE, STORED, dtype_name
from netinit.arrays.lent import lent_memory
from netinit.base.frameworks import view_function, written_function

__all__ = ["as_array", "check_array", "note_write"]


def as_array(out: Any, *, also: Collection[str] = ()) -> tuple[np.ndarray, str]:
    """Return a numpy array of `out`'s own memory, of the dtype that stores it, and its dtype.

    Parameters
    ----------
    out : array
        numpy's, of a framework in `netinit.base.frameworks`, or an object that lends its memory
        (`netinit.arrays.lent`).
    also : collection of str, optional
        Dtypes that are allowed besides those that the core draws: `COMPLEX` of numpy arrays,
        all of `STORED` of tensors too.

    Raises
    ------
    TypeError
        If `out` is none of these, or of a type that is not drawn.
    ValueError
        If its bytes are not in the machine's order, or it lends memory that may not be written.
    """
    if isinstance(out, np.ndarray):
        name = dtype_name(out.dtype, also=also)
        return (out if STORAGE[name] == out.dtype else out.view(STORAGE[name])), name
    view = view_function(type(out))
    if view is not None:
        return view(out, stored=True) if STORED.keys() <= set(also) else view(out)
    lent = lent_memory(out, also)
    if lent is None:
        raise TypeError(
            f"out must be a numpy array or a torch tensor, not {type(out).__name__}; "
            "netinit.create makes a new array, netinit.initialize fills nets. Of other objects "
            "those with a buffer or __dlpack__ are filled"
        )
    return lent


def note_write(out: Any) -> None:
    """Tell the framework of an array that its memory was written behind its back."""
    written = written_function(type(out))
    if written is not None:
        written(out)


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
        raise ValueError("out is read-only; give an array of your own, as out.copy() is")
    if not flags.c_contiguous and _core.overlaps(out.shape, out.strides, out.itemsize):
        raise ValueError(
            f"out overlaps itself: with shape {out.shape} and strides {out.strides} "
            "several elements share memory"
        )
