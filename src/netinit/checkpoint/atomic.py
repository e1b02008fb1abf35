"""A file that appears whole or not at all."""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
import stat
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from netinit.checkpoint.disk import Output

__all__ = ["Pending", "alone", "remove", "replacing"]

#: A leftover of a killed process begins with this, and is deleted by the next that writes there, if
#: it runs on the same machine: locks are not seen across all file systems that machines share.
TEMPORARY_PREFIX = f".netinit-{zlib.crc32(os.uname().nodename.encode()):08x}-"

_FULL = (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)


class Pending:
    """A file in the making, which nobody sees until it is published.

    Where the system can (Linux, most file systems), it has no name until then, so that nothing
    is left of a process however it ends. Elsewhere it has a name that nobody can guess, in the
    same directory. Either is locked while its process lives: temporary files that nobody holds
    are those of dead processes, and are deleted here.

    Parameters
    ----------
    target : Path
        What the file will be named. A file of this name keeps its bytes until then, and for
        readers that have it open or mapped also after.
    size : int
        How many bytes it will have.

    Raises
    ------
    OSError
        If the directory is missing or not writable, the disk is full, a limit is met, or
        `target` is something else than a regular file; its `filename` is `target`.
    """

    def __init__(self, target: Path, size: int) -> None:
        self.target, self._size = target, size
        self._temporary: Path | None = None
        self._descriptor = -1
        self._output: Output | None = None
        try:
            with self._naming():
                _refuse_special(target)
                _delete_stale(target.parent)
                self._open()
                self._output = Output(self._descriptor, size)
        except BaseException:
            self.discard()
            raise

    def put(self, data: memoryview, place: int) -> None:
        """Write bytes at a place, in any number of threads; they may be changed afterwards."""
        assert self._output is not None
        with self._naming():
            self._output.put(data, place)

    def sync(self) -> None:
        """Force the bytes to disk."""
        with self._naming():
            if self._temporary is not None:
                os.fchmod(self._descriptor, self._mode)
            os.fsync(self._descriptor)

    def publish(self) -> None:
        """Give the file its name, in the place of a file that had it; `sync` comes before."""
        with self._naming():
            if self._temporary is None and not self._link(self.target):
                self._temporary = _unguessable(self.target.parent)
                self._link(self._temporary)
            if self._temporary is not None:
                os.replace(self._temporary, self.target)
                self._temporary = None
            self._close()
            _sync_directory(self.target.parent)

    def discard(self) -> None:
        """Leave nothing of a file that has not been published."""
        if self._temporary is not None:
            with suppress(OSError):
                os.unlink(self._temporary)
            self._temporary = None
        self._close()

    def _open(self) -> None:
        flags = os.O_RDWR | os.O_CLOEXEC
        nameless = getattr(os, "O_TMPFILE", 0)
        if nameless and os.path.exists("/proc/self/fd"):  # through which it gets its name
            with suppress(OSError):  # of file systems that have no such files, and what is wrong
                self._descriptor = os.open(self.target.parent, flags | nameless, 0o666)
                fcntl.flock(self._descriptor, fcntl.LOCK_EX)
                return
            self._close()
        while True:
            path = _unguessable(self.target.parent)
            self._descriptor = os.open(path, flags | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o666)
            # What the umask (and the directory's default ACL) leaves of 0666 is the final mode;
            # asking the umask itself would change it for the other threads meanwhile.
            self._mode = stat.S_IMODE(os.fstat(self._descriptor).st_mode)
            self._temporary = path
            with suppress(OSError):  # a file system without locks: nobody deletes there
                fcntl.flock(self._descriptor, fcntl.LOCK_EX)
            os.fchmod(self._descriptor, 0o600)
            if os.fstat(self._descriptor).st_nlink:
                return
            self._close()  # another process took it for stale before it was locked

    def _link(self, path: Path) -> bool:
        """Name the nameless file; say no where the name is taken."""
        directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            # Only with a directory's descriptor does Python ask to follow the link in /proc.
            source = f"/proc/self/fd/{self._descriptor}"
            os.link(source, path.name, src_dir_fd=directory, dst_dir_fd=directory)
        except FileExistsError:
            return False
        finally:
            os.close(directory)
        return True

    def _close(self) -> None:
        if self._output is not None:
            self._output.close()
        descriptor, self._descriptor = self._descriptor, -1  # an interrupt must not close it twice
        if descriptor >= 0:
            os.close(descriptor)

    @contextmanager
    def _naming(self) -> Iterator[None]:
        """Have errors name the file that the user named, and what it needed of the disk."""
        try:
            yield
        except OSError as error:
            reason = error.strerror or str(error)
            if error.errno in _FULL and self._descriptor >= 0:
                reason += f" ({self._size:,} bytes are needed)"
            raise OSError(error.errno, reason, str(self.target)) from error


@contextmanager
def replacing(path: str | os.PathLike[str], size: int) -> Iterator[Pending]:
    """Give a file to put `size` bytes to; at the end it is named `path`.

    When the block ends, the file is forced to disk and named. Where it ends by an exception,
    nothing is left of it.

    Raises
    ------
    OSError
        As `Pending` does.
    """
    pending = Pending(Path(path), size)
    try:
        yield pending
        pending.sync()
        pending.publish()
    except BaseException:
        pending.discard()
        raise


@contextmanager
def alone(directory: Path) -> Iterator[None]:
    """Have no other process, or thread, within such a block of the same directory meanwhile."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with suppress(OSError):  # a file system without locks
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        try:
            with suppress(OSError):  # closing would leave it to a process that was forked meanwhile
                fcntl.flock(descriptor, fcntl.LOCK_UN)
        finally:  # of an interrupt, too
            os.close(descriptor)


def remove(path: Path) -> None:
    """Delete a file, if there is one, for good before what follows."""
    with suppress(FileNotFoundError):
        path.unlink()
        _sync_directory(path.parent)


def _unguessable(directory: Path) -> Path:
    return directory / f"{TEMPORARY_PREFIX}{secrets.token_hex(8)}.tmp"


def _refuse_special(target: Path) -> None:
    """Raise OSError where a rename would replace a directory or a device."""
    with suppress(FileNotFoundError):
        mode = os.stat(target).st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(target))
        if not stat.S_ISREG(mode):
            raise FileExistsError(errno.EEXIST, "it exists and is not a regular file", str(target))


def _delete_stale(directory: Path) -> None:
    """Delete the temporary files of processes that are dead: those that nobody has locked."""
    with suppress(OSError):  # what cannot be seen or opened here is not ours to delete
        for path in directory.glob(f"{TEMPORARY_PREFIX}*.tmp"):
            with suppress(OSError):
                descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    os.unlink(path)
                finally:
                    os.close(descriptor)


def _sync_directory(directory: Path) -> None:
    """Force the change of names to disk."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with suppress(OSError):  # some file systems do not sync directories; the file is whole
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
