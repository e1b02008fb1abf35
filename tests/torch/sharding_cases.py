"""What each process of a group finds of its shards; run by `ranks.run_ranks`."""

from __future__ import annotations

import hashlib
import itertools
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import torch
import torch.distributed as dist
from torch import nn
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import DTensor, Replicate, Shard, distribute_tensor, init_device_mesh
from torch.distributed.tensor.debug import CommDebugMode
from torch.distributed.tensor.parallel import (
    ColwiseParallel,
    RowwiseParallel,
    parallelize_module,
)
from torch.distributed.tensor.placement_types import _StridedShard

import netinit
from netinit.torch import init, mark_uninitialized, named
from tests.torch.zoo.training_models import Net

METHODS = {
    "Kaiming": "Kaiming",
    "Xavier": ("Xavier", {"distribution": "uniform"}),
    "Orthogonal": "Orthogonal",
    "Identity": "Identity",
    "Sparse": ("sparse", {"sparsity": 0.3}),
}
DTYPES = (torch.float32, torch.bfloat16)
#: Uneven ones, some smaller than the world, one without elements.
MATRICES = ((7, 5), (3, 9), (1, 6), (8, 8), (10, 0))
COLLECTIVES = (
    *("all_gather", "all_gather_into_tensor", "all_gather_object", "all_reduce", "all_to_all"),
    *("all_to_all_single", "barrier", "broadcast", "broadcast_object_list", "gather"),
    *("gather_object", "reduce", "reduce_scatter", "reduce_scatter_tensor", "scatter"),
    *("scatter_object_list", "send", "recv", "isend", "irecv", "monitored_barrier"),
)


def _refused(*args: object, **kwargs: object) -> None:
    raise AssertionError("a collective was issued")


@contextmanager
def without_collectives() -> Iterator[None]:
    """Fail where a collective is issued, by torch.distributed or within a DTensor's operator."""
    theirs = {name: getattr(dist, name) for name in COLLECTIVES}
    for module in (dist, dist.distributed_c10d):
        for name in COLLECTIVES:
            setattr(module, name, _refused)
    try:
        with CommDebugMode() as counted:
            yield
    finally:
        for module in (dist, dist.distributed_c10d):
            for name, function in theirs.items():
                setattr(module, name, function)
    assert counted.get_total_counts() == 0, counted.get_comm_counts()


def meshes() -> list[dist.DeviceMesh]:
    shapes = {1: [(1,)], 4: [(4,), (2, 2)]}
    world = dist.get_world_size()
    return [init_device_mesh("cpu", shape) for shape in shapes.get(world, [(world,)])]


def placements(axes: int) -> list[tuple[object, ...]]:
    one = (
        *(Replicate(), Shard(0), Shard(1)),
        *(_StridedShard(0, split_factor=2), _StridedShard(1, split_factor=3)),
    )
    return list(itertools.product(one, repeat=axes))


