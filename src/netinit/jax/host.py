"""Memory of the host filled for a JAX key: where keys become streams and rules become values."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from netinit.arrays.memory import aligned_empty
from netinit.arrays.slice import Slice
from netinit.arrays.views import as_array
from netinit.initializers.base import Initializer
from netinit.initializers.recipes import initializer_from_json
from netinit.streams.seeds import jax_key_text
from netinit.streams.stream import Stream

__all__ = ["empty", "fill_blocks", "key_stream", "recipe_of", "rule_of"]


def key_stream(words: Sequence[int]) -> Stream:
    """Return the stream that belongs to a JAX key's data.

    Parameters
    ----------
    words : sequence of int
        The 32-bit words of ``jax.random.key_data(key)``, or of a raw key.

    Notes
    -----
    The stream of the seed "jax key" followed by the words in hexadecimal digits, with the
    empty name: the one of ``netinit.fill(..., seed=key)``. A key's implementation enters by
    its data alone, so a raw key and the typed key of the same words mean the same stream.

    Examples
    --------
    >>> from netinit import Stream
    >>> from netinit.jax.host import key_stream
    >>> key_stream([0, 42]) == Stream("jax key 00000000 0000002a")
    True
    """
    return _stream(tuple(map(int, words)))


@lru_cache(maxsize=1024)
def _stream(words: tuple[int, ...]) -> Stream:
    return Stream(jax_key_text(words))


def empty(shape: Sequence[int], dtype: np.dtype) -> np.ndarray:
    """Return new memory for an array, at an address that XLA can take as it is."""
    nbytes = math.prod(shape) * dtype.itemsize
    return aligned_empty((nbytes,), "float8_e5m2").view(dtype).reshape(shape)


def fill_blocks(
    out: np.ndarray, words: np.ndarray, index: np.ndarray, rule: Initializer, shape: tuple[int, ...]
) -> None:
    r"""Fill one block for each key.

    Parameters
    ----------
    out : numpy.ndarray
        Shape (\*batch, \*block); of a dtype that the core draws, or complex.
    words : numpy.ndarray
        The keys' data, uint32, shape (\*batch, words of a key).
    index : numpy.ndarray
        Which of the equal blocks that each whole array is cut into, counted along each axis;
        shape (\*batch, axes of the block).
    rule : Initializer
        One on the complex plane for complex elements.
    shape : tuple of int
        The whole logical array's.
    """
    block = out.shape[words.ndim - 1 :]
    for at in np.ndindex(words.shape[:-1]):
        start = [int(i) * n for i, n in zip(index[at], block, strict=True)]
        part = out[(*at, ...)]
        array, dtype = (part, part.dtype.name) if part.dtype.kind == "c" else as_array(part)
        rule.fill(Slice(array, dtype, shape, start), key_stream(words[at].tolist()))


def recipe_of(rule: Initializer, shape: tuple[int, ...]) -> str:
    """Return a text that `rule_of` reads, in any process."""
    return json.dumps({"rule": rule.to_json(), "shape": shape})


@lru_cache(maxsize=1024)
def rule_of(recipe: str) -> tuple[Initializer, tuple[int, ...]]:
    """Return the rule and the whole array's shape that `recipe_of` wrote."""
    read: Mapping[str, Any] = json.loads(recipe)
    return initializer_from_json(read["rule"]), tuple(read["shape"])
