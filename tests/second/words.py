"""Sections 2 and 3: from a seed and a name to a stream, from a stream to words."""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass

M32, M64 = 2**32 - 1, 2**64 - 1


@dataclass(frozen=True)
class Stream:
    """Where values come from."""

    key: int
    offset: int
    draw: int = 0

    def at(self, more: int) -> Stream:
        """Return the stream whose draw is `more` further on."""
        return Stream(self.key, self.offset, (self.draw + more) & M32)

    def word(self, index: int) -> int:
        """Return word `index` of the stream, of 32 bits."""
        return block(self, index // 4)[index % 4]

    def double_word(self, index: int) -> int:
        """Return the number of 64 bits that element `index` of a wide type is made from."""
        words = block(self, index // 2)
        return words[2 * (index % 2)] << 32 | words[2 * (index % 2) + 1]


def stream(seed: int | str, name: str, draw: int = 0) -> Stream:
    """Return the stream of a seed and a parameter's name."""
    tag, text = (b"s", seed.encode()) if isinstance(seed, str) else (b"i", b"%d" % seed)
    message = tag + len(text).to_bytes(8, "little") + text + name.encode()
    digest = hashlib.blake2b(message, digest_size=16, person=b"netinit-stream-1").digest()
    key, offset = digest[:8], digest[8:]
    return Stream(int.from_bytes(key, "little"), int.from_bytes(offset, "little"), draw)


@functools.lru_cache(maxsize=4096)
def block(stream: Stream, number: int) -> tuple[int, int, int, int]:
    """Return the four words of a block."""
    c = (stream.offset + number) & M64
    counter = c & M32, c >> 32, stream.draw, 0
    return philox(counter, (stream.key & M32, stream.key >> 32))


def philox(counter: tuple[int, int, int, int], key: tuple[int, int]) -> tuple[int, int, int, int]:
    """Return Philox4x32-10 of a counter under a key."""
    (c0, c1, c2, c3), (k0, k1) = counter, key
    for _ in range(10):
        p0, p1 = 0xD2511F53 * c0, 0xCD9E8D57 * c2
        c0, c1, c2, c3 = p1 >> 32 ^ c1 ^ k0, p1 & M32, p0 >> 32 ^ c3 ^ k1, p0 & M32
        k0, k1 = (k0 + 0x9E3779B9) & M32, (k1 + 0xBB67AE85) & M32
    return c0, c1, c2, c3
