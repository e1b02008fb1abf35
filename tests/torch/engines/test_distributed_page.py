"""docs/distributed.md is true: its blocks run, with stand-ins for what is not installed here."""

from __future__ import annotations

import itertools
import re
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("torch.distributed.tensor")

from torch import nn  # noqa: E402
from torch.distributed.device_mesh import init_device_mesh  # noqa: E402
from torch.distributed.fsdp import fully_shard  # noqa: E402
from torch.distributed.tensor import distribute_tensor  # noqa: E402

import netinit  # noqa: E402
from tests.torch.engines import stand_ins, zero  # noqa: E402
from tests.torch.engines.processes import pretended  # noqa: E402
from tests.torch.zoo.training_models import Net  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")

PAGE = Path(__file__).parents[3] / "docs" / "distributed.md"
#: The blocks of each section, by its heading.
BLOCKS = {
    part.partition("\n")[0]: re.findall(r"^```python\n(.*?)^```", part, re.MULTILINE | re.DOTALL)
    for part in PAGE.read_text().split("\n## ")
}
CHECKPOINT, MEGATRON, DEEPSPEED, OTHERS = (
    "In the place of a seed checkpoint",
    "Megatron-Core",
    "DeepSpeed ZeRO-3",
    "Init code of others, by name",
)
_numbers = itertools.count()


def run(source, **names):
    """Run a block of the page with some names; return all names after it."""
    names |= {"torch": torch, "nn": nn, "netinit": netinit}
    exec(compile(source, str(PAGE), "exec"), names)
    return names


def put(monkeypatch, name, module):
    """Have a module be found by its dotted name, as if its packages were installed."""
    above, _, last = name.rpartition(".")
    if above:
        put(monkeypatch, above, parent := ModuleType(above))
        setattr(parent, last, module)
    monkeypatch.setitem(sys.modules, name, module)


def shards_are_of(net, whole):
    """Raise unless each process's part is what the whole net has there."""
    for name, tensor in net.named_parameters():
        expected = whole.get_parameter(name).detach()
        part = distribute_tensor(
            expected, tensor.device_mesh, tensor.placements, src_data_rank=None
        )
        assert torch.equal(tensor.to_local(), part.to_local()), name


def test_all_blocks_are_run_below():
    assert {heading: len(blocks) for heading, blocks in BLOCKS.items() if blocks} == {
        CHECKPOINT: 2,
        MEGATRON: 2,
        DEEPSPEED: 1,
        OTHERS: 3,
    }


@pytest.mark.parametrize("world", [1, 3])
def test_a_checkpoint(world):
    first, second = BLOCKS[CHECKPOINT]
    with torch.device("meta"):
        whole = Net()
    netinit.initialize(whole, method="Native", seed=7)
    for rank in range(world):
        with pretended(rank, world):
            mesh = init_device_mesh("cpu", (world,), mesh_dim_names=(f"dp {next(_numbers)}",))

            def parallelize(net, mesh=mesh):
                for block in net.blocks:
                    fully_shard(block, mesh=mesh)
                fully_shard(net, mesh=mesh)

            names = run(first, Net=Net, parallelize=parallelize)
            shards_are_of(names["net"], whole)
            with torch.no_grad():
                for parameter in names["net"].parameters():
                    parameter.zero_()
            run(second, **names)["begin"]([names["net"]], names["plan"])
            shards_are_of(names["net"], whole)


