"""A copy of the tree in which one file at a time is changed, built again and tested."""

from __future__ import annotations

import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.native.build import (
    ALONE,
    CONTRACT,
    INCLUDE,
    KERNELS,
    ROOT,
    InstructionSet,
    instruction_sets,
    run,
)
from tests.native.sources import include_graph

__all__ = ["OUT_OF_TIME", "Known", "Scratch", "share_processors"]

_COPIED = ("csrc", "src", "tests", "docs", "examples", "pyproject.toml", "CMakeLists.txt",
           "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "tools", "benchmarks", "cmake",
           ".ci")  # fmt: skip
_CORE = "src/netinit/_core.abi3.so"

#: The package is that of the copy, also in processes that tests start: without the finder that an
#: editable installation has put first.
_SITE = """
import sys
sys.meta_path[:] = [f for f in sys.meta_path if "ScikitBuild" not in type(f).__name__]
sys.path.insert(0, {src!r})
"""

#: What ends a run of tests in which none has failed yet.
OUT_OF_TIME = "the end of its time"

#: Names, with the folder of the tree, what pytest was given and has not found.
_ABSENT = re.compile(r"^ERROR: (?:not found|found no collectors for): (\S.*)$", re.MULTILINE)

#: Ends a test that hangs, and with it the run.
_PATIENCE = ("-o", "faulthandler_timeout=100", "-o", "faulthandler_exit_on_timeout=true")


@dataclass
class Known:
    """What copies of one tree have found out, for all of them.

    Attributes
    ----------
    sound : set of str
        Tests that pass in the tree as it is.
    left_out : set of str
        Tests that do not, which tell nothing of a mutant.
    """

    sound: set[str] = field(default_factory=set)
    left_out: set[str] = field(default_factory=set)


