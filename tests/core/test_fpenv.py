"""The floating-point environment of a caller: restored, and no worker's that is born under it."""

from __future__ import annotations

import platform
import sys

import pytest

from tests.processes import compiled, run_python

pytestmark = [
    pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="x86's MXCSR"),
    pytest.mark.skipif(sys.platform != "linux", reason="threads inherit the control word"),
]

CONTROL = """
#include <immintrin.h>
unsigned get_control(void) { return _mm_getcsr(); }
void set_control(unsigned value) { _mm_setcsr(value); }
"""

#: Each call is the first of its process, so that the team's threads begin in what it finds.
CALLS = {
    "fill": """
out = np.zeros(1 << 19, "f4")
core.fill(out, "float32", 5, 6, 7, ("normal", 0.0, 2e-40, 0.0, 0.0), threads=4)""",
    "batch": """
out = np.zeros((60, 90, 70), "f4")
core.orthogonal(out, "float32", 5, 6, 7, 1e-38, threads=4)""",
    "orthogonal": """
out = np.zeros((1, 1500, 700), "f8")
core.orthogonal(out, "float64", 5, 6, 7, 1e-307, threads=4)""",
    "sparse": """
out = np.zeros((2000, 900), "f4")
core.sparse(out, "float32", 5, 6, 7, 400, (2000, 900), (0, 0), 4,
            ("normal", 0.0, 2e-40, 0.0, 0.0))""",
    "qr": """
a = np.zeros((1, 900, 300))
core.fill(a, "float64", 5, 6, 7, ("normal", 0.0, 1e-300, 0.0, 0.0), threads=1)
out = np.zeros((2, 900, 300))
core.qr(a, out[:1], out[1:, :300], "float64", threads=4)""",
}


@pytest.mark.parametrize("word", [0x9FC0, 0x5F80, 0x7F80, 0x3F80], ids=hex)
@pytest.mark.parametrize("call", CALLS)
def test_the_first_call_of_a_process(tmp_path_factory, call, word):
    control = compiled(tmp_path_factory.mktemp("control"), CONTROL)
    program = f"""
import ctypes, hashlib
control = ctypes.CDLL({control!r})
control.get_control.restype = ctypes.c_uint
word = int(os.environ["WORD"])
control.set_control(word)
{CALLS[call]}
after = control.get_control()
control.set_control(0x1f80)
print(after & ~0x3f == word & ~0x3f, hashlib.sha256(out.tobytes()).hexdigest())
"""
    changed = run_python(program, WORD=str(word)).split()
    default = run_python(program, WORD=str(0x1F80)).split()
    assert changed[0] == default[0] == "True"
    assert changed[1] == default[1]
