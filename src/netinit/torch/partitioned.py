"""Parameters whose values DeepSpeed's ZeRO-3 or FSDP1 keeps elsewhere, in ranges of all of them."""

from __future__ import annotations

from typing import Any

import torch

__all__ = ["PARTITIONED", "is_partitioned", "refuse_emptied"]

#: What is said of a parameter of ZeRO-3, after its name.
PARTITIONED = (
    "is partitioned by DeepSpeed's ZeRO-3, and its values are not in it: initialize the module "
    "before it is partitioned, or the parameter within "
    "deepspeed.zero.GatheredParameters(parameters, modifier_rank=0)"
)


def is_partitioned(tensor: Any) -> bool:
    """Return whether DeepSpeed's ZeRO-3 has the values of a parameter, which has none now."""
    return hasattr(tensor, "ds_id") and tensor.numel() != getattr(tensor, "ds_numel", None)


def refuse_emptied(tensor: torch.Tensor) -> None:
    """Raise where a tensor has no elements because a wrapper keeps them.

    Raises
    ------
    RuntimeError
        If it is a parameter of DeepSpeed's ZeRO-3, or of FSDP1 with ``use_orig_params``.
    """
    if is_partitioned(tensor):
        raise RuntimeError(f"the tensor {PARTITIONED}")
    if getattr(tensor, "_fsdp_flattened", False):
        raise RuntimeError(
            "the tensor is sharded by FullyShardedDataParallel, and no element of it is here: "
            "initialize the module before it is wrapped"
        )
