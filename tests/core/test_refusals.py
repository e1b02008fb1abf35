"""Threads and memory that the system refuses: the work is done alone, or MemoryError; no abort."""

from __future__ import annotations

import sys

import pytest

from tests.processes import compiled, run_python

linux = pytest.mark.skipif(sys.platform != "linux", reason="a preloaded library, and /proc")

REFUSING = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
static int left = -1;
void allow(int count) { left = count; }
int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *),
                   void *argument)
{
    int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
    *(void **)&real = dlsym(RTLD_NEXT, "pthread_create");
    if (left >= 0 && left-- <= 0) {
        left = 0;
        return EAGAIN;
    }
    return real(thread, attributes, start, argument);
}
"""

WORK = """
import ctypes, threading
from concurrent.futures import ThreadPoolExecutor

NORMAL = ("normal", 0.0, 1.0, 0.0, 0.0)

def work(number):
    made = []
    out = np.empty(1 << 18, "f4")
    core.fill(out, "float32", 5, 6, number, NORMAL, threads=4)
    made.append(out)
    out = np.empty((1, 300, 200), "f8")
    core.orthogonal(out, "float64", 5, 6, number, 1.0, threads=4)
    made.append(out)
    out = np.empty((600, 300), "f4")
    core.sparse(out, "float32", 5, 6, number, 99, (600, 300), (0, 0), 4, NORMAL)
    made.append(out)
    return b"".join(x.tobytes() for x in made)
"""

CALLERS = """
gate = threading.Barrier(9)
found = {}

def call(number):
    gate.wait()
    for turn in range(5):
        try:
            found[number, turn] = work(number)
        except MemoryError:
            found[number, turn] = None

threads = [threading.Thread(target=call, args=(n,)) for n in range(8)]
for thread in threads:
    thread.start()
"""

REST = """
gate.wait()
for thread in threads:
    thread.join()
limit_off()
expected = {n: work(n) for n in range(8)}
print(len(found), all(v in (None, expected[n]) for (n, _), v in found.items()),
      sum(v is None for v in found.values()))
"""


@linux
@pytest.mark.parametrize("count", [0, 1, 2, 5])
def test_threads_that_cannot_be_started_are_done_without(tmp_path, count):
    library = compiled(tmp_path, REFUSING)
    program = f"""
refusing = ctypes.CDLL({library!r})
refusing.allow({count})
limit_off = lambda: refusing.allow(-1)
"""
    printed = run_python(WORK + CALLERS + program + REST, LD_PRELOAD=library)
    assert printed == "40 True 0"


@linux
@pytest.mark.parametrize("megabytes", [1, 4, 9, 30])
def test_little_address_space_ends_no_process(megabytes):
    program = f"""
import resource
size = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
before = resource.getrlimit(resource.RLIMIT_AS)
resource.setrlimit(resource.RLIMIT_AS, (size + ({megabytes} << 20), before[1]))
limit_off = lambda: resource.setrlimit(resource.RLIMIT_AS, before)
"""
    printed = run_python(WORK + CALLERS + program + REST)
    assert printed.startswith("40 True ")


@linux
@pytest.mark.parametrize("size", ["1k", "16k", "32k", "1g"])
def test_the_stacks_of_openmp_do_not_matter(size):
    few = {"OMP_STACKSIZE": size, "KMP_STACKSIZE": size}
    program = WORK + "import hashlib; print(hashlib.sha256(work(1)).hexdigest())"
    assert run_python(program, **few) == run_python(program)


@linux
def test_a_thousand_threads_asked_for():
    program = WORK + "import hashlib; print(hashlib.sha256(work(1)).hexdigest(), tasks() < 300)"
    many = run_python(program, OMP_NUM_THREADS="1000")
    assert many == run_python(program, OMP_NUM_THREADS="1")
    assert many.endswith("True")
