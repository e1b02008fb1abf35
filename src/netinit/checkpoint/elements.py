"""The element types of the format: what they are called, and what numpy keeps them in."""

from __future__ import annotations

from typing import Any

import numpy as np

from netinit.arrays.dtypes import CODES, DTYPES, STORAGE, dtype_named
from netinit.base.spelling import unknown
from netinit.checkpoint.header import ALL_CODES

__all__ = ["code_of", "kept_in"]

#: What numpy's own types are called, besides those that netinit draws.
_NUMPY = {
    "bool": "BOOL",
    "complex64": "C64",
    **{f"int{bits}": f"I{bits}" for bits in (8, 16, 32, 64)},
    **{f"uint{bits}": f"U{bits}" for bits in (8, 16, 32, 64)},
}

#: What ml_dtypes and PyTorch call the types that numpy lacks and netinit does not draw.
_OTHERS = {
    "float8_e8m0fnu": "F8_E8M0",
    "float8_e4m3fnuz": "F8_E4M3FNUZ",
    "float8_e5m2fnuz": "F8_E5M2FNUZ",
}

_STORED = {CODES[name]: STORAGE[name] for name in DTYPES} | {
    code: np.dtype(name) for name, code in _NUMPY.items()
}


def code_of(dtype: Any) -> str:
    """Return the format's code of a dtype.

    Parameters
    ----------
    dtype : str, dtype or scalar type
        A code ("BF16", "F8_E8M0", "F4"), a name or a short one ("bfloat16", "bf16", "int64"),
        a dtype of numpy, ml_dtypes or PyTorch, or a type such as ``numpy.float32``.

    Raises
    ------
    ValueError
        If the format has no such type; the nearest name is named.

    Examples
    --------
    >>> code_of("BF16"), code_of("float8_e4m3fn"), code_of(np.int64)
    ('BF16', 'F8_E4M3', 'I64')
    """
    if isinstance(dtype, str) and dtype.upper() in ALL_CODES:
        return dtype.upper()
    try:
        return CODES[dtype_named(dtype)]
    except ValueError:
        name = _name(dtype)
    found = _NUMPY.get(name) or _OTHERS.get(name)
    if found is None:
        raise ValueError(unknown("dtype", dtype, [*ALL_CODES, *DTYPES]))
    return found


def _name(dtype: Any) -> str:
    """Return the last part of what numpy or PyTorch calls a dtype."""
    if not isinstance(dtype, str) and not hasattr(dtype, "name") and dtype is not None:
        try:
            return str(np.dtype(dtype).name)
        except TypeError:  # another framework's, as torch.int64
            pass
    return str(getattr(dtype, "name", dtype)).removeprefix("torch.")


def kept_in(code: str) -> np.dtype:
    """Return the dtype of the numpy arrays that hold elements of a code.

    Types that numpy lacks are their bits in unsigned integers, as wide; those narrower than a
    byte, of which several share one, are the packed bytes.

    Examples
    --------
    >>> kept_in("F32"), kept_in("BF16"), kept_in("F4")
    (dtype('float32'), dtype('uint16'), dtype('uint8'))
    """
    return _STORED.get(code, np.dtype(np.uint8))
