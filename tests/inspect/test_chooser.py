"""Which layers are watched: those that any of the patterns names."""

from __future__ import annotations

import pytest

from netinit.inspect.propagation import chooser


@pytest.mark.parametrize(
    ("layers", "watched"),
    [
        (None, ["shown"]),
        ("h.*", ["h.0", "h.1"]),
        (["h.0", "shown"], ["h.0", "shown"]),
        (["h.0", "other"], ["h.0"]),
        ([], []),
    ],
)
def test_patterns(layers, watched):
    choose = chooser(layers)
    assert [name for name in ("h.0", "h.1", "shown") if choose(name, name == "shown")] == watched
