"""README.md is true: its examples run, its numbers are the recorded."""

from __future__ import annotations

import doctest
import json
import re
import shutil
import subprocess
from dataclasses import fields
from importlib.util import find_spec
from pathlib import Path

import pytest

import netinit
from netinit import nets
from netinit.methods import METHODS

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "README.md").read_text()
EXAMPLES = re.findall(r"^```python\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)


def section(name: str) -> str:
    found = re.search(rf"^## {name}\n(.*?)(?=^## |\Z)", TEXT, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


def shell_block(name: str) -> str:
    found = re.findall(rf"^<!-- {name} -->\n```sh\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
    assert len(found) == 1
    return found[0]


def run_examples(texts: list[str]) -> None:
    source = "\n".join(texts)
    test = doctest.DocTestParser().get_doctest(source, {}, "README.md", "README.md", 0)
    assert test.examples
    report: list[str] = []
    result = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(
        test, out=report.append
    )
    assert result.failed == 0, "".join(report)


def test_it_is_short():
    assert len(TEXT.splitlines()) <= 130


def test_examples_without_a_framework():
    run_examples([text for text in EXAMPLES if "torch" not in text])


@pytest.mark.skipif(not find_spec("torch"), reason="PyTorch is not installed")
def test_examples_with_torch():
    run_examples(EXAMPLES)


@pytest.mark.parametrize("name", ["run", "test"])
def test_shell_blocks_are_shell_and_stay_in_their_environment(name):
    block = shell_block(name)
    assert block.startswith("python3 -m venv .venv\n. .venv/bin/activate\n")
    bash = shutil.which("bash")
    if bash:
        subprocess.run([bash, "-n"], input=block, text=True, check=True)


def test_the_table_of_methods_is_complete():
    page = (ROOT / "docs" / "guides" / "choosing.md").read_text()
    table = [line for line in page.splitlines() if line.startswith("|")]
    methods = (ROOT / "docs" / "reference" / "methods.md").read_text()
    for name, cls in METHODS.items():
        *_, row = [line for line in table if f"`{name}`" in line]
        if "reference/methods.md" in row:  # where its options are
            (row,) = re.findall(rf"^## .*?`?{name}`?\n.*?(?=^## |\Z)", methods, re.M | re.S)[:1]
        for field in fields(cls):
            assert f"`{field.name}`" in row or not field.init


def test_the_example_net_has_the_stated_size():
    stated = int(re.findall(r"GPT-2 \(([\d,]+) parameters\)", TEXT)[0].replace(",", ""))
    net = nets.from_json((ROOT / "examples" / "gpt2.json").read_text())
    assert sum(row.parameter.size for row in netinit.plan(net)) == stated


def test_numbers_are_the_recorded_ones():
    recorded = ROOT / "benchmarks" / "recorded.json"
    if not recorded.is_file():
        pytest.skip("nothing is recorded")
    report = pytest.importorskip("benchmarks.report")
    record = json.loads(recorded.read_text())
    assert report.summary(record) in section("Numbers")
    assert report.tables(record) in (ROOT / "benchmarks" / "README.md").read_text()
