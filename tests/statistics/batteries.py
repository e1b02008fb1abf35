"""Give streams to a battery of statistical tests: python -m tests.statistics.batteries.

The batteries are TestU01's (Debian: libtestu01-0-dev, non-free) and dieharder; the words come by
way of a pipe. README.md beside this file holds what was found.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from scipy import special

from tests.reference import Distribution, stream_of
from tests.stream_cases import CASES, core_fill, core_values

HERE = Path(__file__).resolve().parent
BITS = Distribution("bits")
CHUNK = 1 << 20
#: Streams that are interleaved, word by word.
TOGETHER = 1 << 10
#: TestU01's own limit: a p-value nearer to 0 or 1 is looked at again.
WEAK = 1e-3

Place = tuple[int, int, int]


def long(first: int) -> Iterator[np.ndarray]:
    """Yield one stream, word by word."""
    stream = (*stream_of(1234, "weight"), 0)
    while True:
        yield core_values(CHUNK, "uint32", BITS, stream, first)
        first += CHUNK


def interleaved(places: list[Place], first: int) -> Iterator[np.ndarray]:
    """Yield element `first` of each stream, then the next element of each, and so on."""
    rows = np.empty((len(places), CHUNK // len(places)), np.uint32)
    while True:
        for row, place in zip(rows, places, strict=True):
            core_fill(row, "uint32", BITS, place, first)
        yield np.ascontiguousarray(rows.T)
        first += rows.shape[1]


def names(first: int) -> Iterator[np.ndarray]:
    """Yield the streams of consecutive names, interleaved."""
    places = [(*stream_of(1234, f"layers.{i}.weight"), 0) for i in range(TOGETHER)]
    return interleaved(places, first)


def seeds(first: int) -> Iterator[np.ndarray]:
    """Yield the streams of consecutive seeds, interleaved."""
    return interleaved([(*stream_of(i, "weight"), 0) for i in range(TOGETHER)], first)


def strides(first: int) -> Iterator[np.ndarray]:
    """Yield one stream at the strides 2^5 to 2^28 in turn, 2^16 words of each.

    The stride 2^k starts at element k - 5, so that no word comes twice.
    """
    stream, words = (*stream_of(1234, "weight"), 0), np.empty(1 << 16, np.uint32)
    while True:
        for k in range(5, 29):
            at = k - 5 + (first << k)
            yield core_fill(words, "uint32", BITS, stream, at, index_strides=(1 << k,))
        first += words.size


def normals(first: int) -> Iterator[np.ndarray]:
    """Yield float32 normals by their distribution function, 16 bits of each of a pair a word."""
    stream = (*stream_of(1234, "weight"), 0)
    while True:
        x = core_values(CHUNK, "float32", CASES["normal"], stream, first)
        halves = (special.ndtr(x.astype(np.float64)) * 2.0**16).astype(np.uint16)
        yield halves
        first += CHUNK


def normals64(first: int) -> Iterator[np.ndarray]:
    """Yield float64 normals by their distribution function, its first 32 bits a word."""
    stream = (*stream_of(1234, "weight"), 0)
    while True:
        x = core_values(CHUNK, "float64", CASES["normal"], stream, first)
        yield (special.ndtr(x) * 2.0**32).astype(np.uint32)
        first += CHUNK


STREAMS: dict[str, Callable[[int], Iterator[np.ndarray]]] = {
    f.__name__: f for f in (long, names, seeds, strides, normals, normals64)
}
BATTERIES = ("SmallCrush", "Crush", "BigCrush", "dieharder")


def reversed_bits(words: np.ndarray) -> np.ndarray:
    """Return the words with their bits in the opposite order: tests look at the first ones most."""
    words = words.view(np.uint32).byteswap()
    for shift, mask in ((4, 0x0F0F0F0F), (2, 0x33333333), (1, 0x55555555)):
        low, step = np.uint32(mask), np.uint32(shift)
        words = ((words >> step) & low) | ((words & low) << step)
    return words


def build(folder: str) -> str:
    """Compile testu01.c; return the program."""
    program = f"{folder}/testu01"
    libraries = ["-ltestu01", "-ltestu01probdist", "-ltestu01mylib", "-lm"]
    source = str(HERE / "testu01.c")
    subprocess.run(["cc", "-O2", "-Wall", "-Wextra", source, "-o", program, *libraries], check=True)
    return program


def command(battery: str, tests: list[int], folder: str) -> list[str]:
    """Return what reads words from its standard input and tests them."""
    if battery == "dieharder":
        return ["dieharder", "-a", "-g", "200", "-k", "2"]
    return [build(folder), battery, *map(str, tests)]


def feed(arguments: list[str], chunks: Iterator[np.ndarray], backwards: bool) -> tuple[str, int]:
    """Run a battery on the words; return what it printed, and the bytes that it was given."""
    given = 0
    with (
        tempfile.TemporaryFile() as printed,
        subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=printed) as process,
    ):
        assert process.stdin is not None
        try:
            for words in chunks:
                process.stdin.write(reversed_bits(words) if backwards else words)
                given += words.nbytes
        except BrokenPipeError:  # it has had enough
            pass
        code = process.wait()
        printed.seek(0)
        text = printed.read().decode(errors="replace")
    if code:
        raise RuntimeError(f"{' '.join(arguments)} ended with {code}\n{text}")
    return text, given


def p_values(text: str) -> list[tuple[float, str]]:
    """Return the p-values that were printed, with their tests."""
    lines = [line.split(maxsplit=2) for line in text.splitlines() if line.startswith("p ")]
    if lines:
        return [(float(p), name) for _, p, name in lines]
    rows = [line.split("|") for line in text.splitlines() if line.count("|") == 5]
    return [(float(row[4]), f"{row[0].strip()} {row[1].strip()}") for row in rows[1:]]


def main() -> int:
    """Test the streams that the command line names; say what is weak."""
    parser = argparse.ArgumentParser(prog="python -m tests.statistics.batteries")
    parser.add_argument("battery", choices=BATTERIES, nargs="?", default="SmallCrush")
    parser.add_argument("streams", choices=[[], *STREAMS], nargs="*", help="which (all)")
    parser.add_argument("--first", type=int, default=0, help="the element to begin with (0)")
    parser.add_argument(
        "--tests", type=int, nargs="+", default=[], help="of TestU01, by number (all)"
    )
    parser.add_argument("--reversed", action="store_true", help="each word's last bit first")
    given = parser.parse_args()
    if given.tests and given.battery == "dieharder":
        parser.error("--tests goes with TestU01's batteries")
    weak_ones = 0
    with tempfile.TemporaryDirectory() as folder:
        arguments = command(given.battery, given.tests, folder)
        for name in given.streams or STREAMS:
            begin = time.monotonic()
            text, nbytes = feed(arguments, STREAMS[name](given.first), given.reversed)
            found = p_values(text)
            weak = [f"{p:.3g} {test}" for p, test in found if not WEAK <= p <= 1 - WEAK]
            weak_ones += len(weak)
            print(
                f"{given.battery}{' reversed' if given.reversed else ''}, {name} from element "
                f"{given.first}: {nbytes / 1e9:.1f} GB, {time.monotonic() - begin:.0f} s, "
                f"{len(found)} p-values, {min(found)[0]:.3g} to {max(found)[0]:.6g}; "
                f"weak: {'; '.join(weak) or 'none'}",
                flush=True,
            )
    return 1 if weak_ones else 0


if __name__ == "__main__":
    sys.exit(main())
