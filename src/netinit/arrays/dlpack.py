"""DLPack: the memory, shape and type that an object of any library's gives in a capsule."""

from __future__ import annotations

import ctypes
import math
from typing import Any, NamedTuple

__all__ = ["Exported", "exported"]

#: Kinds of device whose memory the processor writes: its own, and what is pinned or shared.
_HOST = {1, 3, 11, 13}
_DEVICES = {2: "CUDA", 4: "OpenCL", 7: "Vulkan", 8: "Metal", 10: "ROCm", 14: "oneAPI"}
_READ_ONLY, _COPIED = 1, 2

#: The names of element types: by DLPack's code of their kind, and their bits.
_NAMES = {
    **{(0, bits): f"int{bits}" for bits in (8, 16, 32, 64)},
    **{(1, bits): f"uint{bits}" for bits in (8, 16, 32, 64)},
    **{(2, bits): f"float{bits}" for bits in (16, 32, 64)},
    (4, 16): "bfloat16",
    (5, 64): "complex64",
    (5, 128): "complex128",
    (6, 8): "bool",
    (10, 8): "float8_e4m3fn",
    (11, 8): "float8_e4m3fnuz",
    (12, 8): "float8_e5m2",
    (13, 8): "float8_e5m2fnuz",
    (14, 8): "float8_e8m0fnu",
}


class _Tensor(ctypes.Structure):
    _fields_ = (
        ("data", ctypes.c_void_p),
        ("device", ctypes.c_int32 * 2),
        ("ndim", ctypes.c_int32),
        ("code", ctypes.c_uint8),
        ("bits", ctypes.c_uint8),
        ("lanes", ctypes.c_uint16),
        ("shape", ctypes.POINTER(ctypes.c_int64)),
        ("strides", ctypes.POINTER(ctypes.c_int64)),
        ("byte_offset", ctypes.c_uint64),
    )


class _Versioned(ctypes.Structure):
    _fields_ = (
        ("version", ctypes.c_uint32 * 2),
        ("context", ctypes.c_void_p),
        ("deleter", ctypes.c_void_p),
        ("flags", ctypes.c_uint64),
        ("tensor", _Tensor),
    )


_name = ctypes.pythonapi.PyCapsule_GetName
_name.restype, _name.argtypes = ctypes.c_char_p, [ctypes.py_object]
_pointer = ctypes.pythonapi.PyCapsule_GetPointer
_pointer.restype, _pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]


class Exported(NamedTuple):
    """Memory that an object gives.

    Attributes
    ----------
    address : int
    shape, strides : tuple of int
        The strides in bytes.
    dtype : str
        The name of the elements' type.
    read_only : bool or None
        None where the capsule, of a DLPack before 1.0, does not say.
    capsule : object
        What keeps the memory alive. Nobody takes it over: it frees itself.
    """

    address: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    dtype: str
    read_only: bool | None
    capsule: Any


def exported(out: Any) -> Exported:
    """Return the memory that an object gives by its ``__dlpack__``.

    Raises
    ------
    TypeError
        If its elements are of a type that has no name here.
    ValueError
        If it is on a device, or the object gives a copy only, or nothing at this time.

    Notes
    -----
    https://dmlc.github.io/dlpack/latest/, version 1.0; capsules without a version too.
    """
    what = type(out).__name__
    kind, number = out.__dlpack_device__()
    if int(kind) not in _HOST:
        device = _DEVICES.get(int(kind), f"number {int(kind)} of DLPack")
        raise ValueError(
            f"out must be in the processor's memory; this {what} is on device {device}:{number}. "
            "Fill an array of numpy's of its shape, and copy that there"
        )
    capsule = _capsule(out)
    name = _name(capsule)
    address = _pointer(capsule, name)
    if name != b"dltensor_versioned":
        return _described(_Tensor.from_address(address), None, capsule)
    managed = _Versioned.from_address(address)
    if managed.version[0] != 1:
        version = ".".join(map(str, managed.version))
        raise ValueError(f"out gives its memory by DLPack {version}; known are 1 and before")
    if managed.flags & _COPIED:
        raise ValueError(f"out, a {what}, gives a copy of its memory only; give a numpy array")
    return _described(managed.tensor, bool(managed.flags & _READ_ONLY), capsule)


def _capsule(out: Any) -> Any:
    """Ask for a capsule, of version 1.0 and without a copy where the object knows of these."""
    try:
        try:
            return out.__dlpack__(max_version=(1, 0), copy=False)
        except TypeError:  # older, with fewer arguments
            return out.__dlpack__()
    except (BufferError, RuntimeError) as error:
        raise ValueError(
            f"out, a {type(out).__name__}, does not give its memory: {error}"
        ) from None


def _described(tensor: _Tensor, read_only: bool | None, capsule: Any) -> Exported:
    shape = tuple(tensor.shape[: tensor.ndim])
    name = _NAMES.get((tensor.code, tensor.bits)) if tensor.lanes == 1 else None
    if name is None:
        raise TypeError(
            f"out has elements of {tensor.bits} bits, {tensor.lanes} together, of kind "
            f"{tensor.code} in DLPack, which are no numbers that netinit knows"
        )
    size = tensor.bits // 8
    if tensor.strides:
        strides = tuple(size * step for step in tensor.strides[: tensor.ndim])
    else:  # row-major
        strides = tuple(size * math.prod(shape[axis + 1 :]) for axis in range(len(shape)))
    return Exported(
        (tensor.data or 0) + tensor.byte_offset, shape, strides, name, read_only, capsule
    )
