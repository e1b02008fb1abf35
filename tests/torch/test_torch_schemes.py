"""The scaling laws of DeepNorm, T-Fixup and Fixup, measured; schemes on models of others."""

from __future__ import annotations

import math

import pytest

torch = pytest.importorskip("torch")

import netinit  # noqa: E402

WIDTH = 32
DEPTHS = [2, 8, 32]


def linear(inputs, outputs):
    return torch.nn.Linear(inputs, outputs, bias=False)


class Block(torch.nn.Module):
    """A block of a transformer: its two branches, with fairseq's names."""

    def __init__(self):
        super().__init__()
        for name in ("q_proj", "k_proj", "v_proj", "out_proj"):
            setattr(self, name, linear(WIDTH, WIDTH))
        self.fc1, self.fc2 = linear(WIDTH, 4 * WIDTH), linear(4 * WIDTH, WIDTH)

    def attention(self, x):
        q, k, v = self.q_proj(x), self.k_proj(x), self.v_proj(x)
        return self.out_proj(torch.softmax(q @ k.transpose(-1, -2) / math.sqrt(WIDTH), -1) @ v)

    def mlp(self, x):
        return self.fc2(torch.relu(self.fc1(x)))


class Transformer(torch.nn.Module):
    """x -> norm(alpha x + f(x)) for every branch f, or without a norm."""

    def __init__(self, depth, alpha, norm):
        super().__init__()
        self.embed = torch.nn.Embedding(48, WIDTH)
        self.layers = torch.nn.ModuleList(Block() for _ in range(depth))
        self.alpha, self.norm = alpha, norm

    def forward(self, tokens):
        x = self.embed(tokens)
        for block in self.layers:
            for branch in (block.attention, block.mlp):
                x = self.alpha * x + branch(x)
                if self.norm:
                    x = torch.nn.functional.layer_norm(x, (WIDTH,))
        return x


def update(net, inputs, steps=1, rate=1e-3):
    """Return by how much steps of gradient descent change the output of a net."""
    before = net(inputs)
    target = torch.from_numpy(netinit.numpy.normal(tuple(before.shape), name="target"))
    for _ in range(steps):
        loss = ((net(inputs) - target) ** 2).sum(-1).mean()
        gradients = torch.autograd.grad(loss, list(net.parameters()), allow_unused=True)
        with torch.no_grad():
            for parameter, gradient in zip(net.parameters(), gradients, strict=True):
                if gradient is not None:
                    parameter -= rate * gradient
    return float((net(inputs) - before).detach().norm(dim=-1).mean())


def made(net_of, method):
    with torch.device("meta"):
        net = net_of()
    return netinit.initialize(net, method=method)


def updates(method_of, alpha_of, norm):
    tokens = torch.arange(48).reshape(8, 6)
    found = []
    for depth in DEPTHS:
        method = method_of(depth)
        alpha = alpha_of(method)
        net = made(lambda depth=depth, alpha=alpha: Transformer(depth, alpha, norm), method)
        found.append(update(net, tokens))
    return found


def test_deepnorms_update_does_not_grow_with_depth():
    got = updates(netinit.methods.DeepNorm, lambda method: method.encoder_alpha, True)
    assert max(got) < 1.1 * min(got), got
    plain = updates(lambda depth: netinit.methods.Xavier(), lambda method: 1.0, True)
    assert plain[-1] > 10 * plain[0], plain  # post-norm without it


def test_tfixups_update_does_not_grow_with_depth():
    got = updates(netinit.methods.TFixup, lambda method: 1.0, False)
    assert max(got) < 1.1 * min(got), got
    plain = updates(lambda depth: netinit.methods.Xavier(), lambda method: 1.0, False)
    assert not plain[1] < 100 * plain[0], plain  # nor is it finite at the largest depth


