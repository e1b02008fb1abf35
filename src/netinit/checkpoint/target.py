"""The files that a checkpoint is written to: one, or a folder's shards with their index."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from netinit.checkpoint.header import Header, layout_tensors, nbytes_of
from netinit.checkpoint.shards import (
    INDEX_NAME,
    index_text,
    refuse_others,
    shard_size,
    share_of,
    split,
)

__all__ = ["Metadata", "Row", "Shard", "Target", "folder_target", "target_of"]

#: A tensor's name, its code, its shape.
Row = tuple[str, str, tuple[int, ...]]

Metadata = Callable[[Sequence[str]], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Shard:
    """A file and what is to be in it."""

    path: Path
    header: Header

    @property
    def size(self) -> int:
        """The number of bytes of the file."""
        return self.header.data_start + self.header.data_bytes

    def is_there(self) -> bool:
        """Say whether there is such a file, by its length and its header."""
        header = self.header.to_bytes()
        try:
            with open(self.path, "rb") as file:
                as_long = os.fstat(file.fileno()).st_size == self.size
                return as_long and file.read(len(header)) == header
        except FileNotFoundError:
            return False


@dataclass(frozen=True, slots=True)
class Target:
    """All files of a checkpoint.

    Attributes
    ----------
    shards : tuple of Shard
        Those that this process writes.
    folder : Path or None
        None where the checkpoint is one file with a name of its own.
    every : tuple of Shard
        All in the folder, those of other processes too.
    texts : mapping of str to str
        What else goes into the folder: the text of each name.
    """

    shards: tuple[Shard, ...]
    folder: Path | None = None
    every: tuple[Shard, ...] = ()
    texts: Mapping[str, str] | None = None


def target_of(
    path: str | os.PathLike[str],
    rows: Sequence[Row],
    metadata: Metadata,
    max_shard_size: int | str | None,
) -> Target:
    """Return the one file that `path` names, or with a size of shards the folder.

    Raises
    ------
    TypeError, ValueError
        As `layout_tensors` does, or if `max_shard_size` is no size.
    FileExistsError
        If the folder holds files of another split.
    """
    if not isinstance(path, (str, os.PathLike)):
        raise TypeError(f"path must be a text or a path, not {path!r}")
    if max_shard_size is not None:
        return folder_target(path, rows, metadata, max_shard_size)
    header = layout_tensors(rows, metadata([name for name, _, _ in rows]))
    return Target((Shard(Path(path), header),))


def folder_target(
    path: str | os.PathLike[str],
    rows: Sequence[Row],
    metadata: Metadata,
    max_shard_size: int | str,
    *,
    rank: int = 0,
    world_size: int = 1,
    parameters: int | None = None,
    config: str | None = None,
) -> Target:
    """Return the files of a folder.

    Parameters
    ----------
    path
        The folder.
    rows : sequence of (name, code, shape)
        In the order of the net.
    metadata : callable
        Returns a file's metadata for the names in it.
    max_shard_size
        As `shard_size` takes it.
    rank, world_size : int, optional
        Which process of how many this is.
    parameters : int, optional
        The number of parameters for the index; all elements, if not given.
    config : str, optional
        The text of ``config.json``.

    Raises
    ------
    TypeError, ValueError, FileExistsError
        As `target_of` does.
    """
    folder, most = Path(path), shard_size(max_shard_size)
    layout_tensors(rows, {})  # what is wrong with names and shapes is told for all
    sizes = {name: nbytes_of(name, code, shape) for name, code, shape in rows}
    files = split(sizes, most)
    share = share_of({f: sum(map(sizes.__getitem__, files[f])) for f in files}, rank, world_size)
    by_name = {row[0]: row for row in rows}
    every = {
        file: Shard(folder / file, layout_tensors([by_name[n] for n in names], metadata(names)))
        for file, names in files.items()
    }
    texts = {} if config is None else {"config.json": config}
    if len(files) > 1:
        count = sum(math.prod(shape) for _, _, shape in rows) if parameters is None else parameters
        totals = {"total_parameters": count, "total_size": sum(sizes.values())}
        texts[INDEX_NAME] = index_text(files, totals)
    refuse_others(folder, {*files, *texts})
    mine = tuple(every[file] for file in share)
    return Target(mine, folder, tuple(every.values()), texts)
