"""The commands `netinit inspect histogram`, `spectrum` and `propagate`."""

from __future__ import annotations

import json

import numpy as np
import pytest

import netinit
import netinit.checkpoint
from netinit.cli.commands import run
from netinit.cli.inputs import inputs_of_net
from netinit.cli.inspecting import inspect
from netinit.inspect import figures
from netinit.nets import EmbeddingLayer, LinearLayer, NetChain, NetGraph, TotalLayer, load

NET = {
    **{"netinit": 1, "type": "NetChain", "input": [40]},
    "layers": [60, "ramp", 60, "ramp", 60, "ramp", 10],
}
LLAMA = {
    **{"model_type": "llama", "architectures": ["LlamaForCausalLM"], "num_hidden_layers": 4},
    **{"hidden_size": 64, "intermediate_size": 96, "num_attention_heads": 2, "vocab_size": 100},
}


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.json").write_text(json.dumps(NET))
    return tmp_path


def say(capsys, *arguments, status=0):
    """Run a command and return what it prints: on stdout, or on stderr where it fails."""
    assert run(["inspect", *map(str, arguments)]) == status, capsys.readouterr().err
    out, err = capsys.readouterr()
    assert (out if status else err) == ""
    return err if status else out


def test_histograms_of_what_init_would_write(here, capsys):
    assert sorted(inspect.commands) == ["histogram", "propagate", "spectrum"]
    found = json.loads(say(capsys, "histogram", "net.json", "--json", "--seed", "7"))
    net = netinit.initialize(load("net.json"), seed=7)
    assert [layer["name"] for layer in found["layers"]] == [f"{i}.Weights" for i in (0, 2, 4, 6)]
    for layer in found["layers"]:
        values = net[layer["name"]].astype(np.float64)
        assert layer["counts"] == np.histogram(values, 60)[0].tolist()
        assert (layer["mean"], layer["std"]) == (values.mean(), values.std())
        assert layer["as_planned"] is True
    text = say(capsys, "histogram", "net.json", "--select", "*.Biases", "--bins", 3)
    assert text.startswith("All 4 parameters with a plan are as planned.")
    assert "Weights" not in text


@pytest.mark.parametrize("dtype", ["f32", "bf16", "f8_e4m3"])
def test_files_show_their_own_values(here, capsys, dtype):
    plan = netinit.checkpoint.plan_source("net.json", dtype=dtype)
    netinit.checkpoint.write("a.safetensors", plan)
    netinit.checkpoint.write("folder", plan, max_shard_size=5_000)
    for path in ("a.safetensors", "folder", "folder/model.safetensors.index.json"):
        found = json.loads(say(capsys, "histogram", path, "--json"))
        std = {layer["name"]: layer["std"] for layer in found["layers"]}
        assert std["2.Weights"] == pytest.approx((2 / 60) ** 0.5, rel=0.05)
        assert {layer["planned"] for layer in found["layers"]} >= {"Normal(0, 0.183)"}
        found = json.loads(say(capsys, "spectrum", path, "--json"))
        assert found["2.Weights"]["kind"] == "random"
        assert found["2.Weights"]["std"] == pytest.approx(std["2.Weights"], rel=1e-3)
    assert "--dtype is for values that are drawn" in say(
        capsys, "histogram", "folder", "--dtype", "f32", status=2
    )


def test_a_file_against_a_method(here, capsys):
    netinit.checkpoint.write("a.safetensors", netinit.checkpoint.plan_source("net.json"))
    text = say(capsys, "histogram", "a.safetensors", "--method", "Xavier", "--select", "2.Weights")
    assert text.startswith("1 of 1 parameters are not as planned: '2.Weights'.")
    damaged = bytearray((here / "a.safetensors").read_bytes())
    damaged[-1200:] = b"\0" * 1200  # half of the last weight
    (here / "a.safetensors").write_bytes(damaged)
    text = say(capsys, "histogram", "a.safetensors")
    assert text.startswith("1 of 4 parameters are not as planned: '6.Weights'.")


def test_a_file_that_ends_with_its_header_has_no_values(here, capsys):
    header = netinit.checkpoint.layout_tensors([("w", "float32", (50, 40))], {})
    (here / "h.safetensors").write_bytes(header.to_bytes())
    text = say(capsys, "spectrum", "h.safetensors", "--method", "Orthogonal", "--option", "gain=2")
    assert text.startswith("w: orthogonal, all singular values are 2.")


