"""Streams: where a seed and a name lead, and what is refused."""

from __future__ import annotations

import copy
import hashlib
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netinit import Stream


def by_hand(message: bytes) -> tuple[int, int]:
    digest = hashlib.blake2b(message, digest_size=16, person=b"netinit-stream-1").digest()
    return int.from_bytes(digest[:8], "little"), int.from_bytes(digest[8:], "little")


@pytest.mark.parametrize(
    ("seed", "name", "message"),
    [
        (1234, "", b"i\4\0\0\0\0\0\0\x001234"),
        (1234, "w", b"i\4\0\0\0\0\0\0\x001234w"),
        ("1234", "w", b"s\4\0\0\0\0\0\0\x001234w"),
        (-1, "a.b", b"i\2\0\0\0\0\0\0\0-1a.b"),
        (2**70, "", b"i\x16\0\0\0\0\0\0\x001180591620717411303424"),
        ("", "", b"s\0\0\0\0\0\0\0\0"),
        ("é", "ü", b"s\2\0\0\0\0\0\0\0\xc3\xa9\xc3\xbc"),
    ],
)
def test_key_and_offset_are_the_digest_of_the_message(seed, name, message):
    stream = Stream(seed, name)
    assert (stream.key, stream.offset, stream.draw) == (*by_hand(message), 0)


def test_digests_never_change():
    # Computed once; a change here is a new version of the stream.
    stream = Stream(1234, "encoder.weight")
    assert (stream.key, stream.offset) == (0xBC28233803DD16F1, 0xDC92CB22C89346B4)


few = st.text("i1é-\0", max_size=4)  # few letters: the pairs often look alike


@given(st.integers(-20, 20) | few, few, st.integers(-20, 20) | few, few)
def test_seeds_and_names_do_not_run_together(seed, name, other_seed, other_name):
    one, other = Stream(seed, name), Stream(other_seed, other_name)
    same = type(seed) is type(other_seed) and (seed, name) == (other_seed, other_name)
    assert (one == other) == same


def test_numpy_integers_are_integers():
    assert Stream(np.uint8(7), "w") == Stream(7, "w")
    assert Stream(7, "w", np.int64(3)).draw == 3


@pytest.mark.parametrize("seed", [True, 1.0, None, b"x", [1]])
def test_what_is_no_seed_is_refused(seed):
    with pytest.raises(TypeError, match="seed must be an integer or a string"):
        Stream(seed)


def test_names_and_draws_are_checked():
    with pytest.raises(TypeError, match="name must be a string, not 3"):
        Stream(1, 3)
    for draw in (-1, 2**32):
        with pytest.raises(ValueError, match="draw must be in 0 to"):
            Stream(1, "", draw)
    with pytest.raises(TypeError):
        Stream(1, "", 0.5)
    assert Stream(1, "", 2**32 - 1).draw == 2**32 - 1


def test_from_key():
    stream = Stream.from_key(5, 2**64 - 1, 3)
    assert (stream.key, stream.offset, stream.draw) == (5, 2**64 - 1, 3)
    with pytest.raises(ValueError, match="key must be in 0 to"):
        Stream.from_key(2**64)
    with pytest.raises(ValueError, match="offset must be in 0 to"):
        Stream.from_key(0, -1)
    assert Stream.from_key(np.uint64(2**64 - 1)).key == 2**64 - 1


def test_streams_are_values():
    stream = Stream(1, "w", 2)
    assert pickle.loads(pickle.dumps(stream)) == copy.copy(stream) == stream
    assert len({stream, Stream(1, "w", 2), Stream(1, "w", 3)}) == 2
    with pytest.raises(AttributeError):
        stream.key = 3
