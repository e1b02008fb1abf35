"""A checkpoint appears whole or not at all, whatever fails and whenever the process ends."""

import errno
import mmap
import os
import resource
import shutil
import signal
import stat
import subprocess
import sys
import textwrap

import pytest

import netinit
from netinit import checkpoint
from netinit.checkpoint.atomic import TEMPORARY_PREFIX, replacing
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


def assert_untouched(target):
    assert target.read_bytes() == OLD
    assert os.listdir(target.parent) == [target.name]


def test_replaces_only_at_the_end(target, plan):
    seen = []
    with target.open("rb") as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as mapped:
        checkpoint.write(target, plan, progress=lambda *_: seen.append(target.read_bytes()))
        assert mapped[:] == OLD
    assert seen
    assert set(seen) == {OLD}
    assert checkpoint.check(target) == []


def test_temporary_file_is_private_and_the_final_one_follows_the_umask(tmp_path, plan):
    def look(*_):
        (temporary,) = tmp_path.glob(f"{TEMPORARY_PREFIX}*")
        modes.add(stat.S_IMODE(temporary.stat().st_mode))

    modes = set()
    previous = os.umask(0o027)
    try:
        checkpoint.write(tmp_path / "out.safetensors", plan, progress=look)
    finally:
        os.umask(previous)
    assert modes == {0o600}
    assert stat.S_IMODE((tmp_path / "out.safetensors").stat().st_mode) == 0o640


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, SystemExit, ValueError])
def test_nothing_is_left_of_an_interrupted_one(target, plan, interruption):
    def interrupt(*_):
        raise interruption

    with pytest.raises(interruption):
        checkpoint.write(target, plan, progress=interrupt)
    assert_untouched(target)


@pytest.mark.parametrize("call", ["posix_fallocate", "pwrite", "fsync", "fchmod", "replace"])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
def test_nothing_is_left_when_a_call_fails(target, plan, monkeypatch, call, code):
    def fail(*_):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, call, fail)
    with pytest.raises(OSError, match=os.strerror(code)) as caught:
        checkpoint.write(target, plan)
    monkeypatch.undo()
    assert caught.value.errno == code
    assert caught.value.filename == str(target)
    assert ("bytes are needed" in str(caught.value)) == (code == errno.ENOSPC)
    assert_untouched(target)


@pytest.mark.parametrize("which", [1, 2, 5])
def test_nothing_is_left_when_the_disk_fills_later(target, plan, monkeypatch, which):
    """On file systems that cannot reserve, any write may be the first to fail."""

    def unsupported(*_):
        raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))

    def write(*arguments):
        nonlocal calls
        calls += 1
        if calls == which:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return true_pwrite(*arguments)

    calls, true_pwrite = 0, os.pwrite
    monkeypatch.setattr(sys.modules["netinit.checkpoint.write"], "CHUNK_BYTES", 1 << 18)
    monkeypatch.setattr(os, "posix_fallocate", unsupported)
    monkeypatch.setattr(os, "pwrite", write)
    with pytest.raises(OSError, match="No space left") as caught:
        checkpoint.write(target, plan)
    assert caught.value.errno == errno.ENOSPC
    assert_untouched(target)


def test_writes_without_reservation_and_in_short_writes(target, plan, monkeypatch):
    def unsupported(*_):
        raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))

    true_pwrite = os.pwrite
    monkeypatch.setattr(os, "posix_fallocate", unsupported)
    monkeypatch.setattr(os, "pwrite", lambda fd, data, at: true_pwrite(fd, data[:70_001], at))
    checkpoint.write(target, plan)
    assert checkpoint.check(target) == []


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


KILLED = """
    import os, signal, sys
    import netinit
    from netinit import checkpoint
    from netinit.parameters.parameter import Parameter
    from netinit.shapes.layout import DENSE
    from netinit.plans.plan import build_plan

    sys.modules["netinit.checkpoint.write"].CHUNK_BYTES = 1 << 16
    plan = build_plan([Parameter("w", (512, 1024), layout=DENSE)], netinit.All, "Kaiming", 1)
    path, stop, number = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])

    def progress(done, total):
        if done >= stop:
            os.kill(os.getpid(), number)

    checkpoint.write(path, plan, progress=progress)
"""


@pytest.mark.parametrize("stop", [1, 1 << 20, 1 << 21])
def test_a_killed_process_leaves_the_old_file(target, plan, stop):
    command = [sys.executable, "-c", textwrap.dedent(KILLED), target, str(stop)]
    killed = subprocess.run([*command, str(int(signal.SIGKILL))], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert target.read_bytes() == OLD
    left = {name for name in os.listdir(target.parent) if name != target.name}
    assert all(name.startswith(TEMPORARY_PREFIX) for name in left)
    checkpoint.write(target, plan)
    assert checkpoint.check(target) == []
