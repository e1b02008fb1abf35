"""What follows the layers of PyTorch modules: found by tracing, by parts and by names."""

from __future__ import annotations

import copy

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.nn import functional  # noqa: E402

import netinit  # noqa: E402

AUTO = netinit.methods.Kaiming(nonlinearity="auto")


def found(net):
    """Return what follows each weight, by its name."""
    return {a.name: a.remark for a in netinit.plan(net, netinit.All, method=AUTO) if a.remark}


class Net(nn.Module):
    """A first layer, then what a function makes of the module and its output."""

    def __init__(self, code, **parts):
        super().__init__()
        self.first = nn.Linear(8, 8)
        self.code = code
        for name, part in parts.items():
            setattr(self, name, part)

    def forward(self, x):
        return self.code(self, self.first(x))


def after(*steps):
    """Return what follows a layer in a chain of steps."""
    return found(nn.Sequential(nn.Linear(8, 8), nn.Linear(8, 8), *steps))["1.weight"]


MODULES = [
    (nn.ReLU(), "relu"),
    (nn.ReLU6(), "relu6"),
    (nn.LeakyReLU(), "leaky_relu"),
    (nn.LeakyReLU(0.2), "leaky_relu(0.2)"),
    (nn.PReLU(), "prelu"),
    (nn.PReLU(8, init=0.1), "prelu(0.1)"),
    (nn.RReLU(0.1, 0.1), "leaky_relu(0.1)"),
    (nn.Tanh(), "tanh"),
    (nn.Sigmoid(), "sigmoid"),
    (nn.GELU(), "gelu"),
    (nn.GELU("tanh"), "gelu_tanh"),
    (nn.SiLU(), "silu"),
    (nn.Mish(), "mish"),
    (nn.ELU(), "elu"),
    (nn.ELU(0.5), "elu(0.5)"),
    (nn.CELU(2.0), "celu(2)"),
    (nn.SELU(), "selu"),
    (nn.Softplus(), "softplus"),
    (nn.Softsign(), "softsign"),
    (nn.LogSigmoid(), "logsigmoid"),
    (nn.Hardswish(), "hardswish"),
    (nn.Hardsigmoid(), "hardsigmoid"),
    (nn.Hardtanh(), "hardtanh"),
    (nn.Tanhshrink(), "tanhshrink"),
    (nn.GLU(), "glu"),
]


@pytest.mark.parametrize(("module", "name"), MODULES, ids=str)
def test_modules(module, name):
    assert after(module) == f"{name} follows (fx)"


@pytest.mark.parametrize(
    "module", [nn.Softplus(beta=2.0), nn.Hardtanh(-2.0, 2.0), nn.Hardshrink()], ids=str
)
def test_modules_without_a_gain(module):
    assert after(module) in ("not found: linear", "nothing follows: linear (fx)")


CALLS = [
    (functional.relu, "relu"),
    (torch.relu_, "relu"),
    (lambda x: x.tanh(), "tanh"),
    (torch.special.expit, "sigmoid"),
    (functional.gelu, "gelu"),
    (lambda x: functional.gelu(x, approximate="tanh"), "gelu_tanh"),
    (lambda x: functional.leaky_relu(x, 0.3), "leaky_relu(0.3)"),
    (lambda x: functional.leaky_relu(x, negative_slope=0.3, inplace=True), "leaky_relu(0.3)"),
    (lambda x: functional.elu(x, alpha=0.5), "elu(0.5)"),
    (lambda x: functional.hardtanh(x, max_val=6.0, min_val=0.0), "relu6"),
    (lambda x: x * torch.sigmoid(x), "silu"),
    (lambda x: functional.relu(x) ** 2, "squared_relu"),
    (lambda x: functional.relu(x).square(), "squared_relu"),
    (lambda x: functional.relu(x) * functional.relu(x), "relu"),
    (lambda x: torch.sin(x.view(x.size(0), -1)), "sin"),
]


@pytest.mark.parametrize(("function", "name"), CALLS)
def test_functions_and_methods(function, name):
    net = Net(lambda self, x: function(self.second(x)), second=nn.Linear(8, 8))
    assert found(net)["second.weight"] == f"{name} follows (fx)"


@pytest.mark.parametrize(
    "step",
    [
        nn.Identity(),
        nn.Dropout(),
        nn.Flatten(),
        nn.Unflatten(1, (2, 4)),
        nn.BatchNorm1d(8),
        nn.LayerNorm((4, 8)),
        nn.RMSNorm(8),
        nn.GroupNorm(2, 8),
        nn.MaxPool1d(2),
        nn.AdaptiveAvgPool2d(1),
        nn.Upsample(scale_factor=2),
        nn.ZeroPad2d(1),
        nn.PixelShuffle(2),
    ],
    ids=str,
)
def test_steps_that_are_looked_through(step):
    assert after(step, nn.Tanh()) == "tanh follows (fx)"


def test_functions_that_are_looked_through():
    def code(self, x):
        x = functional.layer_norm(self.second(x), (8,)).reshape(-1, 2, 4).transpose(1, 2)
        x = functional.dropout(torch.cat([x, x], -1), training=self.training)
        return torch.tanh(x.flatten(1).contiguous() + self.shift)

    net = Net(code, second=nn.Linear(8, 8), shift=nn.Parameter(torch.zeros(8)))
    assert found(net)["second.weight"] == "tanh follows (fx)"


