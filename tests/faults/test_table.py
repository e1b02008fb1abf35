"""Each row of README.md names tests that there are."""

from __future__ import annotations

import re
from pathlib import Path

HERE = Path(__file__).parent
ROWS = [line for line in (HERE / "README.md").read_text().splitlines() if line.startswith("| ")][1:]


def test_each_row_names_tests_that_there_are():
    assert len(ROWS) > 20
    for row in ROWS:
        held = row.rstrip(" |").rpartition("|")[2]
        files = re.findall(r"`([\w/]+\.py)`", held)
        assert files, row
        texts = [(Path(n) if "/" in n else HERE / n) for n in files]
        texts = [(HERE.parents[1] / path).read_text() for path in texts]
        for name in re.findall(r"`(test_\w+)`", held):
            assert any(f"def {name}(" in text for text in texts), name
