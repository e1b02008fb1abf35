"""netinit.torch.VirtualCheckpoint: dcp.load of any layout, from no storage."""

from __future__ import annotations

import math
import subprocess
import sys
import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

torch = pytest.importorskip("torch")
pytest.importorskip("torch.distributed.checkpoint")

import torch.distributed.checkpoint as dcp  # noqa: E402
from torch import nn  # noqa: E402
from torch.distributed.checkpoint.default_planner import DefaultLoadPlanner  # noqa: E402
from torch.distributed.tensor import DTensor, Replicate, Shard, distribute_tensor  # noqa: E402
from torch.distributed.tensor.placement_types import _StridedShard  # noqa: E402

import netinit  # noqa: E402
from netinit.torch import VirtualCheckpoint  # noqa: E402
from tests.torch.engines.processes import meshes, pretended  # noqa: E402
from tests.torch.layouts import LAYOUTS  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore:torch.distributed is disabled")

MISREPORTED = {
    "strided and replicated": ((2, 2), [_StridedShard(0, split_factor=2), Replicate()]),
    "strided last": ((2, 2), [Shard(0), _StridedShard(0, split_factor=2)]),
}


def plan_of(method=0.5, seed=3, dtype="float32", **shapes):
    specs = {name: netinit.ArraySpec(shape, dtype) for name, shape in shapes.items()}
    return netinit.plan(specs, netinit.All, method=method, seed=seed)


def load(state, plan, *, planner=None, **options):
    dcp.load(
        state, storage_reader=VirtualCheckpoint(plan, **options), planner=planner, no_dist=True
    )


def failure(*arguments, **options):
    """Return the text of what `load` raises: torch wraps errors in one that is no Exception."""
    with pytest.raises(BaseException, match="CheckpointException") as raised:
        load(*arguments, **options)
    return str(raised.value)


def whole_of(plan, name):
    state = {name: torch.empty(plan[name].shape, dtype=getattr(torch, plan[name].dtype))}
    assignment = plan[name]
    netinit.fill(state[name], assignment.initializer, seed=plan.seed, name=assignment.name)
    return state[name]


