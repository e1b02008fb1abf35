"""The types of elements that netinit draws, and what stores them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from netinit.arrays.narrow import NARROW
from netinit.base.spelling import unknown

__all__ = [
    "CODES",
    "COMPLEX",
    "DTYPES",
    "NATIVE",
    "SHORT_NAMES",
    "STORAGE",
    "array_dtype",
    "dtype_name",
    "dtype_named",
]


#: Each type that the core draws: its size in bytes, its short name, its code in safetensors.
_TABLE: dict[str, tuple[int, str, str]] = {
    "float32": (4, "f32", "F32"),
    "float64": (8, "f64", "F64"),
    "float16": (2, "f16", "F16"),
    "bfloat16": (2, "bf16", "BF16"),
    "float8_e4m3fn": (1, "f8_e4m3", "F8_E4M3"),
    "float8_e5m2": (1, "f8_e5m2", "F8_E5M2"),
}

#: The floating-point types that the core draws, with their size in bytes.
DTYPES = {name: size for name, (size, _, _) in _TABLE.items()}

#: The short names, as the field writes them.
SHORT_NAMES = {short: name for name, (_, short, _) in sorted(_TABLE.items())}

#: What else people call them.
_ALIASES = SHORT_NAMES | {
    "fp32": "float32",
    "fp64": "float64",
    "fp16": "float16",
    "single": "float32",
    "double": "float64",
    "half": "float16",
}

#: The code of each type in safetensors files.
CODES = {name: code for name, (_, _, code) in _TABLE.items()}

#: The dtype of the parts of each complex type.
COMPLEX = {"complex64": "float32", "complex128": "float64"}

#: The dtypes of numpy's own that the core writes as they are.
NATIVE = {np.dtype(name): name for name in DTYPES if name not in NARROW}

#: The dtype that stores each type: unsigned integers for those that numpy lacks.
STORAGE = {name: dtype for dtype, name in NATIVE.items()} | {
    name: kind.storage for name, kind in NARROW.items()
}

STORAGE |= {name: np.dtype(name) for name in COMPLEX}


def dtype_name(dtype: np.dtype, *, also: Iterable[str] = ()) -> str:
    """Return the name among `DTYPES` of a numpy dtype.

    Parameters
    ----------
    dtype : numpy.dtype
    also : iterable of str, optional
        Further names that are allowed, such as `COMPLEX`.

    Raises
    ------
    TypeError
        If it is not a floating-point type that netinit draws.
    ValueError
        If its bytes are not in the machine's order.
    """
    name = NATIVE.get(dtype)
    if name is not None:
        return name
    allowed = (*DTYPES, *also)
    if dtype.name in allowed and not dtype.isnative:
        raise ValueError(
            f"out is byte-swapped (dtype {dtype.str!r}); give an array in the machine's byte order"
        )
    if dtype.name in NARROW and dtype.itemsize == DTYPES[dtype.name]:  # of ml_dtypes
        return dtype.name
    if dtype.name in also:
        return dtype.name
    raise TypeError(f"out must be of dtype {', '.join(allowed)}, not {dtype}")


def dtype_named(dtype: Any, what: str = "dtype", *, also: dict[str, str] | None = None) -> str:
    """Return the name among `DTYPES` of what a caller calls a dtype.

    Parameters
    ----------
    dtype : str, dtype or scalar type
        A name or a short one ("bf16"), numpy's, PyTorch's or another library's dtype that has
        one, or a type such as ``numpy.float32``.
    what : str
        What the value is, for the message.
    also : dict, optional
        Further names that are allowed, such as `COMPLEX`.

    Raises
    ------
    ValueError
        If it is none of these; the nearest name is named.
    """
    if isinstance(dtype, str) and dtype in DTYPES:  # as a rule
        return dtype
    name = dtype.removeprefix("torch.") if isinstance(dtype, str) else getattr(dtype, "name", None)
    if name is None and dtype is not None:  # numpy takes None for float64, which nobody asked for
        try:
            name = np.dtype(dtype).name
        except TypeError:  # another framework's, as torch.float32
            text = str(dtype).rpartition(".")[2]
            name = text if text.isidentifier() else None
    if isinstance(name, str):
        name = _ALIASES.get(name, name)
    if not isinstance(name, str) or (name not in DTYPES and name not in (also or {})):
        given = name if isinstance(name, str) else dtype
        raise ValueError(unknown(what, given, [*DTYPES, *(also or {})]))
    return name


def array_dtype(name: str) -> np.dtype:
    """Return the dtype of numpy arrays by its name: numpy's own, or that of ml_dtypes.

    Raises
    ------
    TypeError
        If ml_dtypes is needed and not installed.
    """
    if name not in NARROW:
        return STORAGE[name]
    try:
        import ml_dtypes
    except ImportError:
        raise TypeError(f"numpy arrays of {name} need the package ml_dtypes") from None
    dtype: np.dtype = np.dtype(getattr(ml_dtypes, name))
    return dtype
