"""Where a tensor lies in its storage, so that the same view can be made of another one."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch

from netinit.torch.arrays import storage_of

__all__ = ["Geometry", "cdata_of", "geometry_of", "new_storage", "view_of"]


class Geometry(NamedTuple):
    """A tensor's place in a storage, in elements of its dtype."""

    dtype: torch.dtype
    size: tuple[int, ...]
    stride: tuple[int, ...]
    offset: int

    @property
    def reach(self) -> int:
        """How many elements lie from the first to the last, both counted; 0 without any."""
        if 0 in self.size:
            return 0
        return 1 + sum((n - 1) * step for n, step in zip(self.size, self.stride, strict=True))

    @property
    def numel(self) -> int:
        """The number of elements."""
        return torch.Size(self.size).numel()

    def is_of(self, tensor: torch.Tensor) -> bool:
        """Return whether it is the place of a tensor."""
        return (
            tensor.dtype is self.dtype
            and tensor.shape == self.size
            and tensor.stride() == self.stride
            and tensor.storage_offset() == self.offset
        )

    def is_all(self, nbytes: int) -> bool:
        """Return whether a write to all elements leaves nothing of a storage of `nbytes`."""
        numel = self.numel
        return numel * self.dtype.itemsize == nbytes and self.offset == 0 and self.reach == numel

    def holds(self, other: Geometry) -> bool:
        """Return whether the memory has no gaps, and that of `other` lies within it."""
        if self.dtype != other.dtype or self.reach != self.numel:
            return False
        first = other.offset - self.offset
        return first >= 0 and first + other.reach <= self.reach

    def meets(self, other: Geometry) -> bool:
        """Return whether the memory from first to last element overlaps that of `other`."""
        (begin, end), (first, last) = self._bytes(), other._bytes()
        return begin < last and first < end

    def _bytes(self) -> tuple[int, int]:
        width = self.dtype.itemsize
        return self.offset * width, (self.offset + self.reach) * width


def geometry_of(tensor: torch.Tensor) -> Geometry:
    """Return where a strided tensor lies in its storage."""
    offset: Any = tensor.storage_offset()
    return Geometry(tensor.dtype, tensor.shape, tensor.stride(), offset)


def cdata_of(tensor: torch.Tensor) -> int:
    """Return what tells a tensor's storage from any other that is alive."""
    return storage_of(tensor)._cdata  # type: ignore[no-any-return]


def view_of(storage: torch.UntypedStorage, geometry: Geometry) -> torch.Tensor:
    """Return a tensor of a CPU storage's memory."""
    dtype, size, stride, offset = geometry
    return torch.empty(0, dtype=dtype, device="cpu").set_(storage, offset, size, stride)


def new_storage(nbytes: int) -> torch.UntypedStorage:
    """Return new CPU memory with undefined values."""
    return storage_of(torch.empty(nbytes, dtype=torch.uint8, device="cpu"))
