"""Builds of the C core for tests, with the flags and instruction sets that CMakeLists.txt names."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CSRC = ROOT / "csrc"
KERNELS = CSRC / "kernels" / "kernels.c"
#: The thread team, and what stands in its place on a system without threads.
THREADS, ALONE = CSRC / "team" / "threads.c", CSRC / "team" / "alone.c"
INCLUDE = [f"-I{CSRC}", f"-I{CSRC / 'include'}"]
_CMAKE = (ROOT / "CMakeLists.txt").read_text()


def _contract() -> list[str]:
    found = re.search(r"set\(contract ([^)]*)\)", _CMAKE)
    assert found is not None
    return found[1].split()


#: How every file of the core is compiled, after the caller's flags.
CONTRACT = ["-std=gnu11", *_contract()]


@dataclass(frozen=True)
class InstructionSet:
    """A line `netinit_isa(...)` of CMakeLists.txt."""

    name: str
    lanes: int
    tiles: int
    flags: tuple[str, ...]
    processors: str  # a pattern of their names

    @property
    def header(self) -> str | None:
        """Its own words of lanes.h, by the name that the core includes them by."""
        return None if self.name == "scalar" else f"kernels/isa/{self.name}.h"

    def options(self) -> list[str]:
        """Return the options that kernels.c, or a file that includes it, is compiled with."""
        header = [] if self.header is None else [f'-DNI_ISA_HEADER="{self.header}"']
        defined = {"NI_ISA": self.name, "NI_WIDTH": self.lanes, "NI_TILES": self.tiles}
        return [*CONTRACT, *self.flags, *(f"-D{k}={v}" for k, v in defined.items()), *header]


def _read_instruction_sets() -> dict[str, InstructionSet]:
    condition = r'if\(CMAKE_SYSTEM_PROCESSOR MATCHES "(?P<processors>[^"]+)"\)'
    found, processors = {}, ""
    for line in re.finditer(rf"{condition}|endif\(\)|netinit_isa\((?P<isa>[^)]*)\)", _CMAKE):
        if line["isa"]:
            name, lanes, tiles, *flags = line["isa"].split()
            found[name] = InstructionSet(name, int(lanes), int(tiles), tuple(flags), processors)
        else:
            processors = line["processors"] or ""
    return found


#: All that some build has, in the order of CMakeLists.txt.
INSTRUCTION_SETS = _read_instruction_sets()


def instruction_sets(processor: str) -> list[InstructionSet]:
    """Return those that CMakeLists.txt builds for a processor, slowest first."""
    return [s for s in INSTRUCTION_SETS.values() if re.search(s.processors, processor)]


def find_compiler() -> str | None:
    """Return the C compiler of this machine, or None."""
    return shutil.which("gcc") or shutil.which("cc")


def _from_package(isa: InstructionSet) -> Path | None:
    """Return the kernels as the package's own build compiled them, where that is up to date."""
    pattern = f"build/*/CMakeFiles/netinit_{isa.name}.dir/csrc/kernels/kernels.c.o"
    sources = [*KERNELS.parent.rglob("*.[ch]"), CSRC / "kernels.h", *CSRC.rglob("netinit.h")]
    changed = max(path.stat().st_mtime for path in sources)
    return next((p for p in ROOT.glob(pattern) if p.stat().st_mtime > changed), None)


def build(
    command: Sequence[str],
    made: Path,
    isas: Sequence[InstructionSet],
    sources: Sequence[Path] = (),
    reuse: bool = False,
    threads: bool = True,
) -> Path:
    """Compile the core for these instruction sets, with more sources, and link it to `made`.

    `command` is the compiler with the flags of every file, among them what says what is linked.
    `reuse` takes the kernels that the package was built with: compiling them takes a minute.
    """
    own = sorted(set(CSRC.rglob("*.c")) - {KERNELS, ALONE if threads else THREADS})
    built = [f"-DNI_BUILT_{isa.name}" for isa in isas]

    def kernels(isa: InstructionSet) -> str:
        if reuse and (ready := _from_package(isa)):
            return str(ready)
        target = made.with_name(f"{isa.name}.o")
        options = [*isa.options(), *INCLUDE, "-c", str(KERNELS), "-o", str(target)]
        run([*command, *options])
        return str(target)

    with ThreadPoolExecutor(2) as pool:
        objects = list(pool.map(kernels, isas))
    inputs = [*map(str, [*own, *sources]), *objects]
    run([*command, *CONTRACT, *built, *INCLUDE, *inputs, "-o", str(made)])
    return made


def run(command: Sequence[str]) -> bytes:
    """Run a command; return what it writes, or raise with what it says."""
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}\n{done.stderr.decode(errors='replace')}")
    return done.stdout
