"""Writing safetensors files whose tensors are made on the way to the disk, piece by piece."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

from netinit import _core
from netinit.base.checks import check_threads, extents
from netinit.checkpoint.disk import file_system, is_memory
from netinit.checkpoint.elements import code_of, kept_in
from netinit.checkpoint.jobs import ComparingJob, Source, Turns, WritingJob
from netinit.checkpoint.publication import Publication
from netinit.checkpoint.target import Row, Shard, Target, target_of
from netinit.checkpoint.workers import carry_out

__all__ = ["Progress", "read_metadata", "read_rows", "stream", "write_target"]

Progress = Callable[[int, int], None]

#: Called with a tensor's name, an array to fill, and the index of its first element.
Fill = Callable[[str, np.ndarray, int], None]


def stream(
    path: str | os.PathLike[str],
    tensors: Mapping[str, tuple[Any, int | Sequence[int]]],
    fill: Fill,
    *,
    metadata: Mapping[str, str] | None = None,
    max_shard_size: int | str | None = None,
    resume: bool = False,
    threads: int | None = None,
    progress: Progress | None = None,
) -> int:
    """Write a safetensors file, or a folder of them, of tensors that a function makes in parts.

    No tensor is ever in memory: several threads make and write a MiB at a time, in any order. The
    file appears whole or not at all, and one that is there is replaced only at the end.

    Parameters
    ----------
    path : str or path
        The file; with `max_shard_size` the folder, which is made if there is none.
    tensors : mapping of str to (dtype, shape)
        Each tensor's dtype, as the format calls it ("BF16", "F8_E4M3", "F8_E8M0", "F4"), or by
        any name or object of numpy, ml_dtypes or PyTorch; and its shape.
    fill : callable
        Called as ``fill(name, out, start)``, in several threads at once, to write the elements
        from `start` on, counted in C order over the whole tensor, into `out`: an array of one
        axis, of the tensor's dtype. What numpy has no dtype for is its bits in unsigned integers,
        as wide (bfloat16 in uint16); of types narrower than a byte, `out` is packed bytes, and
        `start` a number of bytes. It must not depend on how a tensor is cut.
    metadata : mapping of str to str, optional
        The ``__metadata__`` of each file. By default ``{"format": "pt"}``, without which some
        readers refuse a file.
    max_shard_size : int or str, optional
        The most bytes of tensors in a file, as "5GB". Then files and index are named and split
        as ``save_pretrained`` of transformers does.
    resume : bool, optional
        Whether files that are there, and hold what would be written, are kept. They are read,
        and their values made again, to know.
    threads : int, optional
        How many threads make and write. Default: as many as the processors allow.
    progress : callable, optional
        Called as ``progress(bytes_done, bytes_in_all)`` after each piece, from this thread.

    Returns
    -------
    int
        The bytes of all files of tensors together.

    Raises
    ------
    ValueError
        If there is no tensor, a dtype or a size is unknown, a name or a shape cannot be in a
        file, or `threads` is less than 1.
    TypeError
        If `metadata` has other values than text.
    FileExistsError
        If the folder holds the files of another split.
    OSError
        If a file cannot be written; nothing is left of it then.
    Exception
        What `fill` raises, the first of it; the other threads stop.

    Examples
    --------
    >>> import tempfile, numpy as np, netinit.checkpoint
    >>> def fill(name, out, start):
    ...     out[:] = np.arange(start, start + len(out))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = f"{folder}/x.safetensors"
    ...     size = netinit.checkpoint.stream(path, {"n": ("I64", 3), "x": ("F32", (2, 2))}, fill)
    ...     [(t.name, t.code, t.shape) for t in netinit.checkpoint.read_header(path).tensors]
    [('n', 'I64', (3,)), ('x', 'F32', (2, 2))]
    """
    check_threads(threads)
    rows, texts = read_rows(tensors), read_metadata(metadata)
    target = target_of(path, rows, lambda _: texts, max_shard_size)
    sources = {name: _Called(name, kept_in(code), fill) for name, code, _ in rows}
    return write_target(target, sources, resume=resume, threads=threads, progress=progress)


def read_rows(tensors: Mapping[str, tuple[Any, int | Sequence[int]]]) -> list[Row]:
    """Return the tensors with the codes of their dtypes.

    Raises
    ------
    TypeError, ValueError
        If a name, a dtype or a shape is none; the tensor is named.
    """
    rows = []
    for name, given in tensors.items():
        if not isinstance(name, str):
            raise TypeError(f"the name of a tensor must be a text, not {name!r}")
        try:
            dtype, shape = given
            rows.append((name, code_of(dtype), extents(shape)))
        except (TypeError, ValueError) as error:
            raise type(error)(f"tensor {name!r}: {error}") from None
    return rows


def read_metadata(metadata: Mapping[str, str] | None) -> dict[str, str]:
    """Return a file's metadata.

    Raises
    ------
    TypeError
        If a key or a value is not text.
    """
    texts = {"format": "pt"} if metadata is None else dict(metadata)
    for key, value in texts.items():
        if not isinstance(key, str) or not isinstance(value, str):
            raise TypeError(f"metadata must be texts by their names, not {key!r}: {value!r}")
    return texts


@dataclass(frozen=True, slots=True)
class _Called:
    """One tensor that a caller's function makes."""

    name: str
    dtype: np.dtype
    fill: Fill
    whole: bool = False

    def write(self, out: np.ndarray, begin: int) -> None:
        """Have a range of bytes written by the function."""
        elements = out.view(self.dtype)
        self.fill(self.name, elements, begin // self.dtype.itemsize)
        if sys.byteorder == "big":
            elements.byteswap(inplace=True)

    def make(self, alone: bool) -> np.ndarray:
        """Say that the function is asked for ranges alone."""
        raise TypeError(f"tensor {self.name!r} is made in ranges")


def write_target(
    target: Target,
    sources: Mapping[str, Source],
    *,
    resume: bool = False,
    threads: int | None = None,
    progress: Progress | None = None,
) -> int:
    """Make and write the shards of a target, and return their number of bytes."""
    count = _core.thread_count(threads)
    turns, workers = Turns(count), 2 * count  # the others wait for the disk meanwhile
    tally = _Tally(target.shards, progress)
    shards = target.shards
    if resume:
        shards = _differing(shards, sources, turns, workers, tally)
        tally.total = tally.done + sum(shard.header.data_bytes for shard in shards)
    publication = Publication(target, shards, resume)
    try:
        publication.prepare()
        jobs = [WritingJob(shard, sources, turns, publication) for shard in shards]
        carry_out(jobs, workers, _files_at_once(shards, count), tally.report)
        publication.complete()
    except BaseException:
        publication.discard()
        raise
    return sum(shard.size for shard in target.shards)


def _differing(
    shards: Sequence[Shard],
    sources: Mapping[str, Source],
    turns: Turns,
    workers: int,
    tally: _Tally,
) -> tuple[Shard, ...]:
    """Return the shards that are not there, or do not hold what would be written."""
    jobs = {s.path: ComparingJob(s, sources, turns) for s in shards if s.path.is_file()}
    try:
        carry_out(jobs.values(), workers, 1, tally.report)
    finally:
        for job in jobs.values():
            job.finish()
    return tuple(s for s in shards if s.path not in jobs or not jobs[s.path].intact)


def _files_at_once(shards: Sequence[Shard], threads: int) -> int:
    """Return how many files are to be in work at a time.

    The system writes to one file in memory from one thread at a time; a disk takes one file's
    bytes as fast as those of several.
    """
    for shard in shards:
        with suppress(OSError):  # raised when the file is opened
            if is_memory(file_system(shard.path.parent.stat().st_dev)):
                return threads
    return 1


class _Tally:
    """How much is done, of how much, told to whoever asked."""

    def __init__(self, shards: Sequence[Shard], progress: Progress | None) -> None:
        self.done, self.total = 0, sum(shard.header.data_bytes for shard in shards)
        self._progress = progress
        self.report = None if progress is None else self._report

    def _report(self, nbytes: int) -> None:
        self.done += nbytes
        if self._progress is not None:
            self._progress(self.done, self.total)
