"""Signals at random moments: what was there or what was to be, nothing between, and no hang."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time

import pytest

from netinit.checkpoint.atomic import TEMPORARY_PREFIX
from tests.faults.work import FILE, write_file
from tests.processes import ROOT, WATCHDOG, run_python

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="timers, and files without names")

FILLS = """
import random, time
from tests.faults.interrupts import interrupted
from tests.faults.work import GOLDEN, WORK, digest
draw, ends = random.Random({seed}), [0, 0]
for name, make in WORK.items():
    begin = time.perf_counter()
    make()
    taken = time.perf_counter() - begin
    for _ in range(25):
        made = interrupted(make, draw.random() * taken)
        ends[made is not None] += 1
        assert made is None or digest(made) == GOLDEN[name], name
    assert digest(make()) == GOLDEN[name], name
print(*ends)
"""


@pytest.mark.parametrize("seed", [1, 2])
def test_interrupted_fills(seed):
    interrupted, done = map(int, run_python(FILLS.format(seed=seed), prelude="").split())
    assert interrupted > 20
    assert interrupted + done == 200


FILES = """
import os, random, time
from functools import partial
from pathlib import Path
from netinit.checkpoint import workers
from tests.faults.interrupts import interrupted
from tests.faults.work import FILE, digest, write_file
draw, ends, folder = random.Random({seed}), [0, 0], Path({folder!r})
workers.PIECE_BYTES = 1 << 13
path = folder / "w.safetensors"
old = write_file(path, seed=2)
begin = time.perf_counter()
write_file(folder / "w.safetensors", seed=2)
taken = time.perf_counter() - begin
for _ in range(60):
    ends[interrupted(partial(write_file, path), draw.random() * taken) is not None] += 1
    assert digest(path.read_bytes()) in (old, FILE)
    assert os.listdir(folder) == [path.name], os.listdir(folder)
    write_file(path, seed=2)
assert write_file(path) == FILE
print(*ends)
"""


@pytest.mark.parametrize("seed", [1, 2])
def test_interrupted_files(tmp_path, seed):
    program = FILES.format(seed=seed, folder=str(tmp_path))
    interrupted, done = map(int, run_python(program, prelude="").split())
    assert interrupted > 10
    assert interrupted + done == 60


AFTER_LOCKS = """
import os, threading
from pathlib import Path
from netinit import checkpoint
from netinit.checkpoint import workers
from tests.faults.work import FILE, digest, write_file
workers.PIECE_BYTES = 1 << 13
path = Path({folder!r}) / "w.safetensors"
enter, main, taken, last = threading.Condition.__enter__, threading.get_ident(), 0, 0

def interrupted(condition):
    global taken
    found = enter(condition)
    if threading.get_ident() == main:
        taken += 1
        if taken == last:
            raise KeyboardInterrupt
    return found

def after_each(work):
    global taken, last
    for last in range(1, 1000):
        taken = 0
        try:
            work()
        except KeyboardInterrupt:
            continue
        return last - 1

threading.Condition.__enter__ = interrupted
print(after_each(lambda: write_file(path)))
assert digest(path.read_bytes()) == FILE
assert os.listdir(path.parent) == [path.name]
print(after_each(lambda: checkpoint.check(path, threads=3)))
"""


def test_an_interrupt_right_after_a_lock_of_python_is_taken(tmp_path):
    """The lock stays taken for good: no thread may wait for the one that was interrupted there."""
    interrupts = run_python(AFTER_LOCKS.format(folder=str(tmp_path)), prelude="").split()
    assert all(int(number) > 1 for number in interrupts)  # the threads' starts, at least


OVER_AND_OVER = """
import sys
from pathlib import Path
from tests.faults.work import write_file
print("begun", flush=True)
for n in range(10_000):
    write_file(Path(sys.argv[1]), seed=n % 2 + 1)
"""


@pytest.mark.parametrize("trial", range(3))
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGKILL])
def test_a_process_that_is_ended(tmp_path, number, trial):
    path = tmp_path / "w.safetensors"
    old = write_file(path, seed=2)
    code = f"import signal\nsignal.signal({int(number)}, signal.SIG_DFL)\n"
    process = subprocess.Popen(
        [sys.executable, "-c", (code if number != signal.SIGKILL else "") + OVER_AND_OVER, path],
        cwd=ROOT,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.readline()
    time.sleep(random.Random(10 * number + trial).random() / 10)
    process.send_signal(number)
    assert process.wait(WATCHDOG) == -number
    process.stdout.close()
    seen = path.read_bytes()
    others = [name for name in os.listdir(tmp_path) if name != path.name]
    assert all(name.startswith(TEMPORARY_PREFIX) for name in others)
    write_file(path, seed=2)
    assert os.listdir(tmp_path) == [path.name]  # what was between two names is gone
    assert path.read_bytes() == seen or write_file(path) == FILE
    assert old == write_file(path, seed=2)
