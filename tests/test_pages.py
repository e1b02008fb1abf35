"""The pages of docs/start and docs/guides are true, and every link leads somewhere."""

from __future__ import annotations

import doctest
import os
import re
import shutil
import subprocess
import sys
import warnings
from importlib.util import find_spec
from pathlib import Path

import pytest

from netinit.methods import METHODS

ROOT = Path(__file__).parents[1]
START = sorted((ROOT / "docs" / "start").glob("*.md"))
GUIDES = sorted((ROOT / "docs" / "guides").glob("*.md"))
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
PAGES += sorted(ROOT.glob("*/README.md")) + sorted((ROOT / "tests").glob("*/README.md"))
FRAMEWORKS = ("torch", "transformers", "jax", "flax", "keras", "thinc")

INSTALL = "python3 -m venv .venv\n. .venv/bin/activate\npip install "


def identify(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(
    "page", [page for page in START + GUIDES if blocks(page, "python")], ids=identify
)
def test_examples(page, monkeypatch):
    source = "\n".join(blocks(page, "python"))
    for framework in FRAMEWORKS:
        if re.search(rf">>> (?:from|import) {framework}\b", source) and not find_spec(framework):
            pytest.skip(f"needs {framework}")
    if "keras" in source:
        monkeypatch.setenv("KERAS_BACKEND", os.environ.get("KERAS_BACKEND", "jax"))
    known = dict(METHODS)
    test = doctest.DocTestParser().get_doctest(source, {}, page.name, str(page), 0)
    report: list[str] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the frameworks' own
        options = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
        result = doctest.DocTestRunner(optionflags=options).run(test, out=report.append)
    METHODS.clear()  # of the names that a page registers
    METHODS.update(known)
    assert result.attempted > 0
    assert result.failed == 0, "".join(report)


@pytest.mark.parametrize("page", START, ids=identify)
def test_commands(page, tmp_path):
    """What a page has one type runs, in a folder with the examples; the installation is read."""
    install, *commands = blocks(page, "sh")
    assert install.startswith(INSTALL)
    bash = shutil.which("bash")
    if not bash:
        pytest.skip("no bash")
    subprocess.run([bash, "-n"], input=install, text=True, check=True)
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    done = subprocess.run(
        [bash, "-euo", "pipefail"],
        input="".join(commands),
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PATH": path},
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("page", START, ids=identify)
def test_extras_that_are_installed_exist(page):
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for extras in re.findall(r'pip install "\.\[([\w,]+)\]"', page.read_text()):
        assert set(extras.split(",")) <= set(project["optional-dependencies"])


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub and the site make them."""
    text = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    titles = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    slugs = [re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles]
    return {*slugs, *re.findall(r'id="([^"]+)"', text)}


def broken(page: Path) -> list[str]:
    """Return the links of a page to files and anchors that there are not."""
    found = []
    text = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\((?![a-z]+:)([^)\s]+)\)", text):
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        if not there.exists() or (anchor and anchor not in anchors(there)):
            found.append(target)
    return found


@pytest.mark.parametrize("page", PAGES, ids=identify)
def test_links_and_anchors_lead_somewhere(page):
    assert broken(page) == []


def test_broken_links_are_found(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# A b\n[x](gone.md) [y](#a-b) [z](#c) [u](https://x.y)\n")
    assert broken(page) == ["gone.md", "#c"]
