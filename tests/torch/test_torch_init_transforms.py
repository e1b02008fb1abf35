"""The drop-in for torch.nn.init inside torch.func, torch.compile and forward-mode gradients."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.autograd import forward_ad  # noqa: E402

from netinit.torch import init  # noqa: E402
from tests.torch.init_calls import RANDOM  # noqa: E402


def call(name, tensor, module=init):
    torch.manual_seed(11)
    return getattr(module, name)(tensor, *RANDOM[name])


def mapped(randomness, fill):
    return torch.vmap(lambda x: fill(x.clone()), randomness=randomness)(torch.zeros(3, 6, 8))


TRANSFORMED = {
    "vmap, same": lambda fill: mapped("same", fill),
    "vmap, different": lambda fill: mapped("different", fill),
    "grad": lambda fill: torch.func.grad(lambda x: (fill(torch.empty(6, 8)) * x).sum())(
        torch.ones(6, 8)
    ),
    "functionalize": torch.func.functionalize(lambda fill: fill(torch.empty(6, 8))),
}


@pytest.mark.parametrize("name", sorted(set(RANDOM) - {"trunc_normal_"}))  # torch loops there
@pytest.mark.parametrize("kind", TRANSFORMED)
def test_transformed_functions_are_left_to_torch(name, kind):
    theirs, ours = (TRANSFORMED[kind](lambda x, m=m: call(name, x, m)) for m in (nn.init, init))
    assert torch.equal(theirs, ours)
    assert (ours != 0).any()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["uniform_", "xavier_normal_", "orthogonal_"])
def test_compiled_functions_are_left_to_torch(name):
    def fill(module):
        filled = torch.compile(lambda x: call(name, x, module), backend="eager")
        return filled(torch.zeros(6, 8))

    assert torch.equal(fill(init), fill(nn.init))


@pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated")
@pytest.mark.parametrize("name", RANDOM)
def test_what_is_filled_has_no_tangent(name):
    ones = torch.ones(6, 8)
    with forward_ad.dual_level():
        dual = forward_ad.make_dual(torch.zeros(6, 8), ones)
        call(name, dual)
        assert not forward_ad.unpack_dual(dual).tangent.any()
