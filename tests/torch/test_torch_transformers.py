"""Models of the transformers library, built on the meta device from small configurations."""

import math
import os
import warnings

import pytest

torch = pytest.importorskip("torch")

os.environ["HF_HUB_OFFLINE"] = "1"
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    transformers = pytest.importorskip("transformers", exc_type=ImportError)

from torch import nn  # noqa: E402

import netinit  # noqa: E402
import netinit.checkpoint  # noqa: E402
from netinit.shapes.fans import fans  # noqa: E402
from netinit.torch import mark_uninitialized  # noqa: E402

pytestmark = pytest.mark.filterwarnings("default")

SIZES = {
    "vocab_size": 120,
    "bos_token_id": 1,
    "eos_token_id": 2,
}
WIDTHS = {
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
}
MODELS = {
    "GPT2LMHeadModel": lambda: transformers.GPT2Config(
        n_layer=2, n_embd=64, n_head=4, n_positions=32, **SIZES
    ),
    "LlamaForCausalLM": lambda: transformers.LlamaConfig(**WIDTHS, **SIZES),
    "BertForMaskedLM": lambda: transformers.BertConfig(**WIDTHS, **SIZES),
    "GemmaForCausalLM": lambda: transformers.GemmaConfig(
        **WIDTHS, **SIZES, head_dim=16, num_key_value_heads=2
    ),
    "MixtralForCausalLM": lambda: transformers.MixtralConfig(
        **WIDTHS, **SIZES, num_key_value_heads=2, num_local_experts=4
    ),
}


#: Also written into files.
WRITTEN = MODELS | {
    "Gemma3ForCausalLM": lambda: transformers.Gemma3TextConfig(
        **WIDTHS, **SIZES, head_dim=16, num_key_value_heads=2
    ),
    "MambaForCausalLM": lambda: transformers.MambaConfig(
        hidden_size=32, num_hidden_layers=2, vocab_size=50
    ),
    "Qwen2MoeForCausalLM": lambda: transformers.Qwen2MoeConfig(
        **WIDTHS,
        **SIZES,
        num_key_value_heads=2,
        num_experts=4,
        moe_intermediate_size=32,
        shared_expert_intermediate_size=32,
    ),
}


def build(name, device="meta"):
    with torch.device(device):
        return getattr(transformers, name)(MODELS[name]())


def tensors(net):
    return {**dict(net.named_parameters()), **dict(net.named_buffers())}


def copies(net):
    return {name: tensor.detach().clone() for name, tensor in tensors(net).items()}


@pytest.fixture(params=MODELS)
def name(request):
    return request.param


def test_runs_with_finite_output(name):
    net = build(name)
    assert netinit.initialize(net) is net
    assert all(tensor.device.type == "cpu" for tensor in tensors(net).values())
    net.eval()
    with torch.no_grad():
        logits = net(input_ids=torch.arange(24).reshape(2, 12)).logits
    assert torch.isfinite(logits).all()
    assert logits.std() > 0.01


def test_planned_deviations_hold(name):
    net = build(name)
    plan = netinit.plan(net)
    netinit.initialize(net)
    assert {row.name for row in plan} >= {n for n, _ in net.named_parameters()}
    for row in plan:
        values = tensors(net)[row.name].detach().double()
        if row.parameter.zero_row is not None:
            assert (values[row.parameter.zero_row] == 0).all()
            rows = [i for i in range(len(values)) if i != row.parameter.zero_row]
            values = values[rows]
        margin = 6 * row.std / math.sqrt(2 * values.numel()) + 1e-9
        assert values.std(correction=0).item() == pytest.approx(row.std, abs=margin), row.name


def test_buffers_are_what_the_library_computes(name):
    net, expected = build(name), build(name, "cpu")
    netinit.initialize(net)
    for buffer, value in expected.named_buffers():
        assert torch.equal(net.get_buffer(buffer), value), buffer


def test_a_second_call_changes_nothing(name):
    net = netinit.initialize(build(name))
    before = copies(net)
    with pytest.warns(netinit.errors.NothingToInitializeWarning):
        netinit.initialize(net)
    assert all(torch.equal(before[n], tensor) for n, tensor in tensors(net).items())


def test_all_overwrites(name):
    net = netinit.initialize(build(name))
    before = copies(net)
    netinit.initialize(net, netinit.All, seed=4321)
    for row in netinit.plan(net, netinit.All):
        equal = torch.equal(before[row.name], tensors(net)[row.name])
        assert equal == row.initializer.constant, row.name
    netinit.initialize(net, netinit.All)
    assert all(torch.equal(before[n], tensor) for n, tensor in tensors(net).items())


def test_loaded_and_hand_set_parameters_keep_every_byte(name):
    source, net = build(name, "cpu"), build(name)
    names = [n for n, _ in source.named_parameters()]
    kept = {n: source.state_dict()[n].clone() for n in names[::2]}
    net.load_state_dict(kept, strict=False, assign=True)
    netinit.initialize(net)
    for n, value in kept.items():
        assert torch.equal(net.get_parameter(n), value), n
    assert all(tensor.device.type == "cpu" for tensor in tensors(net).values())


def test_marked_models_keep_what_is_loaded(name):
    source, net = build(name, "cpu"), build(name, "cpu")
    mark_uninitialized(net)
    kept = {n: source.state_dict()[n] + 1 for n, _ in list(source.named_parameters())[::2]}
    net.load_state_dict(kept, strict=False)
    netinit.initialize(net)
    for n, value in kept.items():
        assert torch.equal(net.get_parameter(n), value), n


