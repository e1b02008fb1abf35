"""What the C sources say, as far as the rules of the house need it: includes and kept objects."""

from __future__ import annotations

import re
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

#: Which files each file uses, by their paths below csrc.
Graph = dict[str, set[str]]


def without_comments(text: str) -> str:
    """Return C code without comments; string literals stay."""
    return re.sub(r"/\*.*?\*/", lambda m: "\n" * m.group().count("\n"), text, flags=re.DOTALL)


def included(path: Path) -> list[str]:
    """Return the names in a file's include lines, each after its quote or angle."""
    code = without_comments(path.read_text())
    return re.findall(r'^\s*#\s*include\s+([<"][^>"]+)[>"]', code, re.MULTILINE)


def include_graph(csrc: Path) -> Graph:
    """Return which files of the core each file includes; a name stands below csrc or include/."""
    files = {path.relative_to(csrc).as_posix(): path for path in csrc.rglob("*.[ch]")}
    graph: Graph = {}
    for name, path in files.items():
        quoted = [header[1:] for header in included(path) if header[0] == '"']
        graph[name] = {f"include/{h}" if f"include/{h}" in files else h for h in quoted}
        if "#include NI_ISA_HEADER" in path.read_text():
            graph[name] |= {isa for isa in files if isa.startswith("kernels/isa/")}
    return graph


def circle(graph: Graph) -> list[str]:
    """Return files that use each other in a circle; none where there is no circle."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def kept_objects(code: str) -> list[str]:
    """Return the declarations of objects that outlive a call and can change, initializers left out.

    They are the static ones and, at file scope, all that are not `extern`.
    """
    code = without_comments(re.sub(r"^\s*#.*(?:\\\n.*)*", "", code, flags=re.MULTILINE))
    code = re.sub(r"__attribute__\s*\(\(.*?\)\)", "", code, flags=re.DOTALL)
    code = re.sub(r"\b_Atomic\s*\([^()]*\)", "_Atomic", code)
    simple = r"\bstatic\b[^;={}()]*(?=[;=])"
    pointer = r"\bstatic\b[^;={}()]*\(\s*\*[^;={}]*(?=[;=])"
    braces = r"\bstatic\b[^;={}()]*\b(?:struct|union)\b[^;=(){}]*(?=\{)"
    shared = r"^(?!static|extern)[A-Za-z_][\w\s*]*[\s*]\w+(?:\[[^]]*\])*\s*(?=[;=])"
    found = re.findall(f"{simple}|{pointer}|{braces}|{shared}", code, re.MULTILINE)
    found = [one for one in found if "typedef" not in one and not _constant(one)]
    return [" ".join(one.split()) for one in found]


def _constant(declaration: str) -> bool:
    """Return whether the object itself, not what it points at, is const."""
    return bool(re.search(r"\bconst\b", declaration.rpartition("*")[2]))


#: From the ground up: a folder, or a file right below csrc, uses lower floors and itself alone.
C_FLOORS = [
    "include",
    "kernels.h status.c version.c streams scaling",
    "kernels team setup",
    "dispatch.c",
    "fill survey",
    "matrix",
]
C_FLOOR = {name: floor for floor, names in enumerate(C_FLOORS) for name in names.split()}


def not_downward(graph: Graph) -> list[str]:
    """Return the arrows of a graph of csrc that lead neither downward nor within a folder."""

    def unit(name: str) -> str:
        return name.partition("/")[0]

    assert set(map(unit, graph)) <= set(C_FLOOR), f"give it a floor in {__file__}"
    return [
        f"{user} -> {used}"
        for user, all_used in graph.items()
        for used in sorted(all_used)
        if unit(used) != unit(user) and not C_FLOOR[unit(used)] < C_FLOOR[unit(user)]
    ]
