"""The rules of the C core that are no arrows: what kernels may do, state, names, symbols.

They are held by reading the sources and the objects that a build has left.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.native.build import INSTRUCTION_SETS
from tests.native.sources import (
    Graph,
    circle,
    included,
    kept_objects,
    not_downward,
    without_comments,
)

ROOT = Path(__file__).parents[2]
CSRC = ROOT / "csrc"
KERNELS = CSRC / "kernels"
PACKAGE = ROOT / "src" / "netinit"

C_FILES = sorted(path for path in CSRC.rglob("*") if path.suffix in (".c", ".h"))
CODE = (".c", ".h", ".py", ".pyi", ".pyx", ".pxd")


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", C_FILES, ids=relative)
def test_c_includes_what_it_may(path):
    inside = path.is_relative_to(KERNELS)
    for name in included(path):
        quoted, header = name[0] == '"', name[1:]
        assert "Python" not in header, f"{header}: the core knows nothing of Python"
        if inside and not quoted:
            intrinsics = path.parent.name == "isa" and re.fullmatch(
                r"\w+intrin\.h|arm_\w+\.h|wasm_\w+\.h", header
            )
            assert intrinsics or header in {"stddef.h", "stdint.h", "string.h"}
        elif not inside:
            assert not header.startswith("kernels/"), f"the framework includes {header}"


@pytest.mark.parametrize("path", [p for p in C_FILES if p.is_relative_to(KERNELS)], ids=relative)
def test_kernels_only_compute(path):
    code = without_comments(path.read_text())
    words = r"\b(malloc|calloc|realloc|free|alloca|\w*printf|abort|exit|omp\w*|pthread\w*|errno)\b"
    assert not re.findall(words, code)
    assert not re.findall(r"\b(math|tgmath|complex|fenv|stdio|stdlib|stdatomic)\.h\b", code)
    assert not kept_objects(code), "a kernel keeps state"


@pytest.mark.parametrize("path", C_FILES, ids=relative)
def test_state_is_atomic_or_locked_or_a_threads_own(path):
    code = path.read_text()
    kept = kept_objects(code)
    locked = re.findall(r"typedef struct \{\s*pthread_mutex_t lock;[^{}]*\} (\w+);", code)
    safe = "|".join([r"_Atomic", r"atomic_\w+", "_Thread_local", "pthread_key_t", *locked])
    assert all(re.search(rf"\b({safe})\b", one) for one in kept)
    assert path.suffix == ".c" or not kept, "a header's state is as many states as files include it"


@pytest.mark.parametrize(
    "code",
    [
        "static int count;",
        "static size_t bytes = 3;",
        "int count;",
        "double *table[3] = {0};",
        "static const char *names[] = {0};",
        "static int (*poll)(const void *);",
        "static struct {\n int a; } pair;",
        "int f(void)\n{\n    static unsigned n;\n    return n++;\n}",
    ],
)
def test_kept_objects_are_found(code):
    assert len(kept_objects(code)) == 1


@pytest.mark.parametrize(
    "code",
    [
        "/* static int count; */",
        "extern const int one;",
        "static const int one = 1;",
        "static const char *const names[] = {0};",
        "static int add(int a, int b);",
        "typedef int number;",
        "static int add(int a, int b)\n{\n    int sum = a;\n    return sum + b;\n}",
    ],
)
def test_what_cannot_change_is_not_kept(code):
    assert not kept_objects(code)


def test_the_binding_takes_the_public_header_alone():
    for path in [*PACKAGE.rglob("*.pxd"), *PACKAGE.rglob("*.pyx")]:
        headers = set(re.findall(r"extern from (\S+)", path.read_text()))
        assert headers <= {'"netinit/netinit.h"'}


def test_one_file_forms_teams():
    code = {relative(path): without_comments(path.read_text()) for path in C_FILES}
    assert [path for path, text in code.items() if "omp parallel" in text] == []
    assert [path for path, text in code.items() if "pthread" in text] == ["csrc/team/threads.c"]


@pytest.mark.parametrize("isa", INSTRUCTION_SETS.values(), ids=lambda isa: isa.name)
def test_each_instruction_set_is_named_in_three_places(isa):
    if isa.header is None:  # the portable one is a word of every description
        return
    sources = {*ROOT.glob("*.toml"), ROOT / "CMakeLists.txt"}
    for folder in (CSRC, PACKAGE, ROOT / "tests", ROOT / "benchmarks", ROOT / "tools"):
        sources |= {path for path in folder.rglob("*") if path.suffix in CODE}
    name = re.compile(rf"(?<![a-z\d]){isa.name}(?![a-z\d])")
    found = {relative(path) for path in sources if name.search(path.read_text())}
    assert found - {f"csrc/{isa.header}"} == {"CMakeLists.txt", "csrc/dispatch.c"}
    assert (CSRC / isa.header).is_file()


def test_the_arithmetic_contract_is_on_every_target():
    build = (ROOT / "CMakeLists.txt").read_text()
    flags = re.search(r"set\(contract ([^)]*)\)", build)
    assert flags is not None
    assert {"-fno-fast-math", "-ffp-contract=off"} <= set(flags[1].split())
    function = re.search(r"function\(netinit_compiled target\)(.*?)endfunction", build, re.DOTALL)
    assert function is not None
    assert "target_compile_options(${target} PRIVATE ${contract}" in function[1]
    assert "  netinit_compiled(${target})" in build  # in netinit_library
    targets = re.findall(r"add_library\((\S+) (?:STATIC|OBJECT|SHARED)", build)
    assert len(targets) == 3
    for target in targets:
        assert re.search(rf"netinit_(compiled|library)\({re.escape(target)}\)", build)


def kernel_objects() -> list[Path]:
    pattern = "build/*/CMakeFiles/netinit_*.dir/csrc/kernels/kernels.c.o"
    return sorted(ROOT.glob(pattern))


def symbols(path: Path, *options: str) -> set[str]:
    listed = subprocess.run(
        ["nm", "--format=posix", *options, str(path)], capture_output=True, text=True, check=True
    )
    return {line.split()[0] for line in listed.stdout.splitlines() if line}


@pytest.mark.skipif(not kernel_objects() or not shutil.which("nm"), reason="no objects, or no nm")
def test_kernel_objects_export_their_table_and_need_nothing():
    for path in kernel_objects():
        isa = path.parents[2].name.removeprefix("netinit_").removesuffix(".dir")
        assert symbols(path, "--defined-only", "--extern-only") == {f"ni_kernels_{isa}"}
        needed = symbols(path, "--undefined-only") - {"_GLOBAL_OFFSET_TABLE_"}
        assert needed <= {"memcpy", "memset"}


def core_objects() -> list[tuple[str, Path]]:
    """Return each source of the core outside kernels/ with its object, for each build."""
    folders = ROOT.glob("build/*/CMakeFiles/netinit_core.dir")
    found = [
        (path.relative_to(f).with_suffix(""), path) for f in folders for path in f.rglob("*.o")
    ]
    return [(name.as_posix(), path) for name, path in found if (ROOT / name).is_file()]


objects = pytest.mark.skipif(
    not core_objects() or not shutil.which("nm"), reason="no objects or nm"
)


@objects
@pytest.mark.parametrize("symbol", ["pthread_atfork", "pthread_create"])
def test_the_team_is_one_file(symbol):
    """Two files would have two handlers of forks, and teams of which neither knows the other's."""
    users = {name for name, path in core_objects() if symbol in symbols(path, "--undefined-only")}
    assert users <= {"csrc/team/threads.c"}


@objects
def test_calls_go_downward_and_in_no_circle():
    """An include cannot show a call upward of what netinit.h or kernels.h declares."""
    tables = [("csrc/kernels/kernels.c", path) for path in kernel_objects()]
    built = [(name.removeprefix("csrc/"), path) for name, path in core_objects() + tables]
    defined = {
        symbol: name
        for name, path in built
        for symbol in symbols(path, "--defined-only", "--extern-only")
    }
    calls: Graph = {name: set() for name, _ in built}
    for name, path in built:
        calls[name] |= {defined[s] for s in symbols(path, "--undefined-only") if s in defined}
    assert calls["matrix/subsets.c"] == {"fill/share.c", "team/watch.c"}
    assert not not_downward(calls)
    assert not circle(calls)
