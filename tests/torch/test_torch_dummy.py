"""Dummy weights of PyTorch modules: quantized layers, the balance of experts, finite outputs."""

from __future__ import annotations

import math

import pytest

torch = pytest.importorskip("torch")

import netinit  # noqa: E402
from netinit.methods import Dummy  # noqa: E402

nn = torch.nn


class Float8Linear(nn.Module):
    """A linear layer of 8-bit floats with a scale a block, as DeepSeek's."""

    def __init__(self, inputs, outputs, dtype):
        super().__init__()
        codes = torch.empty(outputs, inputs, dtype=dtype)
        self.weight = nn.Parameter(codes, requires_grad=False)
        scale = torch.empty(-(-outputs // 64), -(-inputs // 64))
        self.weight_scale_inv = nn.Parameter(scale, requires_grad=False)
        self.input_scale = nn.Parameter(torch.empty(1), requires_grad=False)


class PackedLinear(nn.Module):
    """A linear layer of 4-bit integers in buffers, as GPTQ's."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.register_buffer("qweight", torch.empty(inputs // 8, outputs, dtype=torch.int32))
        self.register_buffer("qzeros", torch.empty(inputs // 64, outputs // 8, dtype=torch.int32))
        self.register_buffer("scales", torch.empty(inputs // 64, outputs, dtype=torch.float16))
        self.register_buffer("g_idx", torch.empty(inputs, dtype=torch.int32))
        self.register_buffer("counter", torch.zeros((), dtype=torch.int64))

    def forward(self, x):
        def nibbles(packed, axis):
            each = [(packed >> shift) & 15 for shift in range(0, 32, 4)]
            return torch.stack(each, axis + 1).flatten(axis, axis + 1)

        zeros = nibbles(self.qzeros, 1) + 1
        group = self.g_idx.long()
        weight = (nibbles(self.qweight, 0) - zeros[group]) * self.scales[group].float()
        return x @ weight


def made(layer, method="Dummy"):
    with torch.device("meta"):
        net = nn.ModuleDict({"o_proj": layer(), "norm": nn.LayerNorm(64)})
    counter = getattr(net["o_proj"], "counter", None)
    if counter is not None:  # a buffer that no code of the module's own computes
        net["o_proj"].counter = torch.zeros((), dtype=torch.int64)
    return netinit.initialize(net, method=method)


@pytest.mark.parametrize(
    "name", ["float8_e4m3fn", "float8_e5m2", "float8_e4m3fnuz", "float8_e5m2fnuz"]
)
def test_layers_of_float8(name):
    net = made(lambda: Float8Linear(256, 128, getattr(torch, name)))
    layer = net["o_proj"]
    weight = layer.weight.float() * layer.weight_scale_inv.repeat_interleave(
        64, 0
    ).repeat_interleave(64, 1)
    assert weight.isfinite().all()
    assert weight.std().item() == pytest.approx(1 / math.sqrt(2 * 256), rel=0.5)
    assert layer.input_scale.item() == 1
    assert math.log2(layer.weight_scale_inv[0, 0]).is_integer()
    assert (net["norm"].weight == 1).all()


def test_layers_of_packed_integers_keep_the_size_of_arrays():
    layer = made(lambda: PackedLinear(512, 256))["o_proj"]
    assert layer.g_idx.tolist() == [i // 64 for i in range(512)]
    assert layer.counter == 0
    out = layer(torch.randn(200, 512, generator=torch.Generator().manual_seed(0)))
    want = 1 / math.sqrt(2)  # it ends a residual branch
    assert want / 1.5 < out.std().item() < want * 1.5


def test_all_overwrites_what_requires_no_gradient():
    layer = Float8Linear(64, 64, torch.float8_e4m3fn)
    integers = nn.Parameter(torch.full((8, 8), 3, dtype=torch.int8), requires_grad=False)
    net = nn.ModuleDict({"o_proj": layer, "other": nn.ParameterDict({"weight": integers})})
    version = integers._version
    netinit.initialize(net, method="Dummy", select=["other.*"])
    assert len(integers.unique()) > 20
    assert integers._version > version
    netinit.initialize(net, netinit.All, method="Dummy")
    assert layer.input_scale.item() == 1


def test_other_methods_still_refuse_integers_of_the_meta_device():
    with torch.device("meta"):
        net = nn.Linear(3, 4)
        net.codes = nn.Parameter(torch.empty(3, 4, dtype=torch.int8), requires_grad=False)
    with pytest.raises(ValueError, match=r"the module cannot be completed.*codes \(torch.int8"):
        netinit.initialize(net)


def test_tensors_are_filled_alone_and_in_mappings():
    for dtype in (torch.int8, torch.int32, torch.float8_e4m3fnuz, torch.float8_e8m0fnu):
        tensor = torch.zeros(8, 64).to(dtype)
        netinit.fill(tensor, "dummy", name="fc.weight")
        assert tensor.float().isfinite().all()
        assert tensor.float().any()
        other = torch.zeros(8, 64).to(dtype)
        netinit.initialize({"fc.weight": other}, netinit.All, method="Dummy")
        assert torch.equal(tensor.view(torch.uint8), other.view(torch.uint8))
    with pytest.raises(TypeError, match=r"tensor has dtype torch\.int8; allowed: float32"):
        netinit.fill(torch.zeros(3, dtype=torch.int8), 0.02)


def loads(net, tokens, experts):
    """Return how many tokens each expert of each layer gets, in shares of an even load."""
    chosen = []
    for module in net.modules():
        if type(module).__name__ == "MixtralTopKRouter":
            module.register_forward_hook(lambda _, __, out: chosen.extend(out))
    with torch.no_grad():
        logits = net(tokens).logits
    indices = [out for out in chosen if not out.is_floating_point()]
    counts = [torch.bincount(i.flatten(), minlength=experts).double() for i in indices]
    return torch.stack([count / count.mean() for count in counts]), logits


@pytest.mark.parametrize("seed", [1234])
def test_experts_have_equal_loads_and_depth_changes_no_size(seed):
    transformers = pytest.importorskip("transformers")
    config = transformers.MixtralConfig(
        hidden_size=256, intermediate_size=512, num_hidden_layers=8, num_attention_heads=8,
        num_key_value_heads=4, num_local_experts=8, vocab_size=32000,
    )  # fmt: skip
    with torch.device("meta"):
        net = transformers.MixtralForCausalLM(config).eval()
    plan = netinit.plan(net, method="Dummy")
    assert plan.method.layers == 8
    net = netinit.initialize(net, method="Dummy", seed=seed)
    generator = torch.Generator().manual_seed(0)
    tokens = torch.randint(0, config.vocab_size, (32, 256), generator=generator)
    shares, logits = loads(net, tokens, 8)
    assert len(shares) == 8
    assert shares.min() > 0.9
    assert shares.max() < 1.1
    assert logits.isfinite().all()
    assert logits.std().item() == pytest.approx(1, rel=0.1)


@pytest.mark.parametrize("depth", [1, 16, 64])
@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_deep_transformers_neither_vanish_nor_blow_up(depth, dtype):
    transformers = pytest.importorskip("transformers")
    config = transformers.LlamaConfig(
        hidden_size=64, intermediate_size=128, num_hidden_layers=depth, num_attention_heads=4,
        num_key_value_heads=2, vocab_size=500, dtype=dtype,
    )  # fmt: skip
    with torch.device("meta"):
        net = transformers.LlamaForCausalLM(config).to(getattr(torch, dtype)).eval()
    net = netinit.initialize(net, method=Dummy(distribution="normal"))
    sizes = []
    for layer in net.model.layers:
        layer.register_forward_hook(lambda _, __, out: sizes.append(out.float().std().item()))
    tokens = torch.randint(0, 500, (2, 32), generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        logits = net(tokens).logits
    assert logits.isfinite().all()
    assert len(sizes) == depth
    assert all(0.7 < size < 2 for size in sizes)
