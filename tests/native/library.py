"""The core as a library of its own, for what its public header does not give out."""

from __future__ import annotations

import ctypes
import platform
import tempfile
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from tests.native.build import CONTRACT, CSRC, INCLUDE, build, find_compiler, instruction_sets, run

DTYPES = {"float32": 0, "float64": 1}
NUMBERS = ["rows", "cols", "first_row", "first_col", "part_rows", "part_cols"]
NUMBERS += ["row_stride", "col_stride", "matrix_stride", "count"]


class Matrices(ctypes.Structure):
    """ni_matrices of netinit.h."""

    _fields_ = [
        ("data", ctypes.c_void_p),
        ("dtype", ctypes.c_int),
        *((name, ctypes.c_int64) for name in NUMBERS),
    ]


class CStream(ctypes.Structure):
    """ni_stream of netinit.h."""

    _fields_ = [("key", ctypes.c_uint64), ("offset", ctypes.c_uint64), ("draw", ctypes.c_uint32)]


class Distribution(ctypes.Structure):
    """ni_distribution of netinit.h."""

    _fields_ = [
        ("kind", ctypes.c_int),
        *((name, ctypes.c_double) for name in ("mean", "std", "low", "high")),
    ]


def _command() -> list[str]:
    """Return how a library is compiled, or skip the test."""
    compiler = find_compiler()
    if compiler is None:
        pytest.skip("no C compiler")
    return [compiler, "-O1", "-fPIC", "-shared"]


@cache
def library_of(*parts: str) -> ctypes.CDLL:
    """Compile some folders and files of the core alone, which takes no time, or skip the test."""
    paths = [CSRC / part for part in parts]
    sources = [str(s) for path in paths for s in (path.rglob("*.c") if path.is_dir() else [path])]
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "part.so"
        run([*_command(), *CONTRACT, *INCLUDE, *sources, "-o", str(made)])
        return ctypes.CDLL(str(made))


#: Memory is asked of inner.c, which may refuse it.
_ALLOCATIONS = ["-Daligned_alloc=inner_aligned_alloc", "-Dmalloc=inner_malloc"]


@cache
def _kept_folder() -> tempfile.TemporaryDirectory[str]:
    """Return a folder that is there until this process ends, for others that it starts."""
    return tempfile.TemporaryDirectory()


@cache
def inner() -> ctypes.CDLL:
    """Compile all of the core, with inner.c."""
    isas = instruction_sets(platform.machine())
    source = Path(__file__).with_name("inner.c")
    command = [*_command(), *_ALLOCATIONS, "-pthread"]
    folder = _kept_folder().name
    made = build(command, Path(folder) / "core.so", isas, [source], reuse=True)
    library = ctypes.CDLL(str(made))
    library.ni_status_text.restype = ctypes.c_char_p
    return library


def matrices(a: np.ndarray, dtype: int | None = None) -> Matrices:
    """Return a matrix, or several of them along a first axis, whole."""
    count, rows, cols = a.shape if a.ndim == 3 else (1, *a.shape)
    strides = a.strides if a.ndim == 3 else (0, *a.strides)
    kind = DTYPES[a.dtype.name] if dtype is None else dtype
    part = (rows, cols, 0, 0, rows, cols)
    return Matrices(a.ctypes.data, kind, *part, *strides[1:], strides[0], count)


def special(name: str, x: float) -> float:
    """Evaluate ni_special_<name> (setup/special.h) at x."""
    function = getattr(library_of("setup/special.c"), f"ni_special_{name}")
    function.restype, function.argtypes = ctypes.c_double, [ctypes.c_double]
    return float(function(x))


def orthogonal_of(x: np.ndarray, out: np.ndarray, isa: str) -> str:
    """Fill `out` from vectors by ni_orthogonal_of (matrix/matrices.h); return what it says."""
    library = inner()
    assert library.ni_use_isa(isa.encode()) == 0
    given, made = matrices(x), matrices(out)
    status = library.ni_orthogonal_of(
        ctypes.byref(given), ctypes.byref(made), ctypes.c_double(1.0), None
    )
    return library.ni_status_text(status).decode()
