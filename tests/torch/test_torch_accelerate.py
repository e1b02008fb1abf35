"""netinit.torch.accelerate: names, what may happen in a block, and what comes out of it."""

from __future__ import annotations

import copy
import gc
import io
import pickle
import threading
import warnings
import weakref
from hashlib import sha256
from multiprocessing import get_context

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

import netinit  # noqa: E402
from netinit.torch import accelerate, named  # noqa: E402


class Net(nn.Module):
    """Parts in an order that may be turned round, with all that a constructor may do."""

    def __init__(self, backwards: bool = False) -> None:
        super().__init__()
        parts = {"a": lambda: nn.Linear(30, 20), "b": lambda: nn.Embedding(50, 8, padding_idx=0)}
        parts["c"] = lambda: nn.LSTM(8, 6)
        made = {name: parts[name]() for name in (reversed(parts) if backwards else parts)}
        self.a, self.b, self.c = made["a"], made["b"], made["c"]
        self.norm = nn.BatchNorm1d(8)
        self.scale = nn.Parameter(torch.randn(4, 4) * 0.02)
        self.table = nn.Parameter(torch.empty(6, 4))
        nn.init.trunc_normal_(self.table, std=0.02)
        self.register_buffer("noise", torch.rand(5).log(), persistent=False)


def tensors(net):
    return {n: t.detach() for n, t in [*net.named_parameters(), *net.named_buffers()]}


def equal(a, b):
    pairs = zip(tensors(a).values(), tensors(b).values(), strict=True)
    return all(torch.equal(x, y) for x, y in pairs)


def built(seed=7, **options):
    with accelerate(seed) as done:
        net = Net(**options)
    return net, done


def test_values_are_those_of_the_streams_of_seed_and_name():
    net, done = built()
    bound = 30**-0.5
    expected = {
        "a.weight": netinit.Uniform(-bound, bound),
        "b.weight": netinit.Normal(0, 1),
        "table": netinit.TruncatedNormal(0, 0.02, -2, 2),
    }
    for name, initializer in expected.items():
        value = net.get_parameter(name).detach().numpy()
        again = netinit.create(value.shape, initializer, seed=7, name=name)
        if name == "b.weight":
            assert (value[0] == 0).all()
            value, again = value[1:], again[1:]
        assert np.array_equal(value, again), name
    scale = torch.from_numpy(netinit.create((4, 4), 1.0, seed=7, name="scale")) * 0.02
    assert torch.equal(net.scale.detach(), scale)
    noise = netinit.create(5, netinit.Uniform(0, 1), seed=7, name="noise")
    assert torch.equal(net.noise, torch.from_numpy(noise).log())
    assert not done.others
    assert set(done.names) >= {*expected, "scale", "noise", "c.weight_ih_l0"}


def test_nothing_depends_on_order_repetition_or_other_draws():
    net, _ = built()
    assert equal(net, built(backwards=True)[0])
    with accelerate(7):
        torch.rand(10), torch.randperm(4)
        again = Net()
        again.a.reset_parameters()
        nn.init.normal_(again.table)
        nn.init.trunc_normal_(again.table, std=0.02)
    assert equal(net, again)
    assert not equal(net, built(8)[0])


def test_another_default_dtype_changes_nothing_where_the_parameters_dtype_is_equal():
    with accelerate(7):
        plain = nn.Linear(6, 5, dtype=torch.float32)
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        with accelerate(7):
            other = nn.Linear(6, 5, dtype=torch.float32)
    finally:
        torch.set_default_dtype(before)
    assert equal(plain, other)


def test_from_meta_by_named_is_the_same():
    with accelerate(7):
        built_whole = nn.Sequential(nn.Linear(30, 20), nn.Embedding(9, 4))
    with torch.device("meta"):
        net = nn.Sequential(nn.Linear(30, 20), nn.Embedding(9, 4))
    net.to_empty(device="cpu")
    with named(net, 7):
        for part in net:
            part.reset_parameters()
    assert equal(built_whole, net)


def test_manual_seed_governs_where_no_seed_is_given():
    def made():
        with accelerate():
            torch.manual_seed(3)
            return nn.Linear(4, 3)

    first, second = made(), made()
    assert equal(first, second)
    with accelerate():
        third = nn.Linear(4, 3)
    with accelerate():
        fourth = nn.Linear(4, 3)
    assert not equal(first, third)
    assert not equal(third, fourth)


def test_the_generator_is_left_as_it_was_where_a_seed_is_given():
    torch.manual_seed(1)
    expected = torch.rand(3)
    torch.manual_seed(1)
    with accelerate(7) as done:
        first = torch.randperm(1000)
    assert torch.equal(torch.rand(3), expected)
    with accelerate(7):
        assert torch.equal(torch.randperm(1000), first)
    assert "randperm" in done.report


