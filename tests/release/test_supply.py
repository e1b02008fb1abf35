"""What CI installs is pinned with hashes, and a wheel's bill of materials says what it needs."""

from __future__ import annotations

import hashlib
import re
import tomllib
import zipfile
from pathlib import Path

import pytest

from tools.release.sbom import canonical, pinned, sbom
from tools.release.two_wheels import contents, differences

ROOT = Path(__file__).parents[2]
if not (ROOT / ".ci").is_dir():
    pytest.skip("a source distribution has no .ci", allow_module_level=True)
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PINS = (ROOT / ".ci" / "requirements.txt").read_text()
METADATA = """Metadata-Version: 2.4
Name: netinit
Version: 0.1.0
License-Expression: Apache-2.0
Requires-Dist: numpy>=1.26
Requires-Dist: click>=8.1; extra == "cli"
Requires-Dist: ml_dtypes>=0.4; extra == "test"
"""


def needed() -> set[str]:
    """Return what README.md's test step installs, and what builds the wheel."""
    extra = PROJECT["project"]["optional-dependencies"]["test"]
    requirements = [*PROJECT["build-system"]["requires"], *PROJECT["project"]["dependencies"]]
    tools = [
        line for line in (ROOT / ".ci" / "tools.in").read_text().splitlines() if line[0] != "#"
    ]
    return {canonical(requirement) for requirement in [*requirements, *extra, *tools]}


def test_all_that_the_test_step_installs_is_pinned():
    assert needed() <= pinned(PINS).keys()


def test_every_pin_has_hashes():
    pins = re.split(r"\n(?=[a-z])", PINS)[1:]
    assert len(pins) == sum(map(len, pinned(PINS).values()))
    for pin in pins:
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", pin), pin


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    path = tmp_path / "netinit-0.1.0-cp311-abi3-linux_x86_64.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("netinit-0.1.0.dist-info/METADATA", METADATA)
    return path


def test_the_bill_of_a_wheel(wheel):
    bill = sbom(wheel)
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    own = bill["metadata"]["component"]
    assert own["purl"] == "pkg:pypi/netinit@0.1.0"
    assert own["hashes"][0]["content"] == hashlib.sha256(wheel.read_bytes()).hexdigest()
    assert own["licenses"] == [{"expression": "Apache-2.0"}]
    scope = {row["name"]: row["scope"] for row in bill["components"]}
    assert scope["numpy"] == "required"
    assert scope["click"] == scope["ml-dtypes"] == "optional"
    assert scope["scikit-build-core"] == scope["cython"] == "excluded"
    assert all(row["version"] for row in bill["components"])
    (edges,) = bill["dependencies"]
    assert {ref.partition("@")[0] for ref in edges["dependsOn"]} == {"pkg:pypi/numpy"}
    assert len({row["bom-ref"] for row in bill["components"]}) == len(bill["components"])


def test_the_bill_is_the_same_each_time(wheel):
    assert sbom(wheel) == sbom(wheel)


@pytest.mark.parametrize("changed", ["text", "time", "member"])
def test_a_difference_of_two_wheels_is_named(tmp_path, changed):
    found = []
    for second in (False, True):
        path = tmp_path / f"{second}.whl"
        with zipfile.ZipFile(path, "w") as archive:
            info = zipfile.ZipInfo("a", (2000 + (second and changed == "time"), 1, 1, 0, 0, 0))
            archive.writestr(info, "x" if second and changed == "text" else "y")
            if second and changed == "member":
                archive.writestr(zipfile.ZipInfo("b"), "")
        found.append(contents(path))
    assert differences(*found) == ["b" if changed == "member" else "a"]
    assert differences(found[0], found[0]) == []
