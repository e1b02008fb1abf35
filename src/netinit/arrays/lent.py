"""Memory that objects of anybody's lend: by the buffer protocol, or by DLPack."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np

from netinit.arrays.dlpack import Exported, exported
from netinit.arrays.dtypes import DRAWN, STORAGE, dtype_name

__all__ = ["lent_memory"]

#: What a buffer's format says of types that numpy lacks.
_FORMATS = {"bfloat16": "bfloat16"}


def lent_memory(out: Any, also: Collection[str] = ()) -> tuple[np.ndarray, str] | None:
    """Return a numpy array of memory that an object lends, and its dtype; None if it lends none.

    Parameters
    ----------
    out : object
        With a buffer (a memoryview, ``array.array``, an MLX array), or with ``__dlpack__``, which
        has to say that the memory may be written.
    also : collection of str
        Dtypes that are allowed besides those that the core draws.

    Raises
    ------
    TypeError
        If the memory holds bytes of which nothing is known, or what is not drawn.
    ValueError
        If it is read-only, on a device, a copy, or nobody says whether it may be written.

    Examples
    --------
    >>> import array
    >>> from netinit.arrays.lent import lent_memory
    >>> numbers = array.array("f", [0, 0])
    >>> memory, dtype = lent_memory(numbers)
    >>> memory[:] = 3
    >>> numbers.tolist(), dtype
    ([3.0, 3.0], 'float32')
    """
    if isinstance(out, np.generic):  # a number: its buffer is a copy
        return None
    try:
        view = memoryview(out)
    except TypeError:
        return _of_dlpack(out, also) if hasattr(out, "__dlpack__") else None
    return _of_buffer(view, type(out).__name__, also)


def _of_buffer(view: memoryview, what: str, also: Collection[str]) -> tuple[np.ndarray, str]:
    _refuse_read_only(view.readonly, what)
    dtype = _FORMATS.get(view.format)
    if dtype is not None:
        if not view.c_contiguous:
            raise ValueError(f"out, a {what} of {dtype}, must be contiguous")
        return np.frombuffer(view, STORAGE[dtype]).reshape(view.shape), dtype
    if view.format in ("B", "b", "c") and "uint8" not in also:
        raise TypeError(
            f"out holds bytes (a {what}): say of which numbers, as in memoryview(out).cast('f') or "
            "numpy.frombuffer(out, 'float32')"
        )
    array = np.asarray(view)
    return array, dtype_name(array.dtype, also=also)


def _of_dlpack(out: Any, also: Collection[str]) -> tuple[np.ndarray, str]:
    lent, what = exported(out), type(out).__name__
    if lent.dtype not in DRAWN and lent.dtype not in also:
        raise TypeError(f"out must be of dtype {', '.join((*DRAWN, *also))}, not {lent.dtype}")
    if lent.read_only is None:
        raise ValueError(
            f"out, a {what}, gives its memory by DLPack of before 1.0, which does not say whether "
            "it may be written; where it may, give torch.from_dlpack(out)"
        )
    _refuse_read_only(lent.read_only, what)
    return np.asarray(_Interface(lent)), lent.dtype


def _refuse_read_only(read_only: bool, what: str) -> None:
    if read_only:
        raise ValueError(
            f"out is read-only (a {what}); give memory of your own, as that of numpy.array(out)"
        )


class _Interface:
    """Exported memory as numpy takes it, and keeps it alive."""

    def __init__(self, lent: Exported) -> None:
        self._capsule = lent.capsule
        self.__array_interface__ = {
            "version": 3,
            "data": (lent.address, False),
            "shape": lent.shape,
            "strides": lent.strides,
            "typestr": STORAGE[lent.dtype].str,
        }
