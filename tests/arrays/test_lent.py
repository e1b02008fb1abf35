"""Memory of anybody's objects: filled where it lies, or refused before anything is written."""

from __future__ import annotations

import array
import ctypes
import doctest
import mmap
from pathlib import Path

import ml_dtypes
import numpy as np
import pytest

import netinit
from netinit.arrays.dlpack import _NAMES, _name, _pointer, _Tensor, _Versioned, exported
from netinit.arrays.views import as_array

SHAPE = (4, 6)


def wanted(shape=SHAPE, dtype="f4", what=1.0):
    return netinit.fill(np.empty(shape, dtype), what, name="w")


def address(memory):
    return np.asarray(memory).__array_interface__["data"][0]


class Lender:
    """An object with nothing but DLPack: the memory of a numpy array."""

    def __init__(self, memory, device=(1, 0), change=lambda capsule: None, versioned=True):
        self.memory, self.device, self.change = memory, device, change
        self.versioned = versioned

    def __dlpack_device__(self):
        return self.device

    def __dlpack__(self, *, max_version=None, copy=None):
        assert (max_version, copy) == ((1, 0), False)
        capsule = self.memory.__dlpack__(max_version=max_version if self.versioned else None)
        self.change(capsule)
        return capsule


class OldLender(Lender):
    """One of before DLPack 1.0, that takes no arguments."""

    def __dlpack__(self):
        return self.memory.__dlpack__()


def managed(capsule):
    """Return what a versioned capsule holds, to be changed."""
    return _Versioned.from_address(_pointer(capsule, b"dltensor_versioned"))


# -- buffers ----------------------------------------------------------------------------------


def test_buffers_are_filled_in_place(tmp_path):
    floats = array.array("f", bytes(4 * 24))
    start = floats.buffer_info()[0]
    assert netinit.fill(floats, 1.0, name="w") is floats
    assert floats.buffer_info()[0] == start
    assert floats.tobytes() == wanted((24,)).tobytes()

    raw = bytearray(8 * 24)
    view = memoryview(raw).cast("d", SHAPE)
    assert netinit.fill(view, 1.0, name="w") is view
    assert raw == wanted(dtype="f8").tobytes()

    halves = np.zeros(SHAPE, "f2")
    netinit.fill(memoryview(halves)[::-1], 1.0, name="w")
    np.testing.assert_array_equal(halves[::-1], wanted(dtype="f2"))

    numbers = ((ctypes.c_float * 6) * 4)()
    netinit.fill(numbers, 1.0, name="w")
    np.testing.assert_array_equal(np.array(numbers), wanted())

    path = tmp_path / "w.bin"
    path.write_bytes(bytes(4 * 24))
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as mapped:
        with memoryview(mapped) as held, held.cast("f") as view:
            netinit.fill(view, 1.0, name="w")
        mapped.flush()
    assert path.read_bytes() == wanted((24,)).tobytes()


def test_a_buffer_is_a_slice_as_any_array_is():
    rows = array.array("f", bytes(4 * 12))
    netinit.fill(
        memoryview(rows).cast("B").cast("f", (2, 6)), 1.0, name="w", shape=SHAPE, start=(1, 0)
    )
    assert rows.tobytes() == wanted()[1:3].tobytes()


def test_buffers_are_free_again_after_a_fill():
    floats = array.array("f", [0.0])
    netinit.fill(floats, 1.0, name="w")
    floats.append(2.0)  # BufferError if somebody held its memory
    assert len(floats) == 2


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: bytes(8), ValueError, r"out is read-only \(a bytes\); .* numpy.array\(out\)"),
        (lambda: memoryview(bytes(8)).cast("f"), ValueError, r"read-only \(a memoryview\)"),
        (lambda: bytearray(8), TypeError, r"holds bytes \(a bytearray\): .*memoryview\(out\).cast"),
        (lambda: memoryview(bytearray(8)), TypeError, r"frombuffer\(out, 'float32'\)"),
        (lambda: array.array("i", [1]), TypeError, "dtype float32, .*, not int32"),
        (lambda: array.array("b", [1]), TypeError, "holds bytes"),
        (lambda: memoryview(np.zeros(3, ">f4")), ValueError, "byte-swapped"),
        (lambda: np.float32(1), TypeError, "not float32; .* those with a buffer or __dlpack__"),
    ],
)
def test_buffers_that_cannot_be_filled_are_refused(make, error, message):
    out = make()
    before = bytes(memoryview(out))
    with pytest.raises(error, match=message):
        netinit.fill(out, 1.0)
    assert bytes(memoryview(out)) == before


def test_bytes_are_filled_by_what_has_raw_bits():
    raw = bytearray(64)
    netinit.fill(raw, "Dummy", name="w.qweight")
    assert raw == netinit.fill(np.zeros(64, "u1"), "Dummy", name="w.qweight").tobytes()


# -- DLPack -----------------------------------------------------------------------------------


@pytest.mark.parametrize("strided", [False, True])
def test_memory_of_dlpack_is_filled_in_place(strided):
    memory = np.zeros((4, 12), "f4")[:, ::2] if strided else np.zeros(SHAPE, "f4")
    out = Lender(memory)
    seen, dtype = as_array(out)
    assert address(seen) == address(memory)
    assert dtype == "float32"
    assert netinit.fill(out, 1.0, name="w") is out
    np.testing.assert_array_equal(memory, wanted())


