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

from tests.native.sources import Graph, circle, include_graph, not_downward

ROOT = Path(__file__).parents[1]
CSRC = ROOT / "csrc"
PACKAGE = ROOT / "src" / "netinit"

C_FILES = sorted(path for path in CSRC.rglob("*") if path.suffix in (".c", ".h"))
PY_FILES = sorted(PACKAGE.rglob("*.py"))


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


# -- the C core -------------------------------------------------------------------------------


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
    "numpy nets keras thinc paddle mlx mindspore plans",
    "torch jax api inspect",
    "checkpoint",
    "verification",
    "__init__",
    "cli",
    "__main__",
]
FLOOR = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms.split()}
#: The room of each framework's package: those that stand on JAX are in JAX's.
FRAMEWORKS = {
    **{name: name for name in ("torch", "keras", "tensorflow", "thinc")},
    **{name: name for name in ("paddle", "mlx", "mindspore")},
    **dict.fromkeys(("jax", "jaxlib", "flax", "equinox", "haiku", "optax"), "jax"),
}
HEAVY = FRAMEWORKS.keys() | {
    "scipy", "ml_dtypes", "rich", "click", "matplotlib", "onnx", "safetensors", "transformers",
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
    assert rooms - {"__pycache__", "py", "include", "lib"} == set(FLOOR)


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


@pytest.mark.parametrize(
    ("said", "where"),
    [
        ("import ml_dtypes", "arrays.dtypes"),  # and what is said where it is missing
        ("increment_version", "torch.arrays"),  # a write behind autograd's back
        ("os.fsync", "checkpoint.atomic"),
    ],
)
def test_what_is_said_once_is_said_there(said, where):
    found = [module_of(path, PACKAGE) for path in PY_FILES if said in path.read_text()]
    assert sorted(found) == sorted(where.split())


@pytest.mark.parametrize("path", PY_FILES, ids=relative)
def test_frameworks_are_imported_in_their_own_folder(path):
    here = module_of(path, PACKAGE).partition(".")[0]
    tree = ast.parse(path.read_text())
    early = {module for node in tree.body for module in modules_of(node)}
    for module in {module for node in ast.walk(tree) for module in modules_of(node)}:
        head = module.partition(".")[0]
        if head in FRAMEWORKS:
            assert here == FRAMEWORKS[head], f"{here} imports {module}"
        elif head in HEAVY and path.name not in ("commands.py", "verifying.py", "inspecting.py"):
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

SOURCES = [
    *C_FILES,
    *PY_FILES,
    *sorted(PACKAGE.rglob("*.p[yx][xi]")),
    *sorted(PACKAGE.glob("*.pxd")),
]
TESTS = sorted(path for path in (ROOT / "tests").rglob("*") if path.suffix in (".py", ".c"))


@pytest.mark.parametrize("path", [*SOURCES, *TESTS], ids=relative)
def test_files_are_short(path):
    assert len(path.read_text().splitlines()) <= 400


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_sources_are_narrow_and_finished(path):
    text = path.read_text()
    assert max(map(len, text.splitlines()), default=0) <= 100
    unfinished = r"\b(?:TODO|FIXME|XXX|HACK)\b|raise NotImplemented|^\s*#\s*if\s+0\b"
    assert not re.findall(unfinished, text, re.MULTILINE)
