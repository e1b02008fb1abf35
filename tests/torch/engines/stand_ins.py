"""What training engines hand out, with the attributes that their sources document."""

from __future__ import annotations

import enum
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType, SimpleNamespace
from typing import Any

import torch
from torch import nn
from torch.distributed.tensor import DTensor, distribute_tensor

__all__ = [
    "NanotronParameter",
    "OlmoNet",
    "ShardedTensor",
    "ShardedTensorFactory",
    "Status",
    "divided",
    "gated",
    "nanotron_net",
    "olmo_init",
    "part",
    "zero_init",
]

# -- Megatron-Core -------------------------------------------------------------------------------


@dataclass
class ShardedTensor:
    """What is known of the class of this name in megatron.core.dist_checkpointing.mapping."""

    key: str
    data: Any
    dtype: Any
    local_shape: tuple[int, ...]
    global_shape: tuple[int, ...]
    global_offset: tuple[int, ...]
    prepend_axis_num: int = 0


@dataclass
class ShardedTensorFactory:
    """And of that which makes several of one parameter: the halves of a gated unit."""

    key: str
    data: Any
    build_fn: Any
    merge_fn: Any = None

    def build(self):
        return self.build_fn(self.key, self.data, 0, None)


def part(key, shape, start, whole, stacked=0, dtype=torch.float32):
    data = torch.full(shape, 9.0, dtype=dtype)
    return ShardedTensor(key, data, dtype, shape, whole, start, stacked)


def gated(key, rank, world, layer=0, layers=1):
    """Return the factory of a gated unit's weight (2 x 8, 6), of which a process holds a part."""
    data, rows = torch.full((16 // world, 6), 9.0), 8 // world

    def build(key, data, replica_id, flattened_range):
        return [
            ShardedTensor(
                key,
                half,
                half.dtype,
                (rows, 6),
                (layers, 16, 6),
                (layer, 8 * k + rank * rows, 0),
                1,
            )
            for k, half in enumerate(data.chunk(2))
        ]

    return ShardedTensorFactory(key, data, build)


# -- DeepSpeed -----------------------------------------------------------------------------------

Status = enum.Enum("Status", "AVAILABLE NOT_AVAILABLE INFLIGHT")


def divided(net, rank, world, dtype=torch.float32):
    """Divide a net's parameters as deepspeed.zero.Init does: the same attributes."""
    for parameter in net.parameters():
        shape, numel = parameter.shape, parameter.numel()
        size = -(-numel // world)
        parameter.ds_tensor = torch.full((size,), 9.0, dtype=dtype)
        parameter.ds_tensor.ds_numel, parameter.ds_tensor.status = size, Status.AVAILABLE
        parameter.ds_shape, parameter.ds_numel = shape, numel
        parameter.ds_zero_partition_rank, parameter.ds_secondary_tensor = rank, None
        parameter.data = torch.empty(0)
    return net


def zero_init(net_class, rank, world):
    """Return a module like deepspeed's, whose zero.Init divides what is built within it."""

    @contextmanager
    def init():
        build = net_class.__init__

        def divide(self, *args, **kwargs):
            build(self, *args, **kwargs)
            divided(self, rank, world)

        net_class.__init__ = divide
        try:
            yield
        finally:
            net_class.__init__ = build

    return SimpleNamespace(zero=SimpleNamespace(Init=init))


# -- OLMo-core -----------------------------------------------------------------------------------


def olmo_init() -> ModuleType:
    """Return a module like olmo_core.nn.transformer.init: distributed tensors are drawn whole."""

    def _apply_init(init_fun, x, *args, **kwargs):
        if not isinstance(x, DTensor):
            init_fun(x, *args, **kwargs)
            return
        full = torch.zeros(x.shape, dtype=x.dtype)
        init_fun(full, *args, **kwargs)
        shard = distribute_tensor(full, x.device_mesh, x.placements, src_data_rank=None)
        x.to_local().copy_(shard.to_local())

    def init_linear(m, *, std=0.02, generator=None):
        made._apply_init(
            nn.init.trunc_normal_,
            m.weight,
            mean=0.0,
            std=std,
            a=-3 * std,
            b=3 * std,
            generator=generator,
        )
        if m.bias is not None:
            nn.init.zeros_(m.bias)

    made = ModuleType("olmo_core.nn.transformer.init")
    made._apply_init, made.init_linear = _apply_init, init_linear
    return made


class OlmoNet(nn.Module):
    """A net that OLMo-core's functions initialize, with a generator of its own."""

    def __init__(self, init: ModuleType) -> None:
        super().__init__()
        self.w1, self.w2 = nn.Linear(6, 8), nn.Linear(8, 6)
        self.init = init

    def init_weights(self) -> None:
        self.to_empty(device="cpu")
        generator = torch.Generator().manual_seed(0)
        self.init.init_linear(self.w1, generator=generator)
        self.init.init_linear(self.w2, std=0.01, generator=generator)


# -- nanotron ------------------------------------------------------------------------------------


class NanotronParameter(nn.Parameter):
    """What nanotron.parallel.parameters tells of a parameter: how it is divided, and tied."""

    sharded: Any = None
    tied: Any = None

    @property
    def is_sharded(self) -> bool:
        return self.sharded is not None

    @property
    def is_tied(self) -> bool:
        return self.tied is not None

    def get_sharded_info(self) -> Any:
        return self.sharded

    def get_tied_info(self) -> Any:
        return self.tied


def nanotron_net(rank: int, world: int) -> nn.Module:
    """Return a packed weight (two chunks of 8 rows, 6) in parts, a tied one, and a whole one."""
    n, net = 8 // world, nn.Module()
    pairs = [
        SimpleNamespace(
            local_slices=(slice(k * n, (k + 1) * n), slice(None)),
            global_slices=(slice(8 * k + rank * n, 8 * k + (rank + 1) * n), slice(None)),
        )
        for k in range(2)
    ]
    net.packed = NanotronParameter(torch.zeros(2 * n, 6))
    net.packed.sharded = SimpleNamespace(local_global_slices_pairs=pairs, unsharded_shape=(16, 6))
    net.head = NanotronParameter(torch.zeros(5, 6))
    net.head.tied = SimpleNamespace(get_full_name_from_model=lambda model: "embedding.weight")
    net.norm = NanotronParameter(torch.zeros(6))
    return net
