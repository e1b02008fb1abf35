"""A file that appears whole or not at all."""

from __future__ import annotations

import errno
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

__all__ = ["replacing"]

#: A leftover of a killed process begins with this and may be deleted.
TEMPORARY_PREFIX = ".netinit-"


@contextmanager
def replacing(path: str | os.PathLike[str], size: int) -> Iterator[int]:
    """Give a file descriptor to write `size` bytes to; at the end the file is named `path`.

    The bytes go to a temporary file in the same directory, of a name that nobody can guess,
    with their space allocated before the first is written. When the block ends, the file is
    forced to disk and renamed. Where it ends by an exception, the temporary file is removed.
    A file that was at `path` keeps its bytes until the rename, and for readers that have it
    open or mapped also after.

    Raises
    ------
    OSError
        If the directory is missing or not writable, the disk is full, a limit is met, or
        `path` is something else than a regular file; its `filename` is `path`.
    """
    target = Path(path)
    temporary = target.parent / f"{TEMPORARY_PREFIX}{secrets.token_hex(8)}.tmp"
    try:
        _refuse_special(target)
        descriptor = os.open(
            temporary,
            os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC,
            0o666,
        )
    except OSError as error:
        raise _named(error, target, size) from error
    try:
        # What the umask (and the directory's default ACL) leaves of 0666 is the final mode;
        # asking the umask itself would change it for the other threads meanwhile.
        mode = stat.S_IMODE(os.fstat(descriptor).st_mode)
        os.fchmod(descriptor, 0o600)
        _allocate(descriptor, size)
        yield descriptor
        os.fchmod(descriptor, mode)
        os.fsync(descriptor)
        os.replace(temporary, target)
    except BaseException as error:
        with suppress(OSError):
            os.unlink(temporary)
        if isinstance(error, OSError):
            raise _named(error, target, size) from error
        raise
    finally:
        os.close(descriptor)
    _sync_directory(target.parent)


def _refuse_special(target: Path) -> None:
    """Raise OSError where a rename would replace a directory or a device."""
    with suppress(FileNotFoundError):
        mode = os.stat(target).st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(target))
        if not stat.S_ISREG(mode):
            raise FileExistsError(errno.EEXIST, "it exists and is not a regular file", str(target))


def _allocate(descriptor: int, size: int) -> None:
    """Reserve the space, so that a full disk is met now and not in the middle."""
    if not hasattr(os, "posix_fallocate"):  # macOS
        return
    try:
        os.posix_fallocate(descriptor, 0, size)
    except OSError as error:
        # Some network and FUSE file systems cannot reserve; there the write itself may fail.
        if error.errno not in (errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS):
            raise


def _sync_directory(directory: Path) -> None:
    """Force the rename to disk."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with suppress(OSError):  # some file systems do not sync directories; the file is whole
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _named(error: OSError, target: Path, size: int) -> OSError:
    """Return `error` with the file that the user named, and what it needed of the disk."""
    reason = error.strerror or str(error)
    if error.errno in (errno.ENOSPC, errno.EFBIG, errno.EDQUOT):
        reason += f" ({size:,} bytes are needed)"
    return OSError(error.errno, reason, str(target))
