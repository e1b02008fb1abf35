"""Models of other libraries: accelerated, by their own recipe, and under methods, beside stock."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field

import pytest

torch = pytest.importorskip("torch")

import netinit  # noqa: E402
from netinit.torch import Done, accelerate  # noqa: E402
from tests.torch.zoo.comparison import compare, poisoned  # noqa: E402
from tests.torch.zoo.zoo import MODELS, runs, stock  # noqa: E402

METHODS = ["Kaiming", "Xavier", "Orthogonal", "Identity", ("GPT2", {"layers": 2})]
#: Weights that a constructor sets to numbers, which no code but itself tells.
_SET = {
    "timm: convit_tiny": ("attn.v.weight", "attn.pos_proj.weight"),
    "timm: hiera_tiny_224": ("head.fc.weight",),
    "other: orthogonal": ("parametrizations.weight.original",),
}
#: Draws without a parameter's name, which `Done.others` tells of.
_UNNAMED = {
    "other: drawn by hand": "randperm",
    "other: orthogonal": "the parametrization factors the weight",
    "other: pruned": "the mask is chosen by the weight's values",
    "other: pruned by rows": "the same",
    "other: peft VeraConfig": "shared matrices from a key in the configuration",
}
#: What Native cannot make from the meta device.
_NOT_NATIVE = {
    "transformers: MimiModel": "tensors that are plain attributes stay on the meta device",
    "other: spectral_norm, old": "the same",
    "other: weight_norm, old": "the same",
    "other: peft VeraConfig": "matrices that a generator of the code's makes are not known",
    "other: Linear complex": "netinit.initialize has no rows of complex numbers",
    "other: drawn by hand": "nor of integers that are drawn",
    "other: orthogonal": "on meta the parametrization is another one",
    "other: pruned": "the mask is chosen by the weight's values",
    "other: pruned by rows": "the same",
}


@dataclass
class Builds:
    """One model as its library builds it, twice, and as it is built within `accelerate`."""

    name: str
    first: torch.nn.Module
    second: torch.nn.Module
    whole: torch.nn.Module = field(init=False)
    done: Done = field(init=False)

    def __post_init__(self):
        with accelerate(seed=5) as self.done:
            self.whole = MODELS[self.name]()


@pytest.fixture(scope="module", params=list(MODELS))
def builds(request):
    name = request.param
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Builds(name, stock(name, 1), stock(name, 2))


@pytest.fixture(autouse=True)
def silence():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def test_accelerate_makes_what_the_stock_build_makes(builds):
    assert compare(builds.first, builds.second, builds.whole) == []
    if builds.name not in _UNNAMED:
        assert not builds.done.others, builds.done.report


def test_native_makes_what_accelerate_makes(builds):
    if builds.name in _NOT_NATIVE:
        pytest.skip(_NOT_NATIVE[builds.name])
    with torch.device("meta"):
        net = MODELS[builds.name]()
    if hasattr(net, "tie_weights"):
        net.tie_weights()
    method = ("Native", {"build": MODELS[builds.name]})
    with poisoned():
        netinit.initialize(net, netinit.All, method=method, seed=5)
    expected = builds.whole.state_dict()
    assert net.state_dict().keys() == expected.keys()
    assert all(torch.equal(value, expected[key]) for key, value in net.state_dict().items())
    assert compare(builds.first, builds.second, net) == []
    assert runs(builds.name, net)


def tensors(net):
    found = {**dict(net.named_parameters()), **dict(net.named_buffers())}
    return {name: tensor.detach() for name, tensor in found.items()}


def test_methods_leave_what_is_constant_in_stock_builds(builds):
    method = METHODS[list(MODELS).index(builds.name) % len(METHODS)]
    net = stock(builds.name, 1)
    netinit.initialize(net, netinit.All, method=method, seed=3)
    first, second = tensors(builds.first), tensors(builds.second)
    for key, value in tensors(net).items():
        same = first[key].shape == second[key].shape and (first[key] == second[key]).all()
        if same and not key.endswith(_SET.get(builds.name, ("?",))):
            assert torch.equal(value, first[key]), key
