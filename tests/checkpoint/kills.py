"""Writers that are killed within a write: ``python -m tests.checkpoint.kills [COUNT]``.

Each is killed with no warning, at a moment of its own, when so many bytes have been put; then what
it left is looked at, and the write is resumed.
"""

from __future__ import annotations

import functools
import hashlib
import os
import random
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import netinit
from netinit import checkpoint
from netinit.checkpoint import workers
from netinit.checkpoint.atomic import TEMPORARY_PREFIX
from netinit.checkpoint.disk import Output
from netinit.checkpoint.shards import INDEX_NAME
from netinit.parameters.parameter import Parameter
from netinit.plans.plan import Plan, build_plan
from netinit.shapes.layout import DENSE

__all__ = ["after_kill", "random_case", "sums", "write"]

MOST, ROWS, COLUMNS, LAYERS = 1 << 18, 64, 512, 9

#: Bytes of all tensors together.
TOTAL = LAYERS * ROWS * COLUMNS * 4


def plan_of(seed: int) -> Plan:
    """Return a plan of nine matrices of 128 KiB each, two to a shard."""
    layers = [Parameter(f"l{n}", (ROWS, COLUMNS), layout=DENSE) for n in range(LAYERS)]
    return build_plan(layers, netinit.All, "Kaiming", seed)


def write(path: Path, seed: int, **options: object) -> None:
    """Write a folder, or where the path is named as a file one file, in pieces of 8 KiB."""
    workers.PIECE_BYTES = 1 << 13
    most = None if path.suffix == ".safetensors" else MOST
    checkpoint.write(path, plan_of(seed), max_shard_size=most, threads=2, **options)


def random_case(rng: random.Random) -> tuple[int, str, bool, bool]:
    """Return when to kill, in which step, whether there is an old one, and if it is one file."""
    step = rng.choice(["put"] * 7 + ["fsync", "link", "replace"])
    old, single = rng.random() < 0.5, rng.random() < 0.3
    last = {"put": TOTAL, "fsync": 2 if single else 12, "link": 1 if single else 6}
    last["replace"] = 1 if single else 6
    return rng.randint(1, last[step]), step, old, single


def _write_until(path: Path, stop: int, step: str) -> None:
    """Write, and be killed: in a write to the disk, or where files are forced to it or named."""
    done = 0

    def kill() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def put(self: Output, data: memoryview, place: int) -> None:
        nonlocal done
        done += len(data)
        if done >= stop:
            true_put(self, data[: len(data) // 2], place)
            kill()
        true_put(self, data, place)

    true_put = Output.put
    if step == "put":
        Output.put = put  # type: ignore[method-assign]
    else:
        calls = iter(range(1, 1 << 30))
        true_call = getattr(os, step)

        def call(*arguments: object, **options: object) -> object:
            if next(calls) == stop:
                kill()
            return true_call(*arguments, **options)

        setattr(os, step, call)
    write(path, 2)


def sums(path: Path) -> dict[str, str]:
    """Return the SHA-256 of each file that can be seen, by its name."""
    files = sorted(path.iterdir()) if path.is_dir() else [path] if path.exists() else []
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


@functools.cache
def _whole(name: str, seed: int) -> dict[str, str]:
    """Return the sums of what is written without a kill."""
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder) / name, seed)
        return sums(Path(folder) / name)


def after_kill(folder: Path, stop: int, step: str, old: bool, single: bool) -> tuple[bool, str]:
    """Kill a write and resume it; return if it was killed, and what was wrong, "" if nothing."""
    path = folder / ("out.safetensors" if single else "out")
    before, after = (_whole(path.name, seed) for seed in (1, 2))
    if old:
        write(path, 1)
    command = [sys.executable, "-m", "tests.checkpoint.kills", "--until", path, str(stop), step]
    ended = subprocess.run(command, check=False, cwd=Path(__file__).parents[2]).returncode
    if ended not in (-signal.SIGKILL, 0):
        return False, f"the process ended with {ended}"
    found = _wrong(sums(path), before, after, step == "put" and old)
    if found:
        return ended != 0, found
    write(path, 2, resume=True)
    if sums(path) != after:
        return ended != 0, f"it was resumed to other files: {sorted(sums(path))}"
    left = [other.name for other in folder.iterdir() if other != path]
    return ended != 0, f"left: {left}" if left else ""


def _wrong(found: dict[str, str], before: dict[str, str], after: dict[str, str], kept: bool) -> str:
    """Return what is wrong with what a killed process left."""
    seen = {name: sha for name, sha in found.items() if not name.startswith(TEMPORARY_PREFIX)}
    wrong = [name for name, sha in seen.items() if sha not in (before[name], after[name])]
    shards = seen.keys() - {INDEX_NAME}
    if wrong:
        return f"corrupt files can be seen: {wrong}"
    if INDEX_NAME in seen and len({seen[name] == before[name] for name in shards}) > 1:
        return "an index stands for shards of two checkpoints"
    if INDEX_NAME in seen and set(seen) != set(after):
        return "an index stands for shards that are not there"
    if kept and seen != before:
        return "the old checkpoint did not stay until the new one was whole"
    return ""


def main() -> None:
    """Do so many trials at random moments."""
    if sys.argv[1:2] == ["--until"]:
        _write_until(Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
        return
    count, rng, killed, failed = int((sys.argv[1:] or [100])[0]), random.Random(1), 0, 0
    for _ in range(count):
        case = random_case(rng)
        with tempfile.TemporaryDirectory() as folder:
            ended, wrong = after_kill(Path(folder), *case)
        killed, failed = killed + ended, failed + bool(wrong)
        if wrong:
            print(f"{case}: {wrong}")
    print(f"{count} writes, {killed} killed, {failed} wrong")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