@pytest.mark.parametrize(
    "read",
    [
        lambda x: x.tolist(),
        lambda x: x.numpy().copy(),
        lambda x: np.asarray(x).copy(),
        lambda x: float(x.sum()),
        lambda x: x[0, 0].item(),
        lambda x: x.untyped_storage().tolist(),
        lambda x: bool((x > 0).any()),
        lambda x: x[x > 0],
        lambda x: repr(x),
        lambda x: pickle.loads(pickle.dumps(x)),
        lambda x: torch.save(x, io.BytesIO()),
        lambda x: copy.deepcopy(x).tolist(),
        lambda x: np.from_dlpack(x).copy(),
    ],
)
def test_what_is_read_has_its_values_and_keeps_them(read):
    with accelerate(7) as done:
        x = torch.randn(4, 5)
        read(x)
        early = x.clone()
    assert torch.equal(x, early)
    assert len(done.others) == 1
    assert "before it had a name" in done.report
    assert "Normal(0, 1)" in done.report
    assert 0.3 < float(x.std()) < 2


def test_a_generator_of_the_codes_own_is_used():
    def drawn():
        made = torch.rand(3, 4, generator=torch.Generator().manual_seed(1))
        return made, nn.init.normal_(torch.empty(5), generator=torch.Generator().manual_seed(1))

    (a, b), done = accelerated(drawn)
    assert all(map(torch.equal, (a, b), drawn()))
    assert "generator of the code's" in done.report
    assert len(done.others) == 2


def test_two_early_draws_are_two_and_collide_with_no_parameter():
    with accelerate(7):
        x, y = torch.randn(4), torch.randn(4)
        assert x.tolist() != y.tolist()
        net = nn.Linear(4, 1)
    assert not torch.equal(x, y)
    assert x.tolist() not in net.weight.tolist()


def test_arithmetic_copies_and_parts_are_what_torch_makes_of_the_draws():
    with accelerate(7):
        net = nn.Module()
        net.w = nn.Parameter(torch.empty(100, 8))
        with torch.no_grad():
            net.w[:50].normal_()
            net.w[50:].normal_(std=3)
            net.w[3].zero_()
            net.w.mul_(2).clamp_(-4, 4)
        net.low = nn.Parameter(net.w.detach().to(torch.bfloat16))
        net.twin = copy.deepcopy(net.w)
        net.u, net.s, net.v = (nn.Parameter(t) for t in torch.linalg.svd(torch.randn(3, 3)))
        mask = torch.ones(8)
        net.masked = nn.Parameter(torch.rand(8) * mask)
        mask.zero_()
    whole = torch.from_numpy(netinit.create((100, 8), 1.0, seed=7, name="w"))
    whole[50:] = torch.from_numpy(netinit.create((100, 8), 3.0, seed=7, name="w"))[50:]
    whole[3] = 0
    assert torch.equal(net.w.detach(), (whole * 2).clamp(-4, 4))
    assert torch.equal(net.low, net.w.to(torch.bfloat16))
    assert torch.equal(net.twin, net.w)
    drawn = torch.from_numpy(netinit.create((3, 3), 1.0, seed=7, name="u"))
    assert torch.allclose(net.u @ net.s.diag() @ net.v, drawn, atol=1e-5)
    assert net.masked.min() > 0


def test_errors_come_at_the_call_and_nothing_is_lost():
    nets = []

    def fails():
        nets.append(nn.Linear(4, 3))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        accelerated(fails)
    (net,) = nets
    again, _ = accelerated(lambda: nn.Linear(4, 3))
    assert equal(net, again)
    with accelerate(7):
        w = torch.empty(3, 3).normal_()
        with pytest.raises(RuntimeError, match="size"):
            w.copy_(torch.rand(4, 4))
        with pytest.raises(RuntimeError, match="std"):
            w.normal_(0, -1)
    assert len(torch.unique(w)) == 9


def accelerated(make, seed=7):
    with accelerate(seed) as done:
        made = make()
    return made, done


def test_a_block_within_a_block_has_its_own_seed():
    with accelerate(7) as outer:
        first = nn.Linear(4, 3)
        with accelerate(8) as inner:
            second = nn.Linear(4, 3)
    assert inner is outer
    assert equal(first, accelerated(lambda: nn.Linear(4, 3))[0])
    uniform = netinit.Uniform(-0.5, 0.5)
    alone = netinit.create((3, 4), uniform, seed=8, name=".net 2.weight")
    assert np.array_equal(second.weight.detach().numpy(), alone)


def test_names_that_two_nets_have_are_two_streams():
    (a, b), done = accelerated(lambda: (nn.Linear(4, 3), nn.Linear(4, 3)))
    assert not torch.equal(a.weight, b.weight)
    assert list(done.names) == ["weight", "bias", ".net 2.weight", ".net 2.bias"]
    assert equal(a, accelerated(lambda: nn.Linear(4, 3))[0])


