"""Writing by the command line: interrupts, folders of shards, several processes."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytest.importorskip("click")
pytest.importorskip("rich")


def begun(process):
    """Wait until a process writes into a file of the current directory, with a name or without."""
    here, deadline = os.getcwd() + "/", time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        for entry in Path(f"/proc/{process.pid}/fd").glob("*"):
            try:
                link = os.readlink(entry)
                if link.startswith(here) and entry.stat().st_blocks > 1 << 12:
                    return
            except OSError:  # closed meanwhile
                continue
        time.sleep(0.005)
    raise AssertionError("it has not begun to write")


def default_of(number):
    """Return the name of what Python begins with for a signal."""
    return "default_int_handler" if number == signal.SIGINT else "SIG_DFL"


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="files of processes are not seen")
@pytest.mark.parametrize(
    ("number", "status", "message"),
    [
        (signal.SIGINT, 130, "Error: interrupted"),
        *((number, 128 + number, "") for number in (signal.SIGTERM, signal.SIGHUP)),
        *((number, 128 + number, "") for number in (signal.SIGQUIT, signal.SIGUSR1)),
    ],
)
@pytest.mark.parametrize("named", [False, True])
def test_an_interrupt_leaves_nothing(large, number, status, message, named):
    Path("out.safetensors").write_text("old")
    code = "import os\nif hasattr(os, 'O_TMPFILE'): del os.O_TMPFILE\n" if named else ""
    # A program in the background inherits some of these as ignored, and would ignore them too.
    code += f"import signal\nsignal.signal({int(number)}, signal.{default_of(number)})\n"
    code += "from netinit.cli.main import main\nraise SystemExit(main())"
    process = subprocess.Popen(
        [sys.executable, "-c", code, "init", large, "-o", "out.safetensors"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    begun(process)
    assert len(os.listdir()) == 3 if named else 2
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert process.returncode == status, err
    assert out == ""
    assert err.strip() == message
    assert sorted(os.listdir()) == ["large.safetensors", "out.safetensors"]
    assert Path("out.safetensors").read_text() == "old"


def test_a_signal_that_is_ignored_stays_so(cli, model):
    other = signal.getsignal(signal.SIGQUIT)
    previous = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as nohup does
    try:
        assert cli("plan", model)[0] == 0
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, previous)
    assert signal.getsignal(signal.SIGQUIT) is other


def test_a_folder_of_shards_by_several_processes(cli, model):
    split = ["--max-shard-size", "8KB"]
    status, out, err = cli("init", model, "-o", "all", *split)
    assert (status, err) == (0, "")
    assert out.startswith("all: 4,192 parameters in 4 tensors, ")
    for rank in (1, 0):
        status, out, _ = cli(
            "init", model, "-o", "ranks", *split, "--rank", rank, "--world-size", 2
        )
        assert status == 0
        assert out.startswith(f"ranks: rank {rank} of 2, ")
    names = sorted(os.listdir("all"))
    assert names == sorted(os.listdir("ranks"))
    assert len(names) == 4
    for name in names:
        assert Path("all", name).read_bytes() == Path("ranks", name).read_bytes()

    before = {name: Path("all", name).stat().st_ino for name in names[:-1]}
    os.unlink(f"all/{names[1]}")
    assert cli("init", model, "-o", "all", *split, "--resume")[0] == 0
    after = {name: Path("all", name).stat().st_ino for name in names[:-1]}
    assert [after[name] == before[name] for name in (names[0], names[2])] == [True, True]
    assert Path("all", names[1]).read_bytes() == Path("ranks", names[1]).read_bytes()

    status, _, err = cli("init", model, "-o", "all", "--max-shard-size", "1MB")
    assert status == 1
    assert err.startswith("Error: all: it holds 'model-00001-of-00003.safetensors'")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--max-shard-size", "5XB"], "--max-shard-size must be a number of bytes"),
        (["--max-shard-size", "0"], "--max-shard-size must be at least 1"),
        (["--world-size", "2"], "give --max-shard-size too"),
        (["--max-shard-size", "9", "--rank", "1"], "--rank must be less than --world-size 1"),
    ],
)
def test_mistakes_in_sharding(cli, model, options, message):
    status, _, err = cli("init", model, "-o", "out", *options)
    assert status == 2
    assert message in err
    assert os.listdir() == [model]
