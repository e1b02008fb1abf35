"""Tensors of other devices get the values that the processor makes.

A class stands for another device: it says that its memory is not the processor's.
"""

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

import netinit  # noqa: E402
from netinit.torch import accelerate, init, named  # noqa: E402
from netinit.torch.engines.serving import Part, by_name, write_parts  # noqa: E402


class Elsewhere(nn.Parameter):
    """A parameter whose memory is not the processor's, by its own account."""

    is_cpu = property(lambda self: False)


def linear(kind):
    net = nn.Linear(3, 4)
    net.weight = kind(torch.zeros(4, 3))
    return net


def test_initialize_copies_the_values_there():
    here, there = linear(nn.Parameter), linear(Elsewhere)
    kept = there.weight
    for net in (here, there):
        netinit.initialize(net, netinit.All, seed=1)
    assert there.weight is kept
    assert kept.requires_grad
    assert torch.equal(here.weight, kept)


@pytest.mark.parametrize("name", ["normal_", "kaiming_uniform_", "orthogonal_"])
def test_functions_draw_the_same(name):
    made = []
    for kind in (nn.Parameter, Elsewhere):
        torch.manual_seed(3)
        made.append(getattr(init, name)(kind(torch.zeros(4, 3))))
    assert torch.equal(*made)


def test_a_block_tells_of_what_it_draws_there():
    made = []
    for _ in range(2):
        with accelerate(seed=1) as done:
            made.append([init.normal_(Elsewhere(torch.zeros(4, 3))) for _ in range(2)])
    assert done.others == [
        f"Normal(0, 1) [4, 3] {count}: on cpu, in the order of the calls" for count in (1, 2)
    ]
    assert torch.equal(made[0][0], made[1][0])
    assert not torch.equal(*made[0])


def test_init_code_draws_by_name():
    here, there = linear(nn.Parameter), linear(Elsewhere)
    for net in (here, there):
        with named(net, 7):
            net.reset_parameters()
    assert torch.equal(here.weight, there.weight)
    assert here.weight.any()


def test_parts_of_an_engine():
    plan = netinit.plan({"w": netinit.ArraySpec((4, 3))}, netinit.All, method="Xavier", seed=1)
    made = [kind(torch.zeros(4, 3)) for kind in (nn.Parameter, Elsewhere)]
    for tensor in made:
        write_parts(by_name(plan), [Part("w", tensor, (4, 3), (0, 0))])
    assert torch.equal(*made)
    assert made[0].any()