@pytest.mark.parametrize("method", ["Kaiming", "Orthogonal"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_shards_are_those_of_the_whole_tensor(layout, method):
    shape, placements = LAYOUTS[layout]
    plan = plan_of(method, w=(8, 6))
    whole = whole_of(plan, "w")
    numbers = torch.arange(48).view(8, 6)
    for mesh in meshes(shape):
        tensor = distribute_tensor(torch.full((8, 6), 9.0), mesh, placements, src_data_rank=None)
        held = distribute_tensor(numbers, mesh, placements, src_data_rank=None).to_local()
        version = tensor.to_local()._version
        load({"w": tensor}, plan)
        assert torch.equal(tensor.to_local(), whole.flatten()[held])
        assert tensor.to_local()._version > version or not held.numel()


@st.composite
def layouts(draw):
    """Return the shape of an array, that of a mesh, and placements on it."""
    shape = tuple(draw(st.lists(st.integers(1, 9), min_size=1, max_size=3)))
    mesh = tuple(draw(st.lists(st.integers(1, 3), min_size=1, max_size=2)))
    kinds = st.sampled_from([Replicate(), *map(Shard, range(len(shape)))])
    return shape, mesh, [draw(kinds) for _ in mesh]


@settings(max_examples=20)
@given(layouts())
def test_shards_of_any_layout(layout):
    shape, mesh_shape, placements = layout
    plan = plan_of({"*": "normal"}, w=shape)
    numbers = torch.arange(math.prod(shape)).view(shape)
    for mesh in meshes(mesh_shape):
        tensor = distribute_tensor(torch.zeros(shape), mesh, placements, src_data_rank=None)
        held = distribute_tensor(numbers, mesh, placements, src_data_rank=None).to_local()
        load({"w": tensor}, plan)
        assert torch.equal(tensor.to_local(), whole_of(plan, "w").flatten()[held])


def test_tensors_that_wrap_others_are_copied_to():
    from torch.testing._internal.two_tensor import TwoTensor

    from netinit.torch.engines.serving import Part, by_name, write_parts

    plan = plan_of(w=(6, 4))
    pair = TwoTensor(torch.zeros(6, 4), torch.zeros(6, 4))
    write_parts(by_name(plan), [Part("w", pair, (6, 4), (0, 0))])
    assert torch.equal(pair.a, whole_of(plan, "w"))
    assert torch.equal(pair.b, pair.a)
    with pytest.raises(KeyError, match=r"parameter .v. is unknown.*.w."):
        write_parts(by_name(plan), [Part("v", pair, (6, 4), (0, 0))])


@pytest.mark.parametrize("layout", MISREPORTED)
def test_layouts_that_torch_reports_wrongly_are_refused(layout):
    shape, placements = MISREPORTED[layout]
    for mesh in meshes(shape):
        tensor = distribute_tensor(torch.full((8, 6), 9.0), mesh, placements, src_data_rank=None)
        text = failure({"w": tensor}, plan_of(w=(8, 6)))
        assert "parameter 'w' is distributed as" in text
        assert "_StridedShard" in text
        assert (tensor.to_local() == 9).all()


def test_a_strided_layout_of_one_run_is_served():
    shape, placements = MISREPORTED["strided and replicated"]
    plan = plan_of(w=(2, 6))  # two rows: each process has one, or none
    numbers = torch.arange(12).view(2, 6)
    for mesh in meshes(shape):
        tensor = distribute_tensor(torch.zeros(2, 6), mesh, placements, src_data_rank=None)
        held = distribute_tensor(numbers, mesh, placements, src_data_rank=None).to_local()
        load({"w": tensor}, plan)
        assert torch.equal(tensor.to_local(), whole_of(plan, "w").flatten()[held])


def test_a_process_outside_of_the_mesh_has_nothing_to_fill():
    from torch.distributed.device_mesh import DeviceMesh

    with pretended(2, 3):
        mesh, whole = DeviceMesh("cpu", [0, 1]), {"shape": torch.Size([6]), "stride": (1,)}
        tensor = DTensor.from_local(torch.empty(0), mesh, [Shard(0)], run_check=False, **whole)
        load({"w": tensor, "v": (plain := torch.zeros(4, 2))}, plan_of(w=(6,), v=(4, 2)))
    assert plain.any()


def test_sharded_tensors():
    from torch.distributed._shard.sharded_tensor import Shard as Part
    from torch.distributed._shard.sharded_tensor import ShardedTensor

    plan = plan_of(w=(6, 4))
    for rank in range(3):
        with pretended(rank, 3), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            part = Part.from_tensor_and_offsets(torch.zeros(2, 4), [2 * rank, 0], rank)
            metadata = _metadata_of(3)
            tensor = ShardedTensor._init_from_local_shards_and_global_metadata([part], metadata)
            load({"w": tensor}, plan)
            assert torch.equal(part.tensor, whole_of(plan, "w")[2 * rank : 2 * rank + 2])


def _metadata_of(world):
    from torch.distributed._shard.metadata import ShardMetadata
    from torch.distributed._shard.sharded_tensor.metadata import (
        ShardedTensorMetadata,
        TensorProperties,
    )

    shards = [
        ShardMetadata([2 * rank, 0], [2, 4], placement=f"rank:{rank}/cpu") for rank in range(world)
    ]
    return ShardedTensorMetadata(shards, torch.Size([2 * world, 4]), TensorProperties())


# -- what is filled ------------------------------------------------------------------------------


def test_the_values_are_those_of_initialize():
    with torch.device("meta"):
        net = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.Flatten(), nn.Linear(8, 2))
    plan = netinit.plan(net, method="Xavier", seed=7)
    state = net.to_empty(device="cpu").state_dict()
    counter = state["1.num_batches_tracked"]
    counter.fill_(5)
    load(state, plan, planner=DefaultLoadPlanner(allow_partial_load=True))
    assert counter == 5  # the plan has no integers
    again = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.Flatten(), nn.Linear(8, 2))
    netinit.initialize(again, netinit.All, method="Xavier", seed=7)
    for name, value in again.state_dict().items():
        if name != "1.num_batches_tracked":
            assert torch.equal(net.state_dict()[name], value), name


