"""Make the golden files from the plain-Python reference: python -m tests.golden.make_golden.

streams.json   seeds and names with their streams; elements of each (distribution, dtype) at the
               windows [key, offset, draw, first element]
hashes.json    one SHA-256 for each (distribution, dtype)

The values are the reference's own; only the set-up functions, which docs/stream.md defines by
csrc/setup/special.c, are compiled from it. Run it where the stream changes on purpose, and say so
in CHANGELOG.md.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from netinit._core import STREAM_VERSION
from tests.native.library import special
from tests.reference import element_values, orthogonal, stream_of, subsets
from tests.stream_cases import FLOATS, STREAM, distribution_of, sha256, table_rows

HERE = Path(__file__).resolve().parent
HASHED = 7 * 65536 + 4099  # enough for seven threads, and no multiple of anything
CHUNK = 1 << 16
WINDOW = 6

NAMES = ["", "w", "layers.0.weight", "blöcke.μ.重み"]
SEEDS: list[int | str] = [0, 1, -1, 1234, 2**63, -(2**200), "", "1234", "netinit", "Größe"]

# Streams whose counters carry over 2^32 and wrap at 2^64 near their elements.
STREAMS = {
    "zero": (0, 0, 0),
    "named": (*stream_of(1234, "w"), 0),
    "draw": (*stream_of(1234, "w"), 2**32 - 1),
    "carry": (0x0123456789ABCDEF, 2**32 - 2, 1),
    "wrap": (0xFFFFFFFFFFFFFFFF, 2**64 - 2, 7),
}
WINDOWS = [
    ("zero", 0),
    ("named", 0),
    ("named", 2**32 - 3),
    ("named", 2**34 - 3),
    ("named", 2**40 + 1),
    ("named", 2**63 - WINDOW),
    ("draw", 1),
    ("carry", 4),
    ("carry", 2),
    ("wrap", 5),
    ("wrap", 2),
    ("wrap", 2**33 - 3),
]

MATRICES = [(7, 7), (9, 4), (4, 9), (1, 5), (5, 1), (64, 64), (65, 65), (130, 100), (90, 330)]
MATRICES += [(600, 3)]
# Rows, columns, zeros in each column: few, half, most; odd sizes and a whole number of words.
SPARSE = [(700, 130, 70), (700, 130, 350), (320, 192, 311), (9, 5, 4)]


def stream_rows() -> list[list]:
    """Return [seed, name, key and offset in hexadecimal]; an integer seed is ["int", digits]."""
    return [
        [
            seed if isinstance(seed, str) else ["int", str(seed)],
            name,
            "{:016x} {:016x}".format(*stream_of(seed, name)),
        ]
        for seed in SEEDS
        for name in NAMES
    ]


def hexadecimal(values: np.ndarray) -> str:
    bits = values.view(f"u{values.itemsize}")
    return " ".join(f"{int(x):0{2 * values.itemsize}x}" for x in bits)


def windows(case: str, dtype: str) -> list[str]:
    """Return the elements of each of WINDOWS, in hexadecimal."""
    rows = []
    for name, first in WINDOWS:
        elements = np.arange(WINDOW, dtype=np.uint64) + np.uint64(first)
        d = distribution_of(case)
        rows.append(hexadecimal(element_values(STREAMS[name], elements, d, dtype, special)))
    return rows


def hashed(case: str, dtype: str) -> str:
    parts = []
    for first in range(0, HASHED, CHUNK):
        elements = np.arange(first, min(first + CHUNK, HASHED), dtype=np.uint64)
        parts.append(element_values(STREAM, elements, distribution_of(case), dtype, special))
    return sha256(np.concatenate(parts))


def sparse(rows: int, cols: int, zeros: int, dtype: str) -> np.ndarray:
    elements = np.arange(rows * cols, dtype=np.uint64)
    values = element_values(STREAM, elements, distribution_of("normal"), dtype, special)
    mask = subsets.zeros(STREAM, (rows, cols), zeros)
    return np.where(mask, values.dtype.type(0), values.reshape(rows, cols))


def write(name: str, content: dict) -> None:
    text = json.dumps(content, indent=1, ensure_ascii=False)
    (HERE / name).write_text(text + "\n", encoding="utf-8")


def main() -> None:
    cases = table_rows()
    elements = {f"{case} {dtype}": windows(case, dtype) for case, dtype in cases}
    content = {
        "version": STREAM_VERSION,
        "streams": stream_rows(),
        "windows": [[*map(str, STREAMS[name]), str(first)] for name, first in WINDOWS],
        "elements": elements,
    }
    write("streams.json", content)
    hashes = {f"{case} {dtype}": hashed(case, dtype) for case, dtype in cases}
    for shape in MATRICES:
        for dtype in ("float32", "float64"):
            matrix = orthogonal(STREAM, *shape, 1.25, dtype)
            hashes[f"orthogonal {shape[0]}x{shape[1]} {dtype}"] = sha256(matrix)
    for rows, cols, zeros in SPARSE:
        for dtype in FLOATS:
            matrix = sparse(rows, cols, zeros, dtype)
            hashes[f"sparse {rows}x{cols} {zeros} {dtype}"] = sha256(matrix)
    write("hashes.json", {"version": STREAM_VERSION, "elements": HASHED, "hashes": hashes})


if __name__ == "__main__":
    main()
