"""Break the sources on purpose, one place at a time, and print what no test notices.

    python -m tools.mutants [--[no-]written] [--count N] [--each] [--seed N] [--file BEGIN ...]
                            [--part K/N] [--reach FOLDER] [--quick] [--seconds S]
                            [--jobs N] [--until S] [--again LOG] [--log FILE]

First those that are written by hand (with --written, these alone; with --no-written, none), then
COUNT that rules make, drawn from all source files by SEED; with --each also one of every file of
twenty lines or more. --file takes those whose path begins so, --part the K-th of N equal parts,
--again those of them that survived by a log, or whose tests were not done. --jobs tries so many at
a time, and --until begins none after S seconds. The package must have been built here.

Each is applied in a copy of the tree, where only what it is part of is compiled again, and tests
run until the first that fails, S seconds at most: first those that run its line, where that was
recorded (tools/mutants/reach.py), then, unless --quick is given, those of its room.

A mutant is killed where a test fails, crashes or hangs, or nothing compiles; a test tells only if
it passes in the copy as it is. What survives is printed as `file: line as it was  =>  line as it
is`. Ends with 1 if any does that `tools.mutants.written.EQUIVALENT` has no proof for.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import tempfile
import time
from collections import Counter, deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tools.mutants.operators import Mutant, mutants_of
from tools.mutants.reach import Reach
from tools.mutants.rooms import ROOT, sources, tests_of
from tools.mutants.scratch import OUT_OF_TIME, Known, Scratch, share_processors
from tools.mutants.written import EQUIVALENT, WRITTEN

#: A file of fewer lines needs no mutant of its own.
SHORT = 20


def written() -> Iterator[Mutant]:
    """Yield the mutants that are written by hand."""
    for file, old, new in WRITTEN:
        text = (ROOT / file).read_text()
        if text.count(old) != 1:
            raise ValueError(f"{file} has this {text.count(old)} times, not once: {old}")
        begin = text.index(old)
        yield Mutant(file, begin, begin + len(old), new, "written")


def name_of(mutant: Mutant) -> str:
    """Return what a mutant goes by."""
    return mutant.name((ROOT / mutant.file).read_text())


def survivors(log: Path) -> set[str]:
    """Return the names of those that survived, by a log."""
    lines = re.findall(
        r"^(?:survived|unfinished) in \d+ s \(.*?\) (\S+: .*)$", log.read_text(), re.MULTILINE
    )
    return set(lines)


def drawn(
    count: int, seed: int, begin: tuple[str, ...] = ("",), each: bool = False
) -> list[Mutant]:
    """Return as many mutants that rules make, each file as likely as its places are many."""
    files = [file for file in sources() if file.startswith(begin)]
    made = {file: mutants_of(ROOT, file) for file in files}
    first = [  # whatever other files are drawn from
        random.Random(f"{seed} {file}").choice(of_file)
        for file, of_file in made.items()
        if each and of_file and len((ROOT / file).read_text().splitlines()) >= SHORT
    ]
    rest = [mutant for of_file in made.values() for mutant in of_file if mutant not in first]
    random.Random(seed).shuffle(first)  # of what time is left for, each room has its part
    return first + random.Random(seed).sample(rest, min(count, len(rest)))


def outcome(scratch: Scratch, mutant: Mutant, reach: Reach, given: argparse.Namespace) -> str:
    """Return whether a mutant is killed, and by what, or survives."""
    text = (scratch.root / mutant.file).read_text()
    line = text.count("\n", 0, mutant.begin) + 1
    runs = [reach.tests(mutant.file, line), tests_of(mutant.file)]
    if given.quick and runs[0]:
        runs.pop()
    with scratch.changed(mutant.file, mutant.apply(text)):
        for kernels in scratch.telling(mutant.file):
            try:
                scratch.rebuild(mutant.file, kernels)
            except RuntimeError:
                return "killed by the compiler"
            for tests in runs:
                noticed = scratch.notice(tests, given.seconds) if tests else None
                if noticed == OUT_OF_TIME:
                    return "unfinished"
                if noticed:
                    return f"killed by {noticed}"
    return "survived"


def judged(scratch: Scratch, mutant: Mutant, reach: Reach, given: argparse.Namespace) -> str:
    """Return the outcome of a mutant, by tests that pass in the tree as it is."""
    while True:
        found = outcome(scratch, mutant, reach, given)
        killer = found.removeprefix("killed by ")
        if not killer.startswith("tests/") or scratch.passes(killer):
            return found


def run(mutants: dict[str, Mutant], given: argparse.Namespace) -> dict[str, str]:
    """Return the outcomes of mutants by name, in the order in which they come; print each.

    Each of the workers has a copy of the tree and its share of the processors.
    """
    known, reach, outcomes = Known(), Reach(given.reach), dict[str, str]()
    left = deque(mutants)
    until = time.monotonic() + given.until

    def work(folder: Path, worker: int) -> None:
        share_processors(worker, given.jobs)
        scratch = Scratch(folder, known)
        while left and time.monotonic() < until:
            name, start = left.popleft(), time.monotonic()
            known_as = "equivalent" if name in EQUIVALENT else None
            outcomes[name] = known_as or judged(scratch, mutants[name], reach, given)
            seconds = time.monotonic() - start
            line = f"{outcomes[name]} in {seconds:.0f} s ({mutants[name].rule}) {name}"
            print(line, flush=True)
            if given.log:
                print(line, file=given.log, flush=True)

    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(given.jobs) as pool:
        workers = [pool.submit(work, Path(folder) / str(k), k) for k in range(given.jobs)]
        for worker in workers:
            worker.result()
    return outcomes


def main() -> int:
    """Run; return what the process ends with."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--written", action=argparse.BooleanOptionalAction)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--each", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--file", nargs="*", default=[""])
    parser.add_argument("--part", default="1/1")
    parser.add_argument("--reach", type=Path)
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--until", type=float, default=float("inf"))
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--again", type=Path)
    parser.add_argument("--log", type=argparse.FileType("a"))
    given = parser.parse_args()
    begin = tuple(given.file)
    mutants: list[Mutant] = []
    if given.written is not False:
        mutants += [mutant for mutant in written() if mutant.file.startswith(begin)]
    if not given.written:
        mutants += drawn(given.count, given.seed, begin, given.each)
    if given.again:
        mutants = [mutant for mutant in mutants if name_of(mutant) in survivors(given.again)]
    part, parts = map(int, given.part.split("/"))
    mutants = mutants[part - 1 :: parts]
    named = {name_of(mutant): mutant for mutant in mutants}
    outcomes = run(named, given)
    counts = Counter(outcome.split()[0] for outcome in outcomes.values())
    print(", ".join(f"{count} {result}" for result, count in sorted(counts.items())))
    survived = [name for name, found in outcomes.items() if found == "survived"]
    for name in survived:
        print(f"survived: {name}")
    return int(bool(survived))


if __name__ == "__main__":
    sys.exit(main())
