"""Python programs run in processes of their own, with a watchdog, and small C helpers."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
WATCHDOG = 30.0
VARIABLES = ("NETINIT_NUM_THREADS", "NETINIT_ISA", "OMP_NUM_THREADS", "OMP_THREAD_LIMIT")

PRELUDE = """
import os, sys
import numpy as np
import netinit._core as core

def values(count=1 << 19, threads=None, dtype="float32"):
    out = np.empty(count, dtype)
    core.fill(out, dtype, 5, 6, 7, ("normal", 0.0, 1.0, 0.0, 0.0), threads=threads)
    return out

def count_tasks():
    return len(os.listdir("/proc/self/task"))

others = count_tasks() - 1  # a threaded BLAS that numpy loads has some

def tasks():
    return count_tasks() - others

"""


def run_python(program: str, prelude: str = PRELUDE, **environment: str) -> str:
    """Run a program; return what it printed. A hang or a failure fails the test."""
    variables = {k: v for k, v in os.environ.items() if k not in VARIABLES}
    process = subprocess.Popen(
        [sys.executable, "-c", prelude + program],
        cwd=ROOT,
        env={**variables, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        printed, errors = process.communicate(timeout=WATCHDOG)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)  # its children too
        process.communicate()
        pytest.fail(f"the process hangs: still there after {WATCHDOG:.0f} s")
    assert process.returncode == 0, errors
    return printed.strip()


def compile_library(folder: Path, source: str, *flags: str) -> ctypes.CDLL:
    """Compile C code to a shared library and load it; skip the test where that is impossible."""
    return ctypes.CDLL(compiled(folder, source, *flags))


def compiled(folder: Path, source: str, *flags: str) -> str:
    """Return the path of a shared library of C code, for another process to load."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler")
    code, library = folder / "helper.c", folder / "helper.so"
    code.write_text(source)
    command = [compiler, "-O1", "-shared", "-fPIC", *flags, "-o", str(library), str(code)]
    made = subprocess.run(command, capture_output=True, text=True, timeout=WATCHDOG)
    if made.returncode != 0:
        pytest.skip(f"the C compiler cannot make a helper: {made.stderr.splitlines()[:1]}")
    return str(library)
