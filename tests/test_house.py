"""The rules of the house: who may include, import and say what.

They are held by reading the sources; what needs the sources is skipped in an installed package.
"""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.native.build import INSTRUCTION_SETS
from tests.native.sources import (
    Graph,
    circle,
    include_graph,
    included,
    kept_objects,
    without_comments,
)

ROOT = Path(__file__).parents[1]
CSRC = ROOT / "csrc"
KERNELS = CSRC / "kernels"
PACKAGE = ROOT / "src" / "netinit"

C_FILES = sorted(path for path in CSRC.rglob("*") if path.suffix in (".c", ".h"))
PY_FILES = sorted(PACKAGE.rglob("*.py"))
CODE = (".c", ".h", ".py", ".pyi", ".pyx", ".pxd")


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


# -- the C core -------------------------------------------------------------------------------


#: From the ground up: a folder, or a file right below csrc, uses lower floors and itself alone.
C_FLOORS = ["include", "kernels.h status.c", "kernels team setup", "dispatch.c", "fill", "matrix"]
C_FLOOR = {name: floor for floor, names in enumerate(C_FLOORS) for name in names.split()}


def not_downward(graph: Graph) -> list[str]:
    """Return the arrows of a graph of csrc that lead neither downward nor within a folder."""

    def unit(name: str) -> str:
        return name.partition("/")[0]

    assert set(map(unit, graph)) <= set(C_FLOOR), f"give it a floor in {relative(Path(__file__))}"
    return [
        f"{user} -> {used}"
        for user, all_used in graph.items()
        for used in sorted(all_used)
        if unit(used) != unit(user) and not C_FLOOR[unit(used)] < C_FLOOR[unit(user)]
    ]


def test_c_includes_go_downward_and_in_no_circle():
    assert not not_downward(include_graph(CSRC))
    assert not circle(include_graph(CSRC))


def planted(folder: Path, **lines: str) -> Graph:
    """Return the includes of a copy of csrc with an include line more in some headers."""
    csrc = shutil.copytree(CSRC, folder / "csrc")
    for name, line in lines.items():
        path = csrc / f"{name.replace('_', '/')}.h"
        path.write_text(f'{path.read_text()}#include "{line}"\n')
    return include_graph(csrc)


@pytest.mark.parametrize("line", ["fill/share.h", "setup/prepare.h"])  # above it, and on its floor
def test_an_include_upward_is_found(tmp_path, line):
    assert not_downward(planted(tmp_path, team_watch=line)) == [f"team/watch.h -> {line}"]


def test_a_circle_of_two_files_is_found(tmp_path):
    graph = planted(tmp_path, team_watch="team/processors.h", team_processors="team/watch.h")
    assert not not_downward(graph)
    assert set(circle(graph)) == {"team/watch.h", "team/processors.h"}


