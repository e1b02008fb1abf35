"""When the files of a checkpoint appear: each whole, the index last, old ones kept until then."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from pathlib import Path

from netinit.base.spelling import listing
from netinit.checkpoint.atomic import Pending, alone, remove, replacing
from netinit.checkpoint.shards import INDEX_NAME
from netinit.checkpoint.target import Shard, Target
from netinit.errors import CheckpointError

__all__ = ["Publication"]


class Publication:
    """The files of one checkpoint in the making.

    A new folder's shards appear one by one, so that what is done is not lost; it is no checkpoint
    until its index is there. Where shards of the same names are there, and may be a checkpoint,
    they all stay until the last is written, and are replaced together then.

    However many processes write to a folder, an index stands for the shards that are there: a
    shard appears, and all are looked at and the index written, while no other process does either,
    and before a shard appears the index goes.

    Parameters
    ----------
    target : Target
    shards : sequence of Shard
        Those of it that are going to be written.
    resume : bool, optional
        Whether what is there has been looked at, and only what is to be replaced is written.
    together : bool, optional
        Whether all shards appear at the end, in a new folder too.
    """

    def __init__(
        self,
        target: Target,
        shards: Sequence[Shard],
        resume: bool = False,
        together: bool = False,
    ) -> None:
        self._target, self._shards, self._folder = target, shards, target.folder
        there = any(os.path.lexists(shard.path) for shard in shards)
        together = together or target.folder is None or (there and not resume)
        self._one_by_one = not together
        self._lock = threading.Lock()
        self._open: list[Pending] = []
        self._ready: list[Pending] = []

    def prepare(self) -> None:
        """Make the folder; one whose shards are going to appear has no index."""
        if self._folder is not None:
            self._folder.mkdir(parents=True, exist_ok=True)
            if self._shards and self._one_by_one:
                remove(self._folder / INDEX_NAME)

    def open(self, shard: Shard) -> Pending:
        """Return a new file with the header of a shard."""
        pending = Pending(shard.path, shard.size)
        with self._lock:
            self._open.append(pending)
        pending.put(memoryview(shard.header.to_bytes()), 0)
        return pending

    def ready(self, pending: Pending) -> None:
        """Force a file that is written to disk, to appear when it may."""
        pending.sync()
        if self._one_by_one:
            assert self._folder is not None  # else they appear together
            with alone(self._folder):
                remove(self._folder / INDEX_NAME)
                pending.publish()
        with self._lock:
            self._open.remove(pending)
            if not self._one_by_one:
                self._ready.append(pending)

    def complete(self) -> None:
        """Have all files appear that are ready, and then what goes with them."""
        if self._folder is None:
            self._publish_ready()
            return
        with alone(self._folder):
            if self._ready:
                remove(self._folder / INDEX_NAME)
            self._publish_ready()
            self._write_texts(self._folder)

    def _publish_ready(self) -> None:
        while self._ready:
            self._ready[0].publish()
            del self._ready[0]

    def _write_texts(self, folder: Path) -> None:
        """Write config and index; the index once all shards are there, of this model."""
        for name, text in (self._target.texts or {}).items():
            if name != INDEX_NAME or self._is_whole():
                data = text.encode()
                with replacing(folder / name, len(data)) as pending:
                    pending.put(memoryview(data), 0)

    def _is_whole(self) -> bool:
        """Say whether all shards are there; those of other processes may not be yet.

        Raises
        ------
        CheckpointError
            If one that has been written here is not: somebody else writes to the folder.
        """
        others = [shard for shard in self._target.every if not shard.is_there()]
        mine = [shard.path.name for shard in others if shard in self._target.shards]
        if mine:
            raise CheckpointError(
                f"{self._folder}: {listing(mine)} have been replaced meanwhile: another process "
                "writes another model there; the folder has no index"
            )
        return not others

    def discard(self) -> None:
        """Leave nothing of what has not appeared."""
        for pending in (*self._open, *self._ready):
            pending.discard()