def test_propagate_methods_side_by_side(here, capsys):
    methods = ("--method", "Kaiming", "--method", "Xavier")
    found = json.loads(say(capsys, "propagate", "net.json", "--json", *methods, "--batch", 8))
    assert list(found) == ["Kaiming", "Xavier"]
    net = load("net.json")
    (x,) = inputs_of_net(net, 8, 16, 1234)
    assert x.shape == (8, 40)
    expected = netinit.initialize(net, method="Xavier")(x).astype(np.float64)
    last = found["Xavier"]["layers"][-1]
    assert last["forward"]["second"] == pytest.approx(np.square(expected).mean(), rel=1e-5)
    text = say(capsys, "propagate", "net.json", "--layers", "[02]")
    assert text.startswith("Kaiming: ")
    assert [line.split()[0] for line in text.splitlines()[-2:]] == ["0", "2"]
    options = ("--option", "distribution=uniform")
    say(capsys, "propagate", "net.json", "--method", "Xavier", *options)
    said = say(capsys, "propagate", "net.json", *methods, *options, status=2)
    assert "--option is for one --method, not for several" in said


def test_inputs_are_indices_where_an_embedding_reads_them():
    chain = NetChain([EmbeddingLayer(8, 30), LinearLayer(4)], input=(None, 6))
    (tokens,) = inputs_of_net(chain, 500, 3, 1)
    assert tokens.shape == (500, 3, 6)
    assert sorted(set(tokens.ravel().tolist())) == list(range(30))
    graph = NetGraph(
        {"few": EmbeddingLayer(8, 5), "more": EmbeddingLayer(8, 30), "sum": TotalLayer()},
        [("A", "more", "sum"), ("A", "few", "sum"), ("B", "sum")],
        input={"B": (16, 8), "A": (None,)},
    )
    arrays = dict(zip(graph.ports, inputs_of_net(graph, 50, 16, 1), strict=True))
    assert (arrays["A"].shape, arrays["B"].shape) == ((50, 16), (50, 16, 8))
    assert arrays["A"].max() == 4
    assert arrays["B"].std() == pytest.approx(1, abs=0.05)


def test_a_net_that_cannot_be_run(here, capsys):
    (here / "open.json").write_text(json.dumps({**NET, "input": None}))
    message = "the shape of the net's input is not known, so there is nothing to run it on; give"
    assert message in say(capsys, "propagate", "open.json", status=1)
    assert "the shapes of '0.Weights' are not known" in say(
        capsys, "histogram", "open.json", status=1
    )
    netinit.checkpoint.write("a.safetensors", netinit.checkpoint.plan_source("net.json"))
    assert "it has no layers" in say(capsys, "propagate", "a.safetensors", status=1)


def test_a_configuration(here, capsys):
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    (here / "config.json").write_text(json.dumps(LLAMA))
    found = json.loads(say(capsys, "propagate", "config.json", "--json", "--batch", 4))
    (run_,) = found.values()
    assert run_["forward"]["first"][0] == "model.layers.0"
    assert run_["forward"]["count"] == 4
    assert run_["backward"]["verdict"] == "keeps its size"
    assert "All 30 parameters with a plan are as planned" in say(capsys, "histogram", "config.json")
    (here / "config.json").write_text(json.dumps({"model_type": "vit"}))
    said = say(capsys, "propagate", "config.json", status=1)
    assert "ViTModel is called with pixel_values, not with tokens alone" in said


@pytest.mark.parametrize("command", ["histogram", "spectrum", "propagate"])
def test_pictures(here, capsys, command):
    pytest.importorskip("matplotlib")
    say(capsys, command, "net.json", "-o", "a.png")
    assert (here / "a.png").read_bytes().startswith(b"\x89PNG")
    say(capsys, command, "net.json", "-o", "a.svg")
    assert "<svg" in (here / "a.svg").read_text()
    said = say(capsys, command, "net.json", "-o", "a.txt", status=2)
    assert "a.txt must end in one of ." in said
    assert "none is no folder" in say(capsys, command, "net.json", "-o", "none/a.png", status=2)


def test_without_matplotlib_the_extra_is_named(here, capsys, monkeypatch):
    monkeypatch.setattr(figures, "find_spec", lambda name: None)
    said = say(capsys, "spectrum", "net.json", "-o", "a.png", status=1)
    message = "pictures need matplotlib, the extra plot; install with: pip install matplotlib"
    assert said == f"Error: {message}\n"
    assert "random matrix" in say(capsys, "spectrum", "net.json")
    with pytest.raises(ModuleNotFoundError, match=message):
        netinit.inspect.spectrum({"w": np.eye(3)}).figure()