def share_processors(worker: int, workers: int) -> None:
    """Keep this thread, and what it starts, to its share of the processors: two at least."""
    if workers == 1 or not hasattr(os, "sched_setaffinity"):
        return
    all_of_them = sorted(os.sched_getaffinity(0))
    count = max(2, len(all_of_them) // workers)
    first = worker * len(all_of_them) // workers
    own = {all_of_them[(first + k) % len(all_of_them)] for k in range(count)}
    os.sched_setaffinity(0, own)


class Scratch:
    """The copy, with the objects that the package's own build has left.

    Parameters
    ----------
    folder : Path
        An empty folder for it.
    known : Known
        What copies have found out: read and added to.

    Raises
    ------
    RuntimeError
        If what the build has left does not link.
    """

    def __init__(self, folder: Path, known: Known) -> None:
        self.root, self._site = folder / "tree", folder / "site"
        self.root.mkdir(parents=True)
        self._site.mkdir()
        for name in _COPIED:
            source = ROOT / name
            if source.is_dir():
                skipped = shutil.ignore_patterns("__pycache__", "*.so", "results")
                shutil.copytree(source, self.root / name, ignore=skipped)
            elif source.exists():
                shutil.copy(source, self.root / name)
        (self._site / "sitecustomize.py").write_text(_SITE.format(src=str(self.root / "src")))
        # Compiled modules are taken by their sources' hash: two changes within a second are seen.
        hashed = ("--invalidation-mode", "checked-hash", str(self.root / "src"))
        run([sys.executable, "-m", "compileall", "-q", *hashed])
        self._kernels = instruction_sets(platform.machine())
        self._includes = include_graph(self.root / "csrc")
        built = max(ROOT.glob("build/*/_core.abi3.so"), key=lambda path: path.stat().st_mtime)
        self._objects = self.root / built.parent.relative_to(ROOT) / "CMakeFiles"
        self._sound = folder / "sound"
        for path in built.parent.rglob("*.c.o"):
            name = path.relative_to(built.parent / "CMakeFiles")
            source = Path(*name.parts[1:]).with_suffix("")
            if source.parts[0] == "csrc" and not (ROOT / source).exists():
                continue  # of a file that was moved since
            kept = self._sound / name
            kept.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, kept)
        shutil.copy(built, self._sound)
        self._known = known
        self._restore()
        self._link()  # or nothing that is changed would be seen to compile
        self._restore()

    def _restore(self) -> None:
        """Have the objects as the build has left them."""
        shutil.copytree(
            self._sound, self._objects, copy_function=shutil.copyfile, dirs_exist_ok=True
        )
        shutil.copy(self._sound / Path(_CORE).name, self.root / _CORE)

    def _sources(self) -> list[Path]:
        """Return what is compiled once: on a system with threads."""
        apart = {KERNELS.relative_to(ROOT), ALONE.relative_to(ROOT)}
        return sorted(set((self.root / "csrc").rglob("*.c")) - {self.root / p for p in apart})

    def _include(self) -> list[str]:
        return [flag.replace(str(ROOT), str(self.root)) for flag in INCLUDE]

    def _flags(self) -> list[str]:
        built = [f"-DNI_BUILT_{isa.name}" for isa in self._kernels]
        return ["-O1", "-fPIC", "-pthread", "-fopenmp", *CONTRACT, *built, *self._include()]

    def _compile(self, path: Path) -> None:
        made = self._objects / "netinit_core.dir" / f"{path.relative_to(self.root)}.o"
        run(["gcc", *self._flags(), "-c", str(path), "-o", str(made)])

    def _compile_kernels(self, isa: InstructionSet) -> None:
        source = KERNELS.relative_to(ROOT)
        made = self._objects / f"netinit_{isa.name}.dir" / f"{source}.o"
        options = [*isa.options(), *self._include(), "-c", str(self.root / source)]
        run(["gcc", "-O1", "-fPIC", *options, "-o", str(made)])

    def _bind(self) -> None:
        """Compile the binding from its Cython source."""
        source, made = self.root / "src/netinit/_core.pyx", self._objects / "_core.c"
        run([sys.executable, "-m", "cython", "-3", str(source), "-o", str(made)])
        python = f"-I{sysconfig.get_paths()['include']}"
        limited = "-DPy_LIMITED_API=0x030B0000"
        bound = self._objects / "_core.dir/src/netinit/_core.c.o"
        run(["gcc", *self._flags(), python, limited, "-c", str(made), "-o", str(bound)])

    def _link(self) -> None:
        objects = list(self._objects.rglob("*.c.o"))
        for path in objects:  # tests take kernels that are not older than their sources
            path.touch()
        inputs = [*map(str, objects), "-o", str(self.root / _CORE)]
        run(["gcc", "-shared", "-pthread", "-fopenmp", *inputs])

    def _uses(self, file: str, header: str) -> bool:
        """Return whether a file of csrc is, or includes by any way, another."""
        return file == header or any(self._uses(f, header) for f in self._includes.get(file, ()))

    def telling(self, file: str) -> list[list[InstructionSet]]:
        """Return for which instruction sets kernels are compiled first, and for which then.

        One is, which takes ten seconds: that which the file is for, or else the machine's best. Its
        values are compared with those of the others, which stay as they were.
        """
        below = file.removeprefix("csrc/")
        if not self._uses("kernels/kernels.c", below):
            return [[]]
        if below.startswith("kernels/isa/"):
            return [[isa for isa in self._kernels if isa.header == below]]
        plain = below in ("kernels/soft_fma.h", "kernels/lanes.h")
        first = self._kernels[0 if plain else -1]
        return [[first], [isa for isa in self._kernels if isa is not first]]

    def rebuild(self, file: str, kernels: Sequence[InstructionSet]) -> None:
        """Compile again what a changed file is part of, and kernels for these instruction sets.

        Raises
        ------
        RuntimeError
            If it does not compile.
        """
        if file.startswith("csrc/"):
            for isa in kernels:
                self._compile_kernels(isa)
            for source in self._sources():
                name = source.relative_to(self.root / "csrc").as_posix()
                if self._uses(name, file.removeprefix("csrc/")):
                    self._compile(source)
        elif file.endswith((".pyx", ".pxi", ".pxd")):
            self._bind()
        else:
            return
        self._link()

    @contextmanager
    def changed(self, file: str, text: str) -> Iterator[None]:
        """Have a file say this for a while, and all be as it was afterwards."""
        path = self.root / file
        sound = path.read_text()
        path.write_text(text)
        try:
            yield
        finally:
            path.write_text(sound)
            if not file.endswith(".py"):
                self._restore()

    def notice(self, tests: Sequence[str], seconds: float) -> str | None:
        """Return the first test that fails, or what else ends the run, or None if all pass.

        Tests that are not there, as where another framework is missing, are done without.
        """
        code, said = self._pytest(tests, seconds)
        failed = re.search(r"^(?:FAILED|ERROR) (tests/.*?)(?= - |$)", said, re.MULTILINE)
        if code in (0, 5) or code is None:
            return OUT_OF_TIME if code is None else None
        if failed:
            return failed[1]
        if "Timeout (" in said:
            return "a hang"
        if code < 0:
            return f"a crash, signal {-code}"
        absent = {path.removeprefix(f"{self.root}/") for path in _ABSENT.findall(said)}
        there = [t for t in tests if not {t, t.partition("[")[0]} & absent]
        if len(there) < len(tests):
            return self.notice(there, seconds) if there else None
        return "no start: " + " ".join(said.split())[-200:]

    def _pytest(self, tests: Sequence[str], seconds: float) -> tuple[int | None, str]:
        """Run tests until the first that fails; return how that ended, None for in vain."""
        alone = {"PYTHONPATH": str(self._site), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        left_out = [f"--deselect={test}" for test in sorted(self._known.left_out)]
        options = ("-q", "-x", "-p", "no:cacheprovider", *_PATIENCE, *left_out)
        process = subprocess.Popen(
            [sys.executable, "-m", "pytest", *options, *tests],
            cwd=self.root,
            env={**os.environ, **alone},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            text=True,
            errors="replace",
        )
        try:
            said, _ = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            return None, ""
        finally:
            self._end(process)
        return process.returncode, said

    def passes(self, test: str) -> bool:
        """Return whether a test passes in the tree as it is; else leave it out from now on."""
        if test not in self._known.sound:
            name = test.partition("::")[0]
            tried = [test] if name != test else ["--collect-only", test]
            found = self.notice(tried, 600.0) is None
            (self._known.sound if found else self._known.left_out).add(test)
        return test in self._known.sound

    @staticmethod
    def _end(process: subprocess.Popen[str]) -> None:
        """End a run with all that it has started."""
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
