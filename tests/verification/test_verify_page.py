"""docs/verify.md is true: its examples run, and it has every kind."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

from netinit.verification import limits
from netinit.verification.findings import KINDS

PAGE = (Path(__file__).parents[2] / "docs" / "verify.md").read_text()


def test_examples():
    source = "\n".join(re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL))
    test = doctest.DocTestParser().get_doctest(source, {}, "verify.md", "verify.md", 0)
    assert test.examples
    assert doctest.DocTestRunner().run(test).failed == 0


def test_every_kind_is_named():
    table = PAGE.partition("## What is found")[2].partition("##")[0]
    cells = [row.split("|")[1] for row in table.splitlines() if row.startswith("|")]
    named = {kind for cell in cells for kind in re.findall(r"`([a-z ]+)`", cell)}
    assert named == set(KINDS)


def test_the_numbers_of_small_arrays():
    assert limits.FALSE_ALARMS == 1e-6
    t = limits.log_chance(300)
    for count, factor in ((100, 1.6), (10_000, 1.06)):
        _, large = limits.of_variance(count, t)
        assert factor - 0.08 < large**0.5 + 0.01 < factor
