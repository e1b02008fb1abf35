"""Search a stream for extreme words: python -m tests.golden.find_extreme_words.

extreme_words.json   [element, word] of the words next to 0, 2^31 and 2^32 among 2^35 of a stream
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

import netinit._core as core
from tests.reference import stream_of

HERE = Path(__file__).resolve().parent
STREAM = (*stream_of(1234, "extremes"), 0)
SEARCHED = 2**35
CHUNK = 2**24
REACH = 4


def extreme_words() -> list[tuple[int, int]]:
    """Return element and word of each one found."""
    words, found = np.empty(CHUNK, np.uint32), []
    for first in range(0, SEARCHED, CHUNK):
        core.fill(words, "uint32", *STREAM, ("bits", 0, 1, 0, 0), first)
        near = (words + np.uint32(REACH)) & np.uint32(2**31 - 1)  # 0, 2^31 and 2^32 all come to 0
        hits = np.nonzero(near < 2 * REACH)[0].tolist()
        found += [(first + i, int(words[i])) for i in hits]
    return found


def main() -> None:
    found = extreme_words()
    rows = ",\n  ".join(json.dumps(row) for row in found)
    stream = json.dumps([str(x) for x in STREAM])
    text = f'{{\n "stream": {stream},\n "words": [\n  {rows}\n ]\n}}\n'
    (HERE / "extreme_words.json").write_text(text)


if __name__ == "__main__":
    main()
