"""Prove that other compilers and processors draw the same bits: python -m tests.portability.

Each target builds the C core with a driver program and draws every row of the stream's table
(tests/golden/hashes.json): natively and as WebAssembly the whole of it, under emulation a window
over a counter's carry, compared with the library installed here, which
tests/core/test_identity.py holds to the table.
Targets whose compiler or emulator is not installed are named and left out.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tests.native.build import ROOT, build, instruction_sets, run
from tests.stream_cases import (
    FLOATS,
    STORAGE,
    STREAM,
    core_values,
    distribution_of,
    sha256,
    table_rows,
)

HERE = Path(__file__).resolve().parent
GOLDEN = json.loads((HERE.parent / "golden" / "hashes.json").read_text())
TABLE: dict[str, str] = GOLDEN["hashes"]
MATRICES = [row for row in TABLE if row.startswith(("orthogonal", "sparse"))]
DTYPES = [*FLOATS, "uint32", "uint64"]
KINDS = ["bits", "constant", "uniform", "normal", "truncated_normal"]
#: Elements on both sides of the first carry of the counter, 20000 blocks on.
WINDOW = 501


@dataclass(frozen=True)
class Target:
    """A compiler, its flags, the processor it builds for and what runs the program."""

    name: str
    compiler: str
    flags: list[str]
    processor: str
    emulator: list[str]

    @property
    def emulated(self) -> bool:
        """Whether it is too slow for whole rows."""
        return bool(self.emulator)

    def missing(self) -> list[str]:
        """Return what is not installed of what it takes."""
        return [tool for tool in (self.compiler, *self.emulator[:1]) if not shutil.which(tool)]

    def build(self, folder: Path) -> Path:
        """Build the driver program in a folder."""
        command = [self.compiler, *self.flags, "-static", "-pthread"]
        isas = instruction_sets(self.processor)
        return build(command, folder / "driver", isas, [HERE / "driver.c"])


class Windows(Target):
    """A program for Windows, run by Wine: compiled by clang, with the libraries of MinGW's gcc."""

    emulated = False
    gcc = "x86_64-w64-mingw32-gcc"

    def missing(self) -> list[str]:
        """Return what is not installed of what it takes."""
        return super().missing() + [tool for tool in [self.gcc] if not shutil.which(tool)]

    def build(self, folder: Path) -> Path:
        """Build the driver program in a folder."""
        libraries = Path(run([self.gcc, "-print-libgcc-file-name"]).decode().strip()).parent
        command = [self.compiler, *self.flags, "-static", f"-L{libraries}"]
        isas = instruction_sets(self.processor)
        return build(command, folder / "driver.exe", isas, [HERE / "driver.c"], threads=False)


class WebAssembly(Target):
    """The library for pages, with its loader in the place of a driver in C."""

    emulated = False

    def missing(self) -> list[str]:
        """Return what is not installed of what it takes."""
        libc = Path("/usr/lib/wasm32-wasi/libc.a")
        missing = super().missing() + [tool for tool in ["cmake"] if not shutil.which(tool)]
        return missing if libc.exists() else [*missing, "wasi-libc"]

    def build(self, folder: Path) -> Path:
        """Build the library as its users do."""
        compiler = f"-DCMAKE_C_COMPILER={self.compiler}"
        run(["cmake", "-S", str(ROOT / "wasm"), "-B", str(folder), compiler, *self.flags])
        run(["cmake", "--build", str(folder)])
        return folder / "netinit.wasm"


TARGETS = [
    Target("gcc -O0", "gcc", ["-O0"], "x86_64", []),
    Target("gcc -O3", "gcc", ["-O3"], "x86_64", []),
    Target("gcc -Ofast, the contract after it", "gcc", ["-Ofast"], "x86_64", []),
    Target("clang -O3", "clang-14", ["-O3"], "x86_64", []),
    Target("musl gcc -O2", "musl-gcc", ["-O2"], "x86_64", []),
    Target(
        "i686 gcc -O2, 32 bits",
        "i686-linux-gnu-gcc",
        ["-O2", "-msse2", "-mfpmath=sse"],
        "i686",
        [],
    ),
    Target(
        "armhf gcc -O2, 32 bits",
        "arm-linux-gnueabihf-gcc",
        ["-O2"],
        "armhf",
        ["qemu-arm"],
    ),
    Target(
        "aarch64 gcc -O2",
        "aarch64-linux-gnu-gcc",
        ["-O2"],
        "aarch64",
        ["qemu-aarch64"],
    ),
    Target(
        "s390x gcc -O2, big-endian",
        "s390x-linux-gnu-gcc",
        ["-O2", "-march=z13"],
        "s390x",
        ["qemu-s390x", "-cpu", "max"],
    ),
    Windows(
        "windows clang -O2",
        "clang-14",
        ["--target=x86_64-w64-mingw32", "-O2"],
        "x86_64",
        [shutil.which("wine64") or "/usr/lib/wine/wine64"],
    ),
    WebAssembly("wasm", "clang-14", [], "wasm32", ["node", str(HERE / "driver.mjs")]),
]


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
    emulated, rows = target.emulated, table_rows()
    wanted = [expected(row, emulated) for row in rows]
    differing = 0
    with tempfile.TemporaryDirectory() as folder:
        program = target.build(Path(folder))
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
        if missing := target.missing():
            print(f"{target.name}: left out, no {', '.join(missing)}")
            continue
        differing += check(target)
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