class Residual(torch.nn.Module):
    """Basic blocks without normalization."""

    def __init__(self, depth):
        super().__init__()
        self.blocks = torch.nn.ModuleList(
            torch.nn.ModuleDict({"conv1": linear(WIDTH, WIDTH), "conv2": linear(WIDTH, WIDTH)})
            for _ in range(depth)
        )

    def forward(self, x):
        for block in self.blocks:
            x = x + block["conv2"](torch.relu(block["conv1"](x)))
        return x


def test_fixups_update_does_not_grow_with_depth():
    x = torch.from_numpy(netinit.numpy.normal((64, WIDTH), name="x"))
    got, plain = [], []
    for depth in (4, 16, 64):
        net = made(lambda depth=depth: Residual(depth), netinit.methods.Fixup(depth))
        assert torch.equal(net(x), x)  # every branch begins with zero
        got.append(update(net, x, steps=3))
        unscaled = netinit.methods.Rules({"*conv1*": "Kaiming", "*conv2*": netinit.Normal(0, 1e-9)})
        net = made(lambda depth=depth: Residual(depth), unscaled)
        plain.append(update(net, x, steps=3))
    assert max(got) < 1.1 * min(got), got
    assert plain[2] > 5 * plain[0], plain


def test_packed_projections_and_names_of_torch_nn():
    layer = torch.nn.TransformerEncoderLayer(64, 4, 128)
    net = torch.nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
    netinit.initialize(net, netinit.All, method=netinit.methods.DeepNorm(encoder_layers=32))
    q, k, v = net.layers[1].self_attn.in_proj_weight.detach().chunk(3)
    xavier = math.sqrt(2 / 128)
    assert [float(w.std()) for w in (q, k, v)] == pytest.approx(
        [xavier, xavier, xavier / 4], rel=0.05
    )
    assert float(net.layers[0].linear1.weight.detach().std()) == pytest.approx(
        math.sqrt(2 / 192) / 4, rel=0.05
    )


def test_forget_bias_of_an_lstm():
    net = netinit.initialize(torch.nn.LSTM(3, 5, 2), netinit.All, method="ForgetBias")
    for layer in (0, 1):
        total = getattr(net, f"bias_ih_l{layer}") + getattr(net, f"bias_hh_l{layer}")
        assert total.tolist() == [0.0] * 5 + [1.0] * 5 + [0.0] * 10
    # a state of 1 decays by sigmoid(1) a step, not by 1/2
    with torch.no_grad():
        for name, weight in net.named_parameters():
            if "weight" in name:
                weight.zero_()
    zeros = torch.zeros(2, 1, 5)
    _, (_, cell) = net(torch.zeros(4, 1, 3), (zeros, torch.ones(2, 1, 5)))
    kept = 1 / (1 + math.exp(-1))
    assert float(cell.detach().mean()) == pytest.approx(kept**4, rel=1e-5)


def test_mup_of_a_model_by_its_narrow_one():
    def model(width):
        return torch.nn.Sequential(
            torch.nn.Linear(10, width), torch.nn.Linear(width, width), torch.nn.Linear(width, 3)
        )

    base = {row.name: row.parameter.shape for row in netinit.plan(model(64), netinit.All)}
    method = netinit.methods.MuP(base)
    plan = netinit.plan(model(256), netinit.All, method=method)
    kinds = [method.kind(row.parameter) for row in plan if row.parameter.role == "weight"]
    assert kinds == ["input", "hidden", "output"]
    assert [method.rate(row.parameter) for row in plan] == [1, 1, 0.25, 1, 0.25, 1]


def test_gpt2_of_transformers():
    transformers = pytest.importorskip("transformers")
    config = transformers.GPT2Config(n_layer=8, n_embd=64, n_head=2, vocab_size=500)
    with torch.device("meta"):
        net = transformers.GPT2LMHeadModel(config)
    net = netinit.initialize(net, method=netinit.methods.GPT2(layers=8))
    for name, weight in net.named_parameters():
        std = float(weight.detach().std())
        if name.endswith("c_proj.weight"):
            assert std == pytest.approx(0.02 / 4, rel=0.05)
        elif weight.ndim == 2:
            assert std == pytest.approx(0.02, rel=0.05)
