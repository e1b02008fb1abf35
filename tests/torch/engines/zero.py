"""A process of DeepSpeed's ZeRO-3, whose partitions netinit fills: the gathered values."""

from __future__ import annotations

import hashlib
import os
import sys

from torch import nn

__all__ = ["METHOD", "SEED", "digest", "make"]

SEED, METHOD = 7, {"2.weight": "orthogonal", "*": "xavier_uniform"}


def make() -> nn.Module:
    """Return a net whose parameters no number of processes divides evenly."""
    return nn.Sequential(nn.Linear(7, 5), nn.LayerNorm(5), nn.Linear(5, 3), nn.BatchNorm1d(3))


def digest(named) -> str:
    """Return the SHA-256 of named parameters."""
    found = hashlib.sha256()
    for name, tensor in named:
        found.update(name.encode())
        found.update(tensor.detach().contiguous().numpy().tobytes())
    return found.hexdigest()


def main(rank: str, world: str, store: str) -> None:
    """Print what this process found."""
    os.environ |= {"DS_ACCELERATOR": "cpu", "RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": world}
    import deepspeed
    import torch

    import netinit
    from netinit.torch.engines import deepspeed as engine

    deepspeed.ops.__compatible_ops__.clear()  # one is compiled when first used
    torch.distributed.init_process_group(
        "gloo", init_method=f"file://{store}", rank=int(rank), world_size=int(world)
    )
    deepspeed.init_distributed("gloo")
    with torch.device("meta"):
        plan = netinit.plan(make(), method=METHOD, seed=SEED)
    config = {"train_micro_batch_size_per_gpu": 1, "zero_optimization": {"stage": 3}}
    with deepspeed.zero.Init(config_dict_or_path=config):
        net = make()
    engine.fill(net, plan)
    with deepspeed.zero.GatheredParameters(list(net.parameters())):
        print(digest(net.named_parameters()), flush=True)
    torch.distributed.barrier()
    os._exit(0)  # an ordinary exit now and then aborts: DeepSpeed leaves threads running


if __name__ == "__main__":
    main(*sys.argv[1:4])
