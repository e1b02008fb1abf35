"""Orthogonal matrices and QR factorizations beside LAPACK's, and the product kernel beside BLAS."""

from __future__ import annotations

import ctypes
import shutil
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from benchmarks.measure import Contestant, Timing, race
from netinit import _core
from netinit.linalg import qr
from tests.native.build import INCLUDE, INSTRUCTION_SETS, KERNELS, run

__all__ = ["operations", "orthogonal_section"]

#: Rows, columns and how many at once.
_SHAPES = [
    (64, 64, 1),
    (1024, 1024, 1),
    (2048, 2048, 1),
    (4096, 4096, 1),
    (16384, 1024, 1),
    (50000, 768, 1),
    (128, 128, 512),
]
_FACTORED = [(2048, 2048), (4096, 4096)]
_PRODUCT = 4096


def operations(work: str) -> float:
    """Return how many additions and multiplications a work's name stands for."""
    kind, shape = work.split(" ", 1)
    count, n, k = ([1] + [int(x) for x in shape.replace(" of ", " x ").split(" x ")])[-3:]
    if kind == "product":
        return 2.0 * n * n * k
    return count * (2 if kind == "QR" else 1) * (2.0 * n * k * k - 2 / 3 * k**3)


def _samplers(
    n: int, k: int, count: int, threads: int
) -> Iterator[tuple[str, Callable[[], object]]]:
    """Yield the libraries that make random orthogonal matrices, each in its own way."""
    out = np.ones((count, n, k), np.float32)
    yield "netinit", partial(_core.orthogonal, out, "float32", 1, 2, 3, 1.0, threads=threads)
    if find_spec("torch"):
        import torch

        one = torch.ones(n, k)

        def fill() -> None:
            for _ in range(count):
                torch.nn.init.orthogonal_(one)

        yield "torch", fill
    if count > 1 or n > 4096 or n < 1024:
        return
    a = np.random.default_rng(1).standard_normal((n, k), dtype=np.float32)
    if find_spec("scipy"):
        import scipy.linalg

        yield "scipy linalg.qr", partial(scipy.linalg.qr, a, mode="economic")
    yield "numpy linalg.qr", partial(np.linalg.qr, a)


def _factorizations(n: int, k: int, threads: int) -> Iterator[tuple[str, Callable[[], object]]]:
    a = np.random.default_rng(1).standard_normal((n, k), dtype=np.float32)
    yield "netinit", partial(qr, a, threads=threads)
    if find_spec("torch"):
        import torch

        yield "torch", partial(torch.linalg.qr, torch.from_numpy(a))
    if find_spec("scipy"):
        import scipy.linalg

        yield "scipy linalg.qr", partial(scipy.linalg.qr, a, mode="economic")


def _kernel_library(folder: str) -> ctypes.CDLL:
    """Compile the kernels of the instruction set in use with product.c."""
    isa = INSTRUCTION_SETS[_core.active_isa()]
    command = ["gcc", "-O3", "-fopenmp", "-shared", "-fPIC", *isa.options(), *INCLUDE]
    command += [str(KERNELS), str(Path(__file__).with_name("product.c"))]
    library = Path(folder) / "product.so"
    run([*command, "-o", str(library)])
    return ctypes.CDLL(str(library))


def _products(n: int, threads: int) -> Iterator[tuple[str, Callable[[], object]]]:
    a, b = (np.random.default_rng(i).standard_normal((n, n), dtype=np.float32) for i in (1, 2))
    yield "numpy matmul", partial(np.matmul, a, b, out=np.ones_like(a))
    if shutil.which("gcc"):
        panels = np.ascontiguousarray(a.T.reshape(n, -1, 64).transpose(1, 0, 2))
        strips = np.ascontiguousarray(b.reshape(n, -1, 64).transpose(1, 0, 2))
        made = np.ones_like(strips)
        with tempfile.TemporaryDirectory() as folder:
            library = _kernel_library(folder)
        pointers = [ctypes.c_void_p(x.ctypes.data) for x in (panels, strips, made)]
        library.multiply(*pointers, ctypes.c_int64(n), threads)
        if not np.allclose(made.transpose(1, 0, 2).reshape(n, n)[:9], a[:9] @ b, atol=1e-2):
            raise RuntimeError("the kernel's product is not the product")

        def multiply(_: object = (panels, strips, made)) -> None:  # which must live as long
            library.multiply(*pointers, ctypes.c_int64(n), threads)

        yield "netinit's kernel", multiply


def orthogonal_section(nbytes: int, rounds: int, threads: int) -> list[Timing]:
    """Time random orthogonal matrices, QR factorizations and the product under both."""
    works = [
        (f"orthogonal {f'{count} of ' if count > 1 else ''}{n} x {k}", n * k * count, found)
        for n, k, count in _SHAPES
        for found in _samplers(n, k, count, threads)
    ]
    works += [
        (f"QR {n} x {k}", n * k, f) for n, k in _FACTORED for f in _factorizations(n, k, threads)
    ]
    square = f"product {_PRODUCT} x {_PRODUCT}"
    works += [(square, _PRODUCT**2, found) for found in _products(_PRODUCT, threads)]
    contestants = [
        Contestant(who, work, run, size, 4 * size, repeat=1 if size > 1 << 14 else 100)
        for work, size, (who, run) in works
    ]
    # OpenBLAS's threads spin for 2^26 cycles, some 20 ms.
    return race(contestants, min(rounds, 5), "orthogonal", pause=0.1)