@pytest.mark.parametrize(
    "step",
    [
        lambda self, x: x,
        lambda self, x: self.third(x),
        lambda self, x: x + self.third(x).relu(),
        lambda self, x: torch.softmax(x, -1),
        lambda self, x: x @ x.t(),
        lambda self, x: functional.scaled_dot_product_attention(x, x, x),
        lambda self, x: self.attention(x, x, x)[0],
    ],
)
def test_where_nothing_follows(step):
    parts = {"third": nn.Linear(8, 8), "attention": nn.MultiheadAttention(8, 2)}
    net = Net(lambda self, x: step(self, self.second(x)), second=nn.Linear(8, 8), **parts)
    assert found(net)["second.weight"] == "nothing follows: linear (fx)"


def test_gated_products_have_the_gain_of_their_gate():
    def code(self, x):
        return self.down(functional.silu(self.gate(x)) * self.up(x))

    parts = {name: nn.Linear(8, 8) for name in ("gate", "up", "down")}
    texts = found(Net(code, **parts))
    assert texts["gate.weight"] == texts["up.weight"] == "silu follows (fx)"
    assert texts["down.weight"] == "nothing follows: linear (fx)"


def test_packed_gates():
    def code(self, x):
        value, gate = self.packed(x).chunk(2, dim=-1)
        return value * functional.gelu(gate)

    assert found(Net(code, packed=nn.Linear(8, 16)))["packed.weight"] == "gelu follows (fx)"


def test_two_activations_are_no_answer():
    net = Net(lambda self, x: self.second(x).relu() + self.second(x).tanh(), second=nn.Linear(8, 8))
    assert found(net)["second.weight"] == "not found: linear"


def test_parameters_of_a_modules_own():
    def code(self, x):
        return torch.tanh(functional.linear(x, self.weight)) @ self.next_weight.t()

    weights = {
        name: nn.Parameter(torch.ones(8, 8, device="meta")) for name in ("weight", "next_weight")
    }
    with pytest.warns(UserWarning, match="guessed"):
        texts = found(Net(code, **weights))
    assert texts["weight"] == "tanh follows (fx)"
    assert texts["next_weight"] == "nothing follows: linear (fx)"


def test_the_nets_input_is_told_from_other_layers():
    x = "gelu follows, after the net's input: gain 1 (fx)"
    assert found(nn.Sequential(nn.Flatten(), nn.LayerNorm(8), nn.Linear(8, 8), nn.GELU())) == {
        "2.weight": x
    }
    net = Net(lambda self, y: functional.gelu(self.second(y)), second=nn.Linear(8, 8))
    assert found(net) == {
        "first.weight": "nothing follows: linear (fx)",
        "second.weight": "gelu follows (fx)",
    }


def test_parametrized_and_old_weight_norm():
    weight_norm = nn.utils.parametrizations.weight_norm
    net = nn.Sequential(nn.Linear(8, 8), weight_norm(nn.Linear(8, 8)), nn.Tanh())
    assert found(net)["1.parametrizations.weight.original1"] == "tanh follows (fx)"
    with pytest.warns(FutureWarning):
        old = nn.utils.weight_norm(nn.Linear(8, 8))
    net = nn.Sequential(nn.Linear(8, 8), old, nn.Tanh())
    assert found(net)["1.weight_v"] == "tanh follows (fx)"


def test_the_layers_of_torch():
    class Both(nn.Module):
        def __init__(self):
            super().__init__()
            self.encoder = nn.TransformerEncoderLayer(8, 2, 16, activation="gelu")
            self.decoder = nn.TransformerDecoderLayer(8, 2, 16, activation=functional.relu)
            self.attention = nn.MultiheadAttention(8, 2)
            self.rnn = nn.RNN(8, 8, nonlinearity="relu")
            self.lstm = nn.LSTM(8, 8)

        def forward(self, x):
            y = self.attention(x, x, x)[0].tanh()
            x = self.decoder(self.encoder(x), y)
            return self.lstm(self.rnn(x)[0])[0]

    texts = found(Both())
    assert texts["encoder.linear1.weight"] == "gelu follows (tree)"
    assert texts["decoder.linear1.weight"] == "relu follows (tree)"
    assert texts["decoder.linear2.weight"] == "nothing follows: linear (tree)"
    assert texts["encoder.self_attn.in_proj_weight"] == "nothing follows: linear (tree)"
    assert texts["decoder.multihead_attn.out_proj.weight"] == "nothing follows: linear (tree)"
    assert texts["attention.in_proj_weight"] == "nothing follows: linear (tree)"
    assert texts["attention.out_proj.weight"] == "tanh follows (fx)"
    assert texts["rnn.weight_ih_l0"] == texts["rnn.weight_hh_l0"] == "relu follows (tree)"
    assert texts["lstm.weight_hh_l0"] == "not found: linear"


@pytest.mark.parametrize("wrap", [nn.DataParallel, lambda net: torch.compile(net, backend="eager")])
def test_wrappers(wrap):
    net = wrap(nn.Sequential(nn.Linear(8, 8), nn.Linear(8, 8), nn.SiLU(), nn.Linear(8, 8)))
    texts = found(net)
    assert texts["1.weight"] == "silu follows (fx)"
    assert texts["2.weight" if "2.weight" in texts else "3.weight"].startswith("nothing follows")


def test_lazy_modules_and_the_meta_device():
    net = nn.Sequential(nn.LazyLinear(8), nn.LazyBatchNorm1d(), nn.Tanh(), nn.LazyLinear(3))
    assert netinit.plan(net, method=AUTO)[0].initializer is None
    with torch.device("meta"):
        net = nn.Sequential(nn.Linear(8, 8), nn.Linear(8, 8), nn.Tanh())
    twin = copy.deepcopy(net)
    method = netinit.methods.Xavier(gain=netinit.initializers.gains.preserving_gain("tanh"))
    netinit.initialize(net, method=netinit.methods.Xavier(gain="auto"))
    netinit.initialize(twin, method=method)
    assert torch.equal(net[1].weight, twin[1].weight)
