"""The C library as others get it: built, installed, found, linked, twice in one process."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import netinit
from netinit import _core
from netinit.cli import flags
from netinit.cli.main import main
from tests.native.build import CSRC, ROOT, find_compiler, run

HEADER = (CSRC / "include" / "netinit" / "netinit.h").read_text()
DECLARED = set(re.findall(r"^NI_API [\w *]*?\b(ni_\w+)\(", HEADER, re.MULTILINE))

needs_cmake = pytest.mark.skipif(not shutil.which("cmake"), reason="no cmake")
pytestmark = [
    pytest.mark.skipif(find_compiler() is None, reason="no C compiler"),
    pytest.mark.skipif(sys.platform != "linux", reason="names of libraries are those of ELF"),
]

#: Writes elements of (1234, "encoder.weight") as they are in memory.
PROGRAM = """
#include <netinit/netinit.h>
#include <stdio.h>

int main(void)
{
    static float out[100000];
    const int64_t count = 100000, bytes = sizeof *out, step = 1;
    const ni_output where = {out, NI_FLOAT32, 1, &count, &bytes, &step, 0};
    const ni_run run = {2, NULL, NULL};
    ni_stream stream;
    ni_distribution normal;
    if (ni_abi_version() != NI_ABI_VERSION || ni_stream_of(1234, "encoder.weight", 14, &stream)
        || ni_spread_of(NI_SPREAD_NORMAL, 0.02, &normal) || ni_fill(&stream, &normal, &where, &run))
        return 1;
    return fwrite(out, sizeof *out, 100000, stdout) != 100000;
}
"""

#: A library of somebody's that holds the static one, and gives out one function.
PLUGIN = PROGRAM.replace("int main(void)", "int write_elements(void)")

#: A program with the shared library that loads it, and compares what both write.
HOST = (
    PROGRAM.replace("int main(void)", "static int write_own(void)")
    + """
#include <dlfcn.h>

