"""Which parts of a DTensor a process holds, against what torch itself gives to it."""

import itertools
import math
import time
import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

torch = pytest.importorskip("torch")
distributed = pytest.importorskip("torch.distributed.tensor")

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from torch.distributed.tensor._dtensor_spec import DTensorSpec, ShardOrderEntry, TensorMeta
    from torch.distributed.tensor.placement_types import _StridedShard
    from torch.testing._internal.distributed.fake_pg import FakeStore

import netinit  # noqa: E402
from netinit.torch import named  # noqa: E402
from netinit.torch.sharded import check_placements, local_part, pieces, shard_of  # noqa: E402

DTensor, Shard, Replicate = distributed.DTensor, distributed.Shard, distributed.Replicate
Partial = distributed.Partial


@pytest.fixture(scope="module", autouse=True)
def _process():
    """Be process 1 of eight that are not there."""
    store = FakeStore()
    torch.distributed.init_process_group("fake", store=store, rank=1, world_size=8)
    yield
    torch.distributed.destroy_process_group()


class Mesh:
    """A mesh seen from any of its processes."""

    def __init__(self, shape, coordinate):
        self._coordinate = coordinate
        self.ndim, self._shape = len(shape), shape

    def get_coordinate(self):
        return self._coordinate

    def size(self, mesh_dim=None):
        return math.prod(self._shape) if mesh_dim is None else self._shape[mesh_dim]


class Distributed:
    """What `pieces` asks of a DTensor."""

    def __init__(self, shape, mesh, placements, shard_order=None):
        self.shape, self.device_mesh, self.placements = shape, mesh, placements
        self._spec = self
        self.shard_order = shard_order


def held(shape, mesh_shape, coordinate, placements):
    """Return what torch gives to a process of the numbers of a tensor's elements."""
    local = torch.arange(math.prod(shape)).reshape(shape)
    for axis, (count, index) in enumerate(zip(mesh_shape, coordinate, strict=True)):
        if not placements[axis].is_replicate():
            parts, _ = placements[axis]._split_tensor(local, count, with_padding=False)
            local = parts[index]
    return local


def gathered(shape, found, extents):
    """Return the numbers of the elements of the pieces, each at its place in the local tensor."""
    whole = torch.arange(math.prod(shape)).reshape(shape)
    local = torch.full(extents, -1)
    for at, start in found:
        part = local[at]
        assert bool((part == -1).all())
        part.copy_(whole[tuple(slice(s, s + n) for s, n in zip(start, part.shape, strict=True))])
    return local


@st.composite
def cases(draw):
    shape = tuple(draw(st.lists(st.integers(0, 14), min_size=1, max_size=3)))
    mesh_shape = tuple(draw(st.lists(st.integers(1, 4), min_size=1, max_size=3)))
    axis = st.integers(0, len(shape) - 1)
    strided = st.builds(lambda d, f: _StridedShard(d, split_factor=f), axis, st.integers(1, 6))
    one = st.one_of(st.just(Replicate()), st.builds(Shard, axis), strided)
    return shape, mesh_shape, [draw(one) for _ in mesh_shape]


@given(cases())
@settings(max_examples=150)
def test_pieces_are_what_torch_gives(case):
    shape, mesh_shape, placements = case
    for coordinate in itertools.product(*map(range, mesh_shape)):
        tensor = Distributed(shape, Mesh(mesh_shape, list(coordinate)), placements)
        expected = held(shape, mesh_shape, coordinate, placements)
        assert torch.equal(gathered(shape, pieces(tensor), expected.shape), expected)


@pytest.mark.parametrize("shape", [(8, 6), (7, 5), (3, 9), (2, 0), (13,)], ids=str)
def test_pieces_are_what_distribute_tensor_gives(shape):
    mesh = distributed.init_device_mesh("cpu", (2, 4))
    axes = range(len(shape))
    one = [Replicate(), *map(Shard, axes), *(_StridedShard(d, split_factor=4) for d in axes)]
    whole = torch.arange(math.prod(shape)).reshape(shape)
    for placements in itertools.product(one, repeat=2):
        tensor = distributed.distribute_tensor(whole, mesh, placements, src_data_rank=None)
        local = local_part(tensor)
        check_placements(tensor)
        assert torch.equal(gathered(shape, pieces(tensor), local.shape), local)
        assert torch.equal(shard_of(whole, tensor), local)


