"""examples/backend: what its list for other languages says."""

import runpy

from tests.native.build import ROOT

EXAMPLES = ROOT / "examples" / "backend"


def test_the_list_is_that_of_the_net():
    made = runpy.run_path(str(EXAMPLES / "make_list.py"))["lines"]()
    assert "".join(made) == (EXAMPLES / "gpt2.txt").read_text()
    assert len(made) == 148
