"""A short run of the fuzzers of tools/fuzz, whose docstrings have the figures of long ones."""

import json
import random

import pytest

pytest.importorskip("safetensors")

from netinit import checkpoint
from netinit.checkpoint import Header
from netinit.checkpoint.shards import INDEX_NAME
from netinit.errors import CheckpointError
from tests.checkpoint.folders import make_folder
from tools.fuzz import headers, nets, recipes
from tools.fuzz.mutations import mutated_bytes, mutated_json


@pytest.mark.parametrize("seed", [11, 12])
def test_mutated_headers(seed):
    counts = headers.fuzz(3_000, seed)
    assert counts["cases"] == 3_000
    assert min(counts["both accept"], counts["both refuse"]) > 300


@pytest.mark.parametrize("seed", [11, 12])
def test_mutated_recipes(seed):
    counts = recipes.fuzz(300, seed)
    assert counts["cases"] == 300
    assert min(counts["damaged"], counts["differ"], counts["equal"]) > 10


@pytest.mark.parametrize("seed", [11, 12])
def test_mutated_nets(seed):
    counts = nets.fuzz(1_000, seed)
    assert counts["cases"] == 1_000
    assert min(counts["planned"], counts["refused"]) > 80


def test_a_reader_that_accepts_everything_is_caught(monkeypatch):
    everything = Header((), {}, 8)
    monkeypatch.setattr(headers, "read_header", lambda file: everything)
    with pytest.raises(AssertionError):
        headers.fuzz(200, 1)


@pytest.mark.parametrize("what", [checkpoint.check, checkpoint.read_source])
@pytest.mark.parametrize("seed", [11, 12])
def test_mutated_indexes(tmp_path, what, seed):
    folder, draw, refused = make_folder(tmp_path / "model"), random.Random(seed), 0
    good = json.loads((folder / INDEX_NAME).read_text())
    for _ in range(150):
        text = json.dumps(mutated_json(good, draw)).encode()
        if draw.randrange(4) == 0:
            text = mutated_bytes(text, draw)
        (folder / INDEX_NAME).write_bytes(text)
        try:
            found = what(folder)
        except CheckpointError as error:
            refused += 1
            found = [error]
        assert all(len(str(line)) < 1500 for line in found if not hasattr(line, "role"))
    assert 10 < refused < 140
