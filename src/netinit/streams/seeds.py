"""Seeds: what `seed=` accepts, and the integer or text that it stands for."""

from __future__ import annotations

import random
import secrets
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from netinit.base.frameworks import seed_function
from netinit.base.words import Automatic, Inherited
from netinit.streams.stream import canonical_seed

__all__ = ["check_shared", "jax_key_text", "numpy_global_seed", "resolve_seed", "seed_source"]


def numpy_global_seed() -> int:
    """Draw a seed of 63 bits from numpy's legacy global generator."""
    return _seed_of_bytes(np.random.bytes(8))


def _seed_of_bytes(drawn: bytes) -> int:
    return int.from_bytes(drawn, "little") >> 1


def resolve_seed(seed: Any, global_seed: Callable[[], int]) -> int | str:
    """Return the integer or text that names the streams, drawn where it has to be.

    Parameters, errors: see `seed_source`.

    Examples
    --------
    >>> from netinit.streams.seeds import numpy_global_seed, resolve_seed
    >>> resolve_seed("run 7", numpy_global_seed)
    'run 7'
    """
    source = seed_source(seed, global_seed)
    return source() if callable(source) else source


def seed_source(seed: Any, global_seed: Callable[[], int]) -> int | str | Callable[[], int]:
    """Return the integer or text that `seed` is, or what draws it: nothing is drawn here.

    Parameters
    ----------
    seed : int, str, None, netinit.Automatic, netinit.Inherited or a generator
        An integer (of any size and sign) or a text stands for itself; None and Automatic for
        fresh entropy; Inherited for a number from the framework's global generator. A
        ``numpy.random.Generator`` or ``RandomState``, a ``torch.Generator`` and a
        ``random.Random`` are advanced by one draw of 63 bits; a JAX key stands for its data.
    global_seed : callable
        Draws from the framework's global generator.

    Raises
    ------
    TypeError
        If it is none of these.
    """
    if seed is None or seed is Automatic:
        return lambda: secrets.randbits(63)
    if seed is Inherited:
        return global_seed
    if isinstance(seed, (np.random.Generator, np.random.RandomState)):
        return lambda: _seed_of_bytes(seed.bytes(8))
    if isinstance(seed, random.Random):
        return lambda: seed.getrandbits(63)
    of_framework = seed_function(type(seed))
    source: int | str | Callable[[], int] | None = of_framework(seed) if of_framework else None
    if source is not None:
        return source
    try:
        return canonical_seed(seed)
    except TypeError:
        raise TypeError(
            "seed must be an integer, a text, None, netinit.Automatic, netinit.Inherited, a "
            f"numpy or torch generator or a JAX key, not {seed!r}"
        ) from None


def check_shared(seed: Any) -> None:
    """Raise if `seed` stands for another one in each process, of a net that they have parts of.

    Raises
    ------
    ValueError
        If it is None or Automatic.
    """
    if seed is None or seed is Automatic:
        raise ValueError(
            f"seed={seed!r} draws another seed in each process, and they have parts of one net: "
            "give all of them the same integer or text"
        )


def jax_key_text(words: Iterable[int]) -> str:
    """Return the seed that a JAX key stands for, from the 32-bit words of its data.

    Examples
    --------
    >>> from netinit.streams.seeds import jax_key_text
    >>> jax_key_text([0, 42])
    'jax key 00000000 0000002a'
    """
    return "jax key " + " ".join(f"{word:08x}" for word in words)
