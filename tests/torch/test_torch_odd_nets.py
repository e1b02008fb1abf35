"""Nets that come close to what is known, and are not it."""

from __future__ import annotations

import threading

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

import netinit  # noqa: E402
from netinit.torch import accelerate  # noqa: E402
from netinit.torch.recording.roots import Modules  # noqa: E402


def packed_note(module, name):
    return netinit.plan(module, netinit.All)[name].parameter.note


def test_keys_and_values_that_have_no_whole_heads():
    attention = nn.Module()
    attention.qkv = nn.Linear(8, 20)  # 8 rows of q, and 12 that are no two halves of whole heads
    attention.num_heads, attention.head_dim = 2, 4
    assert packed_note(attention, "qkv.weight") == ""


@pytest.mark.parametrize(("rows", "pieces"), [(6, 2), (7, 1)])
def test_experts_of_an_odd_number_of_rows_have_no_gate(rows, pieces):
    class OddExperts(nn.Module):
        def __init__(self):
            super().__init__()
            self.gate_up_proj = nn.Parameter(torch.empty(3, rows, 5, device="meta"))

    OddExperts.__module__ = "transformers.models.odd"
    (row,) = netinit.plan(OddExperts())
    assert len(row.parameter.pieces) == pieces
    assert row.parameter.fan_in == 5


def test_a_scale_of_one_number_says_nothing_about_others():
    net = nn.Sequential(nn.Linear(8, 8), nn.LayerNorm(8), nn.Linear(8, 1), nn.LayerNorm(1))
    nn.init.zeros_(net[1].weight)
    netinit.initialize(net, netinit.All)
    assert bool((net[1].weight == 1).all())


def test_two_views_of_one_storage_stay_in_it():
    with torch.device("meta"):
        net = nn.Sequential(nn.Linear(6, 2, bias=False), nn.Linear(4, 3, bias=False))
        net[1].weight = nn.Parameter(net[0].weight.detach().view(3, 4))
    netinit.initialize(net)
    assert net[0].weight.data_ptr() == net[1].weight.data_ptr()


def test_a_bias_that_its_authors_draw_around_0_is_the_methods():
    class Drawn(nn.Linear):
        def reset_parameters(self):
            nn.init.normal_(self.weight, std=0.1)
            nn.init.normal_(self.bias, std=0.1)

    net = nn.Sequential(Drawn(5, 4))
    netinit.initialize(net, netinit.All, method="Kaiming")
    assert not net[0].bias.any()


def test_a_long_chain_of_operators_is_done_without_recursion():
    with accelerate(seed=1):
        net = nn.Linear(3, 1, bias=False)
        x = net.weight.data
        for _ in range(3000):
            x = torch.cat([x[:, :1], x[:, 1:]], 1)
        end = x
    assert torch.equal(end, net.weight.data)


def test_a_build_of_another_shape_tells_nothing_of_it():
    net = nn.Linear(4, 5)
    build = ("Native", {"build": lambda: nn.Linear(3, 5)})
    plan = netinit.plan(net, netinit.All, method=build)
    assert [row.name for row in plan] == ["bias"]


def test_modules_of_another_thread_are_not_the_blocks():
    modules = Modules()
    with modules.watched():
        mine = nn.Linear(2, 2)
        kept = []
        thread = threading.Thread(target=lambda: kept.append(nn.Linear(3, 3)))
        thread.start()
        thread.join()
    assert modules.alive() == [mine]


def test_groups_of_a_linear_layer_have_their_own_fans():
    convbert = pytest.importorskip("transformers.models.convbert.modeling_convbert")
    with torch.device("meta"):
        net = convbert.GroupedLinearLayer(8, 12, 2)
    weight = netinit.plan(net, "weight")[0].parameter
    assert (weight.fan_in, weight.fan_out) == (4, 6)


def test_a_part_has_its_values_wherever_its_parameter_begins_in_a_storage():
    """Orthogonal rows of a part are of a stream of their own, named by their place in it."""

    def made(offset):
        with accelerate(seed=7):
            flat = torch.empty(offset + 100)
            net = nn.Module()
            net.weight = nn.Parameter(flat[offset:].view(10, 10))
            with torch.no_grad():
                nn.init.zeros_(net.weight[:5])
                nn.init.orthogonal_(net.weight[5:])
        return net.weight.detach()

    whole, view = made(0), made(100)
    assert torch.equal(whole, view)
    assert whole[5:].any()
