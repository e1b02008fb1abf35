"""Mutated safetensors files, read by netinit and by the safetensors library: ours accepts no more.

    python -m tools.fuzz.headers [CASES] [SEED]

Each case is a small well-formed file, changed: a value of its header by another, bytes of it, the
length before it, or made very long in one place. `read_header` must return or raise
CheckpointError with a short message, within a second; what it accepts, the library must accept
and understand alike. The first case where that is not so is printed, and ends the run.

Recorded: 2,000,000 cases (seeds 1 to 4, 500,000 each) against safetensors 0.8.0. Both accepted
442,333 and both refused 1,555,182; netinit alone refused 2,485, of the kinds that
docs/checkpoints.md lists, and accepted none that the library refuses. The longest took 25 ms of a
processor; the process had 41 MiB at most.
"""

from __future__ import annotations

import json
import os
import random
import tempfile
from collections import Counter
from functools import partial
from typing import Any, BinaryIO

import safetensors

from netinit.checkpoint import read_header
from netinit.errors import CheckpointError
from tools.fuzz.cases import command, timed
from tools.fuzz.mutations import mutated_bytes, mutated_json

__all__ = ["fuzz"]

_BITS = {
    "BOOL": 8, "U8": 8, "F8_E4M3": 8, "F4": 4, "F6_E2M3": 6, "I16": 16, "F16": 16, "BF16": 16,
    "F32": 32, "I64": 64, "F64": 64, "C64": 64,
}  # fmt: skip
_NAMES = ("w", "v", "layer.0.weight", "é", "a/b", "", " ", "\0", "__metadata_")
#: Processor time that no case may take; the files are small, but for those made long.
_MOST_SECONDS = 1.0


def _table(draw: random.Random) -> tuple[dict[str, Any], int]:
    """Return a well-formed header and the number of its data's bytes."""
    table: dict[str, Any] = {}
    reached = 0
    if draw.randrange(3) == 0:
        table["__metadata__"] = {"format": "pt", "note": draw.choice(("", "é", '{"a": [1]}'))}
    for name in draw.sample(_NAMES, draw.randrange(4)):
        code = draw.choice(list(_BITS))
        shape = [draw.choice((0, 1, 2, 3, 4)) for _ in range(draw.randrange(4))]
        size = _BITS[code]
        for extent in shape:
            size *= extent
        end = reached + size // 8
        table[name] = {"dtype": code, "shape": shape, "data_offsets": [reached, end]}
        reached = end
    return table, reached


def _long(text: bytes, draw: random.Random) -> bytes:
    """Return a header's text with something in it repeated very often."""
    count = draw.choice((1_000, 30_000))
    place = text.find(b"[") + 1 if draw.randrange(2) else draw.randrange(len(text) + 1)
    what = draw.choice(
        (b"9223372036854775807,", b"1,", b"0,", b"[", b'{"a":', b" ", b"\\u0041", b"9", b"x")
    )
    return text[:place] + what * count + text[place:]


def _case(draw: random.Random) -> bytes:
    """Return the bytes of one file."""
    table, size = _table(draw)
    kind = draw.randrange(400)
    if kind < 160:
        table = mutated_json(table, draw)
    text = json.dumps(
        table,
        ensure_ascii=draw.randrange(2) == 0,
        separators=(",", ":") if draw.randrange(2) else None,
    ).encode("utf-8", "surrogatepass")
    text += b" " * draw.choice((0, 0, 0, 1, 7))
    if kind == 399:
        text = _long(text, draw)
    elif kind >= 240:
        text = mutated_bytes(text, draw)
    length = len(text)
    if draw.randrange(50) == 0:
        length = draw.choice((0, 1, length - 1, length + 1, 10**8, 10**8 + 1, (1 << 64) - 1))
    data = bytes(max(0, size + draw.choice((0,) * 20 + (-1, 1))))
    return max(0, length).to_bytes(8, "little") + text + data


def _ours(file: BinaryIO, content: bytes) -> Any:
    """Return what netinit reads of a file; None where it refuses it."""
    file.seek(0)
    file.truncate()
    file.write(content)
    file.flush()
    try:
        return read_header(file)
    except CheckpointError as error:
        refusal = str(error)
    assert len(refusal) < 1000, "a long message"
    return None


def _theirs(content: bytes) -> dict[str, Any] | None:
    try:
        return dict(safetensors.deserialize(content))
    except safetensors.SafetensorError:
        return None


def _agree(header: Any, theirs: dict[str, Any] | None, content: bytes) -> bool:
    """Return whether the library understands an accepted file as netinit does."""
    if theirs is None or set(theirs) != {tensor.name for tensor in header.tensors}:
        return False
    for tensor in header.tensors:
        other = theirs[tensor.name]
        data = content[header.data_start + tensor.begin : header.data_start + tensor.end]
        if (other["dtype"], tuple(other["shape"])) != (tensor.code, tensor.shape):
            return False
        if bytes(other["data"]) != data:
            return False
    return True


def fuzz(cases: int, seed: int) -> Counter[str]:
    """Return how many files each of the two accepted, and the longest time, in microseconds.

    Raises
    ------
    AssertionError
        If netinit accepted what the library refuses or reads otherwise, or was slow or wordy.
    """
    draw, counts = random.Random(seed), Counter[str]()
    folder = "/dev/shm" if os.path.isdir("/dev/shm") else None
    with tempfile.NamedTemporaryFile(dir=folder, suffix=".safetensors") as file:
        for _ in range(cases):
            content = _case(draw)
            header = timed(counts, _MOST_SECONDS, content, partial(_ours, file, content))
            theirs = _theirs(content)
            assert header is None or _agree(header, theirs, content), content[:2000]
            counts["both accept"] += header is not None
            counts["both refuse"] += header is None and theirs is None
            counts["netinit alone refuses"] += header is None and theirs is not None
    return counts


if __name__ == "__main__":
    command(fuzz, 100_000)
