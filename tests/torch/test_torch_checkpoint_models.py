"""Files of models of transformers whose buffers are computed and not persistent are checkable."""

import json

import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from netinit import checkpoint  # noqa: E402

SIZES = {
    "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2, "vocab_size": 64,
}  # fmt: skip
MODELS = {
    "LlamaForCausalLM": ("LlamaConfig", {}),
    "MixtralForCausalLM": ("MixtralConfig", {"num_local_experts": 4}),
    "Gemma3ForCausalLM": ("Gemma3TextConfig", {"head_dim": 8}),
    "MambaForCausalLM": ("MambaConfig", {"state_size": 4}),
}


@pytest.fixture(params=MODELS)
def folder(request, tmp_path):
    """Save the configuration of a small model, and its weights as `netinit init` makes them."""
    name, changes = MODELS[request.param]
    config = getattr(transformers, name)(**SIZES | changes, architectures=[request.param])
    config.bos_token_id = config.eos_token_id = config.pad_token_id = 1
    config.save_pretrained(tmp_path)
    plan = checkpoint.plan_source(tmp_path)
    checkpoint.write(tmp_path / "model.safetensors", plan)
    return tmp_path


def test_it_is_equal_to_its_recipe_and_loads_strictly(folder):
    assert checkpoint.check(folder) == []
    name = json.loads((folder / "config.json").read_text())["architectures"][0]
    kind = getattr(transformers, name)
    model, info = kind.from_pretrained(folder, output_loading_info=True)
    assert not any(info[key] for key in ("missing_keys", "unexpected_keys", "mismatched_keys"))
    held = {tensor.name for tensor in checkpoint.read_header(folder / "model.safetensors").tensors}
    assert held <= set(model.state_dict())
    assert not any("inv_freq" in name for name in held)


def test_a_flipped_bit_is_named(folder):
    path = folder / "model.safetensors"
    content = bytearray(path.read_bytes())
    content[-2] ^= 0x10
    path.write_bytes(content)
    (difference,) = checkpoint.check(folder)
    assert difference.name == max(
        checkpoint.read_header(path).tensors, key=lambda tensor: tensor.end
    ).name  # fmt: skip
    assert [repair.done for repair in checkpoint.repair(folder)] == [True]
    assert checkpoint.check(folder) == []
