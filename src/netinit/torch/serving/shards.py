"""Which parts of a whole parameter a process of vLLM holds, by what its layer says of itself.

Layers are known by the names of their classes, so that nothing is imported. What a layer keeps
whole, or what says nothing of shards, is the whole parameter.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any, NamedTuple

from torch import nn

__all__ = ["Part", "Sharded", "sharded"]


class Run(NamedTuple):
    """A run of indices along an axis: where it begins here, how many, where in the whole."""

    here: int
    length: int
    whole: int


class Part(NamedTuple):
    """A part of a local tensor, and the multi-index in the whole one of its first element."""

    where: tuple[slice, ...]
    start: tuple[int, ...]


class Sharded(NamedTuple):
    """The shape of a whole parameter, and the parts of it that a process holds."""

    shape: tuple[int, ...]
    parts: tuple[Part, ...]


def sharded(layer: nn.Module, key: str, parameter: Any) -> Sharded:
    """Return which parts of a whole parameter a layer of vLLM holds as its parameter `key`.

    Examples
    --------
    >>> import torch
    >>> from netinit.torch.serving.shards import sharded
    >>> class ColumnParallelLinear(torch.nn.Module):
    ...     tp_rank, tp_size = 1, 4
    >>> weight = torch.nn.Parameter(torch.empty(8, 3))
    >>> weight.output_dim = 0
    >>> found = sharded(ColumnParallelLinear(), "weight", weight)
    >>> found.shape
    (32, 3)
    >>> found.parts
    (Part(where=(slice(0, 8, None), slice(0, 3, None)), start=(8, 0)),)
    """
    shape = list(parameter.shape)
    runs = [[Run(0, extent, 0)] for extent in shape]
    kinds = {kind.__name__ for kind in type(layer).__mro__}
    out, into = (getattr(parameter, name, None) for name in ("output_dim", "input_dim"))
    if "VocabParallelEmbedding" in kinds and out is not None:
        shape[out], runs[out] = _vocabulary(layer, shape[out])
    elif "ColumnParallelLinear" in kinds and out is not None:
        shape[out], runs[out] = _columns(layer, shape[out])
    elif "RowParallelLinear" in kinds and into is not None:
        shape[into], runs[into] = _evenly(layer, shape[into])
    elif key.startswith(("w13_", "w2_")) and len(shape) > 1:
        axis = _experts_axis(key, parameter)
        shape[0], runs[0] = _experts(layer, shape[0])
        if axis is not None:
            groups = 2 if key.startswith("w13_") and shape[axis] % 2 == 0 else 1
            shape[axis], runs[axis] = _groups(layer, [shape[axis] // groups] * groups)
    parts = (
        Part(
            tuple(slice(run.here, run.here + run.length) for run in chosen),
            tuple(run.whole for run in chosen),
        )
        for chosen in itertools.product(*runs)
    )
    return Sharded(tuple(shape), tuple(parts))


def _rank(layer: Any) -> tuple[int, int]:
    """Return the rank of a layer's process among those that share its weights, and their number."""
    return int(getattr(layer, "tp_rank", 0)), int(getattr(layer, "tp_size", 1))


def _groups(
    layer: Any, counts: Sequence[int], replicas: Sequence[int] = ()
) -> tuple[int, list[Run]]:
    """Return the whole extent and the runs where each of several groups is sharded by itself.

    `counts` are the local extents, `replicas` how many processes hold the same shard of each.
    """
    rank, size = _rank(layer)
    here = whole = 0
    runs = []
    for count, copies in itertools.zip_longest(counts, replicas, fillvalue=1):
        runs.append(Run(here, count, whole + rank // copies * count))
        here += count
        whole += count * size // copies
    return whole, runs


def _evenly(layer: Any, extent: int) -> tuple[int, list[Run]]:
    return _groups(layer, [extent])


def _columns(layer: Any, extent: int) -> tuple[int, list[Run]]:
    """Return the runs of a layer's outputs: of each of the maps that are merged in it.

    Packed words and blocks of scales have a fraction of the outputs. Where keys and values have
    fewer heads than there are processes, several hold the same ones.
    """
    sizes = list(getattr(layer, "output_sizes", [])) or [1]
    counts = [extent * size // sum(sizes) for size in sizes]
    if sum(counts) != extent:  # blocks that do not divide the maps: their scales are equal
        return _evenly(layer, extent)
    copies = int(getattr(layer, "num_kv_head_replicas", 1))
    return _groups(layer, counts, [1, *[copies] * (len(counts) - 1)])


def _vocabulary(layer: Any, extent: int) -> tuple[int, list[Run]]:
    """Return the runs of a table's rows: the model's own tokens, then those that were added."""
    own = layer.shard_indices
    first = own.padded_org_vocab_start_index
    count = own.padded_org_vocab_end_index - first
    fraction = extent / max(1, own.num_elements_padded)  # of packed words
    added = own.padded_added_vocab_start_index - layer.org_vocab_size + layer.org_vocab_size_padded
    rows = [(0, count, first), (count, own.num_elements_padded - count, added)]
    runs = [Run(*(round(number * fraction) for number in row)) for row in rows if row[1]]
    return round(layer.num_embeddings_padded * fraction), runs


def _experts(layer: Any, extent: int) -> tuple[int, list[Run]]:
    """Return the runs of the experts that a process has: all of them, or those of its map."""
    numbers = getattr(layer, "expert_map", None)
    if numbers is None:
        return extent, [Run(0, extent, 0)]
    here = {int(own): whole for whole, own in enumerate(numbers) if own >= 0}
    return len(numbers), [Run(own, 1, whole) for own, whole in sorted(here.items())]


def _experts_axis(key: str, parameter: Any) -> int | None:
    """Return the axis of experts' inner features, which processes share; None if there is none."""
    transposed = bool(getattr(parameter, "is_transposed", False))
    if key.startswith("w13_"):
        return 2 if transposed and parameter.ndim > 2 else 1
    if parameter.ndim < 3:  # a bias, or a scale an expert
        return None
    return 1 if transposed else 2
