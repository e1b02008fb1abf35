"""How many threads run, and callers' threads: counts, limits, concurrent and nested calls."""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

import netinit._core as core
from tests.processes import run_python
from tests.stream_cases import CASES, FLOATS, STORAGE, as_bits, core_fill, core_values

linux = pytest.mark.skipif(sys.platform != "linux", reason="Linux's /proc and affinity")
openmp = pytest.mark.skipif(not core.openmp(), reason="this build heeds no OpenMP runtime")

COUNT = "print(core.thread_count())"


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"NETINIT_NUM_THREADS": "3"}, 3),
        ({"NETINIT_NUM_THREADS": " 3 "}, 3),
        ({"NETINIT_NUM_THREADS": "1"}, 1),
        ({"OMP_NUM_THREADS": "5"}, 5),
        ({"OMP_NUM_THREADS": "2,4"}, 2),
        ({"NETINIT_NUM_THREADS": "3", "OMP_NUM_THREADS": "5"}, 3),
        ({"NETINIT_NUM_THREADS": "7", "OMP_NUM_THREADS": "2"}, 7),
        ({"NETINIT_NUM_THREADS": "", "OMP_NUM_THREADS": "2"}, 2),
    ],
)
def test_environment(environment, expected):
    assert run_python(COUNT, **environment) == str(expected)


def test_argument_comes_before_the_environment():
    program = "print(core.thread_count(4), core.thread_count())"
    assert run_python(program, NETINIT_NUM_THREADS="2", OMP_NUM_THREADS="3") == "4 2"


@pytest.mark.parametrize("wrong", ["0", "-1", "two", "1.5", "3x", "1e2", "99999999999999999999"])
def test_wrong_environment_is_an_error(wrong):
    program = """
out = np.full(1 << 17, 7, "float32")  # enough for a second thread
for call in (core.thread_count, lambda: core.fill(
    out, "float32", 1, 2, 0, ("normal", 0.0, 1.0, 0.0, 0.0
))):
    try:
        call()
    except ValueError as error:
        print(error)
assert (out == 7).all()
core.fill(out, "float32", 1, 2, 0, ("normal", 0.0, 1.0, 0.0, 0.0), threads=1)
"""
    lines = run_python(program, NETINIT_NUM_THREADS=wrong).splitlines()
    assert len(lines) == 2
    assert "NETINIT_NUM_THREADS" in lines[0]
    assert wrong in lines[0]
    assert "at least 1" in lines[1]


@pytest.mark.parametrize("wrong", [0, -1, -(2**40)])
def test_wrong_argument_is_an_error(wrong):
    with pytest.raises(ValueError, match="threads must be at least 1"):
        core.thread_count(wrong)
    with pytest.raises(ValueError, match="threads must be at least 1"):
        core_fill(np.empty(4, "f4"), "float32", CASES["normal"], threads=wrong)


@linux
def test_affinity_counts():
    # Before the import, as taskset does it.
    prelude = "import os\nos.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\n"
    program = "import netinit._core as core\n" + COUNT
    assert run_python(program, prelude=prelude) == "1"
    assert int(run_python(COUNT)) <= len(os.sched_getaffinity(0))


@openmp
def test_threadpoolctl_limits_hold():
    pytest.importorskip("threadpoolctl")
    program = """
import threadpoolctl
before = core.thread_count(), core.thread_count(6)
with threadpoolctl.threadpool_limits(limits=1):
    values(threads=6)
    print(core.thread_count(), core.thread_count(6), tasks())
print((core.thread_count(), core.thread_count(6)) == before)
"""
    assert run_python(program, OMP_NUM_THREADS="4").splitlines() == ["1 1 1", "True"]


@linux
@pytest.mark.parametrize("threads", [1, 2, 5])
def test_that_many_threads_exist(threads):
    program = f"values(1 << 20, threads={threads}); print(tasks())"
    assert run_python(program) == str(threads)


@linux
@pytest.mark.parametrize("threads", [1, 3])
def test_matrices_take_no_more_threads_than_they_may(threads):
    program = f"""
out = np.empty((1, 512, 512), "float32")
core.orthogonal(out, "float32", 1, 2, 3, 1.0, threads={threads})
print(tasks())"""
    assert run_python(program) == str(threads)


@linux
def test_signals_are_for_other_threads_than_the_teams():
    program = """
import signal
before = set(os.listdir("/proc/self/task"))
values(1 << 20, threads=3)
team = set(os.listdir("/proc/self/task")) - before
for thread in sorted(team):
    status = open(f"/proc/self/task/{thread}/status").read()
    blocked = int(status.partition("SigBlk:")[2].split()[0], 16)
    numbers = signal.SIGINT, signal.SIGTERM, signal.SIGPROF
    print(*(blocked >> (number - 1) & 1 for number in numbers))
print(signal.pthread_sigmask(signal.SIG_BLOCK, []))"""
    assert run_python(program).splitlines() == ["1 1 1"] * 2 + ["set()"]


@linux
def test_small_arrays_start_no_thread():
    assert run_python("values(5000, threads=8); print(tasks())") == "1"


def test_calls_from_eight_threads_at_once(isa):
    count = 150_000  # two threads each
    names = ["normal", "uniform", "general", "tail", "wide", "central"]
    jobs = [(name, dtype) for name in names for dtype in FLOATS if dtype != "float64"]
    expected = {job: core_values(count, job[1], CASES[job[0]]) for job in jobs}

    def work(number: int) -> bool:
        name, dtype = jobs[number % len(jobs)]
        out = np.zeros(count, STORAGE[dtype])
        core_fill(out, dtype, CASES[name], threads=1 + number % 3)
        return np.array_equal(as_bits(out), as_bits(expected[name, dtype]))

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(96)))


def own_openmp() -> str | None:
    """Return the path of the OpenMP runtime that the core uses, if it is GCC's."""
    paths = [line.split()[-1] for line in Path("/proc/self/maps").read_text().splitlines()]
    return next((path for path in paths if "libgomp" in path), None)


REGION = """
import ctypes
found = []

@ctypes.CFUNCTYPE(None, ctypes.c_void_p)
def region(_):
    found.append((values(1 << 20, threads=4).tobytes(), tasks()))

ctypes.CDLL({path!r}).GOMP_parallel(region, None, {team}, 0)
print(max(count for _, count in found), len({{made for made, _ in found}}))
print(found[0][0] == values(1 << 20, threads=1).tobytes())
"""


@linux
@openmp
@pytest.mark.parametrize(("team", "count"), [(1, 4), (2, 2)])
def test_call_inside_a_parallel_region_runs_alone(team, count):
    path = own_openmp()
    if path is None:
        pytest.skip("the OpenMP runtime is not GCC's")
    said = run_python(REGION.format(path=path, team=team)).splitlines()
    assert said == [f"{count} 1", "True"]


def test_no_team_is_larger_than_256():
    assert core.thread_count(256) == 256
    assert core.thread_count(100_000) == 256
