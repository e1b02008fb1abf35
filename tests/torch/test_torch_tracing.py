"""Tracing for what follows changes nothing; what cannot be traced is looked at by its parts."""

from __future__ import annotations

import copy

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

import netinit  # noqa: E402
from netinit.torch.following.net import NetSurroundings  # noqa: E402
from netinit.torch.following.tracing import private_copy  # noqa: E402

AUTO = netinit.methods.Kaiming(nonlinearity="auto")


def found(net):
    """Return what follows each weight, by its name."""
    return {a.name: a.remark for a in netinit.plan(net, netinit.All, method=AUTO) if a.remark}


class Writer(nn.Module):
    """Code that writes wherever it can."""

    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(8, 8)
        self.register_buffer("seen", torch.zeros(8))
        self.calls, self.kept = 0, []

    def forward(self, x):
        self.calls += 1
        self.kept.append(x)
        self.note = torch.rand(3)
        self.seen.add_(1)
        with torch.no_grad():
            self.fc.weight.fill_(7.0)
        return torch.tanh(self.fc(x))


def state(net):
    return [
        (name, id(module), dict(vars(module)), copy.copy(module._parameters), module.training)
        for name, module in net.named_modules()
    ]


def test_the_net_stays_as_it_is():
    writer = Writer()
    net = nn.Sequential(nn.Linear(8, 8), writer, nn.BatchNorm1d(8))
    net.train()
    hooked = []
    net[0].register_forward_hook(lambda *given: hooked.append(given))
    net[0].register_forward_pre_hook(lambda *given: hooked.append(given))
    before, tensors = state(net), copy.deepcopy(net.state_dict())
    versions = [tensor._version for tensor in net.state_dict().values()]
    generator = torch.get_rng_state()
    assert found(net)["1.fc.weight"] == "tanh follows (fx)"
    assert state(net) == before
    assert (writer.calls, writer.kept, hooked) == (0, [], [])
    assert not hasattr(writer, "note")
    assert torch.equal(torch.get_rng_state(), generator)
    assert [tensor._version for tensor in net.state_dict().values()] == versions
    for name, tensor in net.state_dict().items():
        assert torch.equal(tensor, tensors[name])
    assert len(net[0]._forward_hooks) == len(net[0]._forward_pre_hooks) == 1


def test_nothing_is_traced_unless_asked(monkeypatch):
    monkeypatch.setattr("netinit.torch.following.net.trace", lambda module: pytest.fail("traced"))
    net = nn.Sequential(nn.Linear(8, 8), nn.Tanh())
    for method in ("Kaiming", "Xavier", "Orthogonal", {"*": "fan_in_uniform"}):
        netinit.plan(net, netinit.All, method=method)
    netinit.initialize(net, netinit.All)


def test_a_net_is_traced_once(monkeypatch):
    traced = []
    monkeypatch.setattr(
        "netinit.torch.following.net.private_copy",
        lambda net: traced.append(net) or private_copy(net),
    )
    net = nn.Sequential(*[nn.Linear(8, 8) for _ in range(5)])
    netinit.initialize(net, netinit.All, method=AUTO)
    assert len(traced) == 1


class Asks(nn.Module):
    """A module that asks for a value between its two layers."""

    def __init__(self):
        super().__init__()
        self.before, self.behind = nn.Linear(8, 8), nn.Linear(8, 8)

    def forward(self, x):
        x = self.before(x).relu()
        if x.sum() > 0:
            x = -x
        return self.behind(x).tanh()


class Block(nn.Module):
    """A module within one that asks for values first, so that it is traced alone."""

    def __init__(self):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(8, 16), nn.Linear(16, 8)

    def forward(self, x):
        return self.fc2(nn.functional.gelu(self.fc1(x)))


