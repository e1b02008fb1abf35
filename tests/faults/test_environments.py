"""Processes begun in an odd way: the same values and the same file, and nothing said."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import threading
from pathlib import Path

import pytest

from tests.faults.work import GOLDEN, WORK, digest
from tests.processes import ROOT, VARIABLES, WATCHDOG, compiled

linux = pytest.mark.skipif(sys.platform != "linux", reason="Linux's preloading and limits")


def begin(*options: str, before: str = "", **environment: str) -> tuple[int, str, str]:
    """Run the work in a process of its own; return its end, and what it printed and said."""
    inherited = {k: v for k, v in os.environ.items() if k not in VARIABLES}
    command = [sys.executable, *options, "-m", "tests.faults.work", "all"]
    if before:
        code = f"import sys\n{before}\nfrom tests.faults.work import main\nmain(['all'])"
        command = [sys.executable, *options, "-c", code]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=inherited | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=WATCHDOG,
        check=False,
    )
    return done.returncode, done.stdout.strip(), done.stderr


AS_EVER = (0, "as ever", "")


@pytest.mark.parametrize(
    "options",
    [("-W", "error"), ("-X", "dev"), ("-X", "dev", "-W", "error"), ("-OO",), ("-bb",)],
    ids=" ".join,
)
def test_options_of_python(options):
    assert begin(*options) == AS_EVER


ENVIRONMENTS = {
    "hash seed 0": {"PYTHONHASHSEED": "0"},
    "hash seed 4294967295": {"PYTHONHASHSEED": "4294967295"},
    "ASCII": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "UTF-8 mode": {"PYTHONUTF8": "1"},
    "a locale that there is not": {"LC_ALL": "xx_YY.UTF-8", "LANG": "de_DE"},
    "plain malloc": {"PYTHONMALLOC": "malloc"},
    "memory with a pattern": {"PYTHONMALLOC": "debug", "MALLOC_PERTURB_": "165"},
    "a thousand threads": {"OMP_NUM_THREADS": "1000"},
    "tiny stacks": {"OMP_STACKSIZE": "16k", "KMP_STACKSIZE": "16k", "OMP_NUM_THREADS": "4"},
    "waiting threads": {
        "OMP_WAIT_POLICY": "active",
        "OMP_PROC_BIND": "true",
        "OMP_DYNAMIC": "true",
    },
    "no home": {"HOME": "/nowhere", "XDG_CACHE_HOME": "/nowhere"},
}


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_environments(name):
    assert begin(**ENVIRONMENTS[name]) == AS_EVER


@linux
def test_an_empty_environment():
    command = [sys.executable, "-m", "tests.faults.work", "all"]
    done = subprocess.run(
        command, cwd=ROOT, env={}, capture_output=True, text=True, timeout=WATCHDOG, check=False
    )
    assert (done.returncode, done.stdout.strip(), done.stderr) == AS_EVER


COMMA = """
import locale
for name in ("de_DE.UTF-8", "de_DE", "fr_FR.UTF-8", "tr_TR.UTF-8"):
    try:
        locale.setlocale(locale.LC_ALL, name)
    except locale.Error:
        continue
    break
else:
    sys.exit("no such locale")
assert locale.localeconv()["decimal_point"] == ","
"""


@linux
@pytest.mark.parametrize("name", ["de_DE", "tr_TR"])
def test_a_locale_with_a_decimal_comma(tmp_path, name):
    made = subprocess.run(
        ["sh", "-c", f"localedef -i {name} -f UTF-8 '{tmp_path}/{name}.UTF-8'"],
        capture_output=True,
        check=False,
    )
    if not (tmp_path / f"{name}.UTF-8" / "LC_NUMERIC").exists():
        pytest.skip(f"no definition of the locale: {made.stderr.decode()[:80]}")
    code = COMMA.replace('"de_DE.UTF-8", ', f'"{name}.UTF-8", ')
    assert begin(before=code, LOCPATH=str(tmp_path)) == AS_EVER


FLUSHING = """
#include <immintrin.h>
__attribute__((constructor)) static void flush(void) { _mm_setcsr(0x9fc0); }
"""


@linux
@pytest.mark.skipif("x86" not in sysconfig.get_platform(), reason="x86's MXCSR")
def test_subnormals_are_flushed_from_the_first_moment(tmp_path):
    """As a library that is built with -ffast-math does it, before Python itself begins."""
    library = compiled(tmp_path, FLUSHING)
    ended, printed, said = begin(LD_PRELOAD=library)
    assert (ended, printed) == (0, "as ever"), said


@linux
@pytest.mark.parametrize("megabytes", [16, 64, 160])
def test_little_address_space_from_before_the_import(megabytes):
    """`ulimit -v`: it works, or the message is one of memory."""
    before = f"""
import resource, numpy
size = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (size + ({megabytes} << 20), -1))
"""
    ended, printed, said = begin(before=before)
    no_memory = ("MemoryError", "ImportError", "OSError: [Errno 12]", "numpy._core._exceptions")
    last = ["", *said.strip().splitlines()][-1]
    assert ended == 0 or (ended == 1 and last.startswith(no_memory)), said
    assert printed == ("as ever" if ended == 0 else "")
    assert ended == 0 or megabytes < 160


@linux
def test_few_open_files():
    before = "import resource, numpy\nresource.setrlimit(resource.RLIMIT_NOFILE, (16, 16))"
    assert begin(before=before) == AS_EVER


@pytest.mark.parametrize("closed", ["0<&-", "1>&- 2>&-", "0<&- 1>&- 2>&-"])
def test_closed_standard_streams(tmp_path, closed):
    """What is opened may then have the numbers 0 to 2."""
    if not Path("/bin/sh").exists():
        pytest.skip("no shell")
    code = (
        "import sys; from pathlib import Path; from tests.faults.work import FILE, write_file\n"
        f"same = write_file(Path({str(tmp_path / 'w.safetensors')!r})) == FILE\n"
        "sys.exit(0 if same else 3)"
    )
    command = ["sh", "-c", f'exec "$0" -c "$1" {closed}', sys.executable, code]
    assert subprocess.run(command, cwd=ROOT, timeout=WATCHDOG, check=False).returncode == 0


def test_eight_threads_of_python_at_once():
    """Without a global lock, where this Python is built so."""
    found: list[bool] = []

    def work() -> None:
        found.extend(digest(make()) == GOLDEN[name] for name, make in WORK.items())

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WATCHDOG)
    assert len(found) == 8 * len(WORK)
    assert all(found)
