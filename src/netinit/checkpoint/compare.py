"""Files compared with what their recipes make, a piece at a time by several workers."""

from __future__ import annotations

import copy
import hashlib
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO

import numpy as np

from netinit import _core
from netinit.arrays.dtypes import DTYPES, STORAGE
from netinit.arrays.narrow import read_numbers
from netinit.checkpoint.difference import Difference
from netinit.checkpoint.header import Header, Tensor, read_header
from netinit.checkpoint.parallel import Progress, work_off
from netinit.checkpoint.recorded import UNFIT, Source, cut, sources_of
from netinit.checkpoint.tensors import TensorBytes, TensorDigest
from netinit.errors import CheckpointError

__all__ = ["PIECE_BYTES", "Reader", "Recorded", "Tools", "compare", "open_recorded"]

#: How much a worker makes, reads and compares at a time: both stay in its processor's cache.
PIECE_BYTES = 1 << 19


@dataclass(frozen=True, slots=True)
class Recorded:
    """A file, and what its recipe makes of it.

    Attributes
    ----------
    path : str
        The file.
    identity : tuple of int
        What tells it from another file that takes its place meanwhile.
    header : Header
        Its header.
    sources : dict of str to Source
        What makes each tensor, by its name.
    missing : list of str
        Tensors that the recipe has and the file has not.
    """

    path: str
    identity: tuple[int, int]
    header: Header
    sources: dict[str, Source]
    missing: list[str]


def open_recorded(path: str, threads: int | None) -> Recorded:
    """Return a file with what its recipe makes of it; no tensor is read or made.

    Raises
    ------
    CheckpointError
        If it is not a well-formed safetensors file, or has no recipe or a damaged one.
    OSError
        If the file cannot be read.
    """
    with open(path, "rb") as file:
        header, identity = read_header(file), _identity(file)
    try:
        return Recorded(path, identity, header, *sources_of(header, threads))
    except CheckpointError as error:
        raise CheckpointError(f"{path}: {error}") from None


def _identity(file: BinaryIO) -> tuple[int, int]:
    status = os.fstat(file.fileno())
    return status.st_dev, status.st_ino


class Reader:
    """Reads any place of any of several files, of which one at a time is open."""

    def __init__(self) -> None:
        self._recorded: Recorded | None = None
        self._file: BinaryIO | None = None

    def read(self, recorded: Recorded, out: np.ndarray, begin: int) -> None:
        """Read the data of a file, from byte `begin` of it, into all of `out`.

        Raises
        ------
        CheckpointError
            If the file is another one meanwhile, or shorter.
        """
        if self._recorded is not recorded or self._file is None:
            self.close()
            self._file = open(recorded.path, "rb", buffering=0)  # noqa: SIM115 (kept open)
            self._recorded = recorded
            if _identity(self._file) != recorded.identity:
                raise CheckpointError(f"{recorded.path}: the file was replaced while it was read")
        self._file.seek(recorded.header.data_start + begin)
        view = out.data
        while view:  # one read gives at most 2 GiB, and less where it is interrupted
            count = self._file.readinto(view)  # type: ignore[attr-defined]
            if not count:
                raise CheckpointError(f"{recorded.path}: the file became shorter while it was read")
            view = view[count:]

    def close(self) -> None:
        """Close what is open."""
        if self._file is not None:
            self._file.close()
        self._recorded = self._file = None


