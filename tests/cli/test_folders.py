"""The commands on folders: check, repair, and each kind of SOURCE."""

import os
import re

import pytest

pytest.importorskip("click")
pytest.importorskip("rich")

from netinit import checkpoint
from netinit.checkpoint.shards import INDEX_NAME
from tests.checkpoint.folders import damage, make_folder, shard


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Make a folder "model" in the current one."""
    monkeypatch.chdir(tmp_path)
    return make_folder(tmp_path / "model")


def test_check_of_a_folder(cli, folder):
    status, out, err = cli("check", "model")
    assert (status, err) == (0, "")
    assert re.fullmatch(
        r"model: 8 tensors in 3 files equal to the recipe, [\d,]+ bytes, .* GB/s\)\n", out
    )
    assert cli("check", f"model/{INDEX_NAME}")[0] == 0


def test_check_names_what_differs_in_a_folder(cli, folder):
    damage(folder / shard(1), "h.2.weight", 65)
    status, out, err = cli("check", "model")
    assert status == 1
    assert out.startswith(f"{shard(1)}: h.2.weight: element [1, 1] is ")
    assert err == "Error: model: 1 of 8 tensors in 3 files differ from the recipe\n"


def test_check_of_a_folder_with_a_broken_and_a_missing_file(cli, folder):
    (folder / shard(0)).write_bytes(b"")
    os.remove(folder / shard(2))
    status, out, err = cli("check", "model")
    assert status == 1
    assert f"{shard(0)}: 0 bytes are too few" in out
    assert f"{shard(2)}: it is missing; 2 tensors should be in it" in out
    assert err.count("\n") == 1


def test_repair_says_what_it_did(cli, folder):
    good = (folder / shard(1)).read_bytes()
    status, out, err = cli("repair", "model")
    assert (status, out, err) == (0, "model: equal to the recipe; nothing was written\n", "")
    damage(folder / shard(1), "h.2.weight", 65)
    status, out, err = cli("repair", "model", "--threads", 1)
    assert (status, err) == (0, "")
    assert out == f"model/{shard(1)}: written anew; what differed: 'h.2.weight'\n"
    assert (folder / shard(1)).read_bytes() == good
    assert cli("check", "model")[0] == 0


def test_repair_of_what_cannot_be_repaired(cli, folder):
    path = folder / shard(1)
    path.write_bytes(path.read_bytes()[:-2])
    status, out, err = cli("repair", "model")
    assert status == 1
    assert out.startswith(f"model/{shard(1)}: left as it is: ")
    assert err == "Error: model: 1 of 1 files that differ could not be repaired\n"


@pytest.mark.parametrize("source", ["model", f"model/{INDEX_NAME}"])
def test_a_folder_and_an_index_are_sources(cli, folder, source):
    status, out, err = cli("init", source, "-o", "out.safetensors", "--seed", 7)
    assert (status, err) == (0, "")
    assert ": 55,148 parameters in 8 tensors, " in out
    assert checkpoint.check("out.safetensors") == []
    status, out, _ = cli("plan", source, "--select", "h.*")
    assert status == 0
    assert "4 of 8 parameters" in out


def test_a_configuration_is_planned_by_its_own_code(cli, tmp_path, monkeypatch):
    transformers = pytest.importorskip("transformers")
    pytest.importorskip("torch")
    monkeypatch.chdir(tmp_path)
    sizes = {"n_embd": 8, "n_layer": 1, "n_head": 2, "vocab_size": 11, "n_positions": 5}
    config = transformers.GPT2Config(**sizes, bos_token_id=1, eos_token_id=2)
    config.to_json_file("config.json")
    status, out, err = cli("plan", "config.json")
    assert (status, err) == (0, "")
    assert "Method Native()" in out
    status, out, _ = cli("plan", ".", "--method", "Xavier")
    assert status == 0
    assert "Method Xavier(" in out


def test_a_configuration_becomes_a_folder_that_transformers_loads(cli, tmp_path, monkeypatch):
    transformers = pytest.importorskip("transformers")
    torch = pytest.importorskip("torch")
    monkeypatch.chdir(tmp_path)
    sizes = {"hidden_size": 16, "intermediate_size": 24, "num_attention_heads": 2}
    config = transformers.LlamaConfig(**sizes, num_hidden_layers=2, vocab_size=50, dtype="bfloat16")
    config.architectures = ["LlamaForCausalLM"]
    config.to_json_file("config.json")
    status, out, err = cli("init", "config.json", "-o", "out", "--max-shard-size", "3KB")
    assert (status, err) == (0, "")
    _, loading = transformers.AutoModelForCausalLM.from_pretrained("out", output_loading_info=True)
    assert not any(loading.values())
    model = transformers.AutoModelForCausalLM.from_pretrained("out")
    state = model.state_dict()
    count = sum(tensor.numel() for tensor in state.values())
    assert out.startswith(f"out: {count:,} parameters in {len(state)} tensors, ")
    assert model.dtype == torch.bfloat16
    assert cli("check", "out")[0] == 0


WRONG = {
    "notes.json": "this JSON is no net of netinit's",
    "empty": r"there is no \.safetensors file in this folder",
    "model.pt": "this is a pickle, which is not opened; give a safetensors file",
    "none": "No such file or directory",
}


@pytest.mark.parametrize("source", WRONG)
@pytest.mark.parametrize("command", ["plan", "init"])
def test_a_wrong_source_is_one_line(cli, tmp_path, monkeypatch, command, source):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notes.json").write_text('{"who": "me"}')
    (tmp_path / "model.pt").write_text("")
    (tmp_path / "empty").mkdir()
    output = ["-o", "out.safetensors"] if command == "init" else []
    status, out, err = cli(command, source, *output)
    assert (status, out) == (1, "")
    assert re.fullmatch(f"Error: {re.escape(source)}: {WRONG[source]}.*\n", err)
    assert sorted(os.listdir()) == ["empty", "model.pt", "notes.json"]


@pytest.mark.parametrize("command", ["check", "repair"])
@pytest.mark.parametrize("path", ["empty", "none", "notes.json", "notes.safetensors.index.json"])
def test_check_and_repair_of_nothing_are_one_line(cli, tmp_path, monkeypatch, command, path):
    monkeypatch.chdir(tmp_path)
    for name in ("notes.json", "notes.safetensors.index.json"):
        (tmp_path / name).write_text('{"who": "me"}')
    (tmp_path / "empty").mkdir()
    status, out, err = cli(command, path)
    assert (status, out) == (1, "")
    assert err.startswith(f"Error: {path}: ")
    assert err.count("\n") == 1