int main(int count, char **argument)
{
    void *plugin = count == 2 ? dlopen(argument[1], RTLD_NOW | RTLD_GLOBAL) : NULL;
    int (*write_elements)(void) = plugin ? (int (*)(void))dlsym(plugin, "write_elements") : NULL;
    return !write_elements || write_own() || write_elements() || write_own();
}
"""
)


def expected() -> bytes:
    array = np.empty(100_000, np.float32)
    return netinit.fill(array, 0.02, seed=1234, name="encoder.weight").tobytes()


@pytest.fixture(scope="module")
def build() -> Path:
    """Build the library by CMake alone, where an earlier build can be gone on with."""
    folder = ROOT / "build" / "libnetinit"
    without = [f"-DCMAKE_DISABLE_FIND_PACKAGE_{name}=ON" for name in ("Python", "Cython")]
    run(["cmake", "-S", str(ROOT), "-B", str(folder), *without])
    run(["cmake", "--build", str(folder), "--parallel", "2"])
    return folder


@pytest.fixture(scope="module")
def prefix(build, tmp_path_factory) -> Path:
    """Install the library, and move it elsewhere."""
    folder = tmp_path_factory.mktemp("installed")
    run(["cmake", "--install", str(build), "--prefix", str(folder / "first")])
    return (folder / "first").rename(folder / "prefix")


def symbols(path: Path, *options: str) -> set[str]:
    listed = run(["nm", "--format=posix", "--defined-only", *options, str(path)]).decode()
    return {words[0] for line in listed.splitlines() if len(words := line.split()) > 2}


def library_in(prefix: Path) -> Path:
    (found,) = prefix.rglob("libnetinit.so")
    return found


def compiled(folder: Path, source: str, *flags: str, name: str = "program") -> Path:
    """Compile and link a program in C without a warning."""
    (folder / f"{name}.c").write_text(source)
    command = [find_compiler() or "", "-std=c11", "-Wall", "-Wextra", "-Werror"]
    run([*command, str(folder / f"{name}.c"), "-o", str(folder / name), *flags])
    return folder / name


def output(*command: str | Path, libraries: Path | None = None, **variables: str) -> bytes:
    if libraries is not None:
        variables["LD_LIBRARY_PATH"] = str(libraries)
    environment = {**os.environ, **variables}
    done = subprocess.run(command, capture_output=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


# -- what is installed ------------------------------------------------------------------------


@needs_cmake
def test_the_golden_table_holds(build):
    said = run(["ctest", "--test-dir", str(build), "--output-on-failure"]).decode()
    assert "100% tests passed" in said


@needs_cmake
def test_what_is_installed(prefix):
    library = library_in(prefix)
    found = {p.relative_to(prefix).as_posix() for p in prefix.rglob("*") if not p.is_dir()}
    lib = library.parent.relative_to(prefix).as_posix()
    files = ["libnetinit.a", "libnetinit.so", "libnetinit.so.1"]
    files += [f"libnetinit.so.{netinit.__version__}", "pkgconfig/netinit.pc"]
    parts = ("Config", "ConfigVersion", "Targets", "Targets-release")
    files += [f"cmake/netinit/netinit{part}.cmake" for part in parts]
    assert found == {"include/netinit/netinit.h", *(f"{lib}/{file}" for file in files)}
    abi = re.search(r"#define NI_ABI_VERSION (\d+)", HEADER)
    assert abi is not None
    assert f"[libnetinit.so.{abi[1]}]" in run(["readelf", "-d", str(library)]).decode()


@needs_cmake
def test_the_shared_library_gives_out_the_headers_functions_alone(prefix):
    assert symbols(library_in(prefix), "-D") == DECLARED


@needs_cmake
def test_all_symbols_of_the_static_library_are_netinits(prefix):
    names = symbols(library_in(prefix).with_suffix(".a"), "--extern-only")
    assert names >= DECLARED
    assert all(name.startswith("ni_") for name in names)


def test_pythons_extension_gives_out_none():
    assert not {name for name in symbols(Path(_core.__file__), "-D") if name.startswith("ni_")}


# -- what finds and links it ------------------------------------------------------------------

PROJECT = """
cmake_minimum_required(VERSION 3.21)
project(consumer LANGUAGES LANGUAGE)
find_package(netinit 0.1 REQUIRED)
foreach(library netinit netinit_static)
  add_executable(by_${library} SOURCE)
  target_link_libraries(by_${library} PRIVATE netinit::${library})
