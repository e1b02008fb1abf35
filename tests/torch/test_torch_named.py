"""netinit.torch.named: init code of anybody's, with the values of each parameter's stream."""

import hashlib
import math
import sys
import types

import numpy as np
import pytest
from scipy import stats

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

import netinit  # noqa: E402
from netinit.torch import named  # noqa: E402
from netinit.torch.naming.part import write_part  # noqa: E402


def digest(net):
    """Return the SHA-256 of a net's state."""
    hashed = hashlib.sha256()
    for name, tensor in net.state_dict().items():
        hashed.update(name.encode())
        hashed.update(tensor.reshape(-1).view(torch.uint8).numpy().tobytes())
    return hashed.hexdigest()


def small():
    torch.manual_seed(0)  # attention's own reset leaves its output projection as it is
    return nn.Sequential(
        nn.Conv2d(3, 8, 3),
        nn.BatchNorm2d(8),
        nn.LSTM(6, 5),
        nn.MultiheadAttention(8, 2),
        nn.Embedding(11, 4, padding_idx=2),
        nn.Linear(7, 9),
    )


def reset(modules):
    for module in modules:
        for name in ("reset_parameters", "_reset_parameters"):
            getattr(module, name, lambda: None)()


# -- the same values, whatever else the code does -----------------------------------------------


def test_values_do_not_depend_on_the_order_nor_on_what_else_is_drawn():
    net, other = small(), small()
    with named(net, 7):
        reset(net)
    with named(other, 7):
        torch.randn(100)
        reset(reversed(list(other)))
        reset(other)
    assert digest(net) == digest(other)
    with named(other, 8):
        reset(other)
    assert digest(net) != digest(other)


def test_values_are_those_that_netinit_gives_the_name():
    net = nn.ModuleDict({"a": nn.Linear(300, 20), "b": nn.Linear(20, 10)})
    with named(net, 7) as drawn:
        nn.init.normal_(net["b"].weight, 0.5, 0.02)
        net["a"].weight.data.uniform_(-1, 2)
        nn.init.trunc_normal_(net["a"].bias, std=0.3, a=-0.2, b=0.4)
    for name, what in {
        "b.weight": netinit.Normal(0.5, 0.02),
        "a.weight": netinit.Uniform(-1, 2),
        "a.bias": netinit.TruncatedNormal(0, 0.3, -0.2, 0.4),
    }.items():
        tensor = net.get_parameter(name).detach().numpy()
        assert np.array_equal(tensor, netinit.create(tensor.shape, what, seed=7, name=name))
    assert drawn.names == {"b.weight": 1, "a.weight": 1, "a.bias": 1}
    assert drawn.others == []


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.float16, torch.bfloat16])
def test_the_dtype_is_the_parameters_not_the_default_one(dtype):
    net = nn.Linear(64, 32, dtype=dtype)
    twin = nn.Linear(64, 32, dtype=dtype)
    with named(net, 7):
        net.reset_parameters()
    torch.set_default_dtype(torch.float64)
    try:
        with named(twin, 7):
            twin.reset_parameters()
    finally:
        torch.set_default_dtype(torch.float32)
    assert digest(net) == digest(twin)
    assert net.weight.dtype == dtype


def test_arithmetic_after_a_draw_is_done_on_it():
    """As timm's truncated normal does it: by inversion, in place."""
    net = nn.Linear(500, 400)
    with named(net, 7), torch.no_grad():
        low, high = math.erf(-math.sqrt(2)), math.erf(math.sqrt(2))
        net.weight.uniform_(low, high).erfinv_().mul_(math.sqrt(2)).clamp_(-2, 2)
    values = net.weight.detach().numpy().ravel()
    assert stats.kstest(values, stats.truncnorm(-2, 2).cdf).pvalue > 1e-3
    uniform = netinit.create((400, 500), netinit.Uniform(low, high), seed=7, name="weight")
    assert np.allclose(values, stats.norm.ppf(uniform.ravel() / 2 + 0.5), atol=1e-4)


