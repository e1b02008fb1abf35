"""Methods on models of other libraries: what is no weight stays what its authors made it."""

from __future__ import annotations

import warnings

import pytest

torch = pytest.importorskip("torch")

import netinit  # noqa: E402
from tests.torch.zoo.zoo import MODELS, stock  # noqa: E402

METHODS = ["Kaiming", "Xavier", "Orthogonal", "Identity", ("GPT2", {"layers": 2})]
#: Weights that a constructor sets to numbers, which no code but itself tells.
_SET = {
    "timm: convit_tiny": ("attn.v.weight", "attn.pos_proj.weight"),
    "timm: hiera_tiny_224": ("head.fc.weight",),
    "other: orthogonal": ("parametrizations.weight.original",),
}


def tensors(net):
    found = {**dict(net.named_parameters()), **dict(net.named_buffers())}
    return {name: tensor.detach() for name, tensor in found.items()}


@pytest.mark.parametrize("number", range(len(MODELS)), ids=list(MODELS))
def test_what_is_constant_in_stock_builds_stays(number):
    name, method = list(MODELS)[number], METHODS[number % len(METHODS)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        first, second, net = tensors(stock(name, 1)), tensors(stock(name, 2)), stock(name, 1)
        netinit.initialize(net, netinit.All, method=method, seed=3)
    for key, value in tensors(net).items():
        same = first[key].shape == second[key].shape and (first[key] == second[key]).all()
        if not same or key.endswith(_SET.get(name, ("?",))):
            continue
        assert torch.equal(value, first[key]), key