def test_distributed_tensors_have_the_whole_ones_values(tmp_path):
    dist = torch.distributed
    from torch.distributed.tensor import Replicate, Shard, distribute_tensor, init_device_mesh

    dist.init_process_group("gloo", init_method=f"file://{tmp_path}/s", rank=0, world_size=1)
    try:
        mesh = init_device_mesh("cpu", (1,))
        with accelerate(7) as done:
            net = nn.Module()
            shape = torch.empty(6, 4)
            net.w = nn.Parameter(distribute_tensor(shape, mesh, [Shard(0)]))
            net.b = nn.Parameter(distribute_tensor(shape, mesh, [Replicate()]))
            nn.init.normal_(net.w)
            with torch.no_grad():
                net.b.uniform_()
    finally:
        dist.destroy_process_group()
    w = netinit.create((6, 4), 1.0, seed=7, name="w")
    b = netinit.create((6, 4), netinit.Uniform(0, 1), seed=7, name="b")
    assert np.array_equal(net.w.to_local().detach().numpy(), w)
    assert not done.others
    assert np.array_equal(net.b.to_local().detach().numpy(), b)


def test_other_threads_are_left_alone():
    made = {}

    def elsewhere():
        torch.manual_seed(0)
        made["net"] = nn.Linear(4, 3)
        made["values"] = made["net"].weight.tolist()

    with accelerate(7) as done:
        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join()
        mine = nn.Linear(4, 3)
    assert made["net"].weight.tolist() == made["values"]
    assert equal(mine, accelerated(lambda: nn.Linear(4, 3))[0])
    assert not done.others


def test_meta_lazy_and_wrapped_modules_stay_what_they_are():
    with accelerate(7) as done:
        with torch.device("meta"):
            meta = nn.Linear(4, 3)
        lazy = nn.LazyLinear(3)
        empty = nn.Parameter(torch.empty(0).normal_())
        normed = nn.utils.parametrizations.weight_norm(nn.Linear(4, 3))
    assert meta.weight.is_meta
    assert empty.numel() == 0
    assert isinstance(lazy.weight, nn.UninitializedParameter)
    assert not done.others
    plain, _ = accelerated(lambda: nn.ModuleDict({"parametrizations": nn.Linear(4, 3)}))
    assert normed.weight.shape == plain["parametrizations"].weight.shape


def test_torchs_functions_and_methods_are_as_before_afterwards():
    methods = {name: getattr(torch.Tensor, name) for name in ("numpy", "data_ptr", "__array__")}
    function = nn.init.normal_
    accelerated(Net)
    assert all(getattr(torch.Tensor, name) is method for name, method in methods.items())
    assert nn.init.normal_ is function
    assert "numpy" not in torch.Tensor.__dict__


def test_compiled_functions_and_gradients_in_the_block():
    def double(x):
        return x * 2

    with accelerate(7), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        net = nn.Linear(4, 3)
        compiled = torch.compile(double, backend="eager")
        out = compiled(net.weight)
        loss = net(torch.ones(2, 4)).sum()
        loss.backward()
    assert torch.equal(out, net.weight * 2)
    assert torch.equal(net.weight.grad, torch.full((3, 4), 2.0))


def test_a_seed_that_is_none_is_refused_before_anything_is_changed():
    function = nn.init.normal_
    with pytest.raises(TypeError, match="seed must be"), accelerate(1.5):
        pass
    assert nn.init.normal_ is function


def digest_of_part(part, count):
    """Return the names and SHA-256 of every `count`-th tensor of a model built here."""
    with accelerate(7):
        net = Net(backwards=part % 2 == 1)
    items = list(net.state_dict().items())[part::count]
    return {name: sha256(value.numpy().tobytes()).hexdigest() for name, value in items}


@pytest.mark.parametrize("count", [2, 4])
def test_processes_that_each_build_the_model_have_parts_of_one(count):
    with get_context("spawn").Pool(count) as pool:
        parts = pool.starmap(digest_of_part, [(part, count) for part in range(count)])
    together = {name: digest for part in parts for name, digest in part.items()}
    assert together == digest_of_part(0, 1)


@pytest.mark.parametrize("count", [10, 3000])
def test_pythons_search_for_garbage_is_as_it_was(count):
    """Few objects or many, whether the block ends well or not."""
    before = gc.get_threshold(), gc.isenabled(), gc.get_freeze_count()
    with accelerate(seed=1):
        net = nn.ModuleList([nn.Linear(2, 2) for _ in range(count)])
    assert (gc.get_threshold(), gc.isenabled(), gc.get_freeze_count()) == before
    with pytest.raises(ZeroDivisionError), accelerate(seed=1):
        nn.Linear(1 // 0, 2)
    assert (gc.get_threshold(), gc.isenabled(), gc.get_freeze_count()) == before
    assert len(net) == count
    seen = weakref.ref(net)
    net[0].itself = [net]
    del net
    gc.collect()
    assert seen() is None
