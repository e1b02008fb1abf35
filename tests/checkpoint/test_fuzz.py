"""A short run of the fuzzers of tools/fuzz, whose docstrings have the figures of long ones."""

import pytest

pytest.importorskip("safetensors")

from netinit.checkpoint import Header
from tools.fuzz import headers, recipes


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


def test_a_reader_that_accepts_everything_is_caught(monkeypatch):
    everything = Header((), {}, 8)
    monkeypatch.setattr(headers, "read_header", lambda file: everything)
    with pytest.raises(AssertionError):
        headers.fuzz(200, 1)