@pytest.mark.parametrize("planned", ["float32", "float64", "bfloat16"])
@pytest.mark.parametrize("loaded", ["float32", "bfloat16", "float16", "float8_e4m3fn"])
def test_values_of_the_plans_dtype_are_rounded_once(planned, loaded):
    plan = plan_of("uniform", dtype=planned, w=(64, 32))
    state = {"w": torch.zeros(64, 32, dtype=getattr(torch, loaded))}
    load(state, plan)
    expected = whole_of(plan, "w").to(getattr(torch, loaded))
    assert torch.equal(state["w"].view(torch.uint8), expected.view(torch.uint8))


@pytest.mark.parametrize("method", ["Kaiming", "Orthogonal"])
def test_other_dtypes_are_drawn_in_blocks(monkeypatch, method):
    monkeypatch.setattr("netinit.torch.engines.serving._BLOCK", 40)
    plan = plan_of(method, w=(30, 7), b=(90,), s=())
    state = {p.name: torch.zeros(p.shape, dtype=torch.bfloat16) for p in plan}
    load(state, plan)
    for name, value in state.items():
        assert torch.equal(value, whole_of(plan, name).bfloat16())


def test_any_strides_and_scalars():
    plan = plan_of(w=(6, 4), s=())
    state = {"w": torch.zeros(4, 12).t()[::2], "s": torch.zeros(())}
    load(state, plan)
    assert torch.equal(state["w"], whole_of(plan, "w"))
    assert torch.equal(state["s"], whole_of(plan, "s"))


def test_all_names_of_tied_parameters_are_served():
    def make():
        net = nn.Sequential(nn.Embedding(9, 4), nn.Linear(4, 9, bias=False))
        net[1].weight = net[0].weight
        return net

    with torch.device("meta"):
        plan = netinit.plan(make(), method=0.5, seed=3)
    net = make()
    load(net.state_dict(), plan)
    assert net[1].weight is net[0].weight
    assert torch.equal(net[0].weight, whole_of(plan, "0.weight"))
    alone = {"1.weight": torch.zeros(9, 4)}
    load(alone, plan)
    assert torch.equal(alone["1.weight"], whole_of(plan, "0.weight"))


def test_a_stage_of_a_pipeline_needs_nothing_of_the_others():
    with torch.device("meta"):
        net = nn.Sequential(nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 4))
    plan = netinit.plan(net, method=0.5, seed=3)
    stage = nn.ModuleDict({"2": nn.Linear(5, 4)})
    load(stage.state_dict(), plan)
    assert torch.equal(stage["2"].weight, whole_of(plan, "2.weight"))


def test_nested_state_and_a_prefix():
    net = nn.Linear(4, 3)
    plan = netinit.plan(net, netinit.All, method=0.5, seed=3)
    state = {"app": {"model": net.state_dict(), "step": 4, "moments": [torch.ones(3)]}}
    planner = DefaultLoadPlanner(allow_partial_load=True)
    load(state, plan, planner=planner, prefix="app.model.")
    assert torch.equal(net.weight, whole_of(plan, "weight"))
    assert state["app"]["step"] == 4
    assert (state["app"]["moments"][0] == 1).all()


def test_meta_tensors_and_assign():
    with torch.device("meta"):
        net = nn.Linear(4, 3)
    plan = netinit.plan(net, method=0.5, seed=3)
    state = net.state_dict()
    with pretended(0, 1), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        load(state, plan)  # torch gives them memory on the process group's device
    net.load_state_dict(state, assign=True)
    assert torch.equal(net.weight, whole_of(plan, "weight"))


