"""The kernels themselves over chosen words, compiled into a program (native/sweep.c)."""

from __future__ import annotations

import platform
import re
import shutil
import subprocess

import pytest

import netinit._core as core
from tests.native import build
from tests.native.build import CSRC, INCLUDE, INSTRUCTION_SETS, ROOT

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(platform.machine() != "x86_64", reason="quadruple precision as on x86"),
]

PROGRAM = ROOT / "tests" / "native" / "sweep.c"


@pytest.fixture(scope="module")
def sweep(tmp_path_factory):
    """Compile the program; give a function that runs it and returns its largest error."""
    compiler = shutil.which("gcc")
    if compiler is None:
        pytest.skip("no gcc")
    program = tmp_path_factory.mktemp("sweep") / "sweep"
    fastest = INSTRUCTION_SETS[core.isas()[-1]]
    sources = map(str, [PROGRAM, *sorted((CSRC / "setup").glob("*.c"))])
    command = [compiler, "-O3", *fastest.options(), *INCLUDE, *sources, "-o", str(program)]
    build.run([*command, "-lquadmath", "-lm"])

    def run(*arguments: str) -> float:
        printed = subprocess.run(
            [program, *arguments], check=True, capture_output=True, text=True
        ).stdout
        print(printed)
        return float(re.findall(rf"^{arguments[0]} (\S+) ulp", printed, re.MULTILINE)[0])

    return run


def test_normals(sweep):
    assert sweep("normal", "61", "50000000") <= 4


def test_float64_normals(sweep):
    assert sweep("normal64", "1", "2000000") <= 4


# Those where 0 is the middle of the words, or is not inside.
BOUNDS = ["-2 2", "-1.97 1.97", "-1 1", "-2.5 2.5", "-6.7 6.7", "0 1", "0 inf", "0.5 2", "1.5 8"]
BOUNDS += ["2 2.1", "2 9.5", "3.9 8.2", "3.999 inf", "4 inf", "4 4.001", "8 8.25", "-8.25 -8"]
BOUNDS += ["20 inf", "40 60", "63.9 64.1", "64.5 65", "100 100.1"]


@pytest.mark.parametrize("bounds", BOUNDS)
def test_truncated_normals(sweep, bounds):
    # Beyond 8 every word is judged in quadruple precision.
    step = "10007" if max(abs(float(x)) for x in bounds.split()) > 8 else "101"
    assert sweep("truncated", *bounds.split(), step) <= 8


@pytest.mark.parametrize("bounds", BOUNDS)
def test_float64_truncated_normals(sweep, bounds):
    assert sweep("truncated64", *bounds.split(), "1000000") <= 8
