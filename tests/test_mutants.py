"""The lists of tools/mutants name places of the sources as they are now."""

from __future__ import annotations

import pytest

from tools.mutants import rooms
from tools.mutants.__main__ import name_of, written
from tools.mutants.operators import mutants_of
from tools.mutants.rooms import ROOT
from tools.mutants.scratch import share_processors
from tools.mutants.written import EQUIVALENT


def test_each_mutant_written_by_hand_has_its_place():
    names = [name_of(mutant) for mutant in written()]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("file", sorted({name.partition(":")[0] for name in EQUIVALENT}))
def test_each_proof_is_of_a_mutant_that_is_made(file):
    made = {name_of(mutant) for mutant in [*written(), *mutants_of(ROOT, file)]}
    assert not [name for name in EQUIVALENT if name.startswith(f"{file}:") and name not in made]


def test_a_worker_has_two_processors_or_its_part_of_them(monkeypatch):
    given = []
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(8)), raising=False)
    monkeypatch.setattr("os.sched_setaffinity", lambda _, own: given.append(own), raising=False)
    share_processors(0, 1)
    assert not given  # all of them
    for worker in range(8):
        share_processors(worker, 8)
    share_processors(1, 2)
    assert given == [{k, (k + 1) % 8} for k in range(8)] + [{4, 5, 6, 7}]


def test_each_source_has_tests():
    tests = {test for file in rooms.sources() for test in rooms.tests_of(file)}
    assert not [test for test in sorted(tests) if not (ROOT / test).exists()]
