"""docs/checkpoints.md is true: its examples run."""

from __future__ import annotations

import doctest
import tempfile
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "checkpoints.md"


def test_the_examples_of_the_page(tmp_path, monkeypatch):
    for package in ("torch", "transformers"):
        pytest.importorskip(package)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    test = doctest.DocTestParser().get_doctest(PAGE.read_text(), {}, PAGE.name, str(PAGE), 0)
    report: list[str] = []
    result = doctest.DocTestRunner().run(test, out=report.append)
    assert len(test.examples) >= 15
    assert result.failed == 0, "".join(report)
