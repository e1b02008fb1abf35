"""A checkpoint appears whole or not at all, whatever fails and whenever the process ends."""

import errno
import fcntl
import mmap
import os
import resource
import shutil
import signal
import stat
import subprocess
import sys
import textwrap
import time
import types

import pytest

import netinit
from netinit import checkpoint
from netinit.checkpoint import workers
from netinit.checkpoint.atomic import TEMPORARY_PREFIX, alone, replacing
from netinit.checkpoint.disk import file_system, is_memory
from netinit.parameters.parameter import Parameter
from netinit.plans.plan import build_plan
from netinit.shapes.layout import DENSE

OLD = b"the old checkpoint"


@pytest.fixture
def plan():
    return build_plan([Parameter("w", (512, 1024), layout=DENSE)], netinit.All, "Kaiming", 1)


@pytest.fixture
def target(tmp_path):
    path = tmp_path / "out.safetensors"
    path.write_bytes(OLD)
    return path


@pytest.fixture(params=["nameless", "named"])
def kind(request, monkeypatch):
    """Have files without a name until they are whole, as far as the system has them, and not."""
    if request.param == "named":
        monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    elif not hasattr(os, "O_TMPFILE"):
        pytest.skip("the system has no files without a name")
    return request.param


def assert_untouched(target):
    assert target.read_bytes() == OLD
    assert os.listdir(target.parent) == [target.name]


@pytest.mark.usefixtures("kind")
def test_replaces_only_at_the_end(target, plan):
    seen = []
    with target.open("rb") as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as mapped:
        checkpoint.write(target, plan, progress=lambda *_: seen.append(target.read_bytes()))
        assert mapped[:] == OLD
    assert seen
    assert set(seen) == {OLD}
    assert checkpoint.check(target) == []


def test_temporary_file_is_private_and_the_final_one_follows_the_umask(
    tmp_path, plan, kind, monkeypatch
):
    def look(*_):
        for path in tmp_path.glob("*"):
            seen.append((path.name, stat.S_IMODE(path.stat().st_mode)))

    seen = []
    monkeypatch.setattr(workers, "PIECE_BYTES", 1 << 14)
    previous = os.umask(0o027)
    try:
        checkpoint.write(tmp_path / "out.safetensors", plan, progress=look)
    finally:
        os.umask(previous)
    if kind == "named":
        assert seen[0][1] == 0o600  # the last ones come when it is whole, and about to be named
        assert seen[0][0].startswith(TEMPORARY_PREFIX)
    else:
        assert {name for name, _ in seen} <= {"out.safetensors"}
    assert stat.S_IMODE((tmp_path / "out.safetensors").stat().st_mode) == 0o640


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, SystemExit, ValueError])
@pytest.mark.usefixtures("kind")
def test_nothing_is_left_of_an_interrupted_one(target, plan, interruption):
    def interrupt(*_):
        raise interruption

    with pytest.raises(interruption):
        checkpoint.write(target, plan, progress=interrupt)
    assert_untouched(target)


@pytest.mark.parametrize("call", ["posix_fallocate", "pwritev", "fsync", "fchmod", "replace"])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
def test_nothing_is_left_when_a_call_fails(target, plan, monkeypatch, call, code):
    def fail(*_):
        raise OSError(code, os.strerror(code))

    if call == "posix_fallocate" and is_memory(file_system(target.stat().st_dev)):
        pytest.skip("no space is reserved in memory")
    if call == "fchmod":  # it is done to those that have a name
        monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    monkeypatch.setattr(os, call, fail)
    with pytest.raises(OSError, match=os.strerror(code)) as caught:
        checkpoint.write(target, plan)
    monkeypatch.undo()
    assert caught.value.errno == code
    assert caught.value.filename == str(target)
    assert ("bytes are needed" in str(caught.value)) == (code == errno.ENOSPC)
    assert_untouched(target)


def test_writes_without_reservation_and_in_short_writes(target, plan, monkeypatch):
    def unsupported(*_):
        raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))

    def write(descriptor, data, place, flags=0):
        if flags:
            raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))
        return true_write(descriptor, [data[0][:70_001]], place)

    true_write = os.pwritev
    monkeypatch.setattr(os, "posix_fallocate", unsupported)
    monkeypatch.setattr(os, "pwritev", write)
    checkpoint.write(target, plan)
    assert checkpoint.check(target) == []


def test_a_disk_that_says_that_it_is_full_is_believed(target, plan, monkeypatch):
    """Where space cannot be reserved."""

    def unsupported(*_):
        raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))

    full = types.SimpleNamespace(f_blocks=100, f_bavail=3, f_frsize=4096)
    monkeypatch.setattr(os, "posix_fallocate", unsupported)
    monkeypatch.setattr(os, "fstatvfs", lambda _: full)
    with pytest.raises(OSError, match=r"No space left on device \(2,097,\d+ bytes are needed"):
        checkpoint.write(target, plan)
    assert_untouched(target)


