"""docs/stream.md names the tests of each of its sections, and they are there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "stream.md").read_text(encoding="utf-8")
#: Section, test files, number.
ROWS = re.findall(r"^\| ([^|]+) \| ((?:`tests/\S+\.py` ?)+) \| (\d+) \|$", PAGE, re.MULTILINE)


def count(file: Path) -> int:
    """Return the number of test functions in a file."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return sum(
        isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
        for node in ast.walk(tree)
    )


def shortfall(files: str, number: str) -> int:
    """Return how many test functions fewer than that the files have."""
    return int(number) - sum(count(ROOT / file) for file in re.findall(r"`(\S+)`", files))


def test_every_section_of_values_has_a_row():
    sections = re.findall(r"^## (\d+)\. ", PAGE, re.MULTILINE)
    assert sections == [str(n) for n in range(1, 12)]
    assert [row[0] for row in ROWS[:-1]] == sections[1:9]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_the_tests_of_a_section_are_there(row):
    assert shortfall(*row[1:]) <= 0


def test_a_file_or_a_test_that_is_gone_is_noticed():
    section, files, number = ROWS[0]
    assert shortfall(files, str(int(number) + 1000)) > 0
    with pytest.raises(FileNotFoundError):
        shortfall("`tests/core/test_gone.py`", number)
    assert section == "2"
