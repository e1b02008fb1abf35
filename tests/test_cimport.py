"""An extension module of another package's uses the C API by `cimport netinit`, without a link.

What it is built from is what a wheel holds: the declarations and the header.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

import netinit

pytest.importorskip("Cython")
pytestmark = pytest.mark.skipif(not shutil.which("cc"), reason="no C compiler")

CONSUMER = """
# cython: language_level=3
cimport netinit
from netinit cimport ni_distribution, ni_output, ni_run, ni_stream
from libc.stdint cimport int64_t

def fill_rows(float[:, ::1] part, key, offset, int64_t first, double std):
    cdef ni_stream stream
    cdef ni_distribution normal
    cdef ni_output out
    cdef ni_run run
    cdef int64_t[2] shape, bytes_, steps
    cdef netinit.ni_status status
    stream.key, stream.offset, stream.draw = key, offset, 0
    normal.kind, normal.mean, normal.std = netinit.NI_NORMAL, 0, std
    shape[:] = [part.shape[0], part.shape[1]]
    bytes_[:] = [4 * part.shape[1], 4]
    steps[:] = [part.shape[1], 1]
    out.data, out.dtype, out.ndim = &part[0, 0], netinit.NI_FLOAT32, 2
    out.shape, out.byte_strides, out.index_strides, out.first = shape, bytes_, steps, first
    run.threads, run.poll, run.poll_context = 1, NULL, NULL
    with nogil:
        status = netinit.ni_fill(&stream, &normal, &out, &run)
    return None if status == netinit.NI_OK else netinit.ni_status_text(status).decode()

def others():
    cdef int count
    assert netinit.ni_thread_count(1, &count) == netinit.NI_OK
    return count, netinit.ni_element_bytes(netinit.NI_BFLOAT16), netinit.NI_STREAM_VERSION

def stream_of(seed, bytes name):
    cdef ni_stream stream
    assert netinit.ni_stream_of(seed, name, len(name), &stream) == netinit.NI_OK
    return stream.key, stream.offset

def stream_of_text(bytes seed, bytes name):
    cdef ni_stream stream
    kind = netinit.NI_SEED_TEXT
    assert netinit.ni_stream_of_seed(kind, seed, len(seed), name, len(name), &stream) == 0
    return stream.key, stream.offset

def scaled(double fan_in, double fan_out):
    cdef ni_distribution made
    assert netinit.ni_variance_scaling(2, netinit.NI_FAN_IN, netinit.NI_SPREAD_NORMAL, fan_in,
                                       fan_out, 1, &made) == netinit.NI_OK
    return made.std

def two(float[::1] a, float[::1] b, key, offset):
    cdef netinit.ni_filling[2] all
    cdef int64_t[2] lengths
    cdef int64_t four = 4, one = 1, amiss = -1
    lengths[:] = [a.shape[0], b.shape[0]]
    for k in range(2):
        all[k].stream.key, all[k].stream.offset, all[k].stream.draw = key, offset, k
        all[k].distribution.kind = netinit.NI_NORMAL
        all[k].distribution.mean, all[k].distribution.std = 0, 1
        all[k].out.dtype, all[k].out.ndim, all[k].out.first = netinit.NI_FLOAT32, 1, 0
        all[k].out.shape = &lengths[k]
        all[k].out.byte_strides, all[k].out.index_strides = &four, &one
    all[0].out.data, all[1].out.data = &a[0], &b[0]
    with nogil:
        status = netinit.ni_fill_many(all, 2, &amiss, NULL)
    assert status == netinit.NI_OK
    all[1].distribution.std = -1
    status = netinit.ni_fill_many(all, 2, &amiss, NULL)
    return amiss, netinit.ni_status_argument(status).decode()

def matrix(double[:, ::1] out, key, offset):
    cdef ni_stream stream
    cdef netinit.ni_matrices m
    stream.key, stream.offset, stream.draw = key, offset, 0
    m.data, m.dtype, m.count = &out[0, 0], netinit.NI_FLOAT64, 1
    m.rows, m.cols, m.part_rows, m.part_cols = (
        out.shape[0], out.shape[1], out.shape[0], out.shape[1])
    m.first_row, m.first_col, m.matrix_stride = 0, 0, 0
    m.row_stride, m.col_stride = 8 * out.shape[1], 8
    cdef ni_run run
    run.threads, run.poll, run.poll_context = 1, NULL, NULL
    with nogil:
        status = netinit.ni_orthogonal(&stream, &m, 1.0, &run)
    assert status == netinit.NI_OK
