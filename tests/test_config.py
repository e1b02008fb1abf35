"""The package itself: its names, version, headers, examples and what importing it loads."""

from __future__ import annotations

import doctest
import importlib
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

import netinit

FRAMEWORKS = {"torch", "jax", "keras", "thinc", "rich", "click", "scipy", "ml_dtypes"}


def modules():
    """Return the names of netinit's modules, those that need a framework or an extra left out."""
    root = Path(netinit.__file__).parent
    paths = [path.relative_to(root).with_suffix("") for path in sorted(root.rglob("*.py"))]
    names = [".".join(("netinit", *path.parts)).removesuffix(".__init__") for path in paths]
    skipped = re.compile(r"netinit\.(__main__|cli|torch|jax|keras|thinc)\b")
    return [name for name in names if not skipped.match(name)]


@pytest.mark.parametrize("name", modules())
def test_examples_in_docstrings_are_true(name):
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("netinit"):
            raise
        pytest.skip(f"needs {error.name}")
    assert doctest.testmod(module).failed == 0


def test_public_names_exist():
    for name in netinit.__all__:
        assert getattr(netinit, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'initialise'"):
        _ = netinit.initialise
    assert netinit.__version__ == version("netinit")


def loaded_by(code):
    """Return the packages that are loaded once a fresh interpreter has run `code`."""
    code = f"import sys; {code}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_importing_loads_no_framework():
    new = loaded_by("import netinit, netinit.nets") - loaded_by("import numpy")
    assert not new & FRAMEWORKS


def test_show_config(capsys):
    facts = netinit.show_config("dicts")
    assert facts["instruction set in use"] in facts["instruction sets"].split(", ")
    assert facts["threads"] >= 1
    assert capsys.readouterr().out == ""
    assert netinit.show_config() is None
    printed = capsys.readouterr().out
    assert all(key in printed and str(value) in printed for key, value in facts.items())
    with pytest.raises(ValueError, match="did you mean 'dicts'"):
        netinit.show_config("dict")


def test_headers_are_installed():
    header = Path(netinit.get_include()) / "netinit" / "netinit.h"
    assert "ni_fill" in header.read_text()
