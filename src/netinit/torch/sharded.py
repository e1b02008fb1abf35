"""Distributed tensors: which parts of the whole tensor this process holds."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import torch

from netinit.torch.arrays import PLAIN

__all__ = ["Piece", "check_placements", "is_distributed", "local_part", "pieces", "shard_of"]


#: The index of a part of a local tensor, and that in the whole tensor of the part's first element.
Piece = tuple[tuple[Any, ...], tuple[int, ...]]

#: Consecutive numbers along an axis: the first, and the one after the last.
_Run = tuple[int, int]


def is_distributed(tensor: object) -> bool:
    """Return whether `tensor` is a DTensor."""
    # Whoever has a distributed tensor has loaded the module; loading it takes a while.
    module: Any = sys.modules.get("torch.distributed.tensor")
    return module is not None and isinstance(tensor, module.DTensor)


def local_part(tensor: Any) -> torch.Tensor:
    """Return the tensor whose memory this process has: a DTensor's own shard, or `tensor`."""
    if type(tensor) in PLAIN or not is_distributed(tensor):
        return tensor  # type: ignore[no-any-return]
    return tensor._local_tensor  # type: ignore[no-any-return]


def check_placements(tensor: Any) -> None:
    """Raise unless each element that this process holds is one of the whole DTensor's.

    Raises
    ------
    ValueError
        If processes hold summands of the elements, or the local tensor is not of the size that
        its placements tell.
    TypeError
        If a placement is of a kind that is not known.
    """
    for placement in tensor.placements:
        if placement.is_partial():
            raise ValueError(
                f"is a DTensor with the placement {placement}, each process holding summands and "
                "not values: redistribute it, or make it anew, with Shard or Replicate"
            )
        if not placement.is_replicate() and type(placement).__name__ not in _SPLITS:
            raise TypeError(
                f"is a DTensor with the placement {placement}; those known are Shard, "
                "_StridedShard and Replicate"
            )
    if tensor.device_mesh.get_coordinate() is None:
        return
    held = tuple(sum(stop - first for first, stop in runs) for runs in _runs(tensor))
    local = tuple(tensor._local_tensor.shape)
    if local != held:
        raise ValueError(
            f"is a DTensor whose local tensor has the shape {local}, where its placements "
            f"{tensor.placements} on the whole shape {tuple(tensor.shape)} tell {held}"
        )


def pieces(tensor: Any) -> Iterator[Piece]:
    """Yield the parts of the local tensor of `tensor` that lie together in the whole one.

    There is one, as a rule; a few where an axis is sharded in strides, none where the process
    holds no element. It takes as long as there are parts, whatever their size.

    Parameters
    ----------
    tensor : DTensor
        Of shards and replicas, in any order and number.
    """
    if tensor.device_mesh.get_coordinate() is not None:
        for runs in itertools.product(*map(_placed, _runs(tensor))):
            # The dots have the index of a tensor without axes give an array, not a number.
            yield (*(part for part, _ in runs), ...), tuple(first for _, first in runs)


def shard_of(whole: torch.Tensor, tensor: Any) -> torch.Tensor:
    """Return what this process has of a whole tensor distributed as the DTensor `tensor` is."""
    shape, device = tensor._local_tensor.shape, whole.device
    made = torch.empty(shape, dtype=whole.dtype, device=device)
    for at, start in pieces(tensor):
        part = made[at]
        index = zip(start, part.shape, strict=True)
        part.copy_(whole[tuple(slice(first, first + count) for first, count in index)])
    return made


def _runs(tensor: Any) -> list[list[_Run]]:
    """Return what this process of a mesh holds along each axis, in the local tensor's order."""
    coordinate = tensor.device_mesh.get_coordinate()
    held: list[list[_Run]] = [[(0, extent)] for extent in tensor.shape]
    for mesh_axis in _in_order(tensor):
        placement = tensor.placements[mesh_axis]
        if not placement.is_replicate():
            axis, count = placement.dim, tensor.device_mesh.size(mesh_axis)
            split = _SPLITS[type(placement).__name__]
            size = sum(stop - first for first, stop in held[axis])
            taken = split(placement, size, count, coordinate[mesh_axis])
            held[axis] = list(_joined(_taken(held[axis], taken)))
    return held


def _in_order(tensor: Any) -> Sequence[int]:
    """Return the axes of the mesh in the order in which they split the tensor."""
    order = getattr(tensor._spec, "shard_order", None)  # torch 2.10 and later
    if order is None:
        return range(len(tensor.placements))
    return [mesh_axis for entry in order for mesh_axis in entry.mesh_dims]


def _chunk(size: int, count: int, index: int) -> _Run:
    """Return what `torch.chunk` puts into a chunk, which is empty where there are too few."""
    extent = -(-size // count)
    return min(index * extent, size), min((index + 1) * extent, size)


def _whole_chunk(placement: Any, size: int, count: int, index: int) -> Iterator[_Run]:
    yield _chunk(size, count, index)


def _strided_chunks(placement: Any, size: int, count: int, index: int) -> Iterator[_Run]:
    """Split by the placement's factor, each part among the processes, and join what is one's."""
    factor = placement.split_factor
    extent = -(-size // factor)
    for part in range(-(-size // extent) if extent else 0):  # the others are empty
        first, stop = _chunk(size, factor, part)
        low, high = _chunk(stop - first, count, index)
        yield first + low, first + high


#: How a placement that splits an axis does it, by its class, which older versions keep elsewhere.
_SPLITS = {"Shard": _whole_chunk, "_StridedShard": _strided_chunks}


def _taken(held: Sequence[_Run], places: Iterable[_Run]) -> Iterator[_Run]:
    """Yield what lies at ascending `places` of the numbers that the runs `held` have together."""
    runs = iter(held)
    at, (first, stop) = 0, next(runs, (0, 0))
    for low, high in places:
        while low < high:
            if low >= at + stop - first:
                at += stop - first
                first, stop = next(runs)
                continue
            end = min(high, at + stop - first)
            yield first + low - at, first + end - at
            low = end


def _joined(runs: Iterable[_Run]) -> Iterator[_Run]:
    """Yield the runs with those that follow one another without a gap made one."""
    last: _Run | None = None
    for first, stop in runs:
        if last is not None and last[1] == first:
            last = last[0], stop
            continue
        if last is not None:
            yield last
        last = first, stop
    if last is not None:
        yield last


def _placed(runs: Iterable[_Run]) -> Iterator[tuple[slice, int]]:
    """Yield where each run stands among all, and its first number."""
    at = 0
    for first, stop in runs:
        if first < stop:
            yield slice(at, at + stop - first), first
            at += stop - first
