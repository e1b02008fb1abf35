"""Measure netinit beside its peers, in one process: ``python -m benchmarks.compare``.

``--record`` also writes the tables into benchmarks/README.md and the front page, with
benchmarks/recorded.json and benchmarks/recorded.png.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks import report
from benchmarks.machine import describe
from benchmarks.sections import SECTIONS
from netinit import _core

__all__ = ["main"]

_HERE = Path(__file__).parent


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the comparison that the command line asks for."""
    given = _parser().parse_args(arguments)
    if given.record and (given.only or given.out):
        print("--record takes every section, and its own place", file=sys.stderr)
        return 2
    threads = given.threads or _core.thread_count(None)
    machine = describe() | {"threads": threads}
    record = {
        "date": datetime.date.today().isoformat(),
        "machine": machine,
        "mib": given.mib,
        "rounds": given.rounds,
        "sections": {
            name: [asdict(timing) for timing in section(given.mib << 20, given.rounds, threads)]
            for name, section in SECTIONS.items()
            if not given.only or name in given.only
        },
    }
    machine["load after"] = round(os.getloadavg()[0], 2)
    print(report.tables(record))
    if given.out:
        _write(record, given.out, "compare")
        (given.out / "compare.md").write_text(report.tables(record) + "\n")
    if given.record:
        _write(record, _HERE, "recorded")
        report.replace_section(_HERE / "README.md", "results", report.tables(record))
        report.replace_section(_HERE.parent / "README.md", "numbers", report.summary(record))
    return 0


def _write(record: report.Record, folder: Path, stem: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{stem}.json").write_text(json.dumps(record, indent=1) + "\n")
    if "resident" in record["sections"]:
        report.plot(record, folder / f"{stem}.png")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.compare", description=__doc__)
    parser.add_argument("--mib", type=int, default=1024, help="size of the buffer (1024)")
    parser.add_argument("--rounds", type=int, default=9, help="measurements of each (9)")
    parser.add_argument("--threads", type=int, help="as many as netinit would use")
    parser.add_argument("--only", nargs="+", choices=[*SECTIONS], help="these parts alone")
    parser.add_argument("--out", type=Path, help="folder for the table, JSON and plot")
    parser.add_argument("--record", action="store_true", help="write the pages of the project")
    return parser


if __name__ == "__main__":
    sys.exit(main())
