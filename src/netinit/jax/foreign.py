"""XLA's foreign function interface: the fill as a custom call that writes XLA's own memory.

The structures are those of the interface's C header (``xla/ffi/api/c_api.h``, as shipped with
jaxlib), read by ctypes, so nothing is compiled. Each begins with its own size, by which later
versions of the interface stay compatible. A compiled program holds the call's name and its rule
as text, and may therefore be kept in JAX's persistent cache.
"""

# mypy: allow-untyped-calls, allow-untyped-decorators
from __future__ import annotations

import ctypes
from ctypes import POINTER, Structure, byref, c_char_p, c_int, c_int64, c_size_t, c_uint32, c_void_p
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from netinit.jax.host import fill_blocks, rule_of

__all__ = ["TARGET", "register"]

#: The custom call's name.
TARGET = "netinit_fill"

_METADATA = 1  # the type of the extension by which XLA asks for a handler's version
_INTERNAL = 13  # the code of an error that is nobody's mistake
#: The types of the buffers that are read and written, by the interface's numbers.
_TYPES: dict[int, np.dtype[Any]] = {
    4: np.dtype(np.int32),
    8: np.dtype(np.uint32),
    10: np.dtype(np.float16),
    11: np.dtype(np.float32),
    12: np.dtype(np.float64),
    15: np.dtype(np.complex64),
    16: np.dtype(jnp.bfloat16),
    18: np.dtype(np.complex128),
    19: np.dtype(jnp.float8_e5m2),
    20: np.dtype(jnp.float8_e4m3fn),
}


class _Extension(Structure):
    _fields_ = (("size", c_size_t), ("type", c_int), ("next", c_void_p))


class _Version(Structure):
    _fields_ = (
        ("size", c_size_t),
        ("extension", c_void_p),
        ("major", c_int),
        ("minor", c_int),
    )


class _Metadata(Structure):
    _fields_ = (("size", c_size_t), ("version", _Version), ("traits", c_uint32))


class _MetadataExtension(Structure):
    _fields_ = (("base", _Extension), ("metadata", POINTER(_Metadata)))


class _ErrorCreate(Structure):
    _fields_ = (
        ("size", c_size_t),
        ("extension", c_void_p),
        ("message", c_char_p),
        ("code", c_int),
    )


_error_create = ctypes.CFUNCTYPE(c_void_p, POINTER(_ErrorCreate))


class _Api(Structure):  # its first fields; more follow
    _fields_ = (
        ("size", c_size_t),
        ("extension", c_void_p),
        ("version", _Version),
        ("internal", c_void_p),
        ("error_create", _error_create),
    )


class _Buffer(Structure):
    _fields_ = (
        ("size", c_size_t),
        ("extension", c_void_p),
        ("dtype", c_int),
        ("data", c_void_p),
        ("rank", c_int64),
        ("dims", POINTER(c_int64)),
    )


class _Buffers(Structure):
    _fields_ = (
        ("size", c_size_t),
        ("extension", c_void_p),
        ("count", c_int64),
        ("types", POINTER(c_int)),
        ("buffers", POINTER(POINTER(_Buffer))),
    )


class _Text(Structure):
    _fields_ = (("address", c_void_p), ("length", c_size_t))


class _Attributes(Structure):
    _fields_ = (
        ("size", c_size_t),
        ("extension", c_void_p),
        ("count", c_int64),
        ("types", POINTER(c_int)),
        ("names", c_void_p),
        ("values", POINTER(POINTER(_Text))),
    )


class _Call(Structure):
    _fields_ = (
        ("size", c_size_t),
        ("extension", POINTER(_Extension)),
        ("api", POINTER(_Api)),
        ("context", c_void_p),
        ("stage", c_int),
        ("arguments", _Buffers),
        ("results", _Buffers),
        ("attributes", _Attributes),
    )


def _array(buffer: _Buffer) -> np.ndarray:
    """Return a buffer's own memory."""
    shape = tuple(buffer.dims[axis] for axis in range(buffer.rank))
    dtype = _TYPES[buffer.dtype]
    nbytes = int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
    if not nbytes:
        return np.empty(shape, dtype)
    memory: Any = (ctypes.c_char * nbytes).from_address(buffer.data)
    array: np.ndarray = np.frombuffer(memory, dtype).reshape(shape)
    return array


def _fill(call: _Call) -> None:
    words, index = (_array(call.arguments.buffers[i].contents) for i in range(2))
    recipe = call.attributes.values[0].contents  # the only attribute
    rule, shape = rule_of(ctypes.string_at(recipe.address, recipe.length).decode())
    fill_blocks(_array(call.results.buffers[0].contents), words, index, rule, shape)


def _answer_metadata(call: _Call) -> bool:
    """Tell XLA this handler's version, its own, if that is what the call asks for."""
    if not call.extension or call.extension.contents.type != _METADATA:
        return False
    extension = ctypes.cast(call.extension, POINTER(_MetadataExtension)).contents
    version = call.api.contents.version
    extension.metadata.contents.version.major = version.major
    extension.metadata.contents.version.minor = version.minor
    extension.metadata.contents.traits = 0
    return True


@ctypes.CFUNCTYPE(c_void_p, POINTER(_Call))
def _handler(pointer: Any) -> int | None:
    """Serve a call from any of XLA's threads; an exception becomes the program's error."""
    call = pointer.contents
    try:
        if not _answer_metadata(call):
            _fill(call)
    except BaseException as error:  # nothing may leave through C
        message = f"{type(error).__name__}: {error}".encode()
        made = _ErrorCreate(ctypes.sizeof(_ErrorCreate), None, message, _INTERNAL)
        result: int | None = call.api.contents.error_create(byref(made))
        return result
    return None


def register() -> None:
    """Make the custom call known to XLA's CPU platform; once a process."""
    jax.ffi.register_ffi_target(TARGET, jax.ffi.pycapsule(_handler), platform="cpu")
