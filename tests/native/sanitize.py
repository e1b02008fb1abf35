"""Random calls of the C API in a core built with sanitizers: `python -m tests.native.sanitize`.

    python -m tests.native.sanitize [COUNT] [SEED] [BUILD ...]

Builds calls/ and the core once for each of BUILDS whose compiler is there, or for those named,
with the address and undefined-behaviour sanitizers or, for 8 threads at once, the thread
sanitizer; makes COUNT calls in each (20,000 where not given), and ends with 1 at any report.

The kernels are the portable ones, which take a compiler a tenth of the time of the others, from
the same source; test_calls.py makes the same calls with each instruction set between guard pages.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tests.native.build import build, instruction_sets

CALLS = Path(__file__).parent / "calls" / "main.c"

#: How many threads make calls at once where threads are what is looked at.
CALLERS = 8

_BOTH = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer")
#: An allocation that cannot be had returns NULL, as it does without sanitizers.
_OPTIONS = "allocator_may_return_null=1:detect_leaks=1:halt_on_error=1"


@dataclass(frozen=True)
class Build:
    """A compiler with a sanitizer, and how many threads make the calls."""

    compiler: str
    flags: tuple[str, ...]
    kernels: tuple[str, ...] = ()  # flags of the kernels, after the others
    callers: int = 1


#: The undefined behaviour of the kernels' arithmetic, lane by lane, would take a compiler minutes.
_KERNELS = ("-fno-sanitize=undefined",)

BUILDS = {
    "gcc": Build("gcc", _BOTH, _KERNELS),
    "clang": Build("clang-14", _BOTH, _KERNELS),
    "threads": Build("clang-14", ("-fsanitize=thread", "-fno-omit-frame-pointer"), callers=CALLERS),
}


def compiled(name: str, folder: Path) -> Path | None:
    """Return the program of a build, or None without its compiler or its sanitizer's library."""
    one = BUILDS[name]
    compiler = shutil.which(one.compiler)
    if compiler is None:
        return None
    probe = folder / "probe.c"
    probe.write_text("int main(void) { return 0; }\n")
    tried = [compiler, *one.flags, str(probe), "-o", str(folder / "probe")]
    if subprocess.run(tried, capture_output=True, check=False).returncode:
        return None
    own = folder / name
    own.mkdir()
    command = [compiler, "-O1", "-g1", *one.flags, "-pthread", f"-I{CALLS.parents[1]}"]
    portable = [isa for isa in instruction_sets(platform.machine()) if isa.header is None]
    kernels = [replace(isa, flags=(*isa.flags, *one.kernels)) for isa in portable]
    return build(command, own / "calls", kernels, [CALLS])


def run_calls(program: Path, count: int, seed: int, callers: int = 1) -> str | None:
    """Make random calls; return what was reported, or None."""
    options = dict.fromkeys(("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"), _OPTIONS)
    done = subprocess.run(
        [str(program), str(count // callers), str(seed), str(callers)],
        env=os.environ | options,
        capture_output=True,
        text=True,
        check=False,
    )
    print(done.stdout, end="", flush=True)
    return None if done.returncode == 0 else done.stderr[-8000:] or f"ended by {done.returncode}"


def main(arguments: Sequence[str]) -> int:
    """Build and run; return what the process ends with."""
    count = int(arguments[0]) if arguments else 20_000
    seed = int(arguments[1]) if len(arguments) > 1 else 1
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        for name in arguments[2:] or BUILDS:
            begin = time.monotonic()
            program = compiled(name, Path(folder))
            if program is None:
                print(f"{name}: left out, for {BUILDS[name].compiler} cannot build it")
                continue
            ready = time.monotonic()
            report = run_calls(program, count, seed, BUILDS[name].callers)
            times = f"built in {ready - begin:.0f} s, ran in {time.monotonic() - ready:.0f} s"
            print(f"{name}: {times}")
            if report is not None:
                failed = True
                print(report)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
