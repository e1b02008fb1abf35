"""What is done with a file's pieces: made and written, or made again and compared."""

from __future__ import annotations

import bisect
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import BinaryIO, NamedTuple, Protocol

import numpy as np

from netinit.checkpoint import workers
from netinit.checkpoint.atomic import Pending
from netinit.checkpoint.header import Header
from netinit.checkpoint.publication import Publication
from netinit.checkpoint.target import Shard

__all__ = ["ComparingJob", "Source", "Turns", "WritingJob"]


#: Held by a worker while it makes values: as many may at a time as threads are to draw.
Turns = threading.Semaphore


class Source(Protocol):
    """What makes the bytes of one tensor, in any number of threads at once."""

    @property
    def whole(self) -> bool:
        """Whether it is made at once, for it cannot be made in ranges."""

    def write(self, out: np.ndarray, begin: int) -> None:
        """Write the bytes from `begin` into `out`, a C-contiguous array of bytes."""

    def make(self, alone: bool) -> np.ndarray:
        """Return all bytes of one that is made whole; `alone` where no other is made now."""


class Piece(NamedTuple):
    """A range of the bytes of a file's data, or all of a tensor that is made whole."""

    begin: int
    end: int
    whole: str = ""


class _Pieces:
    """The pieces of one file, and their making."""

    #: Held while a large tensor is made whole, so that there is one at a time in memory.
    _making = threading.Lock()

    def __init__(self, header: Header, sources: Mapping[str, Source], turns: Turns) -> None:
        self._header, self._sources, self._turns = header, sources, turns
        self._begins = [tensor.begin for tensor in header.tensors]

    def __iter__(self) -> Iterator[Piece]:
        begin, end = 0, self._header.data_bytes
        # Smaller ones go with what is around them, though one that is cut is made twice.
        small = workers.PIECE_BYTES // 8
        for tensor in self._header.tensors:
            if self._sources[tensor.name].whole and tensor.end - tensor.begin > small:
                yield from self._ranges(begin, tensor.begin)
                yield Piece(tensor.begin, tensor.end, tensor.name)
                begin = tensor.end
        yield from self._ranges(begin, end)
        if not end:
            yield Piece(0, 0)

    def _ranges(self, begin: int, end: int) -> Iterator[Piece]:
        """Cut a range where the file's own places are round, so that pieces share no page."""
        start, size = self._header.data_start, workers.PIECE_BYTES
        while begin < end:
            cut = min(end, begin + size - (start + begin) % size)
            yield Piece(begin, cut)
            begin = cut

    @contextmanager
    def made(self, piece: Piece, buffer: np.ndarray, ask: workers.Ask) -> Iterator[np.ndarray]:
        """Give the bytes of a piece, in `buffer` if they are not made whole."""
        size = piece.end - piece.begin
        if piece.whole:
            source = self._sources[piece.whole]
            if size > workers.PIECE_BYTES:
                with self._making:
                    yield ask(lambda: source.make(alone=True))
                return
            with self._turns:
                made = source.make(alone=False)
            yield made
            return
        out = buffer[:size]
        with self._turns:
            self._fill(out, piece)
        yield out

    def _fill(self, out: np.ndarray, piece: Piece) -> None:
        """Have each tensor that a piece meets write what the piece has of it."""
        number = bisect.bisect_right(self._begins, piece.begin) - 1
        while number < len(self._begins) and self._begins[number] < piece.end:
            tensor = self._header.tensors[number]
            low, high = max(piece.begin, tensor.begin), min(piece.end, tensor.end)
            if low < high:
                part = out[low - piece.begin : high - piece.begin]
                source = self._sources[tensor.name]
                if source.whole:
                    part[:] = source.make(alone=False)[low - tensor.begin : high - tensor.begin]
                else:
                    source.write(part, low - tensor.begin)
            number += 1


class WritingJob:
    """A file that is made and written."""

    def __init__(
        self,
        shard: Shard,
        sources: Mapping[str, Source],
        turns: Turns,
        publication: Publication,
    ) -> None:
        self._shard, self._publication = shard, publication
        self._pieces = _Pieces(shard.header, sources, turns)
        self._pending: Pending

    def begin(self) -> Iterator[Piece]:
        """Open a new file, write its header, and return the pieces of its data."""
        self._pending = self._publication.open(self._shard)
        return iter(self._pieces)

    def do(self, piece: Piece, buffer: np.ndarray, ask: workers.Ask) -> int:
        """Make and write a piece."""
        with self._pieces.made(piece, buffer, ask) as data:
            self._put(data, self._shard.header.data_start + piece.begin)
            del data  # before another may be made whole
        return piece.end - piece.begin

    def _put(self, data: np.ndarray, place: int) -> None:
        step = workers.PIECE_BYTES
        for low in range(0, len(data), step):
            self._pending.put(data[low : low + step].data, place + low)

    def finish(self) -> None:
        """Force the file to disk, to appear when it may."""
        self._publication.ready(self._pending)


class ComparingJob:
    """A file that is there, read and compared with what is made.

    Attributes
    ----------
    intact : bool
        Whether it is, as far as has been read, what would be written.
    """

    def __init__(self, shard: Shard, sources: Mapping[str, Source], turns: Turns) -> None:
        self._shard = shard
        self._pieces = _Pieces(shard.header, sources, turns)
        self._file: BinaryIO | None = None
        self.intact = True

    def begin(self) -> Iterator[Piece]:
        """Open the file, compare its header, and return the pieces of its data."""
        self.intact = self._shard.is_there()
        self._file = open(self._shard.path, "rb")  # noqa: SIM115 (closed when all is compared)
        return iter(self._pieces if self.intact else [Piece(0, 0)])

    def do(self, piece: Piece, buffer: np.ndarray, ask: workers.Ask) -> int:
        """Make a piece and compare it; nothing is done once a difference is known."""
        if self.intact and piece.begin < piece.end:
            with self._pieces.made(piece, buffer, ask) as data:
                if not self._equal(data, self._shard.header.data_start + piece.begin):
                    self.intact = False
                del data
        return piece.end - piece.begin

    def _equal(self, data: np.ndarray, place: int) -> bool:
        assert self._file is not None
        step = workers.PIECE_BYTES
        for low in range(0, len(data), step):
            part = data[low : low + step]
            found = np.frombuffer(os.pread(self._file.fileno(), len(part), place + low), np.uint8)
            if len(found) != len(part) or not (found == part).all():
                return False
        return True

    def finish(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
