"""How large a checkpoint is, for what the commands say of it."""

from __future__ import annotations

import os

from netinit import checkpoint
from netinit.checkpoint.contents import is_index, read_contents
from netinit.errors import CheckpointError

__all__ = ["totals"]


def totals(path: str | os.PathLike[str]) -> tuple[int, int, int]:
    """Return how many tensors, bytes and files a file or a folder has; damaged ones count none."""
    if not (os.path.isdir(path) or is_index(path)):
        header = checkpoint.read_header(path)
        return len(header.tensors), header.data_start + header.data_bytes, 1
    contents = read_contents(path)
    tensors = size = 0
    for name in contents.files:
        try:
            header = checkpoint.read_header(contents.path(name))
        except (CheckpointError, OSError):
            continue
        tensors += len(header.tensors)
        size += header.data_start + header.data_bytes
    return tensors, size, len(contents.files)
