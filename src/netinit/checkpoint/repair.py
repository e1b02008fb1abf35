"""Writing the files of a checkpoint anew that are not what their recipes make."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from netinit import _core
from netinit.base.checks import check_threads
from netinit.base.spelling import listing
from netinit.checkpoint.atomic import Pending, replacing
from netinit.checkpoint.check import check, open_files
from netinit.checkpoint.compare import PIECE_BYTES, Recorded, Tools, open_recorded
from netinit.checkpoint.contents import Contents, is_index, misfits, read_contents
from netinit.checkpoint.difference import Difference
from netinit.checkpoint.header import Header, Tensor
from netinit.checkpoint.parallel import Progress, work_off
from netinit.checkpoint.shards import INDEX_NAME, index_text
from netinit.checkpoint.tensors import TensorBytes

__all__ = ["Repair", "repair"]


@dataclass(frozen=True, slots=True)
class Repair:
    """What was done about a file that differs.

    Attributes
    ----------
    path : str
        The file.
    differences : tuple of Difference
        What differed in it.
    reason : str
        Why it was left as it is; "" where it was written anew.

    Examples
    --------
    >>> from netinit.checkpoint import Difference, Repair
    >>> print(Repair("a.safetensors", (Difference("w", "its value is 1.0, ..."),)))
    a.safetensors: written anew; what differed: 'w'
    """

    path: str
    differences: tuple[Difference, ...]
    reason: str = ""

    @property
    def done(self) -> bool:
        """Whether the file was written anew."""
        return not self.reason

    def __str__(self) -> str:
        if self.reason:
            return f"{self.path}: left as it is: {self.reason}"
        names = [difference.name for difference in self.differences if difference.name]
        return f"{self.path}: written anew; what differed: {listing(names) or 'the index'}"


def repair(
    path: str | os.PathLike[str],
    *,
    threads: int | None = None,
    progress: Progress | None = None,
) -> list[Repair]:
    """Write the files of a checkpoint anew that are not what their recipes make.

    A file appears whole or not at all, as `write` makes it, with the header that it had. The
    index of a folder is written anew where the files themselves say what it must be. Nothing
    else is written, and nothing where `check` finds no difference.

    Parameters
    ----------
    path : str or path
        A file or folder, as `check` takes it.
    threads : int, optional
        How many threads draw, read and write; as `netinit.fill` takes it.
    progress : callable, optional
        As `check` takes it; the bytes of the files that are written come after those compared.

    Returns
    -------
    list of Repair
        One for each file that differed. It is left as it is where its own recipe does not say
        what should be in it: the header is damaged, a tensor is missing or unknown, or was
        computed by a framework and is known by its digest only.

    Raises
    ------
    CheckpointError, ValueError
        As `check` does.
    OSError
        If a file cannot be read or written; it then has what it had.

    Examples
    --------
    >>> import pathlib, tempfile, netinit, netinit.checkpoint
    >>> plan = netinit.plan({"w": netinit.ArraySpec((3, 2))})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "model.safetensors")
    ...     size = netinit.checkpoint.write(path, plan)
    ...     good = path.read_bytes()
    ...     _ = path.write_bytes(good[:-1] + b"x")
    ...     (done,) = netinit.checkpoint.repair(path)
    ...     path.read_bytes() == good, done.differences[0].index
    (True, (2, 1))
    """
    check_threads(threads)
    differences = check(path, threads=threads, progress=progress)
    where = os.fspath(path)
    if not (os.path.isdir(path) or is_index(path)):
        return [_repair_file(where, differences, threads, progress)] if differences else []
    contents = read_contents(path)
    unfitting = misfits(contents, _headers(contents))
    known, by_file = set(unfitting), dict[str, list[Difference]]()
    for difference in differences:
        if difference not in known:
            by_file.setdefault(difference.file, []).append(difference)
    repairs = [
        _repair_file(contents.path(name), found, threads, progress)
        for name, found in by_file.items()
    ]
    return repairs + (_repair_index(contents, unfitting) if unfitting else [])


def _headers(contents: Contents) -> dict[str, Header]:
    files, _ = open_files(contents, 1)
    return {name: recorded.header for name, recorded in files.items()}


# ---- a file


def _repair_file(
    path: str, differences: Sequence[Difference], threads: int | None, progress: Progress | None
) -> Repair:
    """Write a file anew, if each of its differences is in elements that a recipe makes."""
    beyond = [difference for difference in differences if difference.index is None]
    if beyond:
        return Repair(path, tuple(differences), str(_bare(beyond[0])))
    recorded = open_recorded(path, threads)
    _rewrite(recorded, threads, progress)
    return Repair(path, tuple(differences))


def _bare(difference: Difference) -> Difference:
    """Return a difference without its file, which the repair names."""
    return Difference(difference.name, difference.reason)


def _rewrite(recorded: Recorded, threads: int | None, progress: Progress | None) -> None:
    """Put a file in the place of the old one: its header, and what its recipe makes."""
    header = recorded.header
    start, total = header.data_start, header.data_bytes
    with replacing(recorded.path, start + total) as file:
        with Tools() as tools:
            text = np.empty(start, np.uint8)
            tools.reader.read(recorded, text, -start)
            file.put(text.data, 0)

        def told(done: int) -> None:
            if progress is not None:
                progress(done, total)

        workers = _core.thread_count(threads)
        work_off(_pieces(recorded, file), Tools, workers, told)
        with Tools() as tools:
            for tensor in header.tensors:
                source = recorded.sources[tensor.name]
                if isinstance(source, TensorBytes) and not source.ranged:
                    for begin in range(0, tensor.end - tensor.begin, PIECE_BYTES):
                        _make(recorded, file, tensor, begin, tools)
        told(total)


def _pieces(recorded: Recorded, file: Pending) -> Iterator[Callable[[Tools], int]]:
    """Yield the jobs that can be done at the same time."""
    for tensor in recorded.header.tensors:
        source = recorded.sources[tensor.name]
        if not isinstance(source, TensorBytes) or source.ranged:
            for begin in range(0, tensor.end - tensor.begin, PIECE_BYTES):
                yield partial(_make, recorded, file, tensor, begin)


def _make(recorded: Recorded, file: Pending, tensor: Tensor, begin: int, tools: Tools) -> int:
    """Make a piece of a tensor again, or copy it where only its digest is known, and write it."""
    out = tools.expected[: min(PIECE_BYTES, tensor.end - tensor.begin - begin)]
    source = recorded.sources[tensor.name]
    if isinstance(source, TensorBytes):
        source.write(out, begin)
    else:
        tools.reader.read(recorded, out, tensor.begin + begin)
    file.put(out.data, recorded.header.data_start + tensor.begin + begin)
    return len(out)


# ---- the index


def _repair_index(contents: Contents, unfitting: Sequence[Difference]) -> list[Repair]:
    """Write the index anew from the files' headers; say why not where they do not say it."""
    path = contents.path(contents.index.name if contents.index else INDEX_NAME)
    headers = _headers(contents)
    expected = set(contents.index.weight_map.values()) if contents.index else set(headers)
    names = [tensor.name for header in headers.values() for tensor in header.tensors]
    if expected != set(headers) or len(set(names)) < len(names) or not _complete(headers):
        first = str(unfitting[0])
        return [Repair(path, tuple(unfitting), f"the files do not tell what belongs: {first}")]
    metadata = dict(contents.index.metadata) if contents.index else {}
    metadata["total_size"] = sum(header.data_bytes for header in headers.values())
    held = {file: [t.name for t in header.tensors] for file, header in headers.items()}
    text = index_text(held, metadata).encode()
    if contents.index and Path(path).read_bytes() == text:  # what does not fit is beside it
        return [Repair(path, tuple(unfitting), f"it is right, but {unfitting[0]}")]
    with replacing(path, len(text)) as file:
        file.put(memoryview(text), 0)
    return [Repair(path, tuple(unfitting))]


def _complete(headers: Mapping[str, Header]) -> bool:
    """Return whether files named "... i-of-n" are all n of them."""
    counts = {name.rpartition("-of-")[2].partition(".")[0] for name in headers if "-of-" in name}
    return not counts or counts == {f"{len(headers):05}"}
