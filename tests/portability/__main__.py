"""Prove that other compilers and processors draw the same bits: python -m tests.portability.

Each target builds the C core with a driver program and draws every row of the stream's table
(tests/golden/hashes.json): natively the whole of it, under emulation a window over a counter's
carry, compared with the library installed here, which tests/test_identity.py holds to the table.
Targets whose compiler or emulator is not installed are named and left out.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tests.stream_cases import (
    FLOATS,
    STORAGE,
    STREAM,
    core_values,
    distribution_of,
    sha256,
    table_rows,
)

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = json.loads((ROOT / "tests" / "golden" / "hashes.json").read_text())
TABLE: dict[str, str] = GOLDEN["hashes"]
MATRICES = [row for row in TABLE if row.startswith(("orthogonal", "sparse"))]
CORE = sorted(set((ROOT / "csrc").rglob("*.c")) - {ROOT / "csrc/kernels/kernels.c"})
CONTRACT = [
    "-std=gnu11",
    "-ffp-contract=off",
    "-fno-fast-math",
    "-fno-math-errno",
    "-fno-trapping-math",
]
DTYPES = [*FLOATS, "uint32", "uint64"]
KINDS = ["bits", "constant", "uniform", "normal", "truncated_normal"]
#: Lanes, interleaved tiles and flags of each instruction set, as in CMakeLists.txt.
ISAS = {
    "scalar": (4, 1, []),
    "avx2": (8, 2, ["-mavx2", "-mfma", "-mf16c"]),
    "avx512": (
        16,
        3,
        ["-mavx512f", "-mavx512bw", "-mavx512dq", "-mavx512vl", "-mfma", "-mf16c"],
    ),
    "neon": (4, 3, []),
}
#: Elements on both sides of the first carry of the counter, 20000 blocks on.
WINDOW = 501


@dataclass(frozen=True)
class Target:
    """A compiler, its flags, the instruction sets it builds and what runs the program."""

    name: str
    compiler: str
    flags: list[str]
    isas: list[str]
    emulator: list[str]


X86 = ["scalar", "avx2", "avx512"]
TARGETS = [
    Target("gcc -O0", "gcc", ["-O0"], X86, []),
    Target("gcc -O3", "gcc", ["-O3"], X86, []),
    Target("gcc -Ofast, the contract after it", "gcc", ["-Ofast"], X86, []),
    Target("clang -O3", "clang-14", ["-O3"], X86, []),
    Target(
        "aarch64 gcc -O2",
        "aarch64-linux-gnu-gcc",
        ["-O2"],
        ["scalar", "neon"],
        ["qemu-aarch64"],
    ),
    Target(
        "s390x gcc -O2, big-endian",
        "s390x-linux-gnu-gcc",
        ["-O2", "-march=z13"],
        ["scalar"],
        ["qemu-s390x", "-cpu", "max"],
    ),
]


def build(target: Target, folder: Path) -> Path:
    """Compile the core, its kernels and the driver for a target; return the program."""
    common = [*target.flags, *CONTRACT, f"-I{ROOT / 'csrc'}", f"-I{ROOT / 'csrc/include'}"]

    def kernels(isa: str) -> Path:
        lanes, tiles, flags = ISAS[isa]
        header = [] if isa == "scalar" else [f'-DNI_ISA_HEADER="kernels/isa/{isa}.h"']
        defines = [f"-DNI_ISA={isa}", f"-DNI_WIDTH={lanes}", f"-DNI_TILES={tiles}", *header]
        made = folder / f"{isa}.o"
        source = str(ROOT / "csrc" / "kernels" / "kernels.c")
        run([target.compiler, *common, *flags, *defines, "-c", source, "-o", str(made)])
        return made

    with ThreadPoolExecutor(2) as pool:
        objects = list(pool.map(kernels, target.isas))
    built = [f"-DNI_BUILT_{isa}" for isa in target.isas if isa != "scalar"]
    sources = [*map(str, CORE), str(Path(__file__).parent / "driver.c")]
    program = folder / "driver"
    arguments = [*common, *built, *sources, *map(str, objects), "-static", "-pthread"]
    run([target.compiler, *arguments, "-o", str(program)])
    return program


def run(command: Sequence[str]) -> bytes:
    """Run a command; return what it writes, or raise with what it says."""
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}\n{done.stderr.decode(errors='replace')}")
    return done.stdout


def draw(target: Target, program: Path, isa: str, row: tuple[str, str], emulated: bool) -> str:
    """Return the hash of a row's elements as the target draws them."""
    name, dtype = row
    first, count = window(dtype) if emulated else (0, GOLDEN["elements"])
    d = distribution_of(name)
    numbers = [repr(float(x)) for x in (d.mean, d.std, d.low, d.high)]
    what = [isa, str(DTYPES.index(dtype)), str(KINDS.index(d.kind)), *numbers]
    where = [*map(str, STREAM), str(first), str(count)]
    made = run([*target.emulator, str(program), *what, *where])
    return sha256(np.frombuffer(made, "<" + STORAGE[dtype]))