@pytest.mark.parametrize("world", [1, 2])
def test_megatron(monkeypatch, world):
    fill, install = BLOCKS[MEGATRON]
    for rank in range(world):
        n = 8 // world
        state = {
            "proj": stand_ins.part("a.linear_proj.weight", (n, 6), (0, rank * n, 0), (2, 8, 6), 1),
            "fc1": stand_ins.gated("mlp.fc1.weight", rank, world),
        }
        names = run(fill, model=SimpleNamespace(sharded_state_dict=lambda state=state: state))
        whole = netinit.create((2, 8, 6), 0.005, seed=7, name="a.linear_proj.weight")
        assert (state["proj"].data.numpy() == whole[0, rank * n : (rank + 1) * n]).all()
        assert names["plan"]["mlp.fc1.weight"].std == 0.02

    class GPTModel(nn.Module):
        def __init__(self, config):
            super().__init__()
            layers = sys.modules["megatron.core.tensor_parallel.layers"]
            self.weight = nn.Parameter(torch.empty(4, 6))
            layers._initialize_affine_weight_cpu(
                self.weight, 8, 6, 4, 0, config.init_method, rank=1, world_size=2
            )

    layers = ModuleType("megatron.core.tensor_parallel.layers")
    layers._initialize_affine_weight_cpu = None.__class__  # netinit's is called instead
    put(monkeypatch, layers.__name__, layers)
    model = run(install, GPTModel=GPTModel, config=SimpleNamespace(init_method=nn.init.ones_))
    assert (model["model"].weight == 1).all()


def test_deepspeed():
    for rank in range(2):

        class Small(nn.Sequential):
            def __init__(self):
                super().__init__(*zero.make())

        (block,) = BLOCKS[DEEPSPEED]
        names = run(block, Net=Small, deepspeed=stand_ins.zero_init(Small, rank, 2))
        whole = netinit.create((5, 7), "xavier_normal", seed=7, name="0.weight").flatten()
        held = names["net"][0].weight.ds_tensor
        assert (held[:17].numpy() == whole[18 * rank : 18 * rank + 17]).all()


def test_init_code_of_torchtitan():
    nets = []
    for _ in range(2):
        nets.append(Net())
        nets[1:] and nets[1].blocks[0].init_weights()  # other draws before it
        run(BLOCKS[OTHERS][0], net=nets[-1])
    assert all(map(torch.equal, nets[0].parameters(), nets[1].parameters()))
    again = netinit.create((50, 24), 1.0, seed=7, name="embed.weight")
    assert (nets[0].embed.weight.detach().numpy() == again).all()


def test_init_code_of_torchtitans_own_modules():
    protocols = pytest.importorskip("torchtitan.protocols.module", exc_type=ImportError)

    class Linear(nn.Linear, protocols.Module):
        init_weights = protocols.Module.init_states

    linear = Linear(6, 4)
    linear._param_init = {"weight": nn.init.normal_, "bias": nn.init.zeros_}
    run(BLOCKS[OTHERS][0], net=linear)
    again = netinit.create((4, 6), 1.0, seed=7, name="weight")
    assert (linear.weight.detach().numpy() == again).all()


def test_init_code_of_olmo_core(monkeypatch):
    whole = None
    for world in (1, 2, 3):
        for rank in range(world):
            with pretended(rank, world), monkeypatch.context() as patch:
                olmo = stand_ins.olmo_init()
                put(patch, olmo.__name__, olmo)
                model = stand_ins.OlmoNet(olmo)
                if world > 1:
                    name = f"dp {next(_numbers)}"
                    fully_shard(
                        model, mesh=init_device_mesh("cpu", (world,), mesh_dim_names=(name,))
                    )
                run(BLOCKS[OTHERS][1], model=model)
                if whole is None:
                    whole = model
                else:
                    shards_are_of(model, whole)
    drawn = netinit.TruncatedNormal(0, 0.02, -0.06, 0.06)
    again = netinit.create((8, 6), drawn, seed=7, name="w1.weight")
    assert (whole.w1.weight.detach().numpy() == again).all()
    assert 0.003 < whole.w2.weight.std() < 0.02


@pytest.mark.parametrize("world", [1, 2, 4])
def test_init_code_of_nanotron(world):
    nets = [stand_ins.nanotron_net(rank, world) for rank in range(world)]
    for net in nets:
        run(BLOCKS[OTHERS][2], model=net)
        again = netinit.create((5, 6), 0.02, seed=7, name="embedding.weight")
        assert (net.head.detach().numpy() == again).all()
        assert (net.norm == 1).all()
    halves = [torch.cat([net.packed.chunk(2)[k] for net in nets]) for k in range(2)]
    again = netinit.create((16, 6), 0.02, seed=7, name="packed")
    assert (torch.cat(halves).detach().numpy() == again).all()
