"""How bytes go to a file: reserved first, written at any place, and not kept in memory."""

from __future__ import annotations

import errno
import os
import threading
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path

import numpy as np

__all__ = ["Output", "file_system", "is_memory"]

#: File systems whose files are memory: there is no disk to hurry to, and reserving costs as much
#: as writing, on one thread.
_OF_MEMORY = ("tmpfs", "ramfs")

#: Those of the machine's own disks, to which bytes go straight from the worker that made them: a
#: quarter less processor time than through the page cache.
_OF_DISK = ("ext4", "xfs")

#: What places, lengths and addresses must be multiples of to go there.
_BLOCK = 4096

#: Linux's RWF_DONTCACHE: begin to write the bytes to the disk now, and keep no copy of them.
_DONTCACHE = 0x80

_UNSUPPORTED = (errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS)


class Output:
    """An open file to write to, by any number of threads at once.

    Parameters
    ----------
    descriptor : int
        Of a new file. It stays the caller's to close.
    size : int
        The bytes that are going to be written.

    Raises
    ------
    OSError
        ENOSPC, EFBIG or EDQUOT if there is no space for them.
    """

    def __init__(self, descriptor: int, size: int) -> None:
        self._descriptor, self._straight = descriptor, -1
        kind = file_system(os.fstat(descriptor).st_dev)
        self._in_memory = is_memory(kind)
        # There the system lets one thread in at a time, and the others burn a processor each.
        lock = threading.Lock() if self._in_memory else nullcontext()
        self._turn: AbstractContextManager[object] = lock
        self._flags = _DONTCACHE if hasattr(os, "RWF_DSYNC") and not self._in_memory else 0
        if self._in_memory or not _reserve(descriptor, size):
            _require_space(descriptor, size)
        if kind in _OF_DISK and hasattr(os, "O_DIRECT"):
            with suppress(OSError):  # then they go through the page cache
                flags = os.O_WRONLY | os.O_DIRECT | os.O_CLOEXEC
                self._straight = os.open(f"/proc/self/fd/{descriptor}", flags)

    def put(self, data: memoryview, place: int) -> None:
        """Write bytes at a place; those that were put may be changed afterwards.

        Raises
        ------
        OSError
            If they cannot be written.
        """
        begin, length, straight = place, len(data), False
        while data:
            straight = self._straight >= 0 and _aligned(data, place)
            written = self._write_straight(data, place) if straight else 0
            written = written or self._write(data, place)
            data, place = data[written:], place + written
        # Without it the disk idles while values are made, and the final fsync finds all to do.
        cached = not (straight or self._flags or self._in_memory)
        if cached and hasattr(os, "posix_fadvise"):
            with suppress(OSError):  # advice: the bytes are written whether it is taken or not
                os.posix_fadvise(self._descriptor, begin, length, os.POSIX_FADV_DONTNEED)

    def close(self) -> None:
        """Close what was opened here."""
        straight, self._straight = self._straight, -1  # an interrupt must not close it twice
        if straight >= 0:
            os.close(straight)

    def _write_straight(self, data: memoryview, place: int) -> int:
        """Write around the page cache; nothing, where the disk does not take it so."""
        try:
            return os.pwritev(self._straight, [data], place)
        except OSError as error:
            if error.errno not in _UNSUPPORTED:
                raise
        return 0

    def _write(self, data: memoryview, place: int) -> int:
        flags = self._flags
        try:
            with self._turn:
                return os.pwritev(self._descriptor, [data], place, flags)
        except OSError as error:
            if not flags or error.errno not in _UNSUPPORTED:
                raise
        self._flags = 0  # neither this kernel nor this file system need know the flag
        return os.pwritev(self._descriptor, [data], place)


def _aligned(data: memoryview, place: int) -> bool:
    """Say whether bytes can go to a place of a disk from where they are."""
    address: int = np.frombuffer(data, np.uint8).__array_interface__["data"][0]
    return (place | len(data) | address) % _BLOCK == 0


def _reserve(descriptor: int, size: int) -> bool:
    """Reserve the space, so that a full disk is met now and not in the middle; say if it was."""
    if not hasattr(os, "posix_fallocate"):  # macOS
        return False
    try:
        os.posix_fallocate(descriptor, 0, size)
    except OSError as error:
        # Some network and FUSE file systems cannot reserve; there the write itself may fail.
        if error.errno not in _UNSUPPORTED:
            raise
        return False
    return True


def _require_space(descriptor: int, size: int) -> None:
    """Raise ENOSPC where the file system says that it has less space than is needed."""
    found = os.fstatvfs(descriptor)
    if found.f_blocks and found.f_bavail * found.f_frsize < size:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def is_memory(kind: str) -> bool:
    """Say whether the files of a file system, by its type, are memory."""
    return kind in _OF_MEMORY


def file_system(device: int) -> str:
    """Return the type of the file system of a device (``st_dev``), "" where it is not known."""
    number = f"{os.major(device)}:{os.minor(device)}"
    with suppress(OSError):  # no /proc: another system than Linux
        for line in Path("/proc/self/mountinfo").read_text(errors="replace").splitlines():
            fields = line.split()
            if fields[2] == number:
                return fields[fields.index("-") + 1]
    return ""