def draw_matrix(target: Target, program: Path, isa: str, row: str) -> str:
    """Return the hash of a matrix, named as in the table, as the target draws it."""
    rule, shape, *zeros, dtype = row.split()
    rows, columns = map(int, shape.split("x"))
    kind, number = ("-2", zeros[0]) if rule == "sparse" else ("-1", "1.25")
    what = [isa, str(DTYPES.index(dtype)), kind, number, "0", str(rows), str(columns)]
    where = [*map(str, STREAM), "0", str(rows * columns)]
    made = run([*target.emulator, str(program), *what, *where])
    return sha256(np.frombuffer(made, "<" + STORAGE[dtype]))


def window(dtype: str) -> tuple[int, int]:
    """Return the first element and the count of the window over the carry."""
    per_block = 2 if STORAGE[dtype] in ("f8", "u8") else 4
    return 20000 * per_block - WINDOW // 2, WINDOW


def expected(row: tuple[str, str], emulated: bool) -> str:
    """Return the hash that a row must have."""
    name, dtype = row
    if not emulated:
        return str(GOLDEN["hashes"][f"{name} {dtype}"])
    first, count = window(dtype)
    return sha256(core_values(count, dtype, distribution_of(name), first=first))


def check(target: Target) -> int:
    """Build and compare one target; return the number of rows that differ."""
    emulated, rows = bool(target.emulator), table_rows()
    wanted = [expected(row, emulated) for row in rows]
    differing = 0
    with tempfile.TemporaryDirectory() as folder:
        program = build(target, Path(folder))
        for isa in run([*target.emulator, str(program), "list"]).decode().split():
            with ThreadPoolExecutor(2) as pool:
                made = pool.map(lambda row: draw(target, program, isa, row, emulated), rows)  # noqa: B023
                wrong = [row for row, a, b in zip(rows, made, wanted, strict=True) if a != b]
            wrong += [m for m in MATRICES if draw_matrix(target, program, isa, m) != TABLE[m]]
            verdict = "equal" if not wrong else f"DIFFER: {wrong}"
            count = len(rows) + len(MATRICES)
            print(f"{target.name}, {isa}: {count} rows, {verdict}", flush=True)
            differing += len(wrong)
    return differing


def main() -> int:
    """Check the targets that the command line names, or all that are installed."""
    parser = argparse.ArgumentParser(prog="python -m tests.portability", description=__doc__)
    parser.add_argument("targets", nargs="*", help="parts of the names of targets (all)")
    given = parser.parse_args()
    differing = 0
    for target in TARGETS:
        if given.targets and not any(part in target.name for part in given.targets):
            continue
        if missing := [t for t in (target.compiler, *target.emulator[:1]) if not shutil.which(t)]:
            print(f"{target.name}: left out, no {', '.join(missing)}")
            continue
        differing += check(target)
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
