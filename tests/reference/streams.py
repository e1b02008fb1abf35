"""Sections 2 and 3: from seed and name to a stream, from a stream to words."""

from __future__ import annotations

import hashlib

import numpy as np

M0, M1 = 0xD2511F53, 0xCD9E8D57
BUMP0, BUMP1 = 0x9E3779B9, 0xBB67AE85
MASK32, MASK64 = 2**32 - 1, 2**64 - 1


def stream_of(seed: int | str, name: str) -> tuple[int, int]:
    """Return key and offset of the stream of a seed and a parameter name."""
    tag, text = (b"s", seed) if isinstance(seed, str) else (b"i", f"{seed:d}")
    data = text.encode("utf-8")
    message = tag + len(data).to_bytes(8, "little") + data + name.encode("utf-8")
    digest = hashlib.blake2b(message, digest_size=16, person=b"netinit-stream-1").digest()
    return int.from_bytes(digest[:8], "little"), int.from_bytes(digest[8:], "little")


def philox(counter: tuple[int, ...], key: tuple[int, int], rounds: int = 10) -> tuple[int, ...]:
    """Return one block of Philox4x32, by Python's integers."""
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for number in range(rounds):
        if number:
            k0, k1 = (k0 + BUMP0) & MASK32, (k1 + BUMP1) & MASK32
        p0, p1 = M0 * c0, M1 * c2
        c0, c1, c2, c3 = (p1 >> 32) ^ c1 ^ k0, p1 & MASK32, (p0 >> 32) ^ c3 ^ k1, p0 & MASK32
    return c0, c1, c2, c3


def block(key: int, offset: int, draw: int, b: int) -> tuple[int, ...]:
    """Return block b of a stream, by Python's integers."""
    c = (offset + b) & MASK64
    return philox((c & MASK32, c >> 32, draw, 0), (key & MASK32, key >> 32))


def blocks(key: int, offset: int, draw: int, b: np.ndarray) -> np.ndarray:
    """Return the blocks numbered b (uint64) of a stream as rows of four uint64 words."""
    c = b + np.uint64(offset)
    low, high = np.uint64(MASK32), np.uint64(32)
    c0, c1 = c & low, c >> high
    c2, c3 = np.full_like(c, draw), np.zeros_like(c)
    k0, k1 = key & MASK32, key >> 32
    for _ in range(10):
        p0, p1 = np.uint64(M0) * c0, np.uint64(M1) * c2
        c0, c1, c2, c3 = (
            (p1 >> high) ^ c1 ^ np.uint64(k0),
            p1 & low,
            (p0 >> high) ^ c3 ^ np.uint64(k1),
            p0 & low,
        )
        k0, k1 = (k0 + BUMP0) & MASK32, (k1 + BUMP1) & MASK32
    return np.stack([c0, c1, c2, c3], axis=-1)


def words32(key: int, offset: int, draw: int, elements: np.ndarray) -> np.ndarray:
    """Return the word w of each element (uint64) of a type of up to 32 bits."""
    rows = blocks(key, offset, draw, elements >> np.uint64(2))
    column = (elements & np.uint64(3)).astype(np.int64)
    return np.take_along_axis(rows, column[..., None], axis=-1)[..., 0]


def words64(key: int, offset: int, draw: int, elements: np.ndarray) -> np.ndarray:
    """Return the number W of each float64 element."""
    rows = blocks(key, offset, draw, elements >> np.uint64(1))
    column = 2 * (elements & np.uint64(1)).astype(np.int64)
    first = np.take_along_axis(rows, column[..., None], axis=-1)[..., 0]
    second = np.take_along_axis(rows, column[..., None] + 1, axis=-1)[..., 0]
    return (first << np.uint64(32)) + second