def test_limit_on_the_size_of_files(target, plan):
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, limits[1]))
    try:
        with pytest.raises(OSError, match="File too large") as caught:
            checkpoint.write(target, plan)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert caught.value.errno == errno.EFBIG
    assert "2,097," in str(caught.value)
    assert_untouched(target)


def test_full_disk(tmp_path, plan):
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)]
    permitted = os.geteuid() == 0 and shutil.which("mount") is not None
    if not permitted or subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("a small file system cannot be mounted here")
    try:
        target = disk / "out.safetensors"
        target.write_bytes(OLD)
        with pytest.raises(OSError, match="No space left") as caught:
            checkpoint.write(target, plan)
        assert caught.value.errno == errno.ENOSPC
        assert_untouched(target)
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_missing_directory(tmp_path, plan):
    target = tmp_path / "none" / "out.safetensors"
    with pytest.raises(FileNotFoundError) as caught:
        checkpoint.write(target, plan)
    assert caught.value.filename == str(target)
    assert os.listdir(tmp_path) == []


@pytest.mark.skipif(os.name != "posix", reason="needs user ids")
def test_directory_that_is_not_writable(tmp_path, plan):
    folder = tmp_path / "folder"
    folder.mkdir()
    script = """
        import os, sys
        from netinit.checkpoint.atomic import replacing
        os.chmod(sys.argv[1], 0o500)
        if os.geteuid() == 0:
            os.chmod(os.path.dirname(sys.argv[1]), 0o755)
            os.chown(sys.argv[1], 65534, 65534)
            os.setegid(65534)
            os.seteuid(65534)
        try:
            with replacing(sys.argv[2], 10):
                pass
        except PermissionError as error:
            assert error.filename == sys.argv[2] or not os.access(sys.argv[1], os.X_OK)
            print(error.strerror)
    """
    command = [sys.executable, "-c", textwrap.dedent(script), folder, folder / "out.safetensors"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert done.stdout == "Permission denied\n"
    folder.chmod(0o700)
    assert os.listdir(folder) == []


def test_only_regular_files_are_replaced(tmp_path):
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    for path, error in [(fifo, FileExistsError), (tmp_path, IsADirectoryError)]:
        with pytest.raises(error), replacing(path, 8):
            pytest.fail("the block must not run")
    with pytest.raises(FileExistsError), replacing("/dev/null", 8):
        pytest.fail("the block must not run")
    assert stat.S_ISFIFO(fifo.stat().st_mode)
    assert os.listdir(tmp_path) == ["fifo"]


def test_temporary_files_of_the_dead_are_deleted_and_those_of_the_living_kept(
    tmp_path, monkeypatch
):
    monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    dead = tmp_path / f"{TEMPORARY_PREFIX}0123456789abcdef.tmp"
    dead.write_bytes(b"half of it")
    other = tmp_path / ".netinit-another-machine.tmp"
    other.write_bytes(b"somebody's")
    with replacing(tmp_path / "a", 3) as first:
        assert not dead.exists()
        with replacing(tmp_path / "b", 3) as second:
            second.put(memoryview(b"two"), 0)
        first.put(memoryview(b"one"), 0)
    assert (tmp_path / "a").read_bytes() == b"one"
    assert sorted(os.listdir(tmp_path)) == [other.name, "a", "b"]


@pytest.mark.usefixtures("kind")
def test_a_link_is_replaced_and_what_it_points_to_kept(tmp_path, plan):
    aim, link, dangling = tmp_path / "aim", tmp_path / "link", tmp_path / "dangling"
    aim.write_bytes(OLD)
    link.symlink_to(aim)
    dangling.symlink_to(tmp_path / "nowhere")
    for path in (link, dangling):
        checkpoint.write(path, plan)
        assert not path.is_symlink()
        assert checkpoint.check(path) == []
    assert aim.read_bytes() == OLD


@pytest.mark.parametrize("which", range(6))
def test_an_interrupt_right_after_a_close_closes_nothing_twice(tmp_path, monkeypatch, which):
    """Another thread may have the number of a closed file by then."""
    closed, close = [], os.close

    def interrupted(descriptor):
        close(descriptor)  # an OSError, were it closed already
        closed.append(descriptor)
        if len(closed) == which + 1:
            raise KeyboardInterrupt

    target = tmp_path / "out"
    monkeypatch.setattr(os, "close", interrupted)
    try:
        with replacing(target, 4096) as output:
            output.put(memoryview(bytes(4096)), 0)
    except KeyboardInterrupt:
        assert closed
    else:
        assert len(closed) <= which
    monkeypatch.undo()
    assert not target.exists() or target.read_bytes() == bytes(4096)


def _is_free(directory):
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of a fork where there are threads
def test_a_directory_is_kept_from_others_and_left_though_a_child_was_forked_meanwhile(tmp_path):
    with alone(tmp_path):
        assert not _is_free(tmp_path)
        forked = os.fork()
        if not forked:
            time.sleep(60)
            os._exit(0)
    try:
        assert _is_free(tmp_path)
    finally:
        os.kill(forked, signal.SIGKILL)
        os.waitpid(forked, 0)
