"""Real models whose own code initializes them, by netinit in the place of torch.nn.init."""

from __future__ import annotations

import os
import sys
import warnings
from types import ModuleType

import pytest

torch = pytest.importorskip("torch")
stats = pytest.importorskip("scipy.stats")

from torch import nn  # noqa: E402

from netinit.torch import init  # noqa: E402
from netinit.torch.init.installation import holders  # noqa: E402

P_VALUE = 1e-4


@pytest.fixture(scope="module")
def transformers():
    os.environ["HF_HUB_OFFLINE"] = "1"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip("transformers", exc_type=ImportError)


def gpt2(transformers):
    config = transformers.GPT2Config(
        vocab_size=120, n_positions=32, n_embd=64, n_layer=3, n_head=4, bos_token_id=1
    )
    return transformers.GPT2LMHeadModel(config), {"input_ids": torch.arange(20)[None]}


def vit(transformers):
    config = transformers.ViTConfig(
        hidden_size=48, num_hidden_layers=2, num_attention_heads=4, intermediate_size=96,
        image_size=32, patch_size=8,
    )  # fmt: skip
    return transformers.ViTForImageClassification(config), {
        "pixel_values": torch.ones(1, 3, 32, 32)
    }


def resnet(transformers):
    config = transformers.ResNetConfig(
        embedding_size=16, hidden_sizes=[16, 32, 48, 64], depths=[1, 1, 1, 1]
    )
    model = transformers.ResNetForImageClassification(config).eval()
    return model, {"pixel_values": torch.ones(1, 3, 32, 32)}


MODELS = {"gpt2": gpt2, "vit": vit, "resnet": resnet}


@pytest.fixture(params=MODELS)
def build(request, transformers):
    return lambda: MODELS[request.param](transformers)


@pytest.fixture
def table(transformers):
    """Return the functions of torch.nn.init that transformers calls."""
    from transformers.initialization import TORCH_INIT_FUNCTIONS

    return TORCH_INIT_FUNCTIONS


def state(model):
    return {name: value.detach().clone() for name, value in model.state_dict().items()}


def compare(ours, theirs):
    """Hold two initializations of one model to be different draws of the same distributions."""
    assert ours.keys() == theirs.keys()
    drawn = 0
    for name, expected in theirs.items():
        values = ours[name].double().flatten()
        expected = expected.double().flatten()
        if len(expected) < 2 or (expected == expected[0]).all():
            assert torch.equal(values, expected), name
            continue
        drawn += 1
        assert not torch.equal(values, expected), name
        assert stats.ks_2samp(values.numpy(), expected.numpy()).pvalue > P_VALUE, name
    assert drawn >= 10


@pytest.mark.filterwarnings("default")
def test_models_built_with_netinit(build, table):
    torch.manual_seed(1)
    theirs, _ = build()
    with init.installed(table):
        torch.manual_seed(1)
        ours, inputs = build()
        torch.manual_seed(1)
        again, _ = build()
    compare(state(ours), state(theirs))
    assert all(
        torch.equal(a, b) for a, b in zip(ours.parameters(), again.parameters(), strict=True)
    )
    assert torch.isfinite(ours(**inputs).logits).all()
    assert all(parameter.requires_grad for parameter in ours.parameters())


@pytest.mark.filterwarnings("default")
def test_models_initialized_again_by_their_own_code(build, table, monkeypatch):
    """As a user would do it by hand, function by function."""
    torch.manual_seed(1)
    model, inputs = build()
    theirs = state(model)
    for name in table:
        monkeypatch.setitem(table, name, getattr(init, name))
    for module in (nn.init, nn.modules.activation, nn.modules.transformer):
        for name in set(init.__all__) & set(vars(module)) - {"installed"}:
            monkeypatch.setattr(module, name, getattr(init, name))
    for tensor in (*model.parameters(), *model.buffers()):
        tensor.__dict__.pop("_is_hf_initialized", None)
    for module in model.modules():
        module.__dict__.pop("_is_hf_initialized", None)
        if hasattr(module, "reset_parameters"):
            module.reset_parameters()
    torch.manual_seed(1)
    model.initialize_weights()
    compare(state(model), theirs)
    loss = model(**inputs).logits.square().mean()
    loss.backward()
    assert torch.isfinite(loss)


LAYERS = {
    "linear": lambda: nn.Linear(50, 40),
    "bilinear": lambda: nn.Bilinear(12, 13, 14),
    "convolution": lambda: nn.Conv2d(16, 24, 3, groups=2),
    "transposed": lambda: nn.ConvTranspose1d(16, 24, 3),
    "embedding": lambda: nn.Embedding(50, 40, padding_idx=3),
    "lstm": lambda: nn.LSTM(30, 20, num_layers=2),
    "attention": lambda: nn.MultiheadAttention(48, 4, add_bias_kv=True),
    "transformer": lambda: nn.Transformer(32, 2, 1, 1, 48, batch_first=True),
    "norm": lambda: nn.GroupNorm(3, 12),
}


@pytest.mark.parametrize("layer", LAYERS)
def test_layers_built_with_netinit(layer):
    torch.manual_seed(2)
    theirs = state(LAYERS[layer]())
    with init.installed():
        torch.manual_seed(2)
        ours = state(LAYERS[layer]())
    for name, expected in theirs.items():
        values, expected = ours[name].flatten(), expected.flatten()
        if (expected == expected[0]).all():
            assert torch.equal(values, expected)
        else:
            assert not torch.equal(values, expected)
            assert stats.ks_2samp(values.numpy(), expected.numpy()).pvalue > P_VALUE


@pytest.mark.parametrize("namespace", [3, "torch.nn.init", [nn.init]], ids=repr)
def test_only_modules_and_dicts_are_namespaces(namespace):
    before = nn.init.normal_
    with (
        pytest.raises(TypeError, match="namespace must be a module or a dict, not"),
        init.installed(namespace),
    ):
        pass
    assert nn.init.normal_ is before


def test_installation_ends_with_the_block():
    import torch.nn.modules.activation as activation

    before = dict(vars(nn.init)), activation.xavier_uniform_
    own = {"mine": nn.init.normal_, "other": 5}

    def fail():
        with init.installed(own):
            assert nn.init.normal_ is own["mine"] is init.normal_
            assert nn.init._no_grad_normal_ is init._no_grad_normal_
            assert nn.init.uniform is init.uniform
            assert activation.xavier_uniform_ is init.xavier_uniform_
            with init.installed():
                assert nn.init.ones_ is init.ones_
            assert nn.init.ones_ is init.ones_
            raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        fail()
    assert (dict(vars(nn.init)), activation.xavier_uniform_) == before
    assert own == {"mine": nn.init.normal_, "other": 5}


def test_what_netinit_leaves_to_torch_arrives_there():
    with init.installed():
        assert nn.init.constant_(torch.zeros(2, dtype=torch.int64), 3).tolist() == [3, 3]
        with pytest.raises(NotImplementedError, match="'Long'"):
            nn.init.normal_(torch.zeros(2, dtype=torch.int64))
        with pytest.raises(NotImplementedError, match="not intended to support complex"):
            nn.init.orthogonal_(torch.zeros(2, 2, dtype=torch.complex64))


def test_a_module_that_imports_a_function_after_it_was_looked_through_is_found(monkeypatch):
    module = ModuleType("imports_later")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    assert module not in holders()
    module.drawn = nn.init.normal_
    assert module in holders()
    del module.drawn
    assert module not in holders()
