"""docs/c-api.md is true: its examples compile without a warning, and print what it says."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys

import pytest

import netinit
from tests.native.build import CSRC, ROOT, find_compiler, run

TEXT = (ROOT / "docs" / "c-api.md").read_text()
PRELUDE, *EXAMPLES = re.findall(r"^```c\n(.*?)^```\n(?:```text\n(.*?)^```)?", TEXT, re.M | re.S)
HEADER = (CSRC / "include" / "netinit" / "netinit.h").read_text()

pytestmark = pytest.mark.skipif(find_compiler() is None, reason="no C compiler")


def flags() -> list[str]:
    """Return how the package says that a program is built."""
    command = [sys.executable, "-m", "netinit", "--cflags", "--libs"]
    return run(command).decode().split()


def shell(name: str) -> str:
    """Return a block of commands."""
    found = re.search(rf"^<!-- {name} -->\n```sh\n(.*?)^```", TEXT, re.M | re.S)
    assert found is not None
    return found[1]


def test_every_function_has_an_example():
    declared = re.findall(r"^NI_API [\w *]*?\b(ni_\w+)\(", HEADER, re.MULTILINE)
    shown = "\n".join(code for code, _ in EXAMPLES)
    assert len(declared) >= 20
    assert [name for name in declared if f"{name}(" not in shown] == []


@pytest.mark.parametrize(("code", "printed"), EXAMPLES, ids=range(len(EXAMPLES)))
def test_examples_print_what_the_page_says(tmp_path, code, printed):
    source = tmp_path / "example.c"
    body = "".join(f"    {line}" if line.strip() else line for line in code.splitlines(True))
    source.write_text(f"{PRELUDE[0]}\nint main(void)\n{{\n{body}    return 0;\n}}\n")
    program = tmp_path / "example"
    strict = ["-std=c11", "-O1", "-Wall", "-Wextra", "-Wno-unused-but-set-variable", "-Werror"]
    run([find_compiler() or "", *strict, str(source), "-o", str(program), *flags()])
    done = subprocess.run([program], capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == (printed, 0)


def test_a_copy_is_proved(tmp_path):
    """With the instruction set in use alone: ctest takes all."""
    (tmp_path / "tests").symlink_to(ROOT / "tests")
    needed = [flag for flag in flags() if flag.startswith(("-l", "-p")) and flag != "-lnetinit"]
    variables = {"INCLUDE": netinit.get_include(), "LIBRARY": netinit.get_library()}
    said = subprocess.run(
        ["bash", "-euc", shell("prove").replace(" all", "")],
        cwd=tmp_path,
        env={**os.environ, **variables, "NEEDED": " ".join(needed)},
        capture_output=True,
    )
    assert said.returncode == 0, said.stderr.decode()
    assert b", 0 wrong" in said.stdout


PART = """
#include <netinit/netinit.h>
const char *PREFIX_version(void);
const char *PREFIX_version(void) { return ni_version(); }
"""


@pytest.mark.skipif(not shutil.which("objcopy"), reason="no objcopy")
def test_static_libraries_with_a_copy_each_make_one_program(tmp_path):
    compiler, made = find_compiler() or "", []
    include, *rest = flags()
    for prefix in ("one", "two"):
        folder = tmp_path / prefix
        folder.mkdir()
        (folder / "parts.c").write_text(PART.replace("PREFIX", prefix))
        run([compiler, include, "-c", str(folder / "parts.c"), "-o", str(folder / "parts.o")])
        variables = {**os.environ, "LIBRARY": netinit.get_library()}
        subprocess.run(["bash", "-euc", shell("bundle")], cwd=folder, env=variables, check=True)
        listed = run(["nm", "--extern-only", "--defined-only", str(folder / "libmine.a")]).decode()
        assert re.findall(r" \w (\w+)$", listed, re.MULTILINE) == [f"{prefix}_version"]
        made.append(str(folder / "libmine.a"))
    source = tmp_path / "main.c"
    source.write_text(
        "#include <stdio.h>\nconst char *one_version(void), *two_version(void);\n"
        'int main(void) { printf("%s %s", one_version(), two_version()); return 0; }\n'
    )
    needed = [flag for flag in rest if flag not in ("-lnetinit",) and not flag.startswith("-L")]
    run([compiler, str(source), *made, *needed, "-o", str(tmp_path / "main")])
    assert run([str(tmp_path / "main")]).decode() == f"{netinit.__version__} {netinit.__version__}"
