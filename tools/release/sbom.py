"""Write the bill of materials of a wheel, CycloneDX 1.6: python -m tools.release.sbom WHEEL > FILE.

The wheel's own metadata says what it needs; .ci/requirements.txt with which versions it was tested
and built. The C core has no dependency but the C library, threads and, where found, OpenMP.
"""

from __future__ import annotations

import email.message
import email.parser
import hashlib
import json
import re
import sys
import tomllib
import uuid
import zipfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


def canonical(requirement: str) -> str:
    """Return the name in a requirement as package indexes write it."""
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found is not None
    return re.sub(r"[-_.]+", "-", found[0]).lower()


def pinned(text: str) -> dict[str, list[str]]:
    """Return the versions of each package of a requirements file."""
    versions: dict[str, list[str]] = {}
    for name, version in re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", text, re.MULTILINE):
        versions.setdefault(canonical(name), []).append(version)
    return versions


def metadata_of(wheel: Path) -> email.message.Message:
    """Return the METADATA of a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [n for n in archive.namelist() if n.endswith(".dist-info/METADATA")]
        return email.parser.Parser().parsestr(archive.read(name).decode("utf-8"))


def component(name: str, version: str | None, scope: str) -> dict[str, Any]:
    purl = f"pkg:pypi/{name}" + (f"@{version}" if version else "")
    row: dict[str, Any] = {"type": "library", "bom-ref": purl, "name": name}
    return row | ({"version": version} if version else {}) | {"scope": scope, "purl": purl}


def scopes(metadata: email.message.Message, build: list[str]) -> dict[str, str]:
    """Return the scope of each package by name: required, optional, or excluded (build only)."""
    found = {canonical(requirement): "excluded" for requirement in build}
    needs = metadata.get_all("Requires-Dist") or []
    for requirement in sorted(needs, key=lambda text: "extra ==" not in text):
        found[canonical(requirement)] = "optional" if "extra ==" in requirement else "required"
    return found


def sbom(wheel: Path) -> dict[str, Any]:
    """Return the bill of materials; it depends on the wheel and the tree alone."""
    metadata, data = metadata_of(wheel), wheel.read_bytes()
    sha256 = hashlib.sha256(data).hexdigest()
    build = tomllib.loads((ROOT / "pyproject.toml").read_text())["build-system"]["requires"]
    versions = pinned((ROOT / ".ci" / "requirements.txt").read_text())
    parts = [
        component(name, version, scope)
        for name, scope in sorted(scopes(metadata, build).items())
        for version in versions.get(name, [None])
    ]
    own = component(canonical(metadata["Name"]), metadata["Version"], "required")
    own |= {
        "hashes": [{"alg": "SHA-256", "content": sha256}],
        "licenses": [{"expression": metadata["License-Expression"]}],
    }
    needed = [row["bom-ref"] for row in parts if row["scope"] == "required"]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'sha256:{sha256}')}",
        "version": 1,
        "metadata": {"component": own},
        "components": parts,
        "dependencies": [{"ref": own["bom-ref"], "dependsOn": needed}],
    }


if __name__ == "__main__":
    print(json.dumps(sbom(Path(sys.argv[1])), indent=1))
