"""Ways to distribute a matrix: the shape of the mesh of processes, and the placements."""

from __future__ import annotations

import warnings

from torch.distributed.tensor import Replicate, Shard

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from torch.distributed.tensor.placement_types import _StridedShard

__all__ = ["LAYOUTS"]

LAYOUTS = {
    "rows": ((3,), [Shard(0)]),
    "columns": ((2,), [Shard(1)]),
    "replicated": ((2,), [Replicate()]),
    "both": ((2, 2), [Shard(0), Shard(1)]),
    "twice": ((2, 2), [Shard(0), Shard(0)]),
    "FSDP of TP": ((2, 2), [_StridedShard(0, split_factor=2), Shard(0)]),
    "more processes than rows": ((9,), [Shard(0)]),
    "hybrid": ((2, 2), [Replicate(), Shard(1)]),
}
