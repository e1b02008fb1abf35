"""Filling the memory of a tensor from a stream that a generator gives."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.autograd import forward_ad

from netinit import _core
from netinit.arrays.dtypes import COMPLEX
from netinit.arrays.slice import Slice
from netinit.initializers.base import Initializer
from netinit.initializers.complex import Cartesian
from netinit.initializers.elementwise import Elementwise, fill_many, filling
from netinit.initializers.sparse import Sparse, SparseComplex
from netinit.streams.stream import Stream
from netinit.torch.arrays import DTYPE_NAMES, PLAIN, memory_of, note_write
from netinit.torch.init.keys import stream_from
from netinit.torch.init.sources import generators_kept, sources, written
from netinit.torch.partitioned import refuse_emptied
from netinit.torch.sharded import Piece, check_placements, is_distributed, pieces

__all__ = ["TYPES", "draws", "fill_", "write", "write_slice"]

#: The torch dtypes that are drawn, with their names. Torch's functions refuse
#: narrower types, and so does what stands in their place.
TYPES = {dtype: name for dtype, name in DTYPE_NAMES.items() if dtype.itemsize > 1}
TYPES |= {getattr(torch, name): name for name in COMPLEX}
_LAZY = (nn.UninitializedParameter, nn.UninitializedBuffer)
_address: Callable[[torch.Tensor], int] = torch._C.TensorBase.data_ptr
#: Returns None outside of torch.func's transformations, whose tensors only stand for others.
_transformation = torch._C._functorch.peek_interpreter_stack


def draws(tensor: Any, generator: Any = None) -> bool:
    """Return whether netinit draws the values of `tensor`; what it does not is left to torch.

    It does not where there is no memory (meta and fake tensors, torch.compile), the memory is
    that of some other object (but for distributed tensors) or is not dense, a tangent may
    belong to the values, the dtype is not one of floating-point or complex numbers, or torch
    would refuse the tensor or the generator; or where a source in force leaves generators to torch.

    Raises
    ------
    RuntimeError
        If the elements of a tensor without any are kept by what wraps its net, where torch would
        do nothing; or if a distributed tensor is a partial sum.
    """
    kind: type = type(tensor)
    if kind not in PLAIN and not _has_memory(kind):
        return is_distributed(tensor) and _draws_local(tensor, generator)
    if not tensor.numel():
        refuse_emptied(tensor)
    return (
        tensor.dtype in TYPES
        and not tensor.is_meta
        and tensor.layout is torch.strided
        and not tensor.is_nested
        and not torch.compiler.is_compiling()
        and _transformation() is None
        and forward_ad._current_level < 0
        and (not tensor.is_inference() or torch.is_inference_mode_enabled())
        and (generator is None or (not generators_kept and _fits(generator, tensor)))
    )


@lru_cache(maxsize=1024)
def _has_memory(kind: type) -> bool:
    """Return whether tensors of a subclass have memory of their own, as ordinary ones do."""
    if not issubclass(kind, torch.Tensor) or issubclass(kind, _LAZY):
        return False
    return kind.__torch_dispatch__ is torch.Tensor.__torch_dispatch__


def _draws_local(tensor: Any, generator: Any) -> bool:
    if not draws(tensor._local_tensor, generator):
        return False
    try:
        check_placements(tensor)
    except ValueError as error:  # torch refuses partial sums as well, by this type
        raise RuntimeError(f"the tensor {error}") from None
    return True


def _fits(generator: Any, tensor: torch.Tensor) -> bool:
    return isinstance(generator, torch.Generator) and generator.device.type == tensor.device.type


def fill_(tensor: torch.Tensor, initializer: Initializer, generator: Any) -> torch.Tensor:
    """Fill a tensor that netinit draws from a stream of its own, and return it.

    The generator, torch's default one where it is None, gives the stream. Where a source in force
    knows the tensor, its stream is that one's, and the generator stays as it is.
    """
    if sources and written(tensor, initializer):
        return tensor
    return write(tensor, initializer, stream_from(generator))


def write(tensor: Any, initializer: Initializer, stream: Stream) -> torch.Tensor:
    """Fill a tensor that netinit draws from `stream`, and return it.

    The values depend on the whole tensor's shape and dtype only, not on its strides, its
    device or how it is distributed.
    """
    if type(tensor) not in PLAIN and is_distributed(tensor):
        local, parts = tensor._local_tensor, pieces(tensor)
        _write(local, initializer, stream, tuple(tensor.shape), parts)
        note_write(tensor)
    elif _is_plain(tensor) and isinstance(initializer, Elementwise):
        memory = _address(tensor), tensor.nbytes
        fill_many([filling(memory, TYPES[tensor.dtype], stream, initializer.core)])
        note_write(tensor)
    else:
        _write(tensor, initializer, stream)
    return tensor  # type: ignore[no-any-return]


def _is_plain(tensor: torch.Tensor) -> bool:
    """Return whether a tensor's values are real numbers in its own memory, one after another."""
    return (
        type(tensor) in PLAIN
        and tensor.is_cpu
        and tensor.is_contiguous()
        and not tensor.is_neg()
        and tensor.dtype in DTYPE_NAMES
        and bool(_address(tensor))  # it may have none, when something else keeps its memory
    )


def write_slice(
    tensor: torch.Tensor,
    initializer: Initializer,
    stream: Stream,
    shape: tuple[int, ...],
    start: tuple[int, ...],
) -> None:
    """Fill a tensor that netinit draws with the slice from `start` of a whole one of `shape`."""
    _write(tensor, initializer, stream, shape, [((...,), start)])


def _write(
    tensor: torch.Tensor,
    initializer: Initializer,
    stream: Stream,
    shape: tuple[int, ...] = (),
    parts: Iterable[Piece] | None = None,
) -> None:
    """Fill a tensor, or `parts` of it, which are parts of a whole one of `shape`."""
    memory = _memory(tensor)
    if memory is None:
        made = torch.empty(tensor.shape, dtype=tensor.dtype, device="cpu")
        _write(made, initializer, stream, shape, parts)
        with torch.no_grad():
            tensor.copy_(made)
        return
    dtype = TYPES[tensor.dtype]
    if dtype in COMPLEX:
        initializer = _of_both_parts(initializer)
    if parts is None:
        initializer.fill(Slice(memory, dtype), stream)
    else:
        for at, start in parts:
            initializer.fill(Slice(memory[at], dtype, shape, start), stream)
    note_write(tensor)


def _memory(tensor: torch.Tensor) -> np.ndarray | None:
    """Return the memory of a tensor, or None where its values cannot be written there."""
    if not tensor.is_cpu or tensor.is_conj() or tensor.is_neg():
        return None
    array = memory_of(tensor)
    flags = array.flags
    if flags.owndata and array.size:  # numpy's own memory, because the tensor has none
        raise RuntimeError(
            "The tensor has a non-zero number of elements, but its data is not allocated yet."
        )
    # Torch's copy_ writes to overlapping elements, or refuses to, as its random functions do.
    if not flags.carray and _core.overlaps(array.shape, array.strides, array.itemsize):
        return None
    return array


def _of_both_parts(initializer: Initializer) -> Initializer:
    """Return what fills both parts of complex numbers alike, as torch does."""
    if isinstance(initializer, Sparse):
        return SparseComplex(initializer)
    return Cartesian(initializer, initializer)