def test_strides_may_be_left_out_and_an_offset_be_given():
    memory = np.zeros((5, 6), "f4")

    def change(capsule):
        tensor = managed(capsule).tensor
        tensor.strides = None
        tensor.byte_offset, tensor.shape[0] = 24, 4

    netinit.fill(Lender(memory, change=change), 1.0, name="w")
    np.testing.assert_array_equal(memory[1:], wanted())
    assert not memory[0].any()


@pytest.mark.parametrize("name", ["bfloat16", "float8_e4m3fn", "float8_e5m2"])
def test_types_that_numpy_lacks(name):
    code, bits = next(key for key, known in _NAMES.items() if known == name)
    memory = np.zeros(SHAPE, f"u{bits // 8}")

    def change(capsule):
        managed(capsule).tensor.code = code

    netinit.fill(Lender(memory, change=change), 1.0, name="w")
    assert memory.tobytes() == wanted(dtype=getattr(ml_dtypes, name)).tobytes()


def test_types_are_those_that_pytorch_lends():
    torch = pytest.importorskip("torch")
    lent = [getattr(torch, n) for n in _NAMES.values() if getattr(torch, n, None) is not None]
    assert len(lent) > 15
    for dtype in lent:
        assert exported(torch.zeros(3, dtype=dtype)).dtype == str(dtype).removeprefix("torch.")


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "c8", "c16"])
def test_every_type_of_numpys_is_told(dtype):
    memory = np.zeros(SHAPE, dtype)
    netinit.fill(Lender(memory), 1.0, name="w")
    np.testing.assert_array_equal(memory, wanted(dtype=dtype))


@pytest.mark.parametrize("shape", [(), (0,), (3, 0, 2)])
def test_shapes_without_axes_or_elements(shape):
    out = Lender(np.zeros(shape, "f4"))
    netinit.fill(out, 1.0, name="w")
    np.testing.assert_array_equal(out.memory, wanted(shape))


def read_only():
    memory = np.zeros(SHAPE, "f4")
    memory.flags.writeable = False
    return memory


def copied(capsule):
    managed(capsule).flags |= 2


def of_version_2(capsule):
    managed(capsule).version[0] = 2


def two_lanes(capsule):
    managed(capsule).tensor.lanes = 2


REFUSED = {
    "read-only": (Lender(read_only()), ValueError, r"out is read-only \(a Lender\); give memory"),
    "a GPU": (
        Lender(np.zeros(3, "f4"), device=(2, 1)),
        ValueError,
        "in the processor's memory; this Lender is on device CUDA:1. Fill an array of numpy's",
    ),
    "another device": (
        Lender(np.zeros(3, "f4"), device=(99, 0)),
        ValueError,
        "is on device number 99 of DLPack:0",
    ),
    "a copy": (
        Lender(np.zeros(3, "f4"), change=copied),
        ValueError,
        "gives a copy of its memory only",
    ),
    "version 2": (
        Lender(np.zeros(3, "f4"), change=of_version_2),
        ValueError,
        r"by DLPack 2\.\d+; known are 1 and",
    ),
    "no version": (
        Lender(np.zeros(3, "f4"), versioned=False),
        ValueError,
        r"before 1.0, which does not say .*torch.from_dlpack\(out\)",
    ),
    "no arguments": (OldLender(np.zeros(3, "f4")), ValueError, "does not say whether it may be"),
    "lanes": (
        Lender(np.zeros(3, "f4"), change=two_lanes),
        TypeError,
        "elements of 32 bits, 2 together, of kind 2 in DLPack",
    ),
    "integers": (Lender(np.zeros(3, "i4")), TypeError, "dtype float32, .*, not int32"),
    "an array that is not exported": (
        Lender(np.zeros(3, ">f4")),
        ValueError,
        "out, a Lender, does not give its memory: DLPack only supports native",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_memory_of_dlpack_that_cannot_be_filled_is_refused(name):
    out, error, message = REFUSED[name]
    with pytest.raises(error, match=message):
        netinit.fill(out, 1.0)
    assert not out.memory.any()


def test_capsules_free_themselves():
    """The memory's references come back, whether or not it was filled."""
    import sys

    memory = np.zeros(SHAPE, "f4")
    before = sys.getrefcount(memory)
    for _ in range(3):
        netinit.fill(Lender(memory), 1.0, name="w")
        with pytest.raises(ValueError, match="does not say"):
            netinit.fill(Lender(memory, versioned=False), 1.0, name="w")
    assert sys.getrefcount(memory) == before


def test_what_dlpack_says_is_read_as_it_is_laid_out():
    """The structures here have the size and places of those of dlpack.h on 64 bits."""
    assert (ctypes.sizeof(_Tensor), _Tensor.shape.offset, _Tensor.byte_offset.offset) == (
        48,
        24,
        40,
    )
    assert (_Versioned.flags.offset, _Versioned.tensor.offset) == (24, 32)
    assert _name(np.zeros(3).__dlpack__()) == b"dltensor"


def test_the_examples_of_the_page_are_true():
    page = Path(__file__).parents[2] / "docs" / "memory.md"
    result = doctest.testfile(str(page), module_relative=False)
    assert result.attempted >= 5
    assert not result.failed
