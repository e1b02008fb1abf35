"""A model to initialize, and the command line in this process."""

import numpy as np
import pytest

from netinit import checkpoint


@pytest.fixture
def model(tmp_path, monkeypatch):
    """Save a safetensors file to initialize, in the current directory."""
    safetensors_numpy = pytest.importorskip("safetensors.numpy")
    monkeypatch.chdir(tmp_path)
    arrays = {
        "encoder.weight": np.zeros((64, 32), "f4"),
        "encoder.bias": np.zeros(64, "f4"),
        "decoder.weight": np.zeros((32, 64), "f4"),
        "norm.weight": np.zeros(32, "f4"),
    }
    safetensors_numpy.save_file(arrays, "model.safetensors")
    return "model.safetensors"


@pytest.fixture
def cli(capsys):
    """Run the command line in this process; return status, stdout, stderr."""
    from netinit.cli.commands import run

    def call(*arguments):
        status = run([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return call


@pytest.fixture
def large(tmp_path, monkeypatch):
    """Save a source whose file takes a while: 4 GiB."""
    monkeypatch.chdir(tmp_path)
    header = checkpoint.layout_tensors([("w", "float32", (1 << 15, 1 << 15))], {})
    with open("large.safetensors", "wb") as file:
        file.write(header.to_bytes())
        file.truncate(header.data_start + header.data_bytes)
    return "large.safetensors"