def test_a_function_that_a_module_imported_by_name_draws_by_name(monkeypatch):
    module = types.ModuleType("somebodys_model")
    exec("from torch.nn.init import trunc_normal_ as truncated", module.__dict__)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    table = {"init": nn.init.normal_}
    net = nn.Linear(30, 20)
    with named(net, 7, table) as drawn:
        module.truncated(net.weight)
        table["init"](net.bias)
    assert drawn.others == []
    expected = netinit.create((20, 30), netinit.TruncatedNormal(0, 1, -2, 2), seed=7, name="weight")
    assert np.array_equal(net.weight.detach().numpy(), expected)
    assert module.truncated is nn.init.trunc_normal_
    assert table["init"] is nn.init.normal_


def test_ties_have_one_name_and_wrappers_none():
    net = nn.Module()
    net.embed, net.head = nn.Embedding(11, 4), nn.Linear(4, 11, bias=False)
    net.head.weight = net.embed.weight
    with named(net, 7) as drawn:
        reset([net.head, net.embed])
    assert drawn.names == {"embed.weight": 2}
    compiled = nn.Module()
    compiled._orig_mod = nn.Linear(3, 2)
    with named(compiled, 7) as drawn:
        compiled._orig_mod.reset_parameters()
    assert list(drawn.names) == ["weight", "bias"]


def test_a_padding_row_stays_zero():
    net = nn.Embedding(11, 4, padding_idx=2)
    with named(net, 7):
        net.reset_parameters()
    assert not net.weight[2].any()
    expected = netinit.create((11, 4), 1.0, seed=7, name="weight")
    assert np.array_equal(net.weight.detach().numpy()[3:], expected[3:])


def test_a_parameter_that_the_code_makes_anew_is_known():
    net = nn.Linear(4, 3)
    with named(net, 7) as drawn:
        net.weight = nn.Parameter(torch.empty(5, 4))
        nn.init.normal_(net.weight)
    assert drawn.names == {"weight": 1}
    assert np.array_equal(
        net.weight.detach().numpy(), netinit.create((5, 4), 1.0, seed=7, name="weight")
    )


# -- views ---------------------------------------------------------------------------------------

VIEWS = {
    "row": lambda w: w[2],
    "rows": lambda w: w[1:4],
    "element": lambda w: w[1, 2],
    "column": lambda w: w[:, 3],
    "columns": lambda w: w[:, 2:5],
    "inner box": lambda w: w[1:3, 2:4],
    "transposed": lambda w: w.T,
    "box, transposed": lambda w: w[1:4, 2:].T,
    "chunk": lambda w: w.chunk(3, dim=0)[1],
    "every second row": lambda w: w[::2],
    "every second column": lambda w: w[:, 1::2],
    "diagonal": lambda w: w.diagonal(),
    "flat": lambda w: w.view(-1)[5:17],
    "heads": lambda w: w.unflatten(0, (2, 3)),
    "columns of heads": lambda w: w.unflatten(0, (2, 3))[:, :, 1:4],
    "broadcast axis": lambda w: w[2].unsqueeze(0),
}


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("order", ["row-major", "column-major"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.complex64], ids=str)
def test_a_view_has_what_the_whole_has_there(view, order, dtype):
    if view in ("flat", "heads", "columns of heads") and order == "column-major":
        pytest.skip("no view of such a tensor")

    def make():
        weight = torch.zeros(6, 7, dtype=dtype)
        return weight if order == "row-major" else weight.T.contiguous().T

    net, whole = nn.Module(), nn.Module()
    net.weight, whole.weight = nn.Parameter(make()), nn.Parameter(make())
    with named(whole, 7):
        nn.init.normal_(whole.weight, std=0.1)
    with named(net, 7) as drawn:
        nn.init.normal_(VIEWS[view](net.weight.data), std=0.1)
    expected = torch.zeros_like(whole.weight.data)
    VIEWS[view](expected).copy_(VIEWS[view](whole.weight.data))
    assert torch.equal(net.weight.data, expected)
    assert drawn.names == {"weight": 1}


