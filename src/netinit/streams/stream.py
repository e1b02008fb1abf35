"""Streams: from (seed, parameter name) to the key and offset of the generator.

docs/stream.md is the normative description of what is computed here.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass
from functools import lru_cache

from netinit import _core

__all__ = ["STREAM_VERSION", "Stream", "canonical_seed", "shared_stream"]


STREAM_VERSION = _core.STREAM_VERSION

_WORD = 1 << 64

_key_and_offset = lru_cache(maxsize=1024)(_core.stream_of)


def canonical_seed(seed: object) -> int | str:
    """Return `seed` as the integer or string that names streams, or raise TypeError.

    Anything with ``__index__`` (numpy integers, for one) is an integer; bool is refused
    because ``True`` is far more often a slip than a seed.
    """
    if isinstance(seed, str):
        return seed
    if isinstance(seed, bool):
        raise TypeError(f"seed must be an integer or a string, not {seed!r}")
    try:
        return operator.index(seed)  # type: ignore[arg-type]
    except TypeError:
        raise TypeError(f"seed must be an integer or a string, not {seed!r}") from None


@dataclass(frozen=True, slots=True, init=False)
class Stream:
    """The sequence of random words that belongs to one (seed, parameter name, draw).

    Parameters
    ----------
    seed : int or str
        Any integer (negative and large ones too) or any text.
    name : str, default ""
        The parameter's name; each name has a stream of its own.
    draw : int, default 0
        Which of the 2**32 independent draws for the same name, 0 to 2**32 - 1.

    Attributes
    ----------
    key, offset : int
        The two 64-bit numbers that place the stream: the key of Philox4x32-10 and the
        counter of its first block.

    Raises
    ------
    TypeError
        If `seed` is neither an integer nor a string, or `name` is not a string.
    ValueError
        If `draw` is outside 0 to 2**32 - 1.

    Notes
    -----
    ``key, offset = BLAKE2b-128(tag, length, seed, name)``, both halves little-endian; see
    docs/stream.md, section 2.

    Examples
    --------
    >>> from netinit import Stream
    >>> Stream(1234, "encoder.weight") == Stream(1234, "encoder.weight")
    True
    >>> Stream(1234, "encoder.weight").key == Stream(1234, "decoder.weight").key
    False
    """

    key: int
    offset: int
    draw: int

    def __init__(self, seed: int | str, name: str = "", draw: int = 0) -> None:
        if not isinstance(name, str):
            raise TypeError(f"name must be a string, not {name!r}")
        plain = type(seed) is int or type(seed) is str  # nearly always: it saves a call
        key, offset = _key_and_offset(seed if plain else canonical_seed(seed), name)
        self._set(key, offset, draw)

    @classmethod
    def from_key(cls, key: int, offset: int = 0, draw: int = 0) -> Stream:
        """Return the stream at a key and offset of the caller's own (each 0 to 2**64 - 1)."""
        key, offset = _integer("key", key), _integer("offset", offset)
        if not (0 <= key < _WORD and 0 <= offset < _WORD):
            what, value = ("offset", offset) if 0 <= key < _WORD else ("key", key)
            raise ValueError(f"{what} must be in 0 to 2**64 - 1, not {value!r}")
        stream = cls.__new__(cls)
        stream._set(key, offset, draw)
        return stream

    def _set(self, key: int, offset: int, draw: int) -> None:
        if type(draw) is not int:
            draw = _integer("draw", draw)
        if not 0 <= draw < 1 << 32:
            raise ValueError(f"draw must be in 0 to 2**32 - 1, not {draw!r}")
        object.__setattr__(self, "key", key)
        object.__setattr__(self, "offset", offset)
        object.__setattr__(self, "draw", draw)


def _integer(what: str, value: int) -> int:
    try:
        return operator.index(value)
    except TypeError:
        raise TypeError(f"{what} must be an integer, not {value!r}") from None


_shared = lru_cache(maxsize=1024)(Stream)


def shared_stream(seed: int | str, name: str, draw: int) -> Stream:
    """Return `Stream`, perhaps one that was made before: in half the time of a small fill."""
    if type(name) is str and type(draw) is int:
        return _shared(seed, name, draw)
    return Stream(seed, name, draw)  # which says what is wrong
