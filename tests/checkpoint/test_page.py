"""The examples of docs/checkpoints.md are true."""

import doctest
import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "checkpoints.md"


def test_examples():
    blocks = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    test = doctest.DocTestParser().get_doctest("\n".join(blocks), {}, PAGE.name, str(PAGE), 0)
    assert len(test.examples) > 10
    report: list[str] = []
    assert doctest.DocTestRunner().run(test, out=report.append).failed == 0, "".join(report)
