"""What is said of values that change along a row of layers, by decades."""

from __future__ import annotations

import pytest

from netinit.inspect.trend import trend


@pytest.mark.parametrize(
    ("decades", "verdict"),
    [
        (0.9, "keeps its size"),
        (-0.9, "keeps its size"),
        (1.5, "grows"),
        (-1.5, "shrinks"),
        (2.9, "grows"),
        (3.1, "explodes"),
        (-3.1, "dies"),
    ],
)
def test_verdicts(decades, verdict):
    row = [(f"h.{k}", 10 ** (decades * k / 4)) for k in range(5)]
    assert trend(row).verdict == verdict
    assert trend(row[:2]) is None
