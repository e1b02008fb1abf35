"""docs/models.md is true: its examples run."""

from __future__ import annotations

import doctest
import re
import warnings
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
for library in ("transformers", "peft", "accelerate", "lightning_fabric"):
    pytest.importorskip(library, exc_type=ImportError)

PAGE = Path(__file__).parents[2] / "docs" / "models.md"


def test_examples():
    blocks = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    source = "\n".join(blocks)
    test = doctest.DocTestParser().get_doctest(source, {}, PAGE.name, str(PAGE), 0)
    report: list[str] = []
    options = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result = doctest.DocTestRunner(optionflags=options).run(test, out=report.append)
    assert result.attempted > 50
    assert result.failed == 0, "".join(report)
