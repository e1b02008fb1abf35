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

ROOT = Path(__file__).parents[1]
CSRC = ROOT / "csrc"
KERNELS = CSRC / "kernels"
PACKAGE = ROOT / "src" / "netinit"

C_FILES = sorted(path for path in CSRC.rglob("*") if path.suffix in (".c", ".h"))
PY_FILES = sorted(PACKAGE.rglob("*.py"))
INSTRUCTION_SETS = ("avx2", "avx512", "neon")


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def without_comments(path: Path) -> str:
    """Return C code without comments; string literals stay."""
    text = path.read_text()
    return re.sub(r"/\*.*?\*/", lambda m: "\n" * m.group().count("\n"), text, flags=re.DOTALL)


def includes(path: Path) -> list[str]:
    return re.findall(r'^\s*#\s*include\s+([<"][^>"]+)[>"]', without_comments(path), re.MULTILINE)


# -- the C core -------------------------------------------------------------------------------


@pytest.mark.parametrize("path", C_FILES, ids=relative)
def test_c_includes_go_downward(path):
    inside = path.is_relative_to(KERNELS)
    for name in includes(path):
        quoted, header = name[0] == '"', name[1:]
        assert "Python" not in header, f"{header}: the core knows nothing of Python"
        if inside and quoted:
            allowed = header in ("kernels.h", "netinit/netinit.h") or header.startswith("kernels/")
            assert allowed, f"a kernel includes {header}"
        elif inside:
            own = {"immintrin.h", "arm_neon.h"} if path.parent.name == "isa" else set()
            assert header in {"stddef.h", "stdint.h", "string.h"} | own
        elif quoted:
            assert not header.startswith("kernels/"), f"the framework includes {header}"
            assert header == "netinit/netinit.h" or (CSRC / header).is_file()


@pytest.mark.parametrize("path", [p for p in C_FILES if p.is_relative_to(KERNELS)], ids=relative)
def test_kernels_only_compute(path):
    code = without_comments(path)
    words = r"\b(malloc|calloc|realloc|free|alloca|\w*printf|abort|exit|omp\w*|pthread\w*|errno)\b"
    assert not re.findall(words, code)
    assert not re.findall(r"\b(math|tgmath|complex|fenv|stdio|stdlib|stdatomic)\.h\b", code)
    mutable = r"^\s*static\s+(?!inline\b|const\b)[^(;={]*[;=]"
    assert not re.findall(mutable, code, re.MULTILINE), "a kernel keeps state"


def test_only_threads_h_forms_teams():
    found = [relative(path) for path in C_FILES if "omp parallel" in without_comments(path)]
    assert found == ["csrc/threads.h"]


@pytest.mark.parametrize("name", INSTRUCTION_SETS)
def test_each_instruction_set_is_named_in_three_places(name):
    sources = [*C_FILES, *PY_FILES, *PACKAGE.glob("*.py[xi]"), *PACKAGE.glob("*.pxd")]
    sources += [ROOT / "CMakeLists.txt", ROOT / "pyproject.toml"]
    found = {relative(path) for path in sources if re.search(rf"{name}(?!\d)", path.read_text())}
    assert found <= {"CMakeLists.txt", "csrc/dispatch.c", f"csrc/kernels/isa/{name}.h"}


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
