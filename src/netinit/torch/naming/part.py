"""Where a view of a tensor lies in it, and how it gets the values that the whole has there."""

from __future__ import annotations

import torch

from netinit.initializers.base import Initializer
from netinit.streams.stream import Stream
from netinit.torch.init.write import write, write_slice

__all__ = ["is_whole", "write_part"]


def is_whole(part: torch.Tensor, whole: torch.Tensor) -> bool:
    """Return whether a view has the elements of `whole` in the same order."""
    if part.shape == whole.shape and part.storage_offset() == whole.storage_offset():
        return part.stride() == whole.stride()
    return False


def write_part(
    part: torch.Tensor, whole: torch.Tensor, initializer: Initializer, stream: Stream
) -> None:
    """Fill a view of `whole` with the values that the whole tensor has there.

    Parameters
    ----------
    part : torch.Tensor
        Any view of `whole`'s elements, of its dtype.
    whole : torch.Tensor
    initializer : Initializer
        What fills `whole`: one whose elements do not depend on one another.
    stream : Stream
        The stream of `whole`.
    """
    offset = int(part.storage_offset() - whole.storage_offset())
    if part.is_contiguous() and whole.is_contiguous():  # a run of elements
        write_slice(part.view(-1), initializer, stream, (whole.numel(),), (offset,))
        return
    box = _box(part, whole, offset) if whole.is_contiguous() else None
    if box is not None:
        start, extents = box
        view = part.as_strided(extents, whole.stride(), part.storage_offset())
        write_slice(view, initializer, stream, tuple(whole.shape), start)
        return
    made = torch.empty_strided(whole.shape, whole.stride(), dtype=whole.dtype, device="cpu")
    write(made, initializer, stream)
    with torch.no_grad():
        part.copy_(made.as_strided(part.shape, part.stride(), offset))


def _box(
    part: torch.Tensor, whole: torch.Tensor, offset: int
) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
    """Return the first index and the extents of the box of `whole` that `part` is, if it is one.

    `whole` is contiguous; the axes of `part` may be in another order.
    """
    start, extents = [], [1] * whole.ndim
    for stride in whole.stride():
        start.append(offset // stride)
        offset %= stride
    # Axes of one element have any stride.
    axes = {stride: k for k, stride in enumerate(whole.stride()) if whole.shape[k] > 1}
    for extent, stride in zip(part.shape, part.stride(), strict=True):
        if extent == 1:
            continue
        axis = axes.pop(stride, None)
        if axis is None or start[axis] + extent > whole.shape[axis]:
            return None
        extents[axis] = extent
    return tuple(start), tuple(extents)
