"""Whatever fails: nothing corrupt is seen, what was there stays, and resuming ends the same."""

from __future__ import annotations

import errno
import os
import random
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from netinit import checkpoint
from netinit.checkpoint import workers
from netinit.checkpoint.publication import Publication
from netinit.checkpoint.shards import INDEX_NAME
from tests.checkpoint.kills import after_kill, plan_of, random_case, sums, write

NAMES = ["out", "out.safetensors"]

#: Calls whose failure is not always one of the write.
LESS = ("fsync", "open")


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch):
    monkeypatch.setattr(workers, "PIECE_BYTES", 1 << 13)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Return the sums of what is written where nothing fails, by name and seed."""
    folder, found = tmp_path_factory.mktemp("whole"), {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(workers, "PIECE_BYTES", 1 << 13)
        for name in NAMES:
            for seed in (1, 2):
                (folder / str(seed)).mkdir(exist_ok=True)
                write(folder / str(seed) / name, seed)
                found[name, seed] = sums(folder / str(seed) / name)
    return found


@pytest.mark.parametrize("trial", range(20))
def test_killed(tmp_path, trial):
    case = random_case(random.Random(1000 + trial))
    assert after_kill(tmp_path, *case)[1] == "", case


def failing(monkeypatch, call, which, code):
    """Have the call of a number, and all after it, fail."""

    def fail(*arguments, **options):
        with lock:
            count[0] += 1
            number = count[0]
        if number >= which:
            raise OSError(code, os.strerror(code))
        return true_call(*arguments, **options)

    count, lock, true_call = [0], threading.Lock(), getattr(os, call)
    monkeypatch.setattr(os, call, fail)
    return count


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EDQUOT])
@pytest.mark.parametrize("old", [True, False])
def test_any_write_may_fail(tmp_path, monkeypatch, whole, name, code, old):
    path = tmp_path / name
    if old:
        write(path, 1)
    for which in (1, 2, 3, 7, 20, 64, 130, 145):
        before = sums(path)
        with monkeypatch.context() as patch:
            failing(patch, "pwritev", which, code)
            with pytest.raises(OSError, match=os.strerror(code)) as caught:
                write(path, 2)
        assert caught.value.errno == code
        assert Path(caught.value.filename).name.startswith(("out", "model"))
        if old or name != "out":
            assert sums(path) == before
        else:  # of a new folder what is whole stays, without an index
            seen = sums(path)
            assert seen.items() <= whole[name, 2].items()
            assert INDEX_NAME not in seen
            shutil.rmtree(path)
        assert [p.name for p in tmp_path.iterdir() if p != path] == []
    write(path, 2, resume=True)
    assert sums(path) == whole[name, 2]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("call", ["fsync", "link", "replace", "posix_fallocate", "open"])
def test_any_other_call_may_fail(tmp_path, monkeypatch, whole, name, call):
    if call == "link" and not hasattr(os, "O_TMPFILE"):
        pytest.skip("files have names from the first")
    for old in (False, True):
        path = tmp_path / str(old) / name
        path.parent.mkdir()
        if old:
            write(path, 1)
        for which in (1, 2, 5, 9):
            with monkeypatch.context() as patch:
                count = failing(patch, call, which, errno.EIO)
                failed = 0
                try:
                    write(path, 2)
                except OSError as error:
                    failed = error.errno
                # Some may fail: only the names of a folder are forced to disk there.
                assert failed == (errno.EIO if count[0] >= which else 0) or call in LESS
            seen = sums(path)
            for file, found in seen.items():
                assert found in (whole[name, 1][file], whole[name, 2][file])
            if INDEX_NAME in seen:
                assert seen in (whole[name, 1], whole[name, 2])
            assert [p.name for p in path.parent.iterdir() if p != path] == []
        write(path, 2, resume=True)
        assert sums(path) == whole[name, 2]


@pytest.mark.parametrize("name", NAMES)
def test_several_writers_of_one_target(tmp_path, whole, name):
    code = (
        "import sys\nfrom pathlib import Path\nfrom tests.checkpoint.kills import write\n"
        "write(Path(sys.argv[1]), int(sys.argv[2]))"
    )
    root = Path(__file__).parents[2]
    for seeds in ([2, 2, 2], [1, 2, 2]):
        team = [
            subprocess.Popen(
                [sys.executable, "-c", code, tmp_path / name, str(seed)],
                cwd=root,
                stderr=subprocess.DEVNULL,
            )
            for seed in seeds
        ]
        ends = [process.wait() for process in team]
        seen = sums(tmp_path / name)
        for file, found in seen.items():  # each whole; the last one wins
            assert found in (whole[name, 1][file], whole[name, 2][file])
        if INDEX_NAME in seen:
            assert seen in (whole[name, 1], whole[name, 2])
        if name != "out" or seeds == [2, 2, 2]:
            assert ends == [0, 0, 0]
        assert os.listdir(tmp_path) == [name]
    write(tmp_path / name, 2, resume=True)
    assert sums(tmp_path / name) == whole[name, 2]


def test_no_shard_appears_between_the_look_at_all_and_the_index(tmp_path, monkeypatch, whole):
    """Another writer, which then fails, must wait: its shard would stand under this one's index."""
    path, look = tmp_path / "out", Publication._is_whole

    def write_one():
        with pytest.raises(OSError, match=os.strerror(errno.EIO)):
            write(path, 1)

    def look_and_let_the_other_begin(self):
        found = look(self)
        failing(monkeypatch, "replace", 2, errno.EIO)
        other.start()
        other.join(1)
        return found

    other = threading.Thread(target=write_one)
    monkeypatch.setattr(Publication, "_is_whole", look_and_let_the_other_begin)
    write(path, 2)
    other.join()
    seen = sums(path)
    assert len(seen.items() & whole["out", 1].items()) == 1
    assert INDEX_NAME not in seen