endforeach()
"""


@needs_cmake
@pytest.mark.parametrize(("language", "source"), [("C", "program.c"), ("CXX", "program.cpp")])
def test_cmake_finds_it(prefix, tmp_path, language, source):
    if language == "CXX" and not shutil.which("g++"):
        pytest.skip("no C++ compiler")
    (tmp_path / source).write_text(PROGRAM)
    project = PROJECT.replace("LANGUAGE)", f"{language})").replace("SOURCE", source)
    (tmp_path / "CMakeLists.txt").write_text(project)
    build = ["cmake", "-S", str(tmp_path), "-B", str(tmp_path / "build")]
    run([*build, f"-DCMAKE_PREFIX_PATH={prefix}"])
    run(["cmake", "--build", str(tmp_path / "build")])
    assert output(tmp_path / "build" / "by_netinit") == expected()
    assert output(tmp_path / "build" / "by_netinit_static") == expected()


def asked(pc: Path, *options: str) -> list[str]:
    """Return what pkg-config answers, or what netinit.pc says where there is none."""
    if shutil.which("pkg-config"):
        command = ["pkg-config", "--cflags", "--libs", *options, "netinit"]
        return output(*command, PKG_CONFIG_PATH=str(pc.parent)).decode().split()
    values = {"pcfiledir": str(pc.parent)}
    for line in pc.read_text().splitlines():
        if found := re.match(r"([\w.]+)(=|: )(.*)", line):
            values[found[1]] = re.sub(r"\$\{(\w+)\}", lambda m: values[m[1]], found[3])
    keys = ["Cflags", "Libs", *(["Libs.private"] if options else [])]
    return " ".join(values[key] for key in keys).split()


@needs_cmake
def test_pkg_config_finds_it(prefix, tmp_path):
    library = library_in(prefix)
    flags = asked(library.parent / "pkgconfig" / "netinit.pc")
    shared = compiled(tmp_path, PROGRAM, *flags)
    assert output(shared, libraries=library.parent) == expected()
    library.unlink()  # what is left to link is the static one
    flags = asked(library.parent / "pkgconfig" / "netinit.pc", "--static")
    static = compiled(tmp_path, PROGRAM, *flags, name="static")
    library.symlink_to(next(library.parent.glob("libnetinit.so.*")).name)
    assert b"libnetinit" not in run(["readelf", "-d", str(static)])
    assert output(static) == expected()


# -- the one that the package carries ---------------------------------------------------------


def flags_of_package() -> list[str]:
    return output(sys.executable, "-m", "netinit", "--cflags", "--libs").decode().split()


def test_the_package_says_how_to_build_on_it(tmp_path):
    assert output(compiled(tmp_path, PROGRAM, *flags_of_package())) == expected()
    include = output(sys.executable, "-m", "netinit", "--cflags").decode()
    assert include == f"-I{netinit.get_include()}\n"


@needs_cmake
def test_the_package_is_a_prefix_of_cmake(tmp_path):
    (tmp_path / "program.c").write_text(PROGRAM)
    (tmp_path / "CMakeLists.txt").write_text(
        PROJECT.replace("LANGUAGE)", "C)").replace("SOURCE", "program.c")
    )
    folder = output(sys.executable, "-m", "netinit", "--cmakedir").decode().strip()
    build = tmp_path / "build"
    run(["cmake", "-S", str(tmp_path), "-B", str(build), f"-Dnetinit_DIR={folder}"])
    run(["cmake", "--build", str(build)])
    assert output(build / "by_netinit") == expected()


def test_flags_need_no_extra():
    code = "import sys; sys.modules['click'] = sys.modules['rich'] = None; "
    code += "from netinit.cli.main import main; sys.exit(main())"
    said = output(sys.executable, "-c", code, "--libs", "--cflags").decode().split()
    assert {"-lnetinit", f"-I{netinit.get_include()}"} <= set(said)


def test_flags_of_what_is_not_there_are_an_error(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(netinit, "__path__", [str(tmp_path)])
    monkeypatch.setattr(sys, "argv", ["netinit", "--libs"])
    assert main() == 1
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "Error: lib/libnetinit.a is not installed with netinit\n")


def test_flags_are_for_a_shell(monkeypatch, tmp_path):
    folder = tmp_path / "a folder" / "lib"
    shutil.copytree(netinit.get_library(), folder)
    monkeypatch.setattr(flags, "get_library", lambda: str(folder))
    assert flags.build_flags(["--libs"]).startswith(f"'-L{folder}' -lnetinit ")


def test_a_package_without_the_library_says_so(monkeypatch, tmp_path):
    monkeypatch.setattr(netinit, "__path__", [str(tmp_path)])
    with pytest.raises(FileNotFoundError, match=r"lib/libnetinit.a is not installed"):
        netinit.get_library()
    with pytest.raises(FileNotFoundError, match=r"include/netinit/netinit.h is not installed"):
        netinit.get_include()


# -- two copies -------------------------------------------------------------------------------


@needs_cmake
def test_two_copies_in_one_process_do_not_meet(prefix, tmp_path):
    library = library_in(prefix)
    plugin = compiled(tmp_path, PLUGIN, "-fPIC", "-shared", *flags_of_package(), name="plugin.so")
    assert {name for name in symbols(plugin, "-D") if name.startswith("ni_")} == set()
    flags = asked(library.parent / "pkgconfig" / "netinit.pc")
    host = compiled(tmp_path, HOST, *flags, "-ldl", name="host")
    assert output(host, plugin, libraries=library.parent) == 3 * expected()
