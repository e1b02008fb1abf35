"""`netinit.verify` of PyTorch modules: nothing in stock models, and what is planted in them."""

from __future__ import annotations

import copy

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

import netinit  # noqa: E402
from tests.torch.zoo.zoo import MODELS  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")

#: What PyTorch itself warns of: its stacks are copies of one layer, drawn once.
COPIES = {"other: TransformerEncoder", "other: TransformerDecoder", "other: copies"}
COPIES |= {"other: Transformer"}  # the biases
#: More than 120 of the zoo's models, of each library; all of them were verified once.
STOCK = [*list(MODELS)[1::4], "other: spectral_norm", *sorted(COPIES)]


@pytest.mark.parametrize("name", STOCK)
def test_nothing_is_found_in_a_stock_model(name):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(7)
        net = MODELS[name]()
    state = torch.get_rng_state()
    verification = netinit.verify(net)
    kinds = {one.kind for one in verification.findings}
    assert kinds == ({"duplicate"} if name in COPIES else set()), verification.findings
    assert torch.equal(torch.get_rng_state(), state)


def test_a_hundred_stock_models_are_verified():
    assert len({*STOCK} - COPIES) >= 100


@pytest.fixture(scope="module")
def llama():
    name = next(name for name in MODELS if "LlamaForCausalLM" in name)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(7)
        return MODELS[name]()


def change(name, what):
    def plant(net):
        with torch.no_grad():
            what(net.get_parameter(name))

    return plant


DOWN, UP = (f"model.layers.1.mlp.{name}_proj.weight" for name in ("down", "up"))
NORM = "model.layers.1.input_layernorm.weight"


def duplicate(net):
    net.get_parameter(UP).data.copy_(net.get_parameter("model.layers.0.mlp.up_proj.weight").data)


PLANTED = {
    "to_empty": (change(UP, lambda p: p.view(torch.int32).fill_(0x7FC00000)), UP, "untouched"),
    "one NaN": (change(UP, lambda p: p[3, 4].fill_(torch.nan)), UP, "nan"),
    "norm at 0": (change(NORM, lambda p: p.zero_()), NORM, "value"),
    "norm drawn": (change(NORM, lambda p: p.normal_(1, 0.1)), NORM, "noisy"),
    "zeroed": (change(DOWN, lambda p: p.zero_()), DOWN, "not drawn"),
    "PyTorch's own default": (
        change(DOWN, lambda p: nn.init.kaiming_uniform_(p, a=5**0.5)), DOWN, "std",
    ),
    "a shard's fans": (change(DOWN, lambda p: p.mul_(2)), DOWN, "std"),
    "duplicated": (duplicate, UP, "duplicate"),
    "shifted": (change(UP, lambda p: p.add_(0.02)), UP, "mean"),
    "outlier": (change(UP, lambda p: p[0, 0].fill_(3)), UP, "outliers"),
}  # fmt: skip


@pytest.mark.parametrize("name", PLANTED)
def test_the_models_own_code_tells_what_is_planted(llama, name):
    plant, where, kind = PLANTED[name]
    net = copy.deepcopy(llama)
    assert netinit.verify(net).ok
    plant(net)
    found = netinit.verify(net).findings
    assert [(one.name, one.kind) for one in found] == [(where, kind)]


def test_nothing_of_the_model_is_changed(llama):
    before = {name: value.clone() for name, value in llama.state_dict().items()}
    versions = [p._version for p in llama.parameters()]
    netinit.verify(llama)
    assert versions == [p._version for p in llama.parameters()]
    assert all(torch.equal(value, before[name]) for name, value in llama.state_dict().items())


def test_what_has_no_value_is_told():
    with torch.device("meta"):
        net = nn.Linear(3, 4)
    assert [one.kind for one in netinit.verify(net).findings] == ["no value"] * 2
    net = nn.Linear(3, 4)
    netinit.torch.mark_uninitialized(net)
    assert [one.kind for one in netinit.verify(net).findings] == ["no value"] * 2


def test_types_and_views_of_memory():
    net = nn.Module()
    net.weight = nn.Parameter(torch.randn(64, 48).bfloat16().T)
    net.register_buffer("steps", torch.arange(5))
    net.register_buffer("waves", torch.polar(torch.ones(4), torch.arange(4.0)))
    net.register_buffer("few", torch.eye(3).to_sparse())
    rows = {one.name: one for one in netinit.verify(net).arrays}
    assert rows["weight"].statistics.std == pytest.approx(float(net.weight.float().std()), rel=1e-3)
    assert rows["steps"].statistics.high == 4
    assert rows["waves"].shape == (4, 2)
    assert "few" not in rows


def test_against_a_plan_the_seed_is_told():
    def make():
        return nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 10))

    plan = netinit.plan(make(), netinit.All, seed=3)
    net = netinit.initialize(make(), netinit.All, seed=3)
    assert {one.verdict for one in netinit.verify(net, plan).arrays} == {"exact"}
    with torch.no_grad():
        net[0].weight.normal_(0, (2 / 64) ** 0.5)
    found = netinit.verify(net, plan)
    assert [(one.name, one.kind) for one in found.findings] == [("0.weight", "other values")]
