"""Coverage-guided calls of the C API: `python -m tests.fuzz [SECONDS] [FOLDER]`.

Builds calls.c and the core, with portable kernels, by clang's libFuzzer with the address and the
undefined-behaviour sanitizers; goes through the corpus, then looks for more for SECONDS (60 where
not given), and puts what is new into FOLDER, where one is given. Ends with 1 at a report, which it
prints with the case that led to it.
"""

from __future__ import annotations

import base64
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tests.native.build import build, instruction_sets

HERE = Path(__file__).parent
CORPUS = HERE / "corpus"
SANITIZERS = "-fsanitize=fuzzer,address,undefined"
OPTIONS = {
    "ASAN_OPTIONS": "allocator_may_return_null=1:detect_leaks=0",
    "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1",
}


def compiled(folder: Path) -> Path | None:
    """Return the fuzzer, or None without clang or its libraries."""
    compiler = shutil.which("clang") or shutil.which("clang-14")
    if compiler is None:
        return None
    flags = [SANITIZERS, "-fno-sanitize-recover=all", "-fno-omit-frame-pointer"]
    probe = folder / "probe.c"
    probe.write_text(
        "int LLVMFuzzerTestOneInput(const char *d, unsigned long n) { return n && *d > 200; }\n"
    )
    tried = [compiler, SANITIZERS, str(probe), "-o", str(folder / "probe")]
    if subprocess.run(tried, capture_output=True, check=False).returncode:
        return None
    command = [compiler, "-O1", "-g1", *flags, "-pthread", f"-I{HERE.parent / 'native'}"]
    portable = [isa for isa in instruction_sets(platform.machine()) if isa.header is None]
    # The kernels' arithmetic, lane by lane, would take the compiler minutes, and has few branches.
    kernels = [replace(i, flags=(*i.flags, "-fno-sanitize=fuzzer,undefined")) for i in portable]
    return build(command, folder / "fuzzer", kernels, [HERE / "calls.c"])


def fuzz(program: Path, seconds: int, folders: Sequence[Path]) -> tuple[int, str]:
    """Run the fuzzer; return what it ended with, and the end of what it said."""
    command = [program, f"-max_total_time={seconds}", "-timeout=30", "-rss_limit_mb=4096"]
    command += ["-max_len=600", "-print_final_stats=1", "-seed=1"]
    with tempfile.TemporaryDirectory() as found:
        done = subprocess.run(
            [*command, f"-artifact_prefix={found}/", *folders],
            env=os.environ | OPTIONS,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
        cases = [base64.b64encode(path.read_bytes()).decode() for path in Path(found).iterdir()]
    said = done.stdout[-6000:] + "".join(f"\nthe case in base64: {case}" for case in cases)
    return done.returncode, said


def main(arguments: Sequence[str]) -> int:
    """Build and run; return what the process ends with."""
    seconds = int(arguments[0]) if arguments else 60
    with tempfile.TemporaryDirectory() as folder:
        program = compiled(Path(folder))
        if program is None:
            print("left out, for there is no clang with libFuzzer")
            return 0
        new = Path(arguments[1]) if len(arguments) > 1 else Path(folder) / "new"
        new.mkdir(exist_ok=True)
        ended, said = fuzz(program, seconds, [new, CORPUS])
    print(said if ended else "\n".join(said.splitlines()[-8:]))
    return int(ended != 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