def test_the_order_of_splits_is_the_specs():
    """Along an axis that two axes of the mesh split, the second one may come first."""
    reverse = (ShardOrderEntry(tensor_dim=0, mesh_dims=(1, 0)),)
    for one, two in itertools.product(range(2), range(3)):
        tensor = Distributed((7, 2), Mesh((2, 3), [one, two]), [Shard(0), Shard(0)], reverse)
        expected = held((7, 2), (3, 2), (two, one), [Shard(0), Shard(0)])
        assert torch.equal(gathered((7, 2), pieces(tensor), expected.shape), expected)


def test_runs_that_follow_one_another_are_one_piece():
    mesh = Mesh((2, 2), [1, 0])
    for placements in ([Shard(0), Shard(0)], [_StridedShard(0, split_factor=2), Shard(0)]):
        assert len(list(pieces(Distributed((8, 6), mesh, placements)))) == 1
    alone = [_StridedShard(0, split_factor=2), Replicate()]
    assert [start for _, start in pieces(Distributed((8, 6), mesh, alone))] == [(2, 0), (6, 0)]


@pytest.mark.parametrize("extent", [10**9, 10**12])
def test_the_time_does_not_depend_on_the_extent(extent):
    mesh = Mesh((2, 3), [1, 2])
    tensor = Distributed((extent,), mesh, [_StridedShard(0, split_factor=3), Shard(0)])
    begin = time.process_time()
    for _ in range(100):
        found = list(pieces(tensor))
    assert time.process_time() - begin < 1  # to go through the elements takes minutes
    assert found


def test_a_process_outside_of_the_mesh_has_no_piece():
    assert not list(pieces(Distributed((4, 4), Mesh((2,), None), [Shard(0)])))


def test_a_local_tensor_of_another_size_is_refused():
    mesh = distributed.init_device_mesh("cpu", (8,))
    meta = TensorMeta(torch.Size((16, 2)), (2, 1), torch.float32)
    spec = DTensorSpec(mesh, (Shard(0),), meta)
    check_placements(DTensor(torch.zeros(2, 2), spec, requires_grad=False))
    with pytest.raises(ValueError, match=r"shape \(3, 2\), where its placements .* tell \(2, 2\)"):
        check_placements(DTensor(torch.zeros(3, 2), spec, requires_grad=False))


def test_partial_sums_and_unknown_placements_are_refused():
    mesh = distributed.init_device_mesh("cpu", (8,))
    local = torch.zeros(2, 2)
    with pytest.raises(ValueError, match="redistribute it"):
        check_placements(DTensor.from_local(local, mesh, [Partial()], run_check=False))

    class Ragged(Replicate):
        def is_replicate(self):
            return False

    with pytest.raises(TypeError, match="those known are Shard, _StridedShard and Replicate"):
        check_placements(Distributed((2, 2), mesh, [Ragged()]))


def test_shards_that_wrap_others_are_refused_by_name():
    class FakeTensor(torch.Tensor):
        pass

    mesh = distributed.init_device_mesh("cpu", (8,))
    net = torch.nn.Linear(2, 16)
    weight = DTensor.from_local(torch.zeros(2, 2), mesh, [Shard(0)], run_check=False)
    net._parameters["weight"] = torch.nn.Parameter(weight)
    net.weight._local_tensor = torch.zeros(2, 2).as_subclass(FakeTensor)
    with pytest.raises(TypeError, match="'weight' is a FakeTensor"):
        netinit.plan(net)


def test_normalizations_whose_buffers_are_distributed_are_filled():
    with torch.device("meta"):
        net = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4))
    distributed.distribute_module(net, distributed.init_device_mesh("cpu", (8,)))
    netinit.initialize(net)
    found = {name: buffer.to_local().tolist() for name, buffer in net.named_buffers()}
    assert list(found.values()) == [[0] * 4, [1] * 4, 0]


@pytest.mark.parametrize("seed", [None, netinit.Automatic])
def test_seeds_that_would_differ_between_processes_are_refused(seed):
    net = torch.nn.Linear(2, 16)
    distributed.distribute_module(net, distributed.init_device_mesh("cpu", (8,)))
    with pytest.raises(ValueError, match="the same integer or text"):
        netinit.initialize(net, netinit.All, seed=seed)
    with pytest.raises(ValueError, match="the same integer or text"), named(net, seed):
        pass
    torch.manual_seed(3)
    netinit.initialize(net, netinit.All, seed=netinit.Inherited)
