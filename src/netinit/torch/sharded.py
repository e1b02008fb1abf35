"""Distributed tensors: which parts of the whole tensor this process holds."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator
from typing import Any

import torch

__all__ = ["Piece", "is_distributed", "pieces"]


#: A part of a local tensor, and the multi-index in the whole tensor of its first element.
Piece = tuple[tuple[slice, ...], tuple[int, ...]]


def is_distributed(tensor: object) -> bool:
    """Return whether `tensor` is a DTensor."""
    # Whoever has a distributed tensor has loaded the module; loading it takes a while.
    module: Any = sys.modules.get("torch.distributed.tensor")
    return module is not None and isinstance(tensor, module.DTensor)


def pieces(tensor: Any) -> Iterator[Piece]:
    """Yield the parts of the local tensor of `tensor` that lie together in the whole one.

    There is one, as a rule; a few where an axis is sharded in strides. A process outside of
    the mesh has none.
    """
    coordinate = tensor.device_mesh.get_coordinate()
    if coordinate is None:
        return
    indices = [torch.arange(n, device="cpu") for n in tensor.shape]
    for mesh_axis, placement in enumerate(tensor.placements):
        if hasattr(placement, "dim"):
            axis, count = placement.dim, tensor.device_mesh.size(mesh_axis)
            along = [1] * axis + [-1]  # the placement splits along an axis of this number
            split, _ = placement._split_tensor(
                indices[axis].view(along), count, with_padding=False, contiguous=False
            )
            indices[axis] = split[coordinate[mesh_axis]].flatten()
    for runs in itertools.product(*(list(_runs(index.tolist())) for index in indices)):
        yield tuple(part for part, _ in runs), tuple(first for _, first in runs)


def _runs(index: list[int]) -> Iterator[tuple[slice, int]]:
    """Yield the runs of consecutive numbers in `index`: where they stand, and the first."""
    start = 0
    for stop in range(1, len(index) + 1):
        if stop == len(index) or index[stop] != index[stop - 1] + 1:
            yield slice(start, stop), index[start]
            start = stop
