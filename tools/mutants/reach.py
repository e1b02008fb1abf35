"""Which tests run which line of the package, and how long they take: recorded once, used often.

    python -m pytest -q -p tools.mutants.reach --reach FOLDER tests/api tests/plans

records the tests of some rooms, by the package coverage, into a file of FOLDER, which
`python -m tools.mutants --reach FOLDER` reads: of a mutant of Python the quickest tests that run
its line come first. What runs in other processes, or when modules are imported, is not seen.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tools.mutants.rooms import ROOT

__all__ = ["Reach"]

#: Of the tests that run a line, as many are kept, the quickest.
_KEPT = 30

#: And as many are tried of a mutant before its room is.
_TRIED = 12


class Recorder:
    """What a run of pytest does when it records."""

    def __init__(self, folder: Path) -> None:
        import coverage

        self._folder = folder
        self._seconds: dict[str, float] = {}
        self._coverage = coverage.Coverage(data_file=None, source=[str(ROOT / "src/netinit")])
        self._coverage.start()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Let what runs now be this test's."""
        self._coverage.switch_context(item.nodeid)
        begin = time.monotonic()
        try:
            return (yield)
        finally:
            self._seconds[item.nodeid] = time.monotonic() - begin
            self._coverage.switch_context("between tests")

    def pytest_sessionfinish(self) -> None:
        """Write it all down."""
        self._coverage.stop()
        data = self._coverage.get_data()
        found: dict[str, dict[int, list[str]]] = {}
        for path in data.measured_files():
            lines = found.setdefault(Path(path).relative_to(ROOT).as_posix(), {})
            for line, tests in data.contexts_by_lineno(path).items():
                known = sorted(set(tests) & self._seconds.keys(), key=self._seconds.__getitem__)
                lines[line] = known[:_KEPT]
        kept = {test for lines in found.values() for tests in lines.values() for test in tests}
        seconds = {test: self._seconds[test] for test in sorted(kept)}
        self._folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps({"seconds": seconds, "lines": found})
        (self._folder / f"{os.getpid()}.json").write_text(text)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option to pytest's own."""
    parser.addoption(
        "--reach", type=Path, help="record into this folder which tests run which line"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Begin to record, where that is asked for."""
    if folder := config.getoption("--reach"):
        config.pluginmanager.register(Recorder(folder.absolute()))


class Reach:
    """What has been recorded.

    Parameters
    ----------
    folder : Path, optional
        Where; None if nothing is.
    """

    def __init__(self, folder: Path | None) -> None:
        self._seconds: dict[str, float] = {}
        self._lines: dict[str, dict[str, list[str]]] = {}
        for path in sorted(folder.glob("*.json")) if folder else ():
            read: dict[str, Any] = json.loads(path.read_text())
            self._seconds |= read["seconds"]
            for file, lines in read["lines"].items():
                kept = self._lines.setdefault(file, {})
                for line, tests in lines.items():
                    kept[line] = kept.get(line, []) + tests

    def tests(self, file: str, line: int) -> list[str]:
        """Return the quickest tests that run a line, or, if none does, anything of its file."""
        lines = self._lines.get(file, {})
        found = set(lines.get(str(line), ())) or {t for tests in lines.values() for t in tests}
        return sorted(found, key=self._seconds.__getitem__)[:_TRIED]
