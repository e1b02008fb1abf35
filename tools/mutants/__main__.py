"""Break the sources on purpose, one place at a time, and print what no test notices.

    python -m tools.mutants [--written] [--count N] [--seed N] [--file BEGIN] [--log FILE]

First those that are written by hand (with --written, these alone), then COUNT that rules make,
drawn from all source files by SEED; --file takes those whose path begins so. Each is applied in
a copy of the tree, where only what it is part of is compiled again, and the tests of that room
run until the first that fails. The package must have been built here.

A mutant is killed where a test fails, takes ten minutes, or nothing compiles. What survives is
printed as `file: line as it was  =>  line as it is`. Ends with 1 if any does that
`tools.mutants.written.EQUIVALENT` has no proof for.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tools.mutants.operators import Mutant, mutants_of
from tools.mutants.rooms import ROOT, sources, tests_of
from tools.mutants.scratch import Scratch
from tools.mutants.written import EQUIVALENT, WRITTEN

#: The longest that a mutant's tests may take.
SECONDS = 600.0


def written() -> Iterator[Mutant]:
    """Yield the mutants that are written by hand."""
    for file, old, new in WRITTEN:
        text = (ROOT / file).read_text()
        if text.count(old) != 1:
            raise ValueError(f"{file} has this {text.count(old)} times, not once: {old}")
        begin = text.index(old)
        yield Mutant(file, begin, begin + len(old), new, "written")


def drawn(count: int, seed: int, begin: str = "") -> list[Mutant]:
    """Return as many mutants that rules make, each file as likely as its places are many."""
    files = [file for file in sources() if file.startswith(begin)]
    made = [mutant for file in files for mutant in mutants_of(ROOT, file)]
    return random.Random(seed).sample(made, min(count, len(made)))


def outcome(scratch: Scratch, mutant: Mutant) -> str:
    """Return whether a mutant is killed, and by what, or survives."""
    path = scratch.root / mutant.file
    text = path.read_text()
    path.write_text(mutant.apply(text))
    try:
        scratch.rebuild(mutant.file)
    except RuntimeError:
        return "killed by the compiler"
    else:
        return "survived" if scratch.passes(tests_of(mutant.file), SECONDS) else "killed"
    finally:
        path.write_text(text)
        scratch.rebuild(mutant.file)


def main() -> int:
    """Run; return what the process ends with."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--written", action="store_true")
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--file", default="")
    parser.add_argument("--log", type=argparse.FileType("a"))
    given = parser.parse_args()
    mutants = [mutant for mutant in written() if mutant.file.startswith(given.file)]
    if not given.written:
        mutants += drawn(given.count, given.seed, given.file)
    found: dict[str, list[str]] = {}
    with tempfile.TemporaryDirectory() as folder:
        scratch = Scratch(Path(folder))
        for number, mutant in enumerate(mutants, 1):
            name = mutant.name((ROOT / mutant.file).read_text())
            begin = time.monotonic()
            result = "equivalent" if name in EQUIVALENT else outcome(scratch, mutant)
            found.setdefault(result, []).append(name)
            seconds = time.monotonic() - begin
            line = f"{number}/{len(mutants)} {result} in {seconds:.0f} s ({mutant.rule}) {name}"
            print(line, flush=True)
            if given.log:
                print(line, file=given.log, flush=True)
    print(", ".join(f"{len(names)} {result}" for result, names in sorted(found.items())))
    for name in found.get("survived", ()):
        print(f"survived: {name}")
    return int("survived" in found)


if __name__ == "__main__":
    sys.exit(main())
