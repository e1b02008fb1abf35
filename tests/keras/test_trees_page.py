"""docs/trees.md is true: its examples run."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "trees.md"


@pytest.mark.filterwarnings("ignore")  # the frameworks' own
def test_the_examples_of_the_page():
    for package in ("flax", "equinox", "haiku", "keras", "thinc"):
        pytest.importorskip(package)
    test = doctest.DocTestParser().get_doctest(PAGE.read_text(), {}, PAGE.name, str(PAGE), 0)
    report: list[str] = []
    result = doctest.DocTestRunner().run(test, out=report.append)
    assert len(test.examples) > 30
    assert result.failed == 0, "".join(report)
