"""The examples in docstrings are true."""

from __future__ import annotations

import doctest
import importlib
from collections.abc import Iterator
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
    assert doctest.testmod(module).failed == 0
