"""Folders of shards are what transformers and accelerate write and load."""

from __future__ import annotations

import json
import logging
import os

import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

import netinit  # noqa: E402
from netinit import checkpoint  # noqa: E402


def llama(tied):
    config = transformers.LlamaConfig(
        **{"hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 3, "vocab_size": 200},
        **{"num_attention_heads": 4, "num_key_value_heads": 2, "tie_word_embeddings": tied},
    )
    return transformers.LlamaForCausalLM._from_config(config, dtype=torch.bfloat16)


def on_meta(tied):
    with torch.device("meta"):
        model = llama(tied)
    model.tie_weights()
    return model


@pytest.fixture(params=[True, False], ids=["tied", "untied"])
def written(request, tmp_path):
    """Write a folder, and return it with the model that has its values."""
    model = on_meta(request.param)
    plan = netinit.plan(model, netinit.All, seed=3)
    folder = tmp_path / "folder"
    checkpoint.write(folder, plan, max_shard_size="50KB", config=model.config)
    return folder, netinit.initialize(on_meta(request.param), seed=3)


def test_the_folder_is_what_save_pretrained_writes(written, tmp_path):
    folder, model = written
    model.save_pretrained(tmp_path / "theirs", max_shard_size="50KB")
    index = "model.safetensors.index.json"
    found, theirs = (json.loads((at / index).read_text()) for at in (folder, tmp_path / "theirs"))
    assert found == theirs
    for name in sorted(set(found["weight_map"].values())):
        ours, other = (checkpoint.read_header(at / name) for at in (folder, tmp_path / "theirs"))
        assert ours.tensors == other.tensors
        data = [(at / name).read_bytes() for at in (folder, tmp_path / "theirs")]
        assert data[0][ours.data_start :] == data[1][other.data_start :]


def test_from_pretrained_loads_it_without_a_word(written, caplog, recwarn):
    folder, model = written
    assert len(os.listdir(folder)) > 4
    transformers.logging.enable_propagation()
    try:
        with caplog.at_level(logging.WARNING):
            loaded, report = transformers.AutoModelForCausalLM.from_pretrained(
                folder, output_loading_info=True
            )
    finally:
        transformers.logging.disable_propagation()
    assert not any(report[key] for key in ("missing_keys", "unexpected_keys", "mismatched_keys"))
    assert [record.message for record in caplog.records] == []
    assert not recwarn.list
    assert loaded.dtype is torch.bfloat16
    for name, value in model.state_dict().items():
        assert torch.equal(loaded.state_dict()[name], value), name
    tied = model.config.tie_word_embeddings
    assert (loaded.lm_head.weight is loaded.model.embed_tokens.weight) == tied


def test_accelerate_loads_and_dispatches_it(written):
    accelerate = pytest.importorskip("accelerate")
    folder, model = written
    with accelerate.init_empty_weights():
        empty = llama(model.config.tie_word_embeddings)
    empty.tie_weights()
    loaded = accelerate.load_checkpoint_and_dispatch(empty, folder, device_map={"": "cpu"})
    for name, value in model.named_parameters():
        assert torch.equal(loaded.get_parameter(name), value), name
