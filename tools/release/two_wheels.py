"""Build the wheel twice, in two places, and compare its bytes: python -m tools.release.two_wheels.

The environment must have what builds it (pyproject.toml, [build-system]): nothing is fetched.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
#: Of different lengths, so that a path that gets in moves what follows it.
PLACES = ("a", "another/place/of/a/longer/name")
LEFT_OUT = (".git", "build", "dist", ".venv", "__pycache__", "*.so", "benchmarks", ".*_cache")


def start(folder: Path) -> subprocess.Popen[bytes]:
    """Begin to build the wheel in a copy of the tree."""
    shutil.copytree(ROOT, folder / "netinit", ignore=shutil.ignore_patterns(*LEFT_OUT))
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--no-cache-dir"]
    command = [sys.executable, "-m", "pip", "wheel", *options, "-w", str(folder / "out"), "."]
    return subprocess.Popen(command, cwd=folder / "netinit")


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def contents(wheel: Path) -> dict[str, str]:
    """Return what stands for each member of a wheel: its bytes, its time, its mode."""
    with zipfile.ZipFile(wheel) as archive:
        return {
            member.filename: f"{sha256(archive.read(member))} {member.date_time} "
            f"{member.external_attr:o}"
            for member in archive.infolist()
        }


def differences(one: dict[str, str], other: dict[str, str]) -> list[str]:
    """Return the members that are not the same in both."""
    return sorted(name for name in {*one, *other} if one.get(name) != other.get(name))


def main() -> int:
    """Return 0 if both wheels are equal, 1 if not."""
    with tempfile.TemporaryDirectory() as temporary:
        folders = [Path(temporary, place) for place in PLACES]
        builds = [start(folder) for folder in folders]
        statuses = [build.wait() for build in builds]
        if any(statuses):
            return 1
        one, other = (next((folder / "out").glob("*.whl")) for folder in folders)
        hashes = [sha256(wheel.read_bytes()) for wheel in (one, other)]
        if hashes[0] != hashes[1]:
            print("the wheels differ in", differences(contents(one), contents(other)))
            return 1
        licenses = [name for name in contents(one) if ".dist-info/licenses/" in name]
        if not licenses:
            print("the wheel has no license file")
            return 1
    print(f"{one.name}: {hashes[0]}, twice; with {', '.join(licenses)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