def test_buffers_that_are_not_persistent_are_served_where_asked_for():
    class Rotary(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.empty(4, 4))
            self.register_buffer("inv_freq", 1 / torch.arange(1.0, 5.0), persistent=False)
            self.reset_parameters()

        def reset_parameters(self):
            nn.init.normal_(self.weight, std=0.02)
            self.inv_freq.copy_(1 / torch.arange(1.0, 5.0))

    with torch.device("meta"):
        net = Rotary()
    plan = netinit.plan(net, method=("Native", {"build": Rotary}), seed=3)
    net.to_empty(device="cpu")
    with torch.no_grad():
        net.inv_freq.zero_()
    load({**net.state_dict(), **dict(net.named_buffers())}, plan)
    assert torch.equal(net.inv_freq, 1 / torch.arange(1.0, 5.0))
    assert torch.equal(net.weight, whole_of(plan, "weight"))


def test_a_state_is_made_from_nothing_but_the_plan():
    from torch.distributed.checkpoint.state_dict_loader import _load_state_dict_from_keys

    plan = plan_of(**{"a.w": (3, 4), "b.w": (2,)})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        state = _load_state_dict_from_keys("a.w", storage_reader=VirtualCheckpoint(plan))
    assert list(state) == ["a.w"]
    assert torch.equal(state["a.w"], whole_of(plan, "a.w"))


def test_inference_tensors():
    plan = plan_of(w=(6, 4))
    with torch.inference_mode():
        state = {"w": torch.zeros(6, 4), "v": torch.zeros(1)}
        load({"w": state["w"]}, plan)
    assert torch.equal(state["w"].clone(), whole_of(plan, "w"))


# -- mistakes ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ({"v": torch.zeros(6, 4)}, "Missing key in checkpoint state_dict: v"),
        ({"w": torch.zeros(6, 5)}, r"torch.Size([6, 4]) and current: torch.Size([6, 5]) for w"),
        ({"w": torch.zeros(6, 4, dtype=torch.int32)}, "parameter 'w' has dtype torch.int32"),
        ({"w": 3}, "Invalid checkpoint metadata for w"),
        ({"w": torch.zeros(4).expand(6, 4)}, "parameter 'w': out overlaps itself"),
    ],
    ids=["name", "shape", "dtype", "no tensor", "overlap"],
)
def test_mistakes_are_named_and_nothing_is_written(state, said):
    first = torch.zeros(5)
    text = failure({"a": first} | state, plan_of(a=(5,), w=(6, 4)))
    assert said in text
    assert not first.any()


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: VirtualCheckpoint(nn.Linear(2, 2)), "plan must be a netinit.Plan, .*not Linear"),
        (lambda: VirtualCheckpoint(netinit.plan(nn.Linear(2, 2))), "fills nothing, it keeps 'we"),
        (lambda: VirtualCheckpoint(plan_of(w=(2,)), prefix=None), "prefix must be a text"),
        (lambda: VirtualCheckpoint(plan_of(w=(2,)), threads=0), "threads"),
        (
            lambda: VirtualCheckpoint(netinit.plan(nn.LazyLinear(3), seed=1)),
            "shapes of 'weight'.* not known",
        ),
    ],
    ids=["net", "empty", "prefix", "threads", "lazy"],
)
def test_arguments(make, said):
    with pytest.raises((TypeError, ValueError), match=said):
        make()


def test_no_path_leads_to_it():
    assert not VirtualCheckpoint.validate_checkpoint_id("model")


def test_it_is_loaded_when_asked_for():
    code = (
        "import sys, netinit.torch; loaded = 'torch.distributed.checkpoint' in sys.modules; "
        "netinit.torch.VirtualCheckpoint; "
        "print(loaded, 'torch.distributed.checkpoint' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]
    with pytest.raises(AttributeError, match="no attribute 'VirtualCheckpoints'"):
        _ = netinit.torch.VirtualCheckpoints
