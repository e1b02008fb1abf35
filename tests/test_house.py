"""The rules of the house: who may include, import and say what.

They are held by reading the sources; what needs the sources is skipped in an installed package.
"""

from __future__ import annotations

import ast
import graphlib
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

#: The floors, from the ground up. A room (a package, or a module at the top) imports from lower
#: floors alone, whatever the import: at the top of a file, late in a function, for types only.
FLOORS = [
    "_core errors",
    "base shapes",
    "arrays streams linalg",
    "initializers",
    "parameters",
    "catalogue",
    "methods",
    "numpy nets keras thinc plans",
    "torch jax api",
    "checkpoint",
    "__init__",
    "cli",
    "__main__",
]
FLOOR = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms.split()}
FRAMEWORKS = {"torch", "jax", "jaxlib", "flax", "keras", "tensorflow", "thinc"}
HEAVY = FRAMEWORKS | {
    "scipy", "ml_dtypes", "rich", "click", "matplotlib", "safetensors", "transformers",
}  # fmt: skip


def module_of(path: Path, package: Path) -> str:
    """Return a file's module below netinit: "base.checks", "nets", "__init__"."""
    parts = path.relative_to(package).with_suffix("").parts
    return ".".join(parts[:-1] if len(parts) > 1 and parts[-1] == "__init__" else parts)


def imported(path: Path, package: Path) -> Iterator[str]:
    """Yield the module, below netinit, of every import in a file, wherever in it that stands."""
    files = {module_of(p, package) for p in package.rglob("*.py*")}
    here = ("netinit", *path.relative_to(package).with_suffix("").parts)
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(here[: -node.level]) if node.level else ""
            module = ".".join(filter(None, (base, node.module)))
            names = [f"{module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            head, _, rest = name.partition(".")
            if head != "netinit":
                continue
            while rest and rest not in files:  # a name within a module
                rest = rest.rpartition(".")[0]
            yield rest or "__init__"


def violations(package: Path) -> list[str]:
    """Return what is wrong with the imports of a package's files: upward ones, and circles."""
    wrong, graphs = [], {}
    for path in sorted([*package.rglob("*.py"), *package.rglob("*.pyi")]):
        here = module_of(path, package)
        room = here.partition(".")[0]
        for there in imported(path, package):
            other = there.partition(".")[0]
            if other == room:
                if there != here:
                    graphs.setdefault(room, {}).setdefault(here, set()).add(there)
            elif FLOOR[other] >= FLOOR[room]:
                wrong.append(f"{here} imports {there}, which is not on a lower floor")
    for graph in graphs.values():
        try:
            graphlib.TopologicalSorter(graph).prepare()
        except graphlib.CycleError as error:
            wrong.append(f"a circle: {' <- '.join(error.args[1])}")
    return wrong


def test_every_room_has_its_floor():
    rooms = {path.name.partition(".")[0] for path in PACKAGE.iterdir() if path.suffix != ".typed"}
    assert rooms - {"__pycache__", "py", "include"} == set(FLOOR)


def test_imports_go_down_and_form_no_circle():
    assert violations(PACKAGE) == []


@pytest.mark.parametrize(
    ("planted", "found"),
    [
        (
            {"base/checks.py": "def f():\n    from netinit.api.fill import fill\n"},
            "base.checks imports api.fill, which is not on a lower floor",
        ),
        (
            {"arrays/memory.py": "if TYPE_CHECKING:\n    from netinit.plans import plan\n"},
            "arrays.memory imports plans.plan, which is not on a lower floor",
        ),
        (
            {"torch/arrays.py": "from ..jax import host\n"},
            "torch.arrays imports jax.host, which is not on a lower floor",
        ),
        (
            {"streams/seeds.py": "import netinit\n"},
            "streams.seeds imports __init__, which is not on a lower floor",
        ),
        (
            {
                "shapes/fans.py": "from netinit.shapes.layout import Layout\n",
                "shapes/layout.py": "def f():\n    from .fans import fans\n",
            },
            "a circle: shapes.",
        ),
    ],
    ids=["late", "type-checking", "same floor", "the front door", "circle"],
)
def test_planted_violations_are_found(tmp_path, planted, found):
    package = tmp_path / "netinit"
    shutil.copytree(PACKAGE, package, ignore=shutil.ignore_patterns("*.so", "__pycache__"))
    for name, text in planted.items():
        (package / name).write_text(f"{(package / name).read_text()}\n{text}")
    wrong = violations(package)
    assert len(wrong) == 1
    assert wrong[0].startswith(found)


def test_imports_by_text_are_for_what_is_loaded_on_demand():
    found = {module_of(p, PACKAGE) for p in PY_FILES if "import_module(" in p.read_text()}
    # The table of frameworks, the packages at the front door; torch's modules, the user's own.
    assert found == {"base.frameworks", "__init__", "torch.init.installation", "cli.commands"}


@pytest.mark.parametrize("path", PY_FILES, ids=relative)
def test_frameworks_are_imported_in_their_own_folder(path):
    here = module_of(path, PACKAGE).partition(".")[0]
    tree = ast.parse(path.read_text())
    early = {module for node in tree.body for module in modules_of(node)}
    for module in {module for node in ast.walk(tree) for module in modules_of(node)}:
        head = module.partition(".")[0]
        if head in FRAMEWORKS:
            assert here == head, f"{here} imports {module}"
        elif head in HEAVY and path.name != "commands.py":
            assert module not in early, f"{here} imports {module} whenever it is loaded"


def modules_of(node: ast.AST) -> list[str]:
    """Return what an import statement imports from, by absolute names."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []


def test_importing_netinit_loads_numpy_and_nothing_heavier():
    code = (
        "import sys, netinit; netinit.fill, netinit.create, netinit.initialize, netinit.plan; "
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
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
