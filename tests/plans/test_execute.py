"""The executor: what is taken back once it is filled, and what stays."""

import numpy as np

from netinit import Normal, Stream
from netinit.arrays.slice import Slice
from netinit.numpy.adapter import ArraySpec, MappingAdapter
from netinit.plans.execute import fill_all
from netinit.plans.plan import build_plan

NET = {"a": ArraySpec((20, 5)), "b": ArraySpec((7, 3))}
PLAN = build_plan(MappingAdapter(NET).parameters(), method=Normal(0, 1), seed=3)


def alone(parameter):
    array = np.zeros(parameter.known_shape, np.float32)
    Normal(0, 1).fill(Slice(array, "float32"), Stream(3, parameter.name))
    return array


def test_memory_that_is_taken_back_is_filled_by_then():
    taken = {}

    def memory(parameter):
        array = np.zeros(parameter.known_shape, np.float32)
        yield Slice(array, "float32")
        taken[parameter.name] = array.copy()

    fill_all(PLAN.assignments, memory)
    for assignment in PLAN.assignments:
        assert np.array_equal(taken[assignment.name], alone(assignment.parameter))


def test_memory_that_stays_is_filled_in_one_call(monkeypatch):
    from netinit import _core

    kept = {a.name: np.zeros(a.parameter.known_shape, np.float32) for a in PLAN.assignments}
    calls, fill_many = [], _core.fill_many
    monkeypatch.setattr(_core, "fill_many", lambda *given: calls.append(given) or fill_many(*given))
    fill_all(PLAN.assignments, lambda p: [Slice(kept[p.name], "float32")])
    assert [len(fillings) for fillings, _ in calls] == [2]
    for assignment in PLAN.assignments:
        assert np.array_equal(kept[assignment.name], alone(assignment.parameter))
