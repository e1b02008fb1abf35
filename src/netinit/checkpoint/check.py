"""Checking a checkpoint, a file or a folder of them, against the recipes in its own metadata."""

from __future__ import annotations

import os
from dataclasses import replace

from netinit.base.checks import check_threads
from netinit.checkpoint.compare import Recorded, compare, open_recorded
from netinit.checkpoint.contents import Contents, is_index, misfits, read_contents
from netinit.checkpoint.difference import Difference
from netinit.checkpoint.parallel import Progress
from netinit.errors import CheckpointError

__all__ = ["check", "open_files"]


def check(
    path: str | os.PathLike[str],
    *,
    threads: int | None = None,
    progress: Progress | None = None,
) -> list[Difference]:
    """Make every tensor of a checkpoint again from its recipe; return those that differ.

    The comparison is of bytes, a piece at a time; the checkpoint is never in memory. A large
    tensor that a framework's library computed is compared by the digest of its bytes.

    Parameters
    ----------
    path : str or path
        A file that `write` or ``netinit init`` wrote, or a folder of them, or the index in one.
    threads : int, optional
        How many threads draw, read and compare; as `netinit.fill` takes it.
    progress : callable, optional
        Called as ``progress(bytes_done, bytes_in_all)`` now and then and at the end, from this
        thread.

    Returns
    -------
    list of Difference
        In the order of the file, and then what the recipe has and the file has not; empty
        where all is equal. Of a folder, first how its files and index do not fit each other:
        files and names that are missing, unknown or there twice, a wrong total.

    Raises
    ------
    CheckpointError
        If the file is not a well-formed safetensors file, or it has no recipe, a damaged one,
        or one of another stream version. In a folder that is a difference, unless it is so of
        every file; a damaged index raises.
    ValueError
        If `threads` is less than 1.
    OSError
        If the file or the folder cannot be read.

    Examples
    --------
    >>> import tempfile, netinit, netinit.checkpoint
    >>> plan = netinit.plan({"w": netinit.ArraySpec((3, 2))})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     size = netinit.checkpoint.write(f"{folder}/model.safetensors", plan)
    ...     netinit.checkpoint.check(folder)
    []
    """
    check_threads(threads)
    if not isinstance(path, (str, os.PathLike)):
        raise TypeError(f"path must be a text or a path, not {type(path).__name__}")
    if os.path.isdir(path) or is_index(path):
        return _check_folder(read_contents(path), threads, progress)
    recorded = open_recorded(os.fspath(path), threads)
    return compare([recorded], threads, progress)[0]


def _check_folder(
    contents: Contents, threads: int | None, progress: Progress | None
) -> list[Difference]:
    """Return what differs in a folder: what no file can be asked of, the misfits, the tensors."""
    files, unread = open_files(contents, threads)
    found = list(unread.values()) + misfits(
        contents, {name: recorded.header for name, recorded in files.items()}
    )
    for name, differences in zip(
        files, compare(list(files.values()), threads, progress), strict=True
    ):
        found += [replace(difference, file=name) for difference in differences]
    return found


def open_files(
    contents: Contents, threads: int | None
) -> tuple[dict[str, Recorded], dict[str, Difference]]:
    """Return the files of a folder that can be checked, and what is wrong with the others.

    Raises
    ------
    CheckpointError
        If there are files, and none can be checked: what is wrong with the first.
    """
    files: dict[str, Recorded] = {}
    unread: dict[str, Difference] = {}
    first: CheckpointError | None = None
    for name in contents.files:
        try:
            files[name] = open_recorded(contents.path(name), threads)
        except CheckpointError as error:
            first = first or error
            reason = str(error).removeprefix(f"{contents.path(name)}: ")
            unread[name] = Difference("", reason, file=name)
        except OSError as error:
            unread[name] = Difference("", f"{error.strerror or error}", file=name)
    if first is not None and not files:
        raise first
    return files, unread
