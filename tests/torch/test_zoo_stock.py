"""The zoo itself: its models build, run, and the comparison tells right builds from wrong ones."""

import copy
import inspect

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from tests.torch.zoo import torch_layers  # noqa: E402
from tests.torch.zoo.comparison import compare, poisoned  # noqa: E402
from tests.torch.zoo.zoo import MODELS, runs, stock  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.mark.parametrize("name", MODELS)
def test_a_stock_build_is_like_two_others_and_runs(name):
    nets = [stock(name, seed) for seed in (1, 2, 3)]
    assert compare(*nets) == []
    assert runs(name, nets[2])


def has_tensors(kind):
    """Say whether a module class, or one it is made from, makes tensors by its source."""
    makes = ("Parameter(", "register_parameter(", "register_buffer(", "Layer(", "_get_clones(")
    return any(
        word in inspect.getsource(base.__init__)
        for base in kind.__mro__
        if base not in (nn.Module, object) and "__init__" in vars(base)
        for word in makes
    )


def test_every_layer_of_torch_is_in_the_zoo():
    kinds = {name: kind for name, kind in vars(nn).items() if inspect.isclass(kind)}
    layers = {
        name
        for name, kind in kinds.items()
        if issubclass(kind, nn.Module) and kind is not nn.Module and has_tensors(kind)
    }
    assert "Linear" in layers
    assert layers - torch_layers.ABSTRACT <= {name.split()[0] for name in torch_layers.MODELS}


class Part(nn.Module):
    """A net with all that a comparison can tell apart."""

    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(60, 24, padding_idx=0)
        self.up = nn.Linear(24, 48)
        self.norm = nn.LayerNorm(48)
        self.head = nn.Linear(24, 60, bias=False)
        self.head.weight = self.embed.weight
        self.few = nn.Parameter(torch.randn(3))
        self.register_buffer("steps", torch.arange(5.0), persistent=False)
        self.register_buffer("table", torch.linspace(0, 1, 7))
        self.scale = torch.ones(2)


def plain(seed):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return Part()


#: What is done to a right build, and the beginnings of what is to be said about it.
PLANTED = {
    "gamma": (lambda net: net.norm.weight.data[5].add_(1e-6), ["norm.weight: 1 constants"]),
    "minus zero": (lambda net: net.norm.bias.data.neg_(), ["norm.bias: 48 constants"]),
    "another family": (
        lambda net: net.embed.weight.data[1:].uniform_(-(3**0.5), 3**0.5),
        ["embed.weight: another"],
    ),
    "scale": (lambda net: net.up.weight.data.mul_(1.2), ["up.weight: another", "up.weight: std"]),
    "shift": (lambda net: net.up.weight.data.add_(0.1), ["up.weight: another", "up.weight: mean"]),
    "zeros": (lambda net: net.up.weight.data.zero_(), ["up.weight: another", "up.weight: std"]),
    "padding": (lambda net: net.embed.weight.data[0].fill_(0.1), ["embed.weight: 24 constants"]),
    "tie": (
        lambda net: setattr(net.head, "weight", nn.Parameter(net.embed.weight.detach().clone())),
        ["embed.weight head.weight: one tensor", "embed.weight head.weight: memory"],
    ),
    "dtype": (lambda net: net.up.half(), ["up.weight: dtype", "up.bias: dtype"]),
    "strides": (
        lambda net: setattr(net.up.weight, "data", net.up.weight.data.T.contiguous().T),
        ["up.weight: strides"],
    ),
    "frozen": (lambda net: net.up.bias.requires_grad_(False), ["up.bias: requires_grad"]),
    "buffer of NaN": (lambda net: net.steps.fill_(torch.nan), ["steps: 5 constants"]),
    "one NaN": (lambda net: net.up.weight.data[3, 3].fill_(torch.nan), ["up.weight: NaN"]),
    "one infinity": (
        lambda net: net.few.data[0].fill_(torch.inf), ["few: ["],
    ),
    "persistent": (
        lambda net: net.register_buffer("table", net.table, persistent=False),
        ["keys of state_dict differ: ['table']"],
    ),
    "missing": (
        lambda net: delattr(net, "table"),
        ["keys of state_dict differ: ['table']", "table: only in one"],
    ),
    "attribute": (lambda net: net.scale.zero_(), ["scale: 2 constants"]),
    "module": (
        lambda net: setattr(net, "norm", nn.GroupNorm(1, 48)), ["module 'norm': (type, training)"],
    ),
    "mode": (lambda net: net.up.eval(), ["module 'up': (type, training)"]),
    "untouched": (
        lambda net: net.up.weight.data[3].view(torch.uint8).fill_(0xCB),
        ["up.weight: 24 elements hold the bytes of untouched"],
    ),
    "few far off": (lambda net: net.few.data.mul_(1e4), ["few: ["]),
}  # fmt: skip


@pytest.mark.parametrize("name", PLANTED)
def test_planted_differences_are_found(name):
    plant, said = PLANTED[name]
    nets = [plain(seed) for seed in (1, 2, 3)]
    assert compare(*nets) == []
    torch.manual_seed(4)
    plant(nets[2])
    found = compare(*nets)
    assert len(found) == len(said), found
    assert all(line.startswith(start) for line, start in zip(found, said, strict=True)), found


def test_values_of_stock_itself_are_found():
    nets = [plain(1), plain(2)]
    twin = copy.deepcopy(nets[0])
    assert compare(*nets, twin) == [
        f"{name}: the values are stock's own"
        for name in ("few", "embed.weight", "up.weight", "up.bias")
    ]


def test_bounds_and_short_dtypes_are_not_taken_for_constants():
    nets = [nn.Module() for _ in range(3)]
    for seed, net in enumerate(nets):
        generator = torch.Generator().manual_seed(seed)
        values = torch.randn(2, 400, generator=generator)
        net.register_buffer("clamped", values[0].clamp(-0.5, 0.5))
        net.register_buffer("short", values[1].bfloat16())
        net.register_buffer("repeated", values[0, :25].expand(40, 25).contiguous())
    assert compare(*nets) == []


def test_new_memory_can_be_told_and_settings_come_back():
    with poisoned():
        assert torch.empty(3).isnan().all()
        assert torch.are_deterministic_algorithms_enabled()
    assert not torch.are_deterministic_algorithms_enabled()
