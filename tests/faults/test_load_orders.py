"""Frameworks loaded before or after netinit, and then a fork, a spawn, a forkserver."""

from __future__ import annotations

import sys
from importlib.util import find_spec

import pytest

from tests.faults.loaded import values
from tests.processes import run_python

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the three methods of Linux")

ORDERS = {
    "numpy first": ["numpy", "netinit"],
    "torch first": ["torch", "netinit"],
    "torch last": ["netinit", "torch"],
    "jax first": ["jax", "netinit"],
    "jax last": ["netinit", "jax"],
}

#: In the parent, in forked children of a pool and of os.fork, in spawned ones, and once more.
PROGRAM = """
import multiprocessing, os, sys, warnings
warnings.simplefilter("ignore")  # JAX and Python say that a fork of threads is no good idea
from tests.faults.loaded import values

if __name__ == "__main__":
    modules = {modules!r}
    found = [values(modules)]
    os.environ["IN_CHILD"] = "1"
    child = os.fork()
    if child == 0:
        os._exit(0 if values(modules) == found[0] else 3)
    assert os.waitpid(child, 0)[1] == 0
    for method in ("fork", "spawn", "forkserver"):
        with multiprocessing.get_context(method).Pool(1) as pool:
            found.append(pool.apply_async(values, [modules]).get(25))
    found.append(values(modules))
    print(*found)
"""


@pytest.mark.parametrize("order", ORDERS)
def test_all_ways_to_a_child(order, monkeypatch):
    modules = ORDERS[order]
    for name in modules:
        if find_spec(name) is None:
            pytest.skip(f"no {name}")
    monkeypatch.setattr("tests.processes.WATCHDOG", 90.0)
    printed = run_python(PROGRAM.format(modules=modules), prelude="")
    assert printed.split() == [values([])] * 5
