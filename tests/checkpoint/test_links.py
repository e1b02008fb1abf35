"""Names in a folder that others can write to: what is there is neither written nor followed."""

import fcntl
import os
import secrets

import pytest

from netinit.checkpoint.atomic import TEMPORARY_PREFIX, replacing


@pytest.fixture
def foreign(tmp_path, monkeypatch):
    """Return the place of the next temporary file, which can be known here."""
    monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    monkeypatch.setattr(secrets, "token_hex", lambda _: "known")
    return tmp_path / f"{TEMPORARY_PREFIX}known.tmp"


def write(target):
    with replacing(target, 4) as pending:
        pending.put(memoryview(b"ours"), 0)


def test_a_file_that_has_the_temporary_name_is_not_written(tmp_path, foreign):
    foreign.write_bytes(b"theirs, longer")
    with foreign.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)  # or else it would be a dead process's
        with pytest.raises(FileExistsError):
            write(tmp_path / "w")
    assert foreign.read_bytes() == b"theirs, longer"
    assert os.listdir(tmp_path) == [foreign.name]


def test_a_link_that_has_the_temporary_name_is_not_followed(tmp_path, foreign):
    secret = tmp_path / "secret"
    foreign.symlink_to(secret)
    with pytest.raises(FileExistsError):
        write(tmp_path / "w")
    assert not secret.exists()


def test_links_are_no_stale_files(tmp_path):
    named, target = tmp_path / f"{TEMPORARY_PREFIX}link.tmp", tmp_path / "target"
    target.write_bytes(b"theirs")
    named.symlink_to(target)
    write(tmp_path / "w")
    assert named.is_symlink()
    assert target.read_bytes() == b"theirs"


def test_stale_files_go_and_held_ones_stay(tmp_path):
    stale, held = (tmp_path / f"{TEMPORARY_PREFIX}{name}.tmp" for name in ("stale", "held"))
    stale.write_bytes(b"")
    with held.open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        write(tmp_path / "w")
        assert held.exists()
    assert not stale.exists()
    assert (tmp_path / "w").read_bytes() == b"ours"


@pytest.mark.parametrize("kind", ["nameless", "named"])
def test_the_bytes_are_forced_to_disk_before_the_name(tmp_path, monkeypatch, kind):
    if kind == "named":
        monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    told = []
    for call in ("fsync", "replace", "link"):
        real = getattr(os, call)

        def log(*arguments, call=call, real=real, **options):
            told.append((call, os.path.exists(tmp_path / "w")))
            return real(*arguments, **options)

        monkeypatch.setattr(os, call, log)
    write(tmp_path / "w")
    assert told[0] == ("fsync", False)
    assert told[1][0] in ("link", "replace")
    assert told[-1] == ("fsync", True)  # the folder's