def test_a_channels_last_kernel_is_known_with_its_views():
    net, whole = (nn.Conv2d(4, 6, 3).to(memory_format=torch.channels_last) for _ in range(2))
    with named(whole, 7):
        nn.init.normal_(whole.weight)
    with named(net, 7):
        for part in net.weight.data.chunk(2):
            part.normal_()
    assert torch.equal(net.weight, whole.weight)


def test_parameters_that_share_one_memory_are_told_apart():
    flat = torch.zeros(20)
    net = nn.Module()
    net.a, net.b = nn.Parameter(flat[:12].view(3, 4)), nn.Parameter(flat[12:])
    with named(net, 7) as drawn:
        net.b.data.normal_()
        net.a.data[1:].normal_()
        flat.normal_()  # of both: nobody's
    assert drawn.names == {"b": 1, "a": 1}
    assert drawn.others == ["normal_ (20,)"]


def test_matrices_in_parts_of_a_weight_are_each_its_own():
    net = nn.LSTM(6, 5)
    with named(net, 7) as drawn:
        for gate in net.weight_hh_l0.chunk(4):
            nn.init.orthogonal_(gate)
    gates = net.weight_hh_l0.detach().chunk(4)
    for k, gate in enumerate(gates):
        assert torch.allclose(gate @ gate.T, torch.eye(5), atol=1e-5)
        assert not any(torch.equal(gate, other) for other in gates[k + 1 :])
    assert drawn.names == {"weight_hh_l0": 4}


# -- other operators and tensors -----------------------------------------------------------------

OTHERS = {
    "exponential_": (lambda w: w.exponential_(2.0), stats.expon(scale=0.5).cdf),
    "log_normal_": (lambda w: w.log_normal_(0.5, 0.3), stats.lognorm(0.3, scale=math.e**0.5).cdf),
    "cauchy_": (lambda w: w.cauchy_(1.0, 2.0), stats.cauchy(1, 2).cdf),
}


@pytest.mark.parametrize("name", OTHERS)
def test_other_operators_are_torchs_from_the_names_generator(name):
    call, cdf = OTHERS[name]
    nets = [nn.Linear(200, 100) for _ in range(2)]
    for k, net in enumerate(nets):
        with named(net, 7) as drawn:
            torch.randn(k)
            call(net.weight.data)
        assert drawn.names == {"weight": 1}
    assert torch.equal(nets[0].weight, nets[1].weight)
    assert stats.kstest(nets[0].weight.detach().numpy().ravel(), cdf).pvalue > 1e-3


def test_integers_are_drawn_by_name_too():
    net = nn.Module()
    net.register_buffer("shuffle", torch.zeros(50, dtype=torch.int64))
    found = []
    for k in range(2):
        with named(net, 7) as drawn:
            torch.randn(k)
            net.shuffle.random_(100)
        assert drawn.names == {"shuffle": 1}
        found.append(net.shuffle.clone())
    assert torch.equal(*found)
    assert len(net.shuffle.unique()) > 10


def test_what_is_nobodys_is_told_and_follows_the_seed_not_torchs_generator():
    net = nn.Linear(4, 3)
    drawn_twice = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        with named(net, 7) as drawn:
            net.bias.data.copy_(torch.randn(3))
        drawn_twice.append(net.bias.detach().clone())
        assert drawn.others == ["randn [3]"]
        assert drawn.names == {}
    assert torch.equal(*drawn_twice)