def test_an_index_goes_before_another_models_shard_appears(tmp_path, monkeypatch, whole):
    path, prepare = tmp_path / "out", Publication.prepare

    def prepare_before_another_writes_all(self):
        monkeypatch.setattr(Publication, "prepare", prepare)
        prepare(self)
        write(path, 1)
        assert sums(path) == whole["out", 1]
        failing(monkeypatch, "replace", 2, errno.EIO)

    monkeypatch.setattr(Publication, "prepare", prepare_before_another_writes_all)
    with pytest.raises(OSError, match=os.strerror(errno.EIO)):
        write(path, 2)
    seen = sums(path)
    assert seen.items() & whole["out", 2].items()  # one of its shards appeared
    assert INDEX_NAME not in seen


def test_a_target_that_may_only_be_read_is_replaced_as_by_a_rename(tmp_path, whole):
    path = tmp_path / "out.safetensors"
    path.write_text("old")
    path.chmod(0o444)
    write(path, 2)
    assert sums(path) == whole["out.safetensors", 2]


@pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="no second file system")
def test_on_another_file_system_than_the_current_one(tmp_path, monkeypatch, whole):
    folder = Path("/dev/shm") / f"netinit-test-{os.getpid()}"
    monkeypatch.chdir(tmp_path)
    try:
        for name in NAMES:
            folder.mkdir(exist_ok=True)
            write(folder / name, 2)
            assert sums(folder / name) == whole[name, 2]
        (tmp_path / "link").symlink_to(folder / "out")
        write(tmp_path / "link", 2, resume=True)  # a link to a folder is that folder
        assert sums(tmp_path / "link") == whole["out", 2]
    finally:
        shutil.rmtree(folder)


def test_a_worker_that_fails_stops_the_others(tmp_path, monkeypatch):
    count = failing(monkeypatch, "pwritev", 5, errno.EIO)
    with pytest.raises(OSError, match="Input/output error") as caught:
        checkpoint.write(tmp_path / "x", plan_of(1), threads=4)
    assert isinstance(caught.value.__cause__, OSError)
    assert count[0] <= 5 + 4
    assert not [t for t in threading.enumerate() if t.name.startswith("netinit-write")]
