"""A copy of the tree in which one file at a time is changed, built again and tested."""

from __future__ import annotations

import os
import platform
import shutil
import signal
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from tests.native.build import CONTRACT, INCLUDE, ROOT, instruction_sets, run

__all__ = ["Scratch"]

_COPIED = ("csrc", "src", "tests", "docs", "examples", "pyproject.toml", "CMakeLists.txt",
           "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "tools", "benchmarks",
           ".ci")  # fmt: skip
_CORE = "src/netinit/_core.abi3.so"

#: The package is that of the copy, also in processes that tests start: without the finder that an
#: editable installation has put first.
_SITE = """
import sys
sys.meta_path[:] = [f for f in sys.meta_path if "ScikitBuild" not in type(f).__name__]
sys.path.insert(0, {src!r})
"""


class Scratch:
    """The copy, with the objects of what has been compiled.

    Parameters
    ----------
    folder : Path
        An empty folder for it.
    """

    def __init__(self, folder: Path) -> None:
        self.root, self._objects = folder / "tree", folder / "objects"
        self._site = folder / "site"
        self.root.mkdir(parents=True)
        self._objects.mkdir()
        self._site.mkdir()
        for name in _COPIED:
            source = ROOT / name
            if source.is_dir():
                skipped = shutil.ignore_patterns("__pycache__", "*.so", "results")
                shutil.copytree(source, self.root / name, ignore=skipped)
            elif source.exists():
                shutil.copy(source, self.root / name)
        (self._site / "sitecustomize.py").write_text(_SITE.format(src=str(self.root / "src")))
        self._kernels = instruction_sets(platform.machine())
        for isa in self._kernels:  # as the package's build left them; tests take them as well
            made = next(ROOT.glob(f"build/*/{self._kernel_object(isa.name)}"))
            for name in {made.relative_to(ROOT), Path("build/any") / self._kernel_object(isa.name)}:
                copied = self.root / name
                copied.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(made, copied)
        for path in self._sources():
            self._compile(path)
        self._bind()
        self._link()

    @staticmethod
    def _kernel_object(isa: str) -> str:
        return f"CMakeFiles/netinit_{isa}.dir/csrc/kernels/kernels.c.o"

    def _sources(self) -> list[Path]:
        return [p for p in sorted((self.root / "csrc").rglob("*.c")) if "kernels" not in p.parts]

    def _include(self) -> list[str]:
        return [flag.replace(str(ROOT), str(self.root)) for flag in INCLUDE]

    def _flags(self) -> list[str]:
        built = [f"-DNI_BUILT_{isa.name}" for isa in self._kernels]
        return ["-O1", "-fPIC", "-pthread", "-fopenmp", *CONTRACT, *built, *self._include()]

    def _object(self, path: Path) -> Path:
        return self._objects / (path.relative_to(self.root).as_posix().replace("/", "-") + ".o")

    def _compile(self, path: Path) -> None:
        run(["gcc", *self._flags(), "-c", str(path), "-o", str(self._object(path))])

    def _bind(self) -> None:
        """Compile the binding from its Cython source."""
        source, made = self.root / "src/netinit/_core.pyx", self._objects / "_core.c"
        run([sys.executable, "-m", "cython", "-3", str(source), "-o", str(made)])
        python = f"-I{sysconfig.get_paths()['include']}"
        limited = "-DPy_LIMITED_API=0x030B0000"
        run(["gcc", *self._flags(), python, limited, "-c", str(made), "-o", f"{made}.o"])

    def _link(self) -> None:
        objects = [*self._objects.glob("*.o")]
        kernels = [self.root / "build/any" / self._kernel_object(i.name) for i in self._kernels]
        inputs = map(str, objects + kernels)
        run(["gcc", "-shared", "-pthread", "-fopenmp", *inputs, "-o", str(self.root / _CORE)])

    def rebuild(self, file: str) -> None:
        """Compile again what a changed file is part of.

        Raises
        ------
        RuntimeError
            If it does not compile.
        """
        path = self.root / file
        if file.startswith("csrc/"):
            if "/kernels" in file:
                for isa in self._kernels:
                    target = self.root / "build/any" / self._kernel_object(isa.name)
                    kernels = str(self.root / "csrc/kernels/kernels.c")
                    options = [*isa.options(), *self._include(), "-c", kernels]
                    run(["gcc", "-O1", "-fPIC", *options, "-o", str(target)])
            if file.endswith(".h"):
                for source in self._sources():
                    self._compile(source)
            elif "/kernels" not in file:
                self._compile(path)
        elif file.endswith((".pyx", ".pxd")):
            self._bind()
        else:
            return
        self._link()

    def passes(self, tests: Sequence[str], seconds: float) -> bool:
        """Return whether the tests pass, in time."""
        environment = {**os.environ, "PYTHONPATH": str(self._site), "PYTHONDONTWRITEBYTECODE": "1"}
        process = subprocess.Popen(
            [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests],
            cwd=self.root,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            return process.wait(seconds) == 0
        except subprocess.TimeoutExpired:
            return False
        finally:
            self._end(process)

    @staticmethod
    def _end(process: subprocess.Popen[bytes]) -> None:
        """End a run with all that it has started."""
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
