"""The command `netinit verify`."""

from __future__ import annotations

import json

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

import netinit
import netinit.checkpoint
from netinit.cli.commands import run
from netinit.cli.verifying import verify as command


@pytest.fixture
def path(tmp_path):
    specs = {"fc.weight": netinit.ArraySpec((300, 200)), "fc.bias": netinit.ArraySpec(300)}
    netinit.checkpoint.write(tmp_path / "a.safetensors", netinit.plan(specs))
    return tmp_path / "a.safetensors"


def damage(path):
    tensors = load_file(path)
    tensors["fc.weight"][3, 4] = np.nan
    save_file(tensors, path, netinit.checkpoint.read_header(path).metadata)


def test_a_right_file(path, capsys):
    assert command.name == "verify"
    assert run(["verify", str(path)]) == 0
    text = capsys.readouterr().out
    assert "2 arrays, 60,300 elements: nothing found; 2 exactly" in text
    assert "exact" in text.splitlines()[1]


def test_a_wrong_file_is_status_1(path, capsys):
    damage(path)
    assert run(["verify", str(path)]) == 1
    out, err = capsys.readouterr()
    assert "fc.weight: 1 of 60,000 elements are NaN: find what wrote it" in out
    assert err == ""


def test_json(path, capsys):
    damage(path)
    assert run(["verify", "--json", str(path)]) == 1
    found = json.loads(capsys.readouterr().out)
    assert not found["ok"]
    assert [one["kind"] for one in found["findings"]] == ["nan"]
    assert {one["name"]: one["nans"] for one in found["arrays"]} == {"fc.weight": 1, "fc.bias": 0}


def test_against_the_plan_of_a_source(path, capsys):
    assert run(["verify", str(path), "--source", str(path)]) == 0
    assert run(["verify", str(path), "--source", str(path), "--method", "Xavier"]) == 1
    assert "planned 0.06325: Kaiming's formula for Xavier's?" in capsys.readouterr().out
    assert run(["verify", str(path), "--method", "Xavier"]) == 2
    assert "--method is for the plan of --source" in capsys.readouterr().err
    assert run(["verify", str(path), "--source", str(path), "--seed", "5"]) == 0


def test_a_folder_and_what_is_none(path, tmp_path, capsys):
    assert run(["verify", str(tmp_path)]) == 0
    assert run(["verify", str(tmp_path / "none")]) == 1
    assert "No such file" in capsys.readouterr().err