def test_torchs_generator_has_its_own_state_after_the_block():
    torch.manual_seed(5)
    expected = torch.randn(3)
    torch.manual_seed(5)
    net = nn.Linear(4, 3)
    state = torch.get_rng_state()

    def failing():
        torch.randn(10)
        net.reset_parameters()
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), named(net, 7):
        failing()
    assert torch.equal(torch.get_rng_state(), state)
    torch.manual_seed(5)
    assert torch.equal(torch.randn(3), expected)
    assert nn.init.normal_.__module__ == "torch.nn.init"


def test_a_generator_that_the_code_gives_does_not_matter():
    net, other = nn.Linear(4, 3), nn.Linear(4, 3)
    given = torch.Generator().manual_seed(3)
    with named(net, 7):
        nn.init.normal_(net.weight, generator=given)
        net.bias.data.normal_(generator=given)
    with named(other, 7):
        nn.init.normal_(other.weight)
        other.bias.data.normal_()
    assert digest(net) == digest(other)


def test_a_block_within_a_block_is_about_its_own_net():
    outer, inner = nn.Linear(4, 3), nn.Linear(4, 3)
    with named(outer, 7) as drawn_outer, named(inner, 8) as drawn_inner:
        inner.reset_parameters()
        outer.reset_parameters()
    assert list(drawn_outer.names) == list(drawn_inner.names) == ["weight", "bias"]
    expected = nn.Linear(4, 3)
    with named(expected, 7):
        expected.reset_parameters()
    assert digest(outer) == digest(expected)
    assert digest(inner) != digest(expected)


def test_what_nothing_was_written_to_is_told():
    net = nn.Module()
    net.drawn, net.set_to, net.replaced, net.row, net.left = (
        nn.Parameter(torch.empty(3, 2)) for _ in range(5)
    )
    net.register_buffer("steps", torch.empty(4))
    net.register_buffer("scalars", torch.empty(2))
    with named(net, 7) as drawn, torch.no_grad():
        nn.init.normal_(net.drawn)
        net.set_to.copy_(torch.ones(3, 2))
        net.replaced = nn.Parameter(torch.ones(1))
        net.row[1].zero_()
        torch.arange(4.0, out=net.steps)
        torch._foreach_add_([net.scalars], 1.0)
        net.left + 1
    assert drawn.untouched == ["left"]


# -- seeds and errors -----------------------------------------------------------------------------


def test_seeds():
    def values(seed):
        net = nn.Linear(4, 3)
        with named(net, seed):
            net.reset_parameters()
        return digest(net)

    assert values(7) == values(np.int64(7)) != values("7")
    assert values(None) != values(None)
    assert values(torch.Generator().manual_seed(1)) == values(torch.Generator().manual_seed(1))
    torch.manual_seed(1)
    first = values(netinit.Inherited)
    assert values(netinit.Inherited) != first
    torch.manual_seed(1)
    assert values(netinit.Inherited) == first
    with pytest.raises(TypeError, match=r"seed must be .* not 1\.5"):
        values(1.5)


def test_what_has_no_memory_is_refused_by_name():
    with torch.device("meta"):
        net = nn.Sequential(nn.Linear(4, 3))
    with (
        pytest.raises(ValueError, match=r"0\.weight is on the meta device.*to_empty"),
        named(net, 7),
    ):
        pass
    with pytest.raises(ValueError, match="weight has no shape yet"), named(nn.LazyLinear(3), 7):
        pass
    with pytest.raises(TypeError, match=r"net must be a torch\.nn\.Module, not dict"), named({}, 7):
        pass


def test_a_part_outside_of_a_box_is_drawn_through_the_whole():
    """A strided part of a tensor whose memory is not in the order of its elements."""
    whole = torch.zeros(4, 5, 6).permute(2, 0, 1)
    part = whole[1::2, 1:3]
    write_part(part, whole, netinit.Normal(), netinit.Stream(7, "w"))
    expected = netinit.create((6, 4, 5), 1.0, seed=7, name="w")
    assert np.array_equal(part.numpy(), expected[1::2, 1:3])
    assert whole.count_nonzero() == part.numel()