def small(dtype: torch.dtype, matrices_only: bool) -> nn.Module:
    with torch.device("meta"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a layer without elements
        layers = [nn.Linear(into, out, dtype=dtype) for out, into in MATRICES]
        others = [nn.Embedding(9, 6, padding_idx=3, dtype=dtype), nn.LayerNorm(6, dtype=dtype)]
        convolution = nn.Conv1d(4, 5, 3, dtype=dtype)
        return nn.Sequential(*layers, *others, *([] if matrices_only else [convolution]))


def distribute(net: nn.Module, mesh: dist.DeviceMesh, placed: tuple[object, ...]) -> nn.Module:
    """Distribute the parameters of a net, replicated where they have no such axis."""
    for module in net.modules():
        for key, old in module._parameters.items():
            if old is not None:
                new = distribute_tensor(
                    old.detach(), mesh, fitting(old, placed), src_data_rank=None
                )
                module._parameters[key] = nn.Parameter(new)
    return net


#: Each process takes its part, with no collective, which torch.distributed would issue here.
split = partial(distribute_tensor, src_data_rank=None)


def fitting(tensor: torch.Tensor, placed: tuple[object, ...]) -> list[object]:
    return [p if p.is_replicate() or p.dim < tensor.ndim else Replicate() for p in placed]


def local_of(whole: torch.Tensor, like: DTensor) -> torch.Tensor:
    return split(whole, like.device_mesh, like.placements).to_local()


def tensors(net: nn.Module) -> dict[str, torch.Tensor]:
    return {name: t.detach() for name, t in (*net.named_parameters(), *net.named_buffers())}


def same_bits(a: torch.Tensor, b: torch.Tensor) -> bool:
    return a.dtype == b.dtype and torch.equal(a.view(torch.uint8), b.view(torch.uint8))


def differing(net: nn.Module, whole: nn.Module) -> list[str]:
    """Return the names of tensors of which a net does not hold what the whole net has."""
    mine, theirs = tensors(net), tensors(whole)
    assert list(mine) == list(theirs)
    wrong = []
    for name, tensor in mine.items():
        expected = theirs[name]
        if isinstance(tensor, DTensor):
            tensor, expected = tensor.to_local(), local_of(expected, tensor)
        if not same_bits(tensor.contiguous(), expected.contiguous()):
            wrong.append(name)
    return wrong


def digest(net: nn.Module) -> str:
    """Return the SHA-256 of all values, gathered from the processes."""
    made = hashlib.sha256()
    for tensor in tensors(net).values():
        whole = tensor.full_tensor() if isinstance(tensor, DTensor) else tensor
        made.update(bytes(whole.contiguous().view(torch.uint8).flatten().tolist()))
    return made.hexdigest()


# -- the cases ----------------------------------------------------------------------------------


def digests_of_placements() -> dict[str, str]:
    """Check all placements; return the digests of what those that torch can gather have."""
    found = {}
    for number, (name, dtype) in enumerate(itertools.product(METHODS, DTYPES)):
        whole = netinit.initialize(small(dtype, name == "Sparse"), method=METHODS[name])
        for mesh in meshes():
            # Each method has every placement, half of them in each type.
            for placed in placements(mesh.ndim)[number % 2 :: 2]:
                net = distribute(small(dtype, name == "Sparse"), mesh, placed)
                kept = list(net.parameters())
                with without_collectives():
                    assert netinit.initialize(net, method=METHODS[name]) is net
                assert [id(p) for p in net.parameters()] == list(map(id, kept))
                assert all(p.requires_grad and not p.is_meta for p in kept)
                assert not differing(net, whole), (name, dtype, mesh, placed)
        gathered = distribute(small(dtype, name == "Sparse"), meshes()[-1], (Shard(0),) * mesh.ndim)
        found[f"{name} {dtype}"] = digest(netinit.initialize(gathered, method=METHODS[name]))
    return found


FUNCTIONS = {
    "normal_": lambda t: init.normal_(t, 0.5, 2),
    "trunc_normal_": lambda t: init.trunc_normal_(t, std=0.02),
    "kaiming_uniform_": lambda t: init.kaiming_uniform_(t, nonlinearity="relu"),
    "orthogonal_": init.orthogonal_,
    "sparse_": lambda t: init.sparse_(t, 0.4),
    "eye_": init.eye_,
    "ones_": init.ones_,
}


def drop_in() -> None:
    kinds = itertools.product(((7, 5), (3, 9), (8, 8)), DTYPES, FUNCTIONS.items())
    for number, (shape, dtype, (name, function)) in enumerate(kinds):
        torch.manual_seed(5)
        whole = function(torch.empty(shape, dtype=dtype))
        for mesh in meshes():
            for placed in placements(mesh.ndim)[number % 2 :: 2]:
                empty = torch.full(shape, 9.0, dtype=dtype)
                tensor = split(empty, mesh, placed)
                torch.manual_seed(5)
                with without_collectives():
                    assert function(tensor) is tensor
                assert same_bits(tensor.to_local(), local_of(whole, tensor)), (name, shape, placed)


def by_name() -> None:
    """Check `named` around a net's own code, and random operators that are not netinit's."""

    def fill(net: nn.Module) -> list[str]:
        with torch.no_grad(), named(net, 7) as drawn:
            net.init_weights()
            net.blocks[0].up.bias.exponential_()
        return list(drawn.names)

    whole = Net()
    names = fill(whole)
    for mesh in meshes():
        for placed in ((Shard(0),) * mesh.ndim, (Shard(1),) + (Replicate(),) * (mesh.ndim - 1)):
            net = distribute(Net(), mesh, placed)
            with without_collectives():
                assert fill(net) == names
            assert not differing(net, whole)


def native() -> str:
    def on_meta() -> nn.Module:
        with torch.device("meta"):
            return Net()

    whole = netinit.initialize(on_meta(), method="Native")
    for mesh in meshes():
        for placed in placements(mesh.ndim)[::2]:
            net = distribute(on_meta(), mesh, placed)
            with without_collectives():
                netinit.initialize(net, method="Native")
            assert not differing(net, whole), placed
    return digest(whole)


def marked() -> None:
    """Check that what a checkpoint lacked is filled, and the rest is kept."""
    for mesh in meshes():
        net = distribute(nn.Linear(6, 8), mesh, (Shard(0),) * mesh.ndim)
        mark_uninitialized(net)
        with torch.no_grad():
            net.bias.copy_(split(torch.arange(8.0), mesh, net.bias.placements))
        assert [row.name for row in netinit.plan(net)] == ["weight"]
        with without_collectives():
            netinit.initialize(net)
        whole = netinit.initialize(nn.Linear(6, 8), "weight")
        assert torch.equal(net.weight.to_local(), local_of(whole.weight.detach(), net.weight))
        assert torch.equal(net.bias.to_local(), local_of(torch.arange(8.0), net.bias))


def blocks() -> nn.Module:
    with torch.device("meta"):
        return nn.Sequential(
            *(nn.Sequential(nn.Linear(8, 16), nn.GELU(), nn.Linear(16, 8)) for _ in range(2))
        )


def tensor_parallel() -> dict[str, float]:
    """Return the standard deviations of column- and row-parallel weights, as gathered."""
    mesh = init_device_mesh("cpu", (dist.get_world_size(),))
    net = blocks()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for block in net:
            parallelize_module(block, mesh, {"0": ColwiseParallel(), "2": RowwiseParallel()})
    with without_collectives():
        netinit.initialize(net)
    assert not differing(net, netinit.initialize(blocks()))
    if mesh.size() != 3:  # torch's own forward pass takes no uneven shards
        assert net(torch.ones(2, 8)).isfinite().all()
    return {n: float(t.full_tensor().std()) for n, t in net.named_parameters() if "weight" in n}


def both_ways() -> None:
    """Check FSDP2 over tensor parallelism, whose rows are sharded in strides."""
    if dist.get_world_size() != 4:
        return
    mesh = init_device_mesh("cpu", (2, 2), mesh_dim_names=("dp", "tp"))
    for method in ("Kaiming", "Orthogonal"):
        net = blocks()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for block in net:
                plan = {"0": ColwiseParallel(), "2": RowwiseParallel()}
                fully_shard(parallelize_module(block, mesh["tp"], plan), mesh=mesh["dp"])
            fully_shard(net, mesh=mesh["dp"])
        assert type(net[0][0].weight.placements[0]) is _StridedShard
        with without_collectives():
            netinit.initialize(net, method=method)
        assert not differing(net, netinit.initialize(blocks(), method=method))
        assert net(torch.ones(2, 8)).isfinite().all()


CASES = {
    "placements": digests_of_placements,
    "drop-in": drop_in,
    "named": by_name,
    "native": native,
    "marks": marked,
    "tensor parallel": tensor_parallel,
    "both ways": both_ways,
}
