"""A process of a small trainer, in the order of torchtitan's: what it prints is compared.

meta device, plan, tensor parallelism, fully_shard, to_empty, dcp.load; then the gathered values.
"""

from __future__ import annotations

import hashlib
import json
import sys
from importlib.util import find_spec

import torch
import torch.distributed as dist
import torch.distributed.checkpoint as dcp
from torch import nn
from torch.distributed.device_mesh import DeviceMesh, init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import DTensor, Replicate
from torch.distributed.tensor.parallel import (
    ColwiseParallel,
    RowwiseParallel,
    parallelize_module,
)
from torch.utils._python_dispatch import TorchDispatchMode

import netinit
from netinit.torch import VirtualCheckpoint
from tests.torch.zoo.training_models import Net

__all__ = ["digest", "llama", "net"]

SEED = 7


def net() -> nn.Module:
    """Return the trainer's net, whose init code is its own."""
    return Net(width=24, depth=2)


def llama() -> nn.Module:
    """Return a small Llama with tied embeddings."""
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        vocab_size=101,
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        tie_word_embeddings=True,
    )
    return LlamaForCausalLM(config)


def digest(net: nn.Module) -> str:
    """Return the SHA-256 of a net's parameters and buffers, distributed ones gathered."""
    found = hashlib.sha256()
    for name, tensor in [*net.named_parameters(), *net.named_buffers()]:
        whole = tensor.full_tensor() if isinstance(tensor, DTensor) else tensor
        found.update(name.encode())
        found.update(whole.detach().contiguous().numpy().tobytes())
    return found.hexdigest()


class Collectives(TorchDispatchMode):
    """Counts the collective operations within a ``with`` block."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        self.count += func.namespace in ("c10d", "_c10d_functional")
        return func(*args, **kwargs or {})


def divide_net(net: nn.Module, mesh: DeviceMesh) -> None:
    """Divide the trainer's net: tensor-parallel within, FSDP2 without."""
    columns, rows = ColwiseParallel(), RowwiseParallel()
    embedding = RowwiseParallel(input_layouts=Replicate())
    parallelize_module(net, mesh["tp"], {"embed": embedding})
    for block in net.blocks:
        parallelize_module(block, mesh["tp"], {"up": columns, "down": rows})
        fully_shard(block, mesh=mesh["dp"])
    fully_shard(net, mesh=mesh["dp"])


def divide_hybrid(net: nn.Module, mesh: DeviceMesh) -> None:
    """Divide the trainer's net by HSDP: replicas along one axis of the mesh, shards along one."""
    for block in net.blocks:
        fully_shard(block, mesh=mesh)
    fully_shard(net, mesh=mesh)


def divide_llama(net: nn.Module, mesh: DeviceMesh) -> None:
    """Divide the Llama by FSDP2 alone, on all processes."""
    for layer in net.model.layers:
        fully_shard(layer)
    fully_shard(net)


def started(make, divide, mesh: DeviceMesh, **options) -> tuple[str, int]:
    """Return the digest of a net that was begun in parts, and the collectives of its load."""
    with torch.device("meta"):
        net = make()
    plan = netinit.plan(net, method="Native", seed=SEED)
    divide(net, mesh)
    net.to_empty(device="cpu")
    state = {**net.state_dict(), **dict(net.named_buffers())}
    with Collectives() as collectives:
        dcp.load(state, storage_reader=VirtualCheckpoint(plan), **options)
    return digest(net), collectives.count


def main(rank: int, world: int, store: str) -> None:
    """Print what this process found."""
    dist.init_process_group("gloo", init_method=f"file://{store}", rank=rank, world_size=world)
    mesh = init_device_mesh(
        "cpu", (world // min(world, 2), min(world, 2)), mesh_dim_names=("dp", "tp")
    )
    found = {
        "alone": started(net, divide_net, mesh, no_dist=True),
        "together": started(net, divide_net, mesh),
        "hybrid": started(net, divide_hybrid, mesh, no_dist=True),
    }
    if world == 4 and find_spec("transformers"):
        found["llama"] = started(llama, divide_llama, mesh, no_dist=True)
    print(json.dumps(found))
    dist.destroy_process_group()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
