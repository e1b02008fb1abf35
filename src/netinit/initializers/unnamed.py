"""The warning that two arrays without names hold the same values.

A stream goes by its name. Arrays that are filled in turn, as one does with generators that
advance, all have the stream of the empty name, and so equal values. It is seldom meant.
"""

from __future__ import annotations

from threading import Lock
from typing import Any

from netinit.base.warning import warn
from netinit.errors import SameStreamWarning
from netinit.initializers.base import Initializer
from netinit.initializers.diagonal import DeltaOrthogonal
from netinit.initializers.distributions import Normal, TruncatedNormal, Uniform
from netinit.initializers.orthogonal import Orthogonal
from netinit.initializers.quantile import Quantile
from netinit.initializers.sparse import Sparse

__all__ = ["NOTED", "SMALL", "note_unnamed"]


_DRAWN = {Normal, Uniform, TruncatedNormal, Quantile, Orthogonal, DeltaOrthogonal, Sparse}

#: Arrays of no more elements than this are not noted: it would take a part of their time.
SMALL = 64

#: How many streams are remembered.
_MOST = 1024

#: The seeds that arrays have been noted with, by their `id`: a look-up that spares a call.
NOTED: dict[int, int | str] = {}

#: The place of the first array that was filled from each stream without a name.
_first: dict[tuple[int | str, int], int] = {}
_warned = False
_lock = Lock()


def note_unnamed(initializer: Initializer, seed: int | str, draw: int, out: Any) -> None:
    """Note that a whole array is filled from the stream without a name of (seed, draw).

    Parameters
    ----------
    initializer : Initializer
        Nothing is noted of one that draws nothing.
    seed, draw
        The stream's.
    out : array
        What is filled. The same array may be filled again: a tensor is told by its memory, a
        numpy array, whose address takes a call too long, by being the same object.

    Warns
    -----
    SameStreamWarning
        Once in a process, if another array has been filled from that stream.
    """
    if _warned or not _draws(initializer) or initializer.constant:
        return
    if len(_first) >= _MOST or len(NOTED) >= _MOST:
        _first.clear()
        NOTED.clear()
    tensor = hasattr(out, "data_ptr")
    place = out.data_ptr() if tensor else id(out)
    if _first.setdefault((seed, draw), place) != place:
        _warn(seed)
    if not tensor:  # another one may have its `id` later
        NOTED[id(out)] = seed


def _draws(initializer: Initializer) -> bool:
    return type(initializer) in _DRAWN or any(map(_draws, initializer.inner))


def _warn(seed: int | str) -> None:
    global _warned
    with _lock:
        if _warned:
            return
        _warned = True
    warn(
        f"two arrays are filled without a name from seed {seed!r}, so they hold the same numbers; "
        "give each a name of its own, as in name='encoder.weight', or another seed or draw. "
        "This is said once",
        SameStreamWarning,
    )