@pytest.mark.parametrize("path", C_FILES, ids=relative)
def test_c_includes_what_it_may(path):
    inside = path.is_relative_to(KERNELS)
    for name in included(path):
        quoted, header = name[0] == '"', name[1:]
        assert "Python" not in header, f"{header}: the core knows nothing of Python"
        if inside and not quoted:
            intrinsics = path.parent.name == "isa" and re.fullmatch(
                r"\w+intrin\.h|arm_\w+\.h", header
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
def test_state_is_atomic_or_a_threads_own(path):
    kept = kept_objects(path.read_text())
    assert all(re.search(r"\b(_Atomic|atomic_\w+|_Thread_local)\b", one) for one in kept)
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
    found = [
        relative(path) for path in C_FILES if "omp parallel" in without_comments(path.read_text())
    ]
    assert found == ["csrc/team/threads.c"]


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
    targets = re.findall(r"add_library\((\S+) (?:STATIC|OBJECT)", build)
    assert len(targets) == 2
    for target in targets:
        assert re.search(
            rf"target_compile_options\({re.escape(target)} PRIVATE \$\{{contract\}}", build
        )


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
@pytest.mark.parametrize("symbol", ["pthread_atfork", "pthread_create", "GOMP_parallel"])
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


# -- Python -----------------------------------------------------------------------------------

#: From the ground up; a module imports from its own floor and from those below. A new module
#: or package gets its place here.
FLOORS = [
    ("rules", "errors names moments distribution families distributions streams parameters "
              "fans gains variance selection seeds guess"),
    ("memory", "_core narrow arrays memory"),
    ("values", "quantiles matrices initializers fill linalg patterns complex catalogue creation "
                "method methods schemes options peers"),
    ("nets", "adapters mapping nets torch jax keras thinc"),
    ("plans", "plan initialize rules"),
    ("files", "checkpoint inspect"),
    ("program", "commands cli __main__"),
]  # fmt: skip
FLOOR = {name: floor for floor, (_, names) in enumerate(FLOORS) for name in names.split()}
#: Each of these knows its own kind of net and no other.
ADAPTERS = {"mapping", "nets", "torch", "jax", "keras", "thinc"}
#: Modules without arrays: numbers, names and rules alone.
PURE = {"distribution", "families", "distributions", "fans", "methods", "options", "streams"}
#: Looked up when called, with the reason beside the import.
LATE = {("distribution", "fill"), ("arrays", "torch")}
FRAMEWORKS = {"torch", "jax", "jaxlib", "flax", "keras", "tensorflow", "thinc"}
HEAVY = FRAMEWORKS | {
    "scipy", "ml_dtypes", "rich", "click", "matplotlib", "safetensors", "transformers",
}  # fmt: skip


def unit(path: Path) -> str:
    """Return the module, or the package directly below netinit, that a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(node: ast.AST, late: bool = False) -> Iterator[tuple[str, bool]]:
    """Yield each imported module and whether it is imported late, type checks left out."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        if isinstance(child, ast.Import):
            yield from ((alias.name, late) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            assert child.level == 0, "imports are absolute"
            if child.module == "netinit":
                yield from ((f"netinit.{alias.name}", late) for alias in child.names)
            else:
                yield child.module or "", late
        yield from imports(child, late or isinstance(child, (ast.FunctionDef, ast.Lambda)))


def own_imports(path: Path) -> Iterator[tuple[str, bool]]:
    """Yield the units of netinit that a file imports, with whether it does so late."""
    for module, late in imports(ast.parse(path.read_text())):
        head, _, rest = module.partition(".")
        if head == "netinit" and rest not in ("", "__version__"):
            yield rest.partition(".")[0], late


@pytest.mark.parametrize("path", PY_FILES, ids=relative)
def test_python_imports_go_downward(path):
    here = unit(path)
    if here in ("__init__", "config"):  # the front door, and what it shows of the house
        return
    assert here in FLOOR, f"give {here} a floor in {relative(Path(__file__))}"
    for there, late in own_imports(path):
        if late and (here, there) in LATE:
            continue
        assert FLOOR[there] <= FLOOR[here], f"{here} imports {there}, which is above it"
        if {here, there} <= ADAPTERS:
            assert here == there, f"{here} imports {there}: another kind of net"


@pytest.mark.parametrize("path", PY_FILES, ids=relative)
def test_frameworks_are_imported_in_their_own_folder(path):
    here = unit(path)
    for module, late in imports(ast.parse(path.read_text())):
        head = module.partition(".")[0]
        if head in FRAMEWORKS:
            assert here == head, f"{here} imports {module}"
        elif head in HEAVY:
            assert late or here == "commands", f"{here} imports {module} whenever it is loaded"


@pytest.mark.parametrize("name", sorted(PURE))
def test_rules_touch_no_arrays(name):
    path = PACKAGE / f"{name}.py"
    early = {module for module, late in imports(ast.parse(path.read_text())) if not late}
    assert not early & {"numpy", "netinit._core", "netinit.arrays", "netinit.fill"}


def test_importing_netinit_loads_numpy_and_nothing_heavier():
    code = "import sys, netinit; print(*{name.partition('.')[0] for name in sys.modules})"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    loaded = set(result.stdout.split())
    assert {"netinit", "numpy"} <= loaded
    assert not loaded & HEAVY


@pytest.mark.parametrize("path", PY_FILES, ids=relative)
def test_annotations_are_not_evaluated(path):
    tree = ast.parse(path.read_text())
    names = (ast.FunctionDef, ast.ClassDef, ast.AnnAssign)
    if any(isinstance(node, names) for node in tree.body):
        assert "from __future__ import annotations" in path.read_text()


# -- both -------------------------------------------------------------------------------------

SOURCES = [*C_FILES, *PY_FILES, *sorted(PACKAGE.rglob("*.py[xi]")), *sorted(PACKAGE.glob("*.pxd"))]


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_files_are_short_and_finished(path):
    text = path.read_text()
    assert len(text.splitlines()) <= 400
    assert max(map(len, text.splitlines()), default=0) <= 100
    unfinished = r"\b(?:TODO|FIXME|XXX|HACK)\b|raise NotImplemented|^\s*#\s*if\s+0\b"
    assert not re.findall(unfinished, text, re.MULTILINE)
