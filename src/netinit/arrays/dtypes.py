"""The types of elements that netinit draws, and what stores them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from netinit.arrays.narrow import NARROW
from netinit.base.spelling import unknown

if TYPE_CHECKING:
    pass


__all__ = ["COMPLEX", "DTYPES", "STORAGE", "dtype_name"]


#: The floating-point types that the core draws, with their size in bytes.
DTYPES = {
    "float32": 4,
    "float64": 8,
    "float16": 2,
    "bfloat16": 2,
    "float8_e4m3fn": 1,
    "float8_e5m2": 1,
}

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


#: The dtype of the parts of each complex type.
COMPLEX = {"complex64": "float32", "complex128": "float64"}


def _placeholder_dtype(name: str, dtype: Any) -> str:
    """Return the name among `DTYPES` of what a placeholder calls its dtype."""
    text = dtype if isinstance(dtype, str) else getattr(dtype, "name", None)
    if text is None:  # a scalar type such as numpy.float32
        text = np.dtype(dtype).name
    if text not in DTYPES:
        raise ValueError(f"{name}: {unknown('dtype', text, DTYPES)}")
    return str(text)


def _ml_dtype(name: str) -> np.dtype:
    """Return the dtype of a type that numpy lacks and the package ml_dtypes provides."""
    try:
        import ml_dtypes
    except ImportError:
        raise TypeError(f"numpy arrays of {name} need the package ml_dtypes") from None
    dtype: np.dtype = np.dtype(getattr(ml_dtypes, name))
    return dtype


def _dtype_name(dtype: Any) -> str:
    try:  # numpy takes None for float64, which nobody has asked for
        name = dtype if dtype is None or isinstance(dtype, str) else np.dtype(dtype).name
    except TypeError:  # another framework's
        name = dtype
    if name not in DTYPES and name not in COMPLEX:
        raise ValueError(unknown("dtype", name, [*DTYPES, *COMPLEX]))
    return name


def _numpy_dtype(name: str) -> np.dtype:
    """Return numpy's own dtype of a name, or that of ml_dtypes."""
    if STORAGE[name].name == name:
        return STORAGE[name]
    try:
        import ml_dtypes
    except ImportError:
        raise TypeError(f"numpy arrays of {name} need the package ml_dtypes") from None
    dtype: np.dtype = np.dtype(getattr(ml_dtypes, name))
    return dtype
