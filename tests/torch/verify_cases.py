"""What each process of a group verifies of its shards; run by `ranks.run_ranks`."""

from __future__ import annotations

import torch
import torch.distributed as dist
from torch import nn
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import DTensor, Replicate, Shard, distribute_tensor, init_device_mesh
from torch.distributed.tensor.placement_types import _StridedShard

import netinit
from netinit.verification.report import Verification

SEED = 3
RULES = {
    "table.weight": netinit.Normal(0, 0.02),
    "turn.weight": "orthogonal",
    "*": "Kaiming",
}


def make() -> nn.Module:
    with torch.device("meta"):
        return nn.ModuleDict(
            {
                **{"up": nn.Linear(64, 128), "norm": nn.LayerNorm(128)},
                **{"down": nn.Linear(128, 31), "turn": nn.Linear(64, 64, bias=False)},
                **{"table": nn.Embedding(101, 64), "cell": nn.LSTM(24, 16)},
            }
        )


def sharded(seed: int | None = SEED) -> nn.Module:
    """Return the net by FSDP2, over rows; of four processes two pairs have the same."""
    world = dist.get_world_size()
    shape = (world,) if world < 4 else (2, world // 2)
    mesh = init_device_mesh("cpu", shape, mesh_dim_names=("replicate", "shard")[-len(shape) :])
    net = make()
    for module in net.values():
        fully_shard(module, mesh=mesh)
    if seed is None:
        net.to_empty(device="cpu")
    else:
        netinit.initialize(net, netinit.All, method=RULES, seed=seed)
    return net


def plan() -> netinit.Plan:
    return netinit.plan(make(), netinit.All, method=RULES, seed=SEED)


def local(net: nn.Module, name: str) -> torch.Tensor:
    return net.get_parameter(name).detach().to_local()


def told(verification: Verification) -> dict[str, object]:
    return {
        "verdicts": {one.name: one.verdict for one in verification.arrays},
        "parts": {one.name: one.to_dict().get("part") for one in verification.arrays},
        "findings": [[one.name, one.kind] for one in verification.findings],
    }


def of_the_seed() -> object:
    net = sharded()
    of_whole, of_shards = plan(), netinit.plan(net, netinit.All, method=RULES, seed=SEED)
    return [told(netinit.verify(net, each)) for each in (of_whole, of_shards)]


def of_another_seed() -> object:
    return told(netinit.verify(sharded(8), plan()))


def planted() -> object:
    """Tell what is found where the shards of process 1 alone are wrong."""
    net, mine = sharded(), dist.get_rank() == 1
    if mine:
        local(net, "up.weight").mul_(2)
        local(net, "table.weight").normal_(0, 0.02, generator=torch.Generator().manual_seed(5))
        local(net, "norm.weight").zero_()
        local(net, "turn.weight")[-1].mul_(-1)
    return told(netinit.verify(net, plan()))


def placed() -> object:
    """Tell what is found of parts that are no rows: columns, strides, replicas."""
    world = dist.get_world_size()
    mesh = init_device_mesh("cpu", (world,))
    verdicts = {}
    for placement in (Shard(1), _StridedShard(0, split_factor=3), Replicate()):
        net = make()
        for module in net.modules():
            for key, old in module._parameters.items():
                if old is None:
                    continue
                fits = old.ndim > 1 or placement == Replicate()
                new = distribute_tensor(
                    old.detach(), mesh, [placement if fits else Replicate()], src_data_rank=None
                )
                module._parameters[key] = nn.Parameter(new)
        netinit.initialize(net, netinit.All, method=RULES, seed=SEED)
        assert isinstance(net["up"].weight, DTensor)
        found = [told(netinit.verify(net, plan()))]
        local(net, "up.weight")[-1, -1] = 0.25
        found.append(told(netinit.verify(net, plan())))
        verdicts[type(placement).__name__] = found
    return verdicts


def compared() -> object:
    """Compare the processes: of a right net, and one that each draws by the same generator."""
    found = []
    for wrong in (False, True):
        net = sharded(None if wrong else SEED)
        if wrong:
            generator = torch.Generator().manual_seed(1)
            for parameter in net.parameters():
                parameter.detach().to_local().normal_(0, 0.02, generator=generator)
        ranks: list[Verification] = [None] * dist.get_world_size()  # type: ignore[list-item]
        dist.all_gather_object(ranks, netinit.verify(net))
        same = ranks[0].compare(*ranks[1:])
        found.append([[one.name, one.kind, str(one)] for one in same])
    return found


CASES = {
    "seed": of_the_seed,
    "another seed": of_another_seed,
    "planted": planted,
    "placed": placed,
    "compared": compared,
}
