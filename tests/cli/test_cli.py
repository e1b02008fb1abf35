"""The command line: what it prints, its exit statuses, and one line for every mistake."""

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("click")
pytest.importorskip("rich")
safetensors_numpy = pytest.importorskip("safetensors.numpy")

import netinit  # noqa: E402
from netinit import checkpoint, nets  # noqa: E402


def spawn(*arguments, **options):
    return subprocess.run(
        [sys.executable, "-m", "netinit", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        **options,
    )


def recipe(path):
    return json.loads(checkpoint.read_header(path).metadata["netinit"])


def test_init_check_and_a_changed_byte(cli, model):
    status, out, err = cli("init", model, "-o", "out.safetensors")
    assert (status, err) == (0, "")
    assert re.fullmatch(
        r"out\.safetensors: 4,192 parameters in 4 tensors, [\d,]+ bytes, "
        r"\d+\.\d\d s \(\d+\.\d\d GB/s\)\n",
        out,
    )
    arrays = safetensors_numpy.load_file("out.safetensors")
    assert abs(arrays["encoder.weight"].std() - (2 / 32) ** 0.5) < 0.02
    assert (arrays["norm.weight"] == 1).all()

    status, out, err = cli("check", "out.safetensors")
    assert (status, err) == (0, "")
    assert out.startswith("out.safetensors: 4 tensors equal to the recipe, ")

    path = Path("out.safetensors")
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    status, out, err = cli("check", "out.safetensors")
    assert status == 1
    assert out.startswith("norm.weight: element [31] is ")
    assert err == "Error: out.safetensors: 1 of 4 tensors differ from the recipe\n"


def test_plan_prints_the_table_and_writes_nothing(cli, model):
    status, out, err = cli("plan", model, "--method", "xavier", "--select", "*.weight")
    assert (status, err) == (0, "")
    assert "encoder.weight" in out
    assert "encoder.bias" not in out
    assert "Xavier" in out
    assert os.listdir() == [model]


def test_a_method_sees_the_whole_net_whatever_is_selected(cli, model):
    options = [
        "--method",
        "DeepNorm",
        "--option",
        "encoder_layers=2",
        "--option",
        "scaled=encoder.*",
    ]
    status, out, err = cli("plan", model, *options, "--select", "norm.*")
    assert (status, err) == (0, "")  # and no warning that no weight is named encoder.*
    assert "1 of 4 parameters, 32 elements, 128 bytes; 3 kept as they are." in out


def test_a_method_of_ones_own_is_imported(cli, model):
    Path("mine.py").write_text(
        "from dataclasses import dataclass\nimport netinit\n\n"
        "@netinit.methods.register('TinyOfTestCli')\n@dataclass(frozen=True)\n"
        "class Tiny(netinit.methods.Method):\n    std: float = 1e-3\n\n"
        "    def weight(self, parameter):\n        return netinit.Normal(0, self.std)\n"
    )
    done = spawn(
        "init", model, "-o", "out.safetensors", "--import", "mine",
        "--method", "tiny-of-test-cli", "--option", "std=0.002",
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert recipe("out.safetensors")["method"] == {"method": "TinyOfTestCli", "std": 0.002}
    assert spawn("check", "out.safetensors").returncode == 0
    missing = spawn("plan", model, "--import", "not_there")
    assert missing.returncode == 2
    assert missing.stderr == "Error: No module named 'not_there'. Try 'netinit plan --help'.\n"


def test_method_options_seed_dtype_and_selection(cli, model):
    status, _, err = cli(
        "init", model, "-o", "out.safetensors", "--method", "XAVIER",
        "--option", "distribution=Uniform", "--option", "gain=2", "--seed", "-7",
        "--dtype", "bf16", "--select", "encoder.*", "--select", "norm.*", "--threads", 1,
    )  # fmt: skip
    assert (status, err) == (0, "")
    written = recipe("out.safetensors")
    assert written["seed"] == -7
    assert written["method"]["gain"] == 2.0
    assert written["method"]["distribution"] == "uniform"
    tensors = {t.name: t.dtype for t in checkpoint.read_header("out.safetensors").tensors}
    assert tensors == dict.fromkeys(["encoder.weight", "encoder.bias", "norm.weight"], "bfloat16")


@pytest.mark.parametrize(
    ("text", "seed"),
    [("7", 7), ("+7", 7), ("-0", 0), ("v7.0", "v7.0"), ("my seed", "my seed"), ("", ""),
     ("1_0", "1_0"), ("٣", "٣"), (str(10**40), 10**40)],
)  # fmt: skip
def test_a_seed_is_an_integer_or_text(cli, model, text, seed):
    assert cli("init", model, "-o", "out.safetensors", "--seed", text)[0] == 0
    assert recipe("out.safetensors")["seed"] == seed


MISTAKES = {
    (
        "plan",
        "model.safetensors",
        "--seed",
        "1.5",
    ): "--seed.*integer or a text, and 1.5 is",
    (
        "plan",
        "model.safetensors",
        "--seed",
        "1e3",
    ): "--seed.*integer or a text, and 1e3 is",
    ("plan", "-"): "SOURCE.*- cannot be read twice, as is needed; give a file",
    ("check", "-"): "FILE.*- cannot be read twice",
    ("check", "fifo"): "FILE.*cannot be read twice",
    ("plan", "model.safetensors", "--hlep"): r"--hlep.*\? Try 'netinit plan",
    ("plan", "model.safetensors", "--dtype", "bf61"): "--dtype.*'bf61' is unknown; did you mean",
    ("plan", "model.safetensors", "--option", "gain"): "'gain' is not of the form NAME=VALUE",
    (
        "plan",
        "model.safetensors",
        "--method",
        "Xaiver",
    ): "'Xaiver' is unknown; .* 'Xavier'",
    ("plan", "model.safetensors", "--option", "gain=2"): "'gain' is unknown.*'distribution'",
    ("plan", "model.safetensors", "--select", "*.wieght"): "'[*].wieght'; did you mean '.*weight'",
    ("plan",): r"Missing argument 'SOURCE'\. Try 'netinit plan --help'",
    ("paln", "model.safetensors"): "No such command 'paln'",
    ("init", "model.safetensors"): "Missing option '-o'",
    ("init", "model.safetensors", "-o", "x.safetensors", "--threads", "0"): "0 is not in the range",
    ("check", "net.json"): r"net\.json: this is a text, which begins with '\{\W+neti.*netinit init",
    ("check", "none.safetensors"): "none.safetensors: No such file",
}


@pytest.mark.parametrize("arguments", MISTAKES, ids=" ".join)
def test_mistakes_are_one_line_that_names_the_remedy(cli, model, arguments):
    os.mkfifo("fifo")
    Path("net.json").write_text('{"netinit": 1, "LinearLayer": {"output": 3, "input": 4}}')
    status, out, error = cli(*arguments)
    assert status in (1, 2)
    assert out == ""
    assert re.fullmatch(r"Error: .*\n", error)
    assert re.search(MISTAKES[arguments], error), error
    assert not re.search(r"[?.]\. Try", error)


@pytest.mark.parametrize(
    ("option", "expected"),
    [
        ("weights=0.5", {"distribution": "normal", "mean": 0.0, "std": 0.5}),
        ("weights=5e-1", {"distribution": "normal", "mean": 0.0, "std": 0.5}),
        (
            'weights={"distribution": "uniform", "low": -1, "high": 1}',
            {"distribution": "uniform", "low": -1.0, "high": 1.0},
        ),
    ],
)
def test_option_values(cli, model, option, expected):
    status, _, err = cli("init", model, "-o", "o", "--method", "random", "--option", option)
    assert (status, err) == (0, "")
    assert recipe("o")["method"]["weights"] == expected


INIT = ("init", "model.safetensors", "-o", "out.safetensors")


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        ((), 2, "Missing command"),
        (("inti",), 2, "inti"),
        (("init", "model.safetensors"), 2, "'--output'"),
        ((*INIT, "--threads", "0"), 2, "0 is not in the range"),
        ((*INIT, "--dtype", "f8"), 2, "dtype 'f8' is unknown"),
        ((*INIT, "--method", "kaimin"), 2, "'Kaiming'"),
        ((*INIT, "--option", "gain"), 2, "not of the form NAME=VALUE"),
        ((*INIT, "--option", "=1"), 2, "not of the form NAME=VALUE"),
        ((*INIT, "--option", "mode=fan_on"), 2, "'fan_in'"),
        ((*INIT, "--option", "moed=fan_in"), 2, "'mode'"),
        ((*INIT, "--option", "a=1", "--option", "a=2"), 2, "twice"),
        ((*INIT, "--option", "weights={1"), 2, "not valid JSON"),
        ((*INIT, "--select", "encodr.*"), 1, "encodr.*"),
        (("init", "none.safetensors", "-o", "o"), 1, "none.safetensors: No such file"),
        (("init", "none.json", "-o", "o"), 1, "none.json: No such file"),
        (("init", "empty", "-o", "o"), 1, "no .safetensors file in this folder"),
        (("init", "text.safetensors", "-o", "o"), 1, "not a safetensors file"),
        (("init", "broken.json", "-o", "o"), 1, "broken.json"),
        (("init", "model.safetensors", "-o", "no/o"), 1, "no/o: No such file or directory"),
        (("init", "model.safetensors", "-o", "."), 1, "Is a directory"),
        (("init", "model.safetensors", "-o", "/dev/null"), 1, "/dev/null: it exists and is not"),
        (("check", "model.safetensors"), 1, "no recipe"),
        (("check", "text.safetensors"), 1, "not a safetensors file"),
        (("check", "none"), 1, "none: No such file"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
@pytest.mark.usefixtures("model")
def test_a_mistake_is_one_line(cli, tmp_path, arguments, status, message):
    (tmp_path / "text.safetensors").write_text("once upon a time there was a file")
    (tmp_path / "broken.json").write_text('{"layers": [')
    (tmp_path / "empty").mkdir()
    before = sorted(os.listdir())
    given, out, err = cli(*arguments)
    assert (given, out) == (status, "")
    assert err.startswith("Error: ")
    assert err.count("\n") == 1
    assert message in err
    assert sorted(os.listdir()) == before


def test_a_method_that_leaves_weights_equal_is_a_warning(cli, model):
    status, _, err = cli("plan", model, "--method", "random", "--option", "weights=0")
    assert status == 0
    assert err.startswith("Warning: ")
    assert err.count("\n") == 1


def test_a_net_in_json(cli, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    net = nets.NetChain([3, "ramp", 2], input=5)
    Path("net.json").write_text(nets.to_json(net))
    assert cli("init", "net.json", "-o", "out.safetensors", "--seed", "text")[0] == 0
    arrays = safetensors_numpy.load_file("out.safetensors")
    netinit.initialize(net, seed="text")
    np.testing.assert_array_equal(arrays["0.Weights"], net[0, "Weights"])
    np.testing.assert_array_equal(arrays["2.Biases"], net[2, "Biases"])
    assert cli("check", "out.safetensors")[0] == 0


def test_shapes_that_are_not_known_are_shown_and_not_written(cli, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("net.json").write_text(nets.to_json(nets.NetChain([3, 2])))
    status, out, _ = cli("plan", "net.json")
    assert status == 0
    assert "unknown" in out
    status, _, err = cli("init", "net.json", "-o", "out.safetensors")
    assert status == 1
    assert "'0.Weights' is not known" in err
    assert os.listdir() == ["net.json"]


@pytest.mark.parametrize("arguments", [["--help"], ["init", "-h"], ["--version"]])
def test_help_and_version(cli, arguments):
    status, out, err = cli(*arguments)
    assert (status, err) == (0, "")
    assert out


def test_module_runs_and_prints_no_bar_into_a_pipe(model, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    done = spawn("init", model, "-o", "out.safetensors")
    assert (done.returncode, done.stderr) == (0, "")
    done = spawn("check", "none.safetensors")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Error: none.safetensors: ")


def test_a_missing_extra_says_how_to_install_it():
    code = "import sys; sys.modules['rich'] = None; from netinit.cli.main import main; main()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == ("Error: the command line needs rich; install with: pip install rich\n")


def test_the_library_does_not_import_the_extra():
    code = "import sys, netinit, netinit.checkpoint; print({'click', 'rich'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_a_closed_pipe_is_not_an_error(model):
    process = subprocess.Popen(
        [sys.executable, "-m", "netinit", "plan", model],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with process:
        process.stdout.close()
        assert process.stderr.read() == b""


def test_a_terminal_gets_a_bar(model):
    controller, terminal = pty.openpty()
    done = subprocess.run(
        [sys.executable, "-m", "netinit", "init", model, "-o", "out.safetensors"],
        stdout=subprocess.PIPE,
        stderr=terminal,
        env={**os.environ, "TERM": "xterm"},
        check=True,
    )
    os.close(terminal)
    shown = os.read(controller, 1 << 16)
    os.close(controller)
    assert b"writing" in shown
    assert b"out.safetensors: " in done.stdout


def test_compat_is_an_option_of_the_command_line(cli, model):
    status, out, _ = cli("plan", model, "--method", "Xavier", "--option", "compat=torch")
    assert status == 0
    assert "compat='torch'" in out
    status, _, err = cli("plan", model, "--method", "Xavier", "--option", "compat=jax")
    assert status == 2
    assert "Allowed: 'torch'" in err
