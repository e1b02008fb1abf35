"""Prove that other languages draw what Python draws: python -m tests.backends.

The C library is installed in an empty prefix (or is in the one that --prefix names), each program
of examples/backend/ is built against it and fills the parameters of GPT-2; the bytes have the hash
of what netinit fills examples/gpt2.json with. Languages whose tools are not installed are named and
left out.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from os.path import exists
from pathlib import Path

import numpy as np

import netinit
from netinit.nets import from_json
from tests.native.build import ROOT

SEED = 2019
EXAMPLES = ROOT / "examples" / "backend"
LIST = EXAMPLES / "gpt2.txt"


@dataclass(frozen=True)
class Language:
    """How a program is built and run.

    In commands, run in an empty folder, {here} is the language's folder of examples/backend, {out}
    the empty one and {prefix} where the library is; a command "pkg-config" is replaced by its
    words. A program reads the list from standard input and writes to standard output, or to {out}/
    `file`.
    """

    name: str
    tools: list[str]
    build: list[list[str]]
    program: list[str]
    file: str | None = None


FLAGS = ["pkg-config --cflags --libs netinit"]
CYTHON = str(Path(sys.executable).with_name("cython"))
PYTHON = [f"-I{sysconfig.get_paths()['include']}"]
LANGUAGES = [
    Language(
        "c",
        ["cc", "pkg-config"],
        [["cc", "-O2", "{here}/gpt2.c", "-o", "gpt2", *FLAGS]],
        ["./gpt2", str(SEED)],
    ),
    Language(
        "cpp",
        ["cmake", "c++"],
        [
            ["cmake", "-S", "{here}", "-B", "{out}", "-DCMAKE_PREFIX_PATH={prefix}"],
            ["cmake", "--build", "{out}"],
        ],
        ["./gpt2", str(SEED)],
    ),
    Language(
        "rust",
        ["cargo", "pkg-config"],
        [
            ["cargo", "test", "--quiet", "--offline", "--manifest-path={here}/Cargo.toml"],
            [
                *("cargo", "build", "--quiet", "--offline", "--manifest-path={here}/Cargo.toml"),
                *("--release", "--example", "gpt2"),
            ],
        ],
        ["./release/examples/gpt2", str(SEED)],
    ),
    Language(
        "fortran",
        ["gfortran", "pkg-config"],
        [["gfortran", "-O2", "{here}/netinit.f90", "{here}/gpt2.f90", "-o", "gpt2", *FLAGS]],
        ["./gpt2", str(SEED), "gpt2.bin"],
        "gpt2.bin",
    ),
    Language(
        "cython",
        ["cc", "pkg-config", CYTHON],
        [
            [CYTHON, "{here}/gpt2.pyx", "-o", "gpt2.c"],
            ["cc", "-O2", "-shared", "-fPIC", "gpt2.c", "-o", "gpt2.so", *PYTHON, *FLAGS],
        ],
        [sys.executable, "-c", f"import gpt2; gpt2.write({SEED}, {str(LIST)!r}, 1)"],
    ),
    Language(
        "javascript",
        ["node", "cmake", "/usr/lib/wasm32-wasi/libc.a"],
        [["cmake", "-S", str(ROOT / "wasm"), "-B", "{out}"], ["cmake", "--build", "{out}"]],
        ["node", str(EXAMPLES / "javascript" / "gpt2.mjs"), ".", str(SEED)],
    ),
]


@dataclass
class Prefix:
    """Where the library is installed, and what finds it there."""

    path: Path
    environment: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        libraries = next(self.path.rglob("netinit.pc")).parents[1]
        self.environment = {
            **os.environ,
            "PKG_CONFIG_PATH": str(libraries / "pkgconfig"),
            "LD_LIBRARY_PATH": str(libraries),
        }

    def words(self, command: str, here: Path, out: Path) -> list[str]:
        """Return the words that one of a command stands for."""
        if command.startswith("pkg-config"):
            made = subprocess.check_output(command.split(), env=self.environment, text=True)
            return made.split()
        return [command.format(here=here, out=out, prefix=self.path)]


def install(folder: Path) -> Path:
    """Build the library and install it in an empty prefix; return that."""
    build, prefix = folder / "build", folder / "prefix"
    options = [f"-DCMAKE_INSTALL_PREFIX={prefix}", "-DNETINIT_TESTS=OFF"]
    for command in (["-S", str(ROOT), "-B", str(build), *options], ["--build", str(build), "-j2"]):
        subprocess.run(["cmake", *command], check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["cmake", "--install", str(build)], check=True, stdout=subprocess.DEVNULL)
    return prefix


def expected() -> str:
    """Return the hash of what Python fills GPT-2 with."""
    net = from_json((ROOT / "examples" / "gpt2.json").read_text())
    made = hashlib.sha256()
    for row in netinit.plan(net, method=("GPT2", {"layers": 12}), seed=SEED):
        array = np.empty(row.parameter.shape, "f4")
        made.update(netinit.fill(array, row.initializer, seed=SEED, name=row.parameter.name))
    return made.hexdigest()


def drawn(language: Language, prefix: Prefix, out: Path) -> str:
    """Build a language's program in a folder; return the hash of what it writes."""
    here = EXAMPLES / language.name
    environment = {**prefix.environment, "CARGO_TARGET_DIR": str(out), "PYTHONPATH": str(out)}
    for command in language.build:
        words = [word for part in command for word in prefix.words(part, here, out)]
        subprocess.run(words, check=True, cwd=out, env=environment, stdout=subprocess.DEVNULL)
    written = out / (language.file or "standard output")
    with LIST.open() as lines, written.open("wb") as to:
        subprocess.run(
            language.program,
            check=True,
            cwd=out,
            env=environment,
            stdin=lines,
            stdout=subprocess.DEVNULL if language.file else to,
        )
    with written.open("rb") as made:
        return hashlib.file_digest(made, "sha256").hexdigest()


def check(languages: Sequence[Language], prefix: Prefix) -> int:
    """Compare languages with Python; return how many differ."""
    wanted, differing = expected(), 0
    print(f"python: {wanted}")
    for language in languages:
        if missing := [one for one in language.tools if not (shutil.which(one) or exists(one))]:
            print(f"{language.name}: left out, no {', '.join(missing)}")
            continue
        with tempfile.TemporaryDirectory() as folder:
            made = drawn(language, prefix, Path(folder))
        print(f"{language.name}: {made}{'' if made == wanted else ' DIFFERS'}", flush=True)
        differing += made != wanted
    return differing


def main() -> int:
    """Check the languages that the command line names, or all."""
    parser = argparse.ArgumentParser(prog="python -m tests.backends", description=__doc__)
    parser.add_argument("languages", nargs="*", help="names of folders of examples/backend (all)")
    parser.add_argument("--prefix", type=Path, help="where the library is installed")
    given = parser.parse_args()
    chosen = [one for one in LANGUAGES if not given.languages or one.name in given.languages]
    with tempfile.TemporaryDirectory() as folder:
        prefix = Prefix(given.prefix or install(Path(folder)))
        return 1 if check(chosen, prefix) else 0


if __name__ == "__main__":
    sys.exit(main())
