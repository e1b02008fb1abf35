"""The examples in docstrings are true."""

from __future__ import annotations

import doctest
import importlib
import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

import netinit
from netinit.methods import METHODS


def modules() -> list[str]:
    root = Path(netinit.__file__).parent
    paths = [path.relative_to(root).with_suffix("") for path in sorted(root.rglob("*.py"))]
    names = [".".join(("netinit", *path.parts)).removesuffix(".__init__") for path in paths]
    return [name for name in names if not name.endswith("__main__")]


@pytest.fixture(autouse=True)
def forget_methods() -> Iterator[None]:
    """Take back the names that examples give to methods of their own."""
    known = dict(METHODS)
    yield
    METHODS.clear()
    METHODS.update(known)


@pytest.mark.parametrize("name", modules())
def test_examples_in_docstrings_are_true(name):
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("netinit"):
            raise
        pytest.skip(f"needs {error.name}")
    source = Path(module.__file__ or "").read_text()
    for needed in ("torch", "paddle"):
        if re.search(rf">>> import .*\b{needed}\b", source) and not find_spec(needed):
            pytest.skip(f"an example needs {needed}")
    assert doctest.testmod(module).failed == 0


ROOT = Path(__file__).parents[1]
TEXTS = sorted(
    [
        *Path(netinit.__file__).parent.rglob("*.py"),
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "csrc").glob("*.md"),
        *(ROOT / "benchmarks").glob("*.md"),
    ]
)


def resolve(dotted: str) -> object:
    """Return what a dotted name of netinit stands for; AttributeError if nothing does."""
    found: object = netinit
    path = "netinit"
    for part in dotted.split(".")[1:]:
        path = f"{path}.{part}"
        try:
            found = getattr(found, part)
        except AttributeError:
            found = importlib.import_module(path)
    return found


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_names_in_texts_exist(path):
    found = re.findall(r"(?<![\w./-])(netinit(?:\.[A-Za-z_]\w*)+)", path.read_text())
    for dotted in sorted(set(found)):
        files = ("netinit.h", "netinit.pc", "netinit.hpp", "netinit.cdx.json")
        files += ("netinit.wasm", "netinit.mjs")
        if dotted in files or dotted.endswith("_init.v1"):  # a name in Thinc's registry
            continue
        try:
            assert resolve(dotted) is not None
        except ModuleNotFoundError as error:
            if (error.name or "").startswith("netinit"):
                pytest.fail(f"{dotted} does not exist")
