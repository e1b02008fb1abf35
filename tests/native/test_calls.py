"""Random calls of the C API between guard pages, with each instruction set of this machine."""

from __future__ import annotations

import platform
import subprocess
from pathlib import Path

import pytest

from tests.native.build import build, find_compiler, instruction_sets
from tests.native.sanitize import BUILDS, CALLERS, CALLS


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    compiler = find_compiler()
    if compiler is None:
        pytest.skip("no C compiler")
    made = tmp_path_factory.mktemp("calls") / "calls"
    command = [compiler, "-O1", "-fPIC", "-pthread", f"-I{CALLS.parents[1]}"]
    return build(command, made, instruction_sets(platform.machine()), [CALLS], reuse=True)


@pytest.mark.parametrize(("count", "callers"), [(6000, 1), (1000, CALLERS)])
def test_random_calls(program, count, callers):
    command = [str(program), str(count), "20", str(callers)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith(f"{callers} x {count} calls: ")


def test_each_kind_of_status_comes_up(program):
    done = subprocess.run(
        [str(program), "4000", "1"], capture_output=True, text=True, timeout=300, check=True
    )
    seen = [int(part.split()[0]) for part in done.stdout.partition(": ")[2].split(",")]
    assert min(seen[:9]) > 0  # those that arguments decide
    assert seen[0] > 2000


def test_builds_name_their_sanitizers():
    assert {"gcc", "clang", "threads"} == set(BUILDS)
    assert all(any(flag.startswith("-fsanitize=") for flag in b.flags) for b in BUILDS.values())