def test_tied_embeddings_stay_tied():
    net = netinit.initialize(build("GPT2LMHeadModel"))
    assert net.lm_head.weight is net.transformer.wte.weight


def test_packed_projections_of_gpt2():
    net = build("GPT2LMHeadModel")
    rows = {row.name: row.parameter for row in netinit.plan(net)}
    c_attn = rows["transformer.h.0.attn.c_attn.weight"]
    assert tuple(fans(c_attn.shape, c_attn.layout)) == (64, 64)
    c_fc = rows["transformer.h.0.mlp.c_fc.weight"]
    assert tuple(fans(c_fc.shape, c_fc.layout)) == (64, 256)
    netinit.initialize(net, method="Orthogonal")
    for block in net.transformer.h[0].attn.c_attn.weight.detach().double().chunk(3, dim=1):
        torch.testing.assert_close(block @ block.T, torch.eye(64).double(), atol=1e-5, rtol=0)


def test_experts_are_maps_of_their_own():
    rows = {row.name: row.parameter for row in netinit.plan(build("MixtralForCausalLM"))}
    experts = rows["model.layers.0.mlp.experts.down_proj"]
    assert experts.shape == (4, 64, 96)
    assert tuple(fans(experts.shape, experts.layout)) == (96, 64)


def test_norms_begin_as_their_library_has_them():
    """Gemma scales by one plus the weight, so its weights begin at 0."""
    gemma = netinit.initialize(build("GemmaForCausalLM"))
    assert (gemma.model.norm.weight == 0).all()
    llama = netinit.initialize(build("LlamaForCausalLM"))
    assert (llama.model.norm.weight == 1).all()


def test_bfloat16():
    net = build("LlamaForCausalLM").to(torch.bfloat16)
    netinit.initialize(net)
    assert net.lm_head.weight.dtype is torch.bfloat16
    assert torch.isfinite(net(input_ids=torch.arange(12)[None]).logits).all()


def test_a_model_as_a_part_of_another_module():
    class Classifier(nn.Module):
        def __init__(self):
            super().__init__()
            self.backbone = transformers.LlamaModel(MODELS["LlamaForCausalLM"]())
            self.head = nn.Linear(64, 3)

    with torch.device("meta"):
        net = Classifier()
    netinit.initialize(net)
    assert all(tensor.device.type == "cpu" for tensor in tensors(net).values())


def test_the_global_generator_is_not_advanced():
    net = build("LlamaForCausalLM")
    state = torch.get_rng_state()
    netinit.initialize(net)
    assert torch.equal(torch.get_rng_state(), state)


def test_state_space_models_keep_their_own_constants():
    with torch.device("meta"):
        config = transformers.MambaConfig(hidden_size=32, num_hidden_layers=1, vocab_size=50)
        net = transformers.MambaModel(config)
    netinit.initialize(net)
    mixer = net.layers[0].mixer
    assert torch.equal(mixer.A_log, torch.log(torch.arange(1.0, 17)).expand(64, 16))
    assert (mixer.D == 1).all()


@pytest.mark.parametrize("model", WRITTEN)
def test_files_hold_what_save_pretrained_writes(model, tmp_path):
    """Non-persistent buffers are left out; tied tensors have the name that transformers keeps."""
    safetensors_torch = pytest.importorskip("safetensors.torch")

    def on_meta():
        with torch.device("meta"):
            return getattr(transformers, model)(WRITTEN[model]())

    path = tmp_path / "written.safetensors"
    netinit.checkpoint.write(path, netinit.plan(on_meta(), netinit.All, seed=3))
    assert netinit.checkpoint.check(path) == []
    net = netinit.initialize(on_meta(), seed=3)
    net.save_pretrained(tmp_path, save_original_format=False)
    found, theirs = map(safetensors_torch.load_file, (path, tmp_path / "model.safetensors"))
    assert found.keys() == theirs.keys()
    assert all(torch.equal(found[name], tensor) for name, tensor in theirs.items())
    path.replace(tmp_path / "model.safetensors")
    loaded, report = type(net).from_pretrained(tmp_path, output_loading_info=True)
    assert not report["missing_keys"]
    assert not report["unexpected_keys"]
    assert all(torch.equal(value, net.state_dict()[n]) for n, value in loaded.state_dict().items())


def falcon_h1():
    config = transformers.FalconH1Config(
        **{"hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 2, "vocab_size": 120},
        **{"num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 16},
        **{"mamba_d_ssm": 128, "mamba_n_heads": 8, "mamba_d_head": 16, "mamba_d_state": 12},
        **{"mamba_n_groups": 2, "ssm_multipliers": [0.5, 2.0, 3.0, 0.25, 1.5]},
    )
    return transformers.FalconH1ForCausalLM(config)


@pytest.mark.parametrize("wrap", [lambda net: net, lambda net: nn.ModuleDict({"lm": net})])
def test_a_buffer_that_the_model_writes_into_its_layers(wrap):
    expected = falcon_h1()
    with torch.device("meta"):
        net = wrap(falcon_h1())
    netinit.initialize(net)
    found = {name.removeprefix("lm."): buffer for name, buffer in net.named_buffers()}
    for name, buffer in expected.named_buffers():
        assert torch.equal(found[name], buffer), name
    vector = found["model.layers.1.mamba.mup_vector"]
    assert vector.unique().tolist() == [0.25, 0.5, 1.5, 2.0, 3.0]
