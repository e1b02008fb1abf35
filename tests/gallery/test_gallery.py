"""The gallery's scripts run, assert their numbers, and have their pictures on the page."""

import io
import re
from importlib import import_module
from pathlib import Path

import pytest

from examples.gallery.__main__ import NAMES, main

pytest.importorskip("matplotlib")

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "gallery.md").read_text()


def needs(name):
    """Skip where a package that a script imports is not installed."""
    text = (ROOT / "examples" / "gallery" / f"{name}.py").read_text()
    for package in ("torch", "sklearn"):
        if re.search(rf"^(?:import|from) {package}\b", text, re.MULTILINE):
            pytest.importorskip(package)


@pytest.mark.parametrize("name", NAMES)
def test_a_script_asserts_its_numbers_and_draws(name):
    needs(name)
    script = import_module(f"examples.gallery.{name}")
    assert script.__doc__
    figure = script.draw()
    written = io.BytesIO()
    figure.savefig(written, dpi=40)
    assert written.getvalue().startswith(b"\x89PNG")


def test_every_script_has_its_place_on_the_page():
    scripts = {path.stem for path in (ROOT / "examples" / "gallery").glob("[!_]*.py")}
    assert scripts == set(NAMES)
    assert re.findall(r"\(gallery/(\w+)\.png\)", PAGE) == re.findall(r"gallery/(\w+)\.py\)", PAGE)
    assert set(re.findall(r"\(gallery/(\w+)\.png\)", PAGE)) == set(NAMES)
    assert {path.stem for path in (ROOT / "docs" / "gallery").glob("*.png")} == set(NAMES)


def test_the_command_writes_a_picture(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("examples.gallery.__main__.PICTURES", tmp_path / "pictures")
    main(["case5_identity"])
    written = tmp_path / "pictures" / "case5_identity.png"
    assert written.read_bytes().startswith(b"\x89PNG")
    assert capsys.readouterr().out == f"{written}\n"


def test_scripts_are_short():
    for path in (ROOT / "examples" / "gallery").glob("*.py"):
        assert len(path.read_text().splitlines()) <= 110, path.name
