"""Nets in the wrappers of torch.distributed; run by `ranks.run_ranks`."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import torch
import torch.distributed as dist
from torch import nn
from torch.distributed._composable.replicate import replicate
from torch.distributed.fsdp import FullyShardedDataParallel, ShardingStrategy, fully_shard
from torch.distributed.tensor import DTensor, Partial, init_device_mesh
from torch.nn.parallel import DistributedDataParallel
from torch.nn.utils import parametrizations

import netinit
from netinit.torch import init
from tests.torch.sharding_cases import differing, same_bits, tensors, without_collectives

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from torch.nn.utils import spectral_norm, weight_norm


class Closed(nn.Module):
    """A block whose output is closed by a scale of 0."""

    def __init__(self) -> None:
        super().__init__()
        self.linear, self.norm = nn.Linear(6, 6), nn.LayerNorm(6)
        self.scaled = nn.LayerNorm(6)
        nn.init.zeros_(self.scaled.weight)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.scaled(self.linear(self.norm(x)))


def plain() -> nn.Module:
    return nn.Sequential(nn.Linear(4, 6), nn.ReLU(), Closed(), nn.Linear(6, 3))


def mesh() -> dist.DeviceMesh:
    return init_device_mesh("cpu", (dist.get_world_size(),))


def message_of(call: Callable[[], object]) -> str:
    """Return the type and the text of the error that a call raises."""
    try:
        call()
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "nothing was raised"


def as_unwrapped(wrapped: nn.Module) -> list[object]:
    """Return whether a net of replicas has the names and the values of the net within."""
    alone = netinit.initialize(plain(), netinit.All)
    rows = netinit.plan(wrapped, netinit.All)
    with without_collectives():
        netinit.initialize(wrapped, netinit.All)
    values = zip(tensors(wrapped).values(), tensors(alone).values(), strict=True)
    return [[row.name for row in rows], all(same_bits(a, b) for a, b in values)]


def replicas() -> dict[str, list[object]]:
    copied = plain()
    replicate(copied)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        whole = {"sharding_strategy": ShardingStrategy.NO_SHARD, "use_orig_params": True}
        fsdp1 = FullyShardedDataParallel(plain(), **whole, device_id=torch.device("cpu"))
    return {
        "FSDP1": as_unwrapped(fsdp1),
        "DDP": as_unwrapped(DistributedDataParallel(plain())),
        "replicate": as_unwrapped(copied),
    }


def fsdp1() -> dict[str, str]:
    told = {}
    for keeps in (False, True):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            cpu = torch.device("cpu")
            net = FullyShardedDataParallel(plain(), use_orig_params=keeps, device_id=cpu)
        before = [tensor.detach().clone() for tensor in net.parameters()]
        told[f"keeps {keeps}"] = message_of(lambda net=net: netinit.initialize(net, netinit.All))
        assert all(map(torch.equal, before, net.parameters()))
    emptied = [p for p in net.parameters() if not p.numel()]
    for name in ("normal_", "zeros_", "kaiming_normal_") if emptied else ():
        told[name] = message_of(lambda: getattr(init, name)(emptied[0]))  # noqa: B023
    return told


def gathered() -> str:
    net = plain()
    fully_shard(net, mesh=mesh())
    net(torch.ones(2, 4))
    told = message_of(lambda: netinit.initialize(net, netinit.All))
    net.reshard()
    netinit.initialize(net, netinit.All)
    return told


def partial_sums() -> dict[str, str]:
    net = nn.Linear(4, 4)
    net.weight = nn.Parameter(DTensor.from_local(torch.ones(4, 4), mesh(), [Partial()]))
    told = {"initialize": message_of(lambda: netinit.initialize(net, netinit.All))}
    for name in ("normal_", "orthogonal_", "eye_"):
        told[name] = message_of(lambda: getattr(init, name)(net.weight))  # noqa: B023
    assert net.bias.requires_grad
    assert bool((net.weight.to_local() == 1).all())
    return told


NORMS = {
    "weight_norm": parametrizations.weight_norm,
    "old weight_norm": weight_norm,
    "spectral_norm": parametrizations.spectral_norm,
    "old spectral_norm": spectral_norm,
}


def derived() -> dict[str, str]:
    """Return what is said of layers with derived tensors, sharded by rows, from meta and not."""
    told = {}
    for name, wrap in NORMS.items():
        for device in ("cpu", "meta"):
            with torch.device(device), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                net, alone = (nn.Sequential(wrap(nn.Linear(6, 5))) for _ in range(2))
            fully_shard(net, mesh=mesh())
            before = {n: t for n, t in tensors(net).items() if not t.is_meta}
            before = {n: t.to_local().clone() for n, t in before.items() if isinstance(t, DTensor)}
            with without_collectives():
                told[f"{name} {device}"] = message_of(
                    lambda net=net: netinit.initialize(net, netinit.All)
                )
            if told[f"{name} {device}"].startswith("nothing"):
                netinit.initialize(alone, netinit.All)
                assert not differing(net, alone)
            else:
                assert all(torch.equal(t, tensors(net)[n].to_local()) for n, t in before.items())
    return told


def closed() -> None:
    """Check that numbers are not told by shards: a net has what one of the meta device has."""
    with torch.device("meta"):
        alone = netinit.initialize(plain())
    for build in (plain, lambda: plain().to_empty(device="cpu")):
        net = build()
        fully_shard(net, mesh=mesh())
        with without_collectives():
            netinit.initialize(net, netinit.All)
        assert not differing(net, alone)


def llama(tied: bool) -> nn.Module:
    from transformers import LlamaConfig, LlamaForCausalLM

    sizes = {"vocab_size": 60, "hidden_size": 32, "intermediate_size": 40, "pad_token_id": 3}
    heads = {"num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2}
    with torch.device("meta"):
        return LlamaForCausalLM(LlamaConfig(**sizes, **heads, tie_word_embeddings=tied))


def sharded_llamas() -> list[str]:
    """Check Llamas of the meta device, and with memory that nobody wrote, on all processes."""
    try:
        import transformers  # noqa: F401
    except ImportError:
        return []
    done = []
    for tied in (True, False):
        for method in ("Kaiming", "Native"):
            alone = netinit.initialize(llama(tied), method=method)
            for emptied in (False, True):
                net = llama(tied)
                for layer in net.model.layers:
                    fully_shard(layer, mesh=mesh())
                fully_shard(net, mesh=mesh())
                if emptied:
                    net.to_empty(device="cpu")
                    net.tie_weights()
                optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
                with without_collectives():
                    netinit.initialize(net, netinit.All, method=method)
                assert not differing(net, alone), (tied, method, emptied)
                assert (net.lm_head.weight is net.model.embed_tokens.weight) == tied
                batch = torch.arange(12).reshape(2, 6)
                loss = net(input_ids=batch, labels=batch).loss
                loss.backward()
                optimizer.step()
                done.append(f"{tied} {method} {emptied} {float(loss.detach()):.2f}")
    return done


CASES = {
    "replicas": replicas,
    "fsdp1": fsdp1,
    "gathered": gathered,
    "partial": partial_sums,
    "derived": derived,
    "closed": closed,
    "llama": sharded_llamas,
}
