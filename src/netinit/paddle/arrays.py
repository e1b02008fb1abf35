"""The memory of Paddle's tensors."""

from __future__ import annotations

from typing import Any

import numpy as np

from netinit.arrays.dtypes import COMPLEX, STORED
from netinit.arrays.lent import lent_memory

__all__ = ["as_array", "note_write"]


def as_array(tensor: Any, *, stored: bool = False) -> tuple[np.ndarray, str]:
    """Return a writable numpy array over the memory of a CPU tensor, and its dtype's name.

    Parameters
    ----------
    tensor : paddle.Tensor
        Of any strides; it may be a parameter.
    stored : bool, default False
        Whether it may be of a type that is stored and not drawn, too.

    Raises
    ------
    TypeError, ValueError
        As `netinit.arrays.lent.lent_memory` does; ValueError, too, if it has no memory yet.

    Examples
    --------
    >>> import paddle
    >>> from netinit.paddle.arrays import as_array
    >>> tensor = paddle.zeros([2, 3], dtype="bfloat16")
    >>> array, dtype = as_array(tensor)
    >>> array.shape, array.dtype.name, dtype
    ((2, 3), 'uint16', 'bfloat16')
    """
    if not tensor._is_initialized():
        raise ValueError("out has no memory yet, as under paddle.LazyGuard: call its initialize()")
    lent = lent_memory(tensor.detach(), STORED if stored else COMPLEX)
    assert lent is not None
    return lent


def note_write(tensor: Any) -> None:
    """Tell autograd that the memory of a tensor was written behind its back."""
    tensor._bump_inplace_version()