"""

USER = """
import threading
import numpy as np
from consumer import extension
import netinit

stream = netinit.Stream(7, "w")
out = np.zeros((4096, 64), "f4")
start = threading.Barrier(4)
said = {}

def work(k):
    start.wait()
    part = out[1024 * k : 1024 * (k + 1)]
    said[k] = extension.fill_rows(part, stream.key, stream.offset, 64 * 1024 * k, 0.02)

threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
assert said == dict.fromkeys(range(4)), said
want = netinit.fill(np.empty((4096, 64), "f4"), 0.02, seed=7, name="w")
assert (out == want).all()
bad = extension.fill_rows(out[:1], stream.key, stream.offset, 0, -1.0)
assert bad == "std must be at least 0", bad
assert extension.others() == (1, 2, 1)
square = np.zeros((5, 5))
extension.matrix(square, stream.key, stream.offset)
assert (square == netinit.fill(np.empty((5, 5)), "orthogonal", seed=7, name="w")).all()
for seed, name in ((7, "w"), (-3, ""), (2**62, "a\\0b")):
    found = netinit.Stream(seed, name)
    assert extension.stream_of(seed, name.encode()) == (found.key, found.offset)
found = netinit.Stream("seven", "w")
assert extension.stream_of_text(b"seven", b"w") == (found.key, found.offset)
assert extension.scaled(50, 20) == 0.2
a, b = np.zeros(7, "f4"), np.zeros(40, "f4")
assert extension.two(a, b, stream.key, stream.offset) == (1, "std")
assert (a == netinit.fill(np.empty(7, "f4"), 1.0, seed=7, name="w")).all()
assert (b == netinit.fill(np.empty(40, "f4"), 1.0, seed=7, name="w", draw=1)).all()
print("equal")
"""


@pytest.fixture(scope="module")
def consumer(tmp_path_factory) -> Path:
    """Build a package that cimports netinit; only the declarations and the header are at hand."""
    folder = tmp_path_factory.mktemp("project")
    declarations = folder / "declarations" / "netinit"
    declarations.mkdir(parents=True)
    for path in Path(netinit.__file__).parent.glob("*.pxd"):
        shutil.copy(path, declarations)
    package = folder / "consumer"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "extension.pyx").write_text(CONSUMER)
    cython = [sys.executable, "-m", "cython", "-I", "declarations", "consumer/extension.pyx"]
    subprocess.run(cython, cwd=folder, check=True)
    module = f"consumer/extension{sysconfig.get_config_var('EXT_SUFFIX')}"
    compiler = ["cc", "-shared", "-fPIC", "-O1", "consumer/extension.c", "-o", module]
    compiler += [f"-I{sysconfig.get_path('include')}", f"-I{netinit.get_include()}"]
    subprocess.run(compiler, cwd=folder, check=True)
    return folder


def test_an_extension_of_another_package_fills_without_the_gil(consumer):
    command = [sys.executable, "-W", "error", "-c", USER]
    result = subprocess.run(command, cwd=consumer, capture_output=True, text=True)
    assert result.stdout == "equal\n", result.stderr


def test_the_extension_needs_no_library_of_netinits(consumer):
    (module,) = (consumer / "consumer").glob("extension*.so")
    if not shutil.which("nm"):
        pytest.skip("no nm")
    symbols = subprocess.run(
        ["nm", "-D", str(module)], capture_output=True, text=True, check=True
    ).stdout
    assert " ni_" not in symbols


def test_every_function_that_is_declared_is_there():
    text = Path(netinit.__file__).with_name("__init__.pxd").read_text()
    declared = {
        line.partition("(")[0].split()[-1].lstrip("*")
        for line in text.splitlines()
        if line.startswith("cdef ")
    }
    assert netinit.__pyx_capi__.keys() == declared
