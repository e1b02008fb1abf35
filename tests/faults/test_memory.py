"""Each allocation refused in turn: MemoryError or the right values; no abort, no half of a file."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.faults.refusing import PRELUDE, refusing
from tests.processes import run_python

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="a preloaded library, and glibc")

EACH = """
name, every, core = {name!r}, {every}, {core}
call = WORK[name]
call(), call()
ends = {{"right": 0, "MemoryError": 0, "wrong": 0}}
number = untouched = 0
while untouched < 3:
    made, count = attempt(call, number, every, core)
    untouched = 0 if count else untouched + 1
    result = "MemoryError" if made is None else "right" if digest(made) == GOLDEN[name] else "wrong"
    ends[result] += 1
    number += 1
assert digest(call()) == GOLDEN[name]
print(*ends.values())
"""


def ends(folder: Path, name: str, every: int, core: int) -> list[int]:
    """Return how many calls gave the right values, MemoryError, and wrong values."""
    program = EACH.format(name=name, every=every, core=core)
    return list(map(int, run_python(program, prelude=PRELUDE, **refusing(folder)).split()))


EVERY = pytest.mark.parametrize("every", [0, 1], ids=["one", "all from it on"])


@EVERY
@pytest.mark.parametrize("name", ["fill", "strided", "many"])
def test_each_allocation_of_python_and_the_core(tmp_path, name, every):
    right, refused, wrong = ends(tmp_path, name, every, 0)
    assert wrong == 0
    assert right >= 3
    assert refused > 10


#: How many allocations each cannot do without.
NEEDED = {"fill": 0, "many": 2, "orthogonal": 5, "batch": 5, "sparse": 1, "qr": 3}


@EVERY
@pytest.mark.parametrize("name", NEEDED)
def test_each_allocation_of_the_core(tmp_path, name, every):
    right, refused, wrong = ends(tmp_path, name, every, 1)
    assert wrong == 0
    assert right >= 3
    assert refused >= NEEDED[name]


FIRST = """
call = WORK[{name!r}]
made, _ = attempt(call, {number}, 1, 1)
print(made is None or digest(made) == GOLDEN[{name!r}], digest(call()) == GOLDEN[{name!r}])
"""


@pytest.mark.parametrize("number", [0, 1, 2, 3])
@pytest.mark.parametrize("name", ["fill", "orthogonal"])
def test_the_first_call_of_a_process(tmp_path, name, number):
    """A thread that is new has no memory of its own yet, for which glibc ends a process."""
    program = FIRST.format(name=name, number=number)
    assert run_python(program, prelude=PRELUDE, **refusing(tmp_path)) == "True True"