class Tools:
    """What a worker has for its own: open files, and buffers for what is made and what is read."""

    def __init__(self) -> None:
        self.reader = Reader()
        self.expected, self.found = np.empty((2, PIECE_BYTES), np.uint8)
        self.differs = np.empty(PIECE_BYTES // 8, np.bool_)

    def __enter__(self) -> Tools:
        return self

    def __exit__(self, *_: object) -> None:
        self.reader.close()


def compare(
    files: Sequence[Recorded], threads: int | None, progress: Progress | None
) -> list[list[Difference]]:
    """Return for each file the tensors that are not what its recipe makes, in its data's order.

    Tensors that can be cut are compared in pieces by as many workers as threads would draw.
    A tensor that can be made only whole is made by all threads together, one at a time.

    Raises
    ------
    CheckpointError
        If a file is replaced or becomes shorter meanwhile.
    OSError
        If a file cannot be read.
    """
    total = sum(recorded.header.data_bytes for recorded in files)
    comparison = _Comparison(files)
    before = 0

    def told(done: int) -> None:
        if progress is not None:
            progress(before + done, total)

    work_off(comparison.pieces(), Tools, _core.thread_count(threads), told)
    before = comparison.cut_bytes
    with Tools() as tools:
        for job in comparison.wholes():
            before += job(tools)
            told(0)
    return comparison.differences()


class _Comparison:
    """The jobs of a comparison, and what they have found."""

    def __init__(self, files: Sequence[Recorded]) -> None:
        self._files = files
        self._lock = threading.Lock()
        #: By file and tensor: the first byte of the first piece that differs, and how.
        self._found: list[dict[str, tuple[int, Difference]]] = [{} for _ in files]
        self.cut_bytes = 0

    def pieces(self) -> Iterator[Callable[[Tools], int]]:
        """Yield the jobs that can be done at the same time."""
        for number, recorded in enumerate(self._files):
            for tensor in recorded.header.tensors:
                source, size = recorded.sources[tensor.name], tensor.end - tensor.begin
                if isinstance(source, TensorDigest):
                    self.cut_bytes += size
                    yield partial(self._digest, number, tensor, source)
                elif isinstance(source, TensorBytes) and source.ranged:
                    self.cut_bytes += size
                    for begin in range(0, size, PIECE_BYTES):
                        yield partial(self._piece, number, tensor, source, begin)

    def wholes(self) -> Iterator[Callable[[Tools], int]]:
        """Yield the jobs that use all threads by themselves, or none."""
        for number, recorded in enumerate(self._files):
            for tensor in recorded.header.tensors:
                source = recorded.sources[tensor.name]
                if isinstance(source, TensorBytes) and not source.ranged:
                    yield partial(self._whole, number, tensor, source)

    def differences(self) -> list[list[Difference]]:
        """Return what was found in each file, in the order of its data."""
        found = []
        for recorded, differing in zip(self._files, self._found, strict=True):
            tensors = sorted(recorded.header.tensors, key=lambda tensor: (tensor.begin, tensor.end))
            rows = []
            for tensor in tensors:
                source = recorded.sources[tensor.name]
                if isinstance(source, Difference):
                    rows.append(source)
                elif tensor.name in differing:
                    rows.append(differing[tensor.name][1])
            missing = "it is in the recipe but not in the file"
            found.append(rows + [Difference(name, missing) for name in recorded.missing])
        return found

    def _whole(self, number: int, tensor: Tensor, source: TensorBytes, tools: Tools) -> int:
        size = tensor.end - tensor.begin
        source = copy.copy(source)  # which keeps the whole tensor until its last element is taken
        for begin in range(0, size, PIECE_BYTES):
            self._piece(number, tensor, source, begin, tools)
            if tensor.name in self._found[number]:
                break
        return size

    def _piece(
        self, number: int, tensor: Tensor, source: TensorBytes, begin: int, tools: Tools
    ) -> int:
        """Compare one piece, unless one before it differs."""
        size = min(PIECE_BYTES, tensor.end - tensor.begin - begin)
        known = self._found[number].get(tensor.name)
        if known is None or known[0] > begin:
            difference = self._compare(number, tensor, source, (begin, size), tools)
            if difference is not None:
                self._note(number, tensor, begin, difference)
        return size

    def _compare(
        self,
        number: int,
        tensor: Tensor,
        source: TensorBytes,
        where: tuple[int, int],
        tools: Tools,
    ) -> Difference | None:
        begin, size = where
        expected, found = tools.expected[:size], tools.found[:size]
        try:
            source.write(expected, begin)
        except UNFIT as error:
            return Difference(tensor.name, f"its recipe does not fit it: {cut(error)}")
        tools.reader.read(self._files[number], found, tensor.begin + begin)
        # Bytes, not values, are compared: NaNs and -0 count.
        words = size // 8 * 8
        differs = np.not_equal(
            expected[:words].view("u8"), found[:words].view("u8"), out=tools.differs[: words // 8]
        )
        if not differs.any() and (expected[words:] == found[words:]).all():
            return None
        bits = f"u{DTYPES[source.dtype]}"
        place = int((expected.view(bits) != found.view(bits)).argmax())
        first = begin // DTYPES[source.dtype] + place
        return _difference(tensor, source.dtype, first, found, expected, place)

    def _digest(self, number: int, tensor: Tensor, source: TensorDigest, tools: Tools) -> int:
        """Compare a tensor with what was computed when it was written."""
        digest = hashlib.sha256()
        for begin in range(tensor.begin, tensor.end, PIECE_BYTES):
            found = tools.found[: min(PIECE_BYTES, tensor.end - begin)]
            tools.reader.read(self._files[number], found, begin)
            digest.update(found.data)
        if digest.hexdigest() != source.sha256:
            reason = "its bytes are not those that were written: another SHA-256"
            self._note(number, tensor, 0, Difference(tensor.name, reason))
        return tensor.end - tensor.begin

    def _note(self, number: int, tensor: Tensor, begin: int, difference: Difference) -> None:
        """Keep what differs first in a tensor, whoever comes first."""
        with self._lock:
            known = self._found[number].get(tensor.name)
            if known is None or known[0] > begin:
                self._found[number][tensor.name] = begin, difference


def _difference(
    tensor: Tensor,
    dtype: str,
    first: int,
    found: np.ndarray,
    expected: np.ndarray,
    place: int,
) -> Difference:
    """Return the difference at the element `first` of a tensor, the element `place` of a piece."""
    elements = (array.view(STORAGE[dtype])[place : place + 1] for array in (found, expected))
    ours, theirs = (float(read_numbers(element, dtype)[0]) for element in elements)
    index = tuple(int(axis) for axis in np.unravel_index(first, tensor.shape))
    where = f"element [{', '.join(map(str, index))}]" if index else "its value"
    reason = f"{where} is {ours!r}, and the recipe makes {theirs!r}"
    return Difference(tensor.name, reason, index, ours, theirs)