class AsksFirst(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.ModuleList([Block(), Block()])
        self.head = nn.Linear(8, 8)

    def forward(self, x):
        for block in self.blocks:
            if x.sum() > 0:
                x = block(x)
        return self.head(x)


def test_what_came_before_is_kept_where_tracing_ends():
    texts = found(Asks())
    assert texts["before.weight"] == "relu follows (fx)"
    assert texts["behind.weight"] == "not found: linear"


def test_the_rest_of_a_net_is_traced_around_a_module_that_cannot_be():
    texts = found(nn.Sequential(nn.Linear(8, 8), nn.SiLU(), Asks(), nn.Linear(8, 8), nn.Tanh()))
    assert texts["0.weight"] == "silu follows, after the net's input: gain 1 (fx)"
    assert texts["2.before.weight"] == "relu follows (fx)"
    assert texts["2.behind.weight"] == "not found: linear"
    assert texts["3.weight"] == "tanh follows (fx)"


def test_modules_within_one_that_cannot_be_traced_are_traced_alone():
    texts = found(AsksFirst())
    assert texts["blocks.0.fc1.weight"] == texts["blocks.1.fc1.weight"] == "gelu follows (fx)"
    assert texts["blocks.0.fc2.weight"] == texts["head.weight"] == "not found: linear"


class Named(nn.Module):
    """A block of known names whose code cannot be traced."""

    def __init__(self, names, act):
        super().__init__()
        for name in names:
            setattr(self, name, nn.Linear(8, 8))
        self.act = act

    def forward(self, x):
        raise ValueError(float(x.sum()))


@pytest.mark.parametrize(
    ("names", "texts"),
    [
        (("fc1", "fc2"), ("gelu follows (tree)", "nothing follows: linear (tree)")),
        (("c_fc", "c_proj"), ("gelu follows (tree)", "nothing follows: linear (tree)")),
        (
            ("gate_proj", "up_proj", "down_proj"),
            ("gelu follows (tree)", "gelu follows (tree)", "nothing follows: linear (tree)"),
        ),
        (("left", "right"), ("not found: linear", "not found: linear")),
        (("q_proj", "query"), ("nothing follows: linear (tree)",) * 2),
    ],
)
@pytest.mark.parametrize("act", [nn.GELU(), nn.functional.gelu], ids=["module", "function"])
def test_known_names(names, texts, act):
    assert tuple(found(Named(names, act)).values()) == texts


def test_a_net_that_cannot_be_copied_is_looked_at_in_order():
    net = nn.Sequential(nn.Linear(8, 8), nn.Dropout(), nn.Tanh(), nn.Linear(8, 8), nn.Linear(8, 8))
    net.lock = (value for value in ())  # a generator has no copy
    assert private_copy(net) is None
    assert tuple(found(net).values()) == (
        "tanh follows (tree)",
        "nothing follows: linear (tree)",
        "not found: linear",
    )


def test_an_unknown_target_is_not_found():
    net = nn.Sequential(nn.Linear(8, 8), nn.Tanh())
    row = netinit.plan(net, netinit.All)[0].parameter
    assert str(NetSurroundings(nn.Linear(3, 3)).following(row.target)) == "not found: linear"


def test_blocks_of_transformers():
    transformers = pytest.importorskip("transformers")
    cases = {
        transformers.GPT2Model: (
            transformers.GPT2Config(n_layer=1, n_embd=8, n_head=2, vocab_size=11),
            {"h.0.mlp.c_fc.weight": "gelu_tanh"},
        ),
        transformers.LlamaModel: (
            transformers.LlamaConfig(
                num_hidden_layers=1, hidden_size=8, intermediate_size=16, vocab_size=11,
                num_attention_heads=2,
            ),
            {"layers.0.mlp.gate_proj.weight": "silu", "layers.0.mlp.up_proj.weight": "silu"},
        ),
        transformers.BertModel: (
            transformers.BertConfig(
                num_hidden_layers=1, hidden_size=8, intermediate_size=16, vocab_size=11,
                num_attention_heads=2,
            ),
            {"encoder.layer.0.intermediate.dense.weight": "gelu", "pooler.dense.weight": "tanh"},
        ),
    }  # fmt: skip
    for build, (config, expected) in cases.items():
        with torch.device("meta"):
            net = build(config)
        texts = {name: text for name, text in found(net).items() if text[:3] not in ("not",)}
        follows = {name for name, text in texts.items() if "follows (" in text}
        assert {name: texts[name] for name in follows} == {
            name: f"{activation} follows (fx)" for name, activation in expected.items()
        }
