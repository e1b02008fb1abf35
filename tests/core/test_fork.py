"""Forked and spawned children, and threads that the system refuses: no hang, the same values."""

from __future__ import annotations

import sys

import pytest

from tests.processes import run_python

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="fork and /proc as on Linux")

BEFORE = {
    "nothing": "",
    "one_thread": "values(threads=1)\n",
    "threads": "values(threads=4)\n",
    # A parallel region of another user of the same OpenMP runtime.
    "another_user": """
import ctypes
paths = [line.split()[-1] for line in open("/proc/self/maps")]
path = next((path for path in paths if "libgomp" in path), None)
if path is None:
    print("no runtime of GCC")
    sys.exit()
nothing = ctypes.cast(ctypes.CDLL(None).getpid, ctypes.c_void_p)
ctypes.CDLL(path).GOMP_parallel(nothing, None, 4, 0)
""",
}

FORK = """
expected = values(threads=1)
{before}
children = []
for _ in range(3):
    child = os.fork()
    if child == 0:
        same = all((values(threads=t) == expected).all() for t in (4, 1, 2))
        os._exit(0 if same and count_tasks() == 1 else 3)
    children.append(child)
assert (values(threads=4) == expected).all()
print([os.waitpid(child, 0)[1] for child in children])
"""

POOL = """
import multiprocessing

def work(threads):
    return values(threads=threads).tobytes()

{before}
if __name__ == "__main__":
    expected = values(threads=1).tobytes()
    with multiprocessing.get_context("fork").Pool(3) as pool:
        print(set(pool.map(work, [4, 1, 2, 3, 4, 4])) == {{expected}})
"""

# Started methods import the program anew, so that it must be a file.
STARTED = """
import multiprocessing
from tests.started import values

if __name__ == "__main__":
    expected = values(1)
    values(4)
    with multiprocessing.get_context("{method}").Pool(2) as pool:
        print(set(pool.map(values, [4, 1, 2, 4])) == {{expected}})
"""


@pytest.mark.parametrize("before", BEFORE)
def test_os_fork(before):
    printed = run_python(FORK.format(before=BEFORE[before]))
    if printed == "no runtime of GCC":
        pytest.skip(printed)
    assert printed == "[0, 0, 0]"


@pytest.mark.parametrize("before", BEFORE)
def test_multiprocessing_fork(before):
    printed = run_python(POOL.format(before=BEFORE[before]))
    if printed == "no runtime of GCC":
        pytest.skip(printed)
    assert printed == "True"


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_multiprocessing_without_fork(method):
    assert run_python(STARTED.format(method=method), prelude="") == "True"


def test_grandchildren():
    program = """
expected = values(threads=4)
child = os.fork()
if child == 0:
    grandchild = os.fork()
    if grandchild == 0:
        os._exit(0 if (values(threads=4) == expected).all() else 3)
    os._exit(os.waitstatus_to_exitcode(os.waitpid(grandchild, 0)[1]))
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    assert run_python(program) == "0"


REFUSED = """
import resource, threading
expected = values(threads=1)
{before}
if os.geteuid() == 0:
    os.setuid(65534)  # the limit does not bind root
resource.setrlimit(resource.RLIMIT_NPROC, (1, 1))
try:
    threading.Thread(target=int).start()
except RuntimeError:
    pass
else:
    print("not refused")
    sys.exit()
print(*((values(threads=t) == expected).all() for t in (6, 3, 6)))
"""


@pytest.mark.parametrize("before", ["nothing", "threads"])
def test_refused_threads_are_done_without(before):
    """The process survives, and the caller does the work alone."""
    printed = run_python(REFUSED.format(before=BEFORE[before].replace("4", "2")))
    if printed == "not refused":
        pytest.skip("this system does not enforce RLIMIT_NPROC")
    assert printed == "True True True"


def test_memory_limit_does_not_end_the_process():
    # No room for another thread's stack.
    program = """
import resource
expected, out = values(threads=1), np.empty(1 << 19, "float32")
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + (1 << 20), -1))
core.fill(out, "float32", 5, 6, 7, ("normal", 0.0, 1.0, 0.0, 0.0), threads=8)
print((out == expected).all())
"""
    assert run_python(program) == "True"
