"""Small changes to JSON values and to bytes, drawn from a seeded generator."""

from __future__ import annotations

import copy
import random
from typing import Any

__all__ = ["mutated_bytes", "mutated_json"]

_INTEGERS = (
    -1, 0, 1, 2, 3, 4, 7, 8, 255, 256, 1 << 16, 1 << 31, 1 << 32, (1 << 53) + 1, 1 << 61, 1 << 62,
    (1 << 63) - 1, 1 << 63, (1 << 64) - 1, 1 << 64, 10**18, 10**30, 10**400,
)  # fmt: skip
_FLOATS = (0.0, -0.0, 1.0, 0.5, -1.5, 1e-300, 1e300, float("inf"), float("-inf"), float("nan"))
_TEXTS = (
    "", "w", "F32", "BF16", "F4", "I64", "shape", "dtype", "data_offsets", "__metadata__", "inf",
    "\0", "\n", "é", "\U0001f600", "\ud800", "a/b", "..", "normal", "uniform",
    "orthogonal", "x" * 300,
)  # fmt: skip
_TOKENS = (
    b"{", b"}", b"[", b"]", b",", b":", b'"', b"\\", b"\\u", b"\\ud800", b"-", b"0", b"1e400",
    b".", b"null", b"true", b"NaN", b"Infinity", b" ", b"\t", b"\n", b"\0", b"\xff", b"\xc3",
    b"\xef\xbb\xbf",
    b"9223372036854775808", b'"w":', b'"F64"', b"[0,4]",
)  # fmt: skip


def _value(draw: random.Random, depth: int = 0) -> Any:
    """Return a JSON value, mostly a small one."""
    kind = draw.randrange(10 if depth < 3 else 7)
    if kind < 3:
        return draw.choice(_INTEGERS)
    if kind < 4:
        return draw.choice(_FLOATS)
    if kind < 6:
        return draw.choice(_TEXTS)
    if kind < 7:
        return draw.choice((None, True, False))
    if kind < 9:
        return [_value(draw, depth + 1) for _ in range(draw.randrange(4))]
    return {draw.choice(_TEXTS): _value(draw, depth + 1) for _ in range(draw.randrange(4))}


def mutated_json(value: Any, draw: random.Random) -> Any:
    """Return a copy of a JSON value with one place in it changed."""
    made = copy.deepcopy(value)
    places: list[tuple[Any, Any]] = []
    waiting = [made] if isinstance(made, (dict, list)) else []
    while waiting:
        item = waiting.pop()
        keys = list(item) if isinstance(item, dict) else range(len(item))
        for key in keys:
            places.append((item, key))
            if isinstance(item[key], (dict, list)):
                waiting.append(item[key])
    if not places:
        return _value(draw)
    item, key = draw.choice(places)
    change = draw.randrange(8)
    if change == 0:
        del item[key]
    elif change == 1 and isinstance(item, dict):
        item[draw.choice(_TEXTS)] = item.pop(key)
    elif change == 2 and isinstance(item, list):
        item[key:key] = [copy.deepcopy(item[key])] * draw.choice((1, 2, 70))
    elif change == 3:  # what stands elsewhere
        other, there = draw.choice(places)
        if there in other if isinstance(other, dict) else there < len(other):
            item[key] = copy.deepcopy(other[there])
    elif change == 4 and isinstance(item[key], int):
        item[key] += draw.choice((-1, 1))
    elif change == 5:
        for _ in range(draw.choice((1, 2, 40))):
            item[key] = [item[key]] if draw.randrange(2) else {draw.choice(_TEXTS): item[key]}
    else:
        item[key] = _value(draw)
    return made


def mutated_bytes(content: bytes, draw: random.Random) -> bytes:
    """Return bytes with a few of them changed, dropped, doubled or put in."""
    made = bytearray(content)
    for _ in range(draw.choice((1, 1, 1, 2, 4))):
        place = draw.randrange(len(made) + 1)
        change = draw.randrange(6)
        if change == 0 and place < len(made):
            made[place] ^= 1 << draw.randrange(8)
        elif change == 1:
            del made[place : place + draw.choice((1, 1, 2, 8))]
        elif change == 2:
            made[place:place] = made[place : place + draw.choice((1, 4, 30))]
        elif change == 3:
            token = draw.choice(_TOKENS)
            made[place : place + len(token)] = token
        else:
            made[place:place] = draw.choice(_TOKENS)
    return bytes(made)
