"""The loader for vLLM, in a stand-in for the package: shards are those of the whole tensors."""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from types import ModuleType, SimpleNamespace

import pytest

torch = pytest.importorskip("torch")

import netinit  # noqa: E402
from netinit.torch.serving import vllm as serving  # noqa: E402
from tests.torch import vllm_layers as layers  # noqa: E402

nn = torch.nn


def net(rank, size, kind):
    """Return a block of a model, as process `rank` of `size` has it."""
    attention = nn.ModuleDict({
        "qkv_proj": layers.QKVParallelLinear(rank, size, 64, 16, 8, 2, kind),
        "o_proj": layers.RowParallelLinear(rank, size, 128, 64),
    })  # fmt: skip
    mlp = nn.ModuleDict({
        "gate_up_proj": layers.MergedColumnParallelLinear(rank, size, 64, [256, 256], kind),
        "other": layers.ColumnParallelLinear(rank, size, 64, [96 * 4], kind),
        "gate": layers.ReplicatedLinear(rank, size, 64, 8),
        "experts": layers.FusedMoE(rank, size, 8, 64, 128, None, kind),
    })  # fmt: skip
    model = nn.Module()
    model.embed_tokens = layers.VocabParallelEmbedding(rank, size, 1000, 64, added=40)
    model.layers = nn.ModuleList([nn.ModuleDict({"self_attn": attention, "mlp": mlp})])
    model.norm = nn.LayerNorm(64)
    model.lm_head = layers.ParallelLMHead(rank, size, 1000, 64)
    return model


@pytest.mark.parametrize("size", [2, 4, 8])
@pytest.mark.parametrize("kind", ["plain", "gptq", "awq", "fp8"])
def test_shards_are_those_of_the_whole(size, kind):
    whole = net(0, 1, kind)
    serving.fill_served(whole, seed=7)
    tensors = dict(whole.named_parameters())
    for rank in range(size):
        part = net(rank, size, kind)
        serving.fill_served(part, seed=7)
        for path, layer in part.named_modules():
            for key, tensor in layer.named_parameters(recurse=False):
                want = tensors[f"{path}.{key}"]
                want = layer.cut(key, want) if hasattr(layer, "cut") else want
                assert tensor.shape == want.shape
                assert torch.equal(tensor.view(torch.uint8), want.contiguous().view(torch.uint8))


def test_values_are_those_of_the_method():
    model = net(0, 1, "gptq")
    serving.fill_served(model)
    qkv = model.layers[0]["self_attn"]["qkv_proj"]
    assert qkv.g_idx.tolist() == [i // 32 for i in range(64)]
    assert qkv.scales.unique().numel() == 1
    gate = model.layers[0]["mlp"]["gate"].weight
    assert torch.allclose(gate @ gate.T, torch.eye(8), atol=1e-6)
    assert (model.norm.weight == 1).all()


@pytest.mark.parametrize("size", [1, 2])
def test_experts_may_be_anywhere(size):
    whole = layers.FusedMoE(0, 1, 8, 32, 64)
    serving.fill_served(nn.ModuleDict({"experts": whole}))
    for mine in ([4, 5, 6, 7], [1, 3, 5], [0]):
        part = layers.FusedMoE(size - 1, size, 8, 32, 64, mine)
        serving.fill_served(nn.ModuleDict({"experts": part}))
        for key, tensor in part.named_parameters():
            assert torch.equal(tensor, part.cut(key, getattr(whole, key).detach()))


def test_tensors_elsewhere_are_filled_by_rows(monkeypatch):
    wanted, got = net(1, 2, "fp8"), net(1, 2, "fp8")
    serving.fill_served(wanted)
    monkeypatch.setattr(serving, "_STAGE", 1000)
    monkeypatch.setattr(serving, "_is_here", lambda tensor: False)
    serving.fill_served(got)
    for (name, a), b in zip(wanted.named_parameters(), got.parameters(), strict=True):
        assert torch.equal(a.view(torch.uint8), b.view(torch.uint8)), name


def test_stages_of_a_pipeline_have_the_depth_of_the_whole():
    stds = []
    for depth in (1, 8):
        model = net(0, 1, "plain")
        serving.fill_served(model, layers=depth)
        stds.append(model.layers[0]["self_attn"]["o_proj"].weight.std().item())
    assert stds[0] / stds[1] == pytest.approx(8**0.5, rel=1e-3)


def test_parameters_without_memory_are_refused_by_name():
    with torch.device("meta"):
        layer = nn.Linear(3, 4)
    model = nn.ModuleDict({"fine": nn.Linear(2, 2), "online": layer})
    before = model["fine"].weight.clone()
    with pytest.raises(ValueError, match=r"'online.weight', 'online.bias' have no memory yet"):
        serving.fill_served(model)
    assert torch.equal(model["fine"].weight, before)


class BaseModelLoader(ABC):
    """What vLLM documents of its loaders."""

    def __init__(self, load_config):
        self.load_config = load_config

    @abstractmethod
    def download_model(self, model_config): ...

    @abstractmethod
    def load_weights(self, model, model_config): ...


@pytest.fixture
def loaders(monkeypatch):
    """Stand in for vLLM, and return its table of loaders after netinit has registered."""
    table = {}

    def register_model_loader(load_format):
        def wrapper(cls):
            assert issubclass(cls, BaseModelLoader)
            table[load_format] = cls
            return cls

        return wrapper

    module = ModuleType("vllm.model_executor.model_loader")
    module.BaseModelLoader = BaseModelLoader
    module.register_model_loader = register_model_loader
    for name in ("vllm", "vllm.model_executor"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    monkeypatch.setitem(sys.modules, module.__name__, module)
    serving.register()
    return table


def test_the_loader_fills_a_model(loaders):
    config = SimpleNamespace(model_loader_extra_config={"seed": 7})
    loader = loaders["netinit"](config)
    model, same = net(0, 2, "fp8"), net(0, 2, "fp8")
    model_config = SimpleNamespace(hf_text_config=SimpleNamespace(num_hidden_layers=3))
    loader.download_model(model_config)
    loader.load_weights(model, model_config)
    serving.fill_served(same, seed=7, layers=3)
    for a, b in zip(model.parameters(), same.parameters(), strict=True):
        assert torch.equal(a.view(torch.uint8), b.view(torch.uint8))


def test_the_loader_takes_a_method_and_refuses_what_it_does_not_know(loaders):
    loader = loaders["netinit"]
    model = nn.Linear(3, 4)
    extra = {"method": ["Random", {"weights": 2.0}]}
    loader(SimpleNamespace(model_loader_extra_config=extra)).load_weights(model, None)
    want = netinit.fill(torch.empty(4, 3), 2.0, name="weight")
    assert torch.equal(model.weight, want)
    wrong = SimpleNamespace(model_loader_extra_config={"sed": 7})
    with pytest.raises(ValueError, match="has 'sed'; load format netinit takes"):
        loader(wrong).load_weights(model, None)


def test_registering_without_vllm_says_so():
    if "vllm" not in sys.modules:
        with pytest.raises(ImportError, match="vllm"):
            serving.register()


def test_the_entry_point_is_there():
    from importlib.metadata import entry_points

    found = entry_points(group="vllm.general_plugins")
    if "netinit" not in found.names:
        pytest.skip("netinit was installed before it had the entry point")
    assert found["netinit"].load() is serving.register
