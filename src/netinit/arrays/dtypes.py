"""The types of elements that netinit draws, those that it only stores, and what stores them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import numpy as np

from netinit.arrays.narrow import NARROW
from netinit.base.spelling import unknown

__all__ = [
    "CODES",
    "COMPLEX",
    "DRAWN",
    "DTYPES",
    "NATIVE",
    "SHORT_NAMES",
    "STORAGE",
    "STORED",
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

#: Each type that files and modules hold and that the core does not draw: the dtype of numpy's
#: that stores it, its code in safetensors.
_STORED_TABLE: dict[str, tuple[str, str]] = {
    **{f"int{8 * size}": (f"int{8 * size}", f"I{8 * size}") for size in (1, 2, 4, 8)},
    **{f"uint{8 * size}": (f"uint{8 * size}", f"U{8 * size}") for size in (1, 2, 4, 8)},
    "bool": ("bool", "BOOL"),
    "float8_e4m3fnuz": ("uint8", "F8_E4M3FNUZ"),
    "float8_e5m2fnuz": ("uint8", "F8_E5M2FNUZ"),
    "float8_e8m0fnu": ("uint8", "F8_E8M0"),
}

#: The floating-point types that the core draws, with their size in bytes.
DRAWN = {name: size for name, (size, _, _) in _TABLE.items()}

#: The types that are stored and not drawn: their bits are written as they are.
STORED = {name: np.dtype(storage).itemsize for name, (storage, _) in _STORED_TABLE.items()}

#: All of these.
DTYPES = DRAWN | STORED

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
CODES = {name: code for name, (_, _, code) in _TABLE.items()} | {
    name: code for name, (_, code) in _STORED_TABLE.items()
}

#: The dtype of the parts of each complex type.
COMPLEX = {"complex64": "float32", "complex128": "float64"}

#: The dtypes of numpy's own that the core writes as they are.
NATIVE = {np.dtype(name): name for name in DRAWN if name not in NARROW}

#: The dtype that stores each type: unsigned integers for those that numpy lacks.
STORAGE = {name: dtype for dtype, name in NATIVE.items()} | {
    name: kind.storage for name, kind in NARROW.items()
}

STORAGE |= {name: np.dtype(name) for name in COMPLEX}
STORAGE |= {name: np.dtype(storage) for name, (storage, _) in _STORED_TABLE.items()}


def dtype_name(dtype: np.dtype, *, also: Iterable[str] = ()) -> str:
    """Return the name among `DRAWN` of a numpy dtype.

    Parameters
    ----------
    dtype : numpy.dtype
    also : iterable of str, optional
        Further names that are allowed, such as `COMPLEX` or `STORED`.

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
    allowed = (*DRAWN, *also)
    if dtype.name in allowed and not dtype.isnative:
        raise ValueError(
            f"out is byte-swapped (dtype {dtype.str!r}); give an array in the machine's byte order"
        )
    if dtype.name in NARROW and dtype.itemsize == DTYPES[dtype.name]:  # of ml_dtypes
        return dtype.name
    if dtype.name in also:
        return dtype.name
    raise TypeError(f"out must be of dtype {', '.join(allowed)}, not {dtype}")


def dtype_named(dtype: Any, what: str = "dtype", *, also: Iterable[str] = ()) -> str:
    """Return the name among `DRAWN` of what a caller calls a dtype.

    Parameters
    ----------
    dtype : str, dtype or scalar type
        A name or a short one ("bf16"), numpy's, PyTorch's or another library's dtype that has
        one, or a type such as ``numpy.float32``.
    what : str
        What the value is, for the message.
    also : iterable of str, optional
        Further names that are allowed, such as `COMPLEX` or `STORED`.

    Raises
    ------
    ValueError
        If it is none of these; the nearest name is named.
    """
    if isinstance(dtype, str) and dtype in DRAWN:  # as a rule
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
    if not isinstance(name, str) or (name not in DRAWN and name not in also):
        given = name if isinstance(name, str) else dtype
        raise ValueError(unknown(what, given, [*DRAWN, *also]))
    return name


@lru_cache(maxsize=64)
def array_dtype(name: str) -> np.dtype:
    """Return the dtype of numpy arrays by its name: numpy's own, or that of ml_dtypes.

    Raises
    ------
    TypeError
        If ml_dtypes is needed and not installed.
    """
    if name not in NARROW and name == STORAGE[name].name:
        return STORAGE[name]
    try:
        import ml_dtypes
    except ImportError:
        raise TypeError(f"numpy arrays of {name} need the package ml_dtypes") from None
    dtype: np.dtype = np.dtype(getattr(ml_dtypes, name))
    return dtype
