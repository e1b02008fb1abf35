"""Fresh memory: large pages around its edges, and nothing of its neighbours lost."""

from __future__ import annotations

import ctypes
import mmap
import sys
from pathlib import Path

import numpy as np
import pytest

from netinit import Normal, Stream, Uniform, _core
from netinit.initializers.elementwise import filling

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux has the calls")

HUGE = 2 << 20
#: What an allocator writes before each array, and where: not at a multiple of a large page.
HEADER = b"0123456789abcdef"
#: A row of arrays of 768 x 768, each with such bytes before it.
SIZE, STRIDE, COUNT = 768 * 768 * 4, 768 * 768 * 4 + 4096, 10

libc = ctypes.CDLL(None)
libc.madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
libc.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]


def fresh(nbytes):
    """Return memory as an allocator has it: Python's default is shared, which has other rules."""
    return mmap.mmap(-1, nbytes, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)


@pytest.fixture
def memory():
    mapped = fresh(STRIDE * (COUNT + 1))
    return mapped, ctypes.addressof(ctypes.c_char.from_buffer(mapped))


def fill(address, nbytes, what, name):
    _core.fill_many([filling((address, nbytes), "float32", Stream(7, name), what.core)])


def values(what, name, count=SIZE // 4):
    out = np.empty(count, np.float32)
    for part in np.split(out, 16):  # too small to be looked at
        part[...] = 0
    _core.fill(out, "float32", Stream(7, name).key, Stream(7, name).offset, 0, what.core)
    return out


def huge_bytes(address, nbytes):
    """Return how much of some memory is on large pages."""
    found, within = 0, False
    for line in Path("/proc/self/smaps").read_text().splitlines():
        first, _, rest = line.partition(" ")
        if "-" in first and not first.endswith(":"):
            begin, end = (int(text, 16) for text in first.split("-"))
            within = begin < address + nbytes and address < end
        elif within and first == "AnonHugePages:":
            found += int(rest.split()[0]) << 10
    return found


def gives_large_pages():
    """Return whether this system has large pages now: at first touch, and for small ones moved."""
    if "[never]" in Path("/sys/kernel/mm/transparent_hugepage/enabled").read_text():
        return False
    mapped = fresh((COUNT + 3) * STRIDE)
    address = ctypes.addressof(ctypes.c_char.from_buffer(mapped))
    first, blocks = -(-address // HUGE) * HUGE, len(mapped) // HUGE - 1
    mapped[first - address] = 1
    moved = libc.madvise(first, HUGE, 25) == 0
    libc.madvise(first, blocks * HUGE, 14)
    for k in range(blocks):
        mapped[first - address + k * HUGE] = 1
    return moved and huge_bytes(first, blocks * HUGE) >= blocks * HUGE


@pytest.mark.parametrize("what", [Normal(0, 0.02), Uniform(-1, 1)])
def test_what_lies_between_arrays_stays(memory, what):
    mapped, address = memory
    for k in range(COUNT + 1):
        mapped[k * STRIDE : k * STRIDE + 16] = HEADER
    for k in range(COUNT):
        fill(address + k * STRIDE + 16, SIZE, what, f"w{k}")
    for k in range(COUNT):
        begin = k * STRIDE + 16
        assert mapped[begin - 16 : begin] == HEADER
        assert mapped[begin + SIZE : (k + 1) * STRIDE] == bytes(STRIDE - SIZE - 16)
        drawn = np.frombuffer(mapped[begin : begin + SIZE], np.float32)
        assert np.array_equal(drawn, values(what, f"w{k}"))
    assert mapped[COUNT * STRIDE : COUNT * STRIDE + 16] == HEADER
    assert not any(mapped[COUNT * STRIDE + 16 :])


@pytest.mark.parametrize("share", [64, 4096, HUGE // 3, HUGE // 2, HUGE - 4096])
def test_a_neighbours_values_stay(memory, share):
    mapped, address = memory
    begin = -(-address // HUGE) * HUGE - address
    theirs = np.frombuffer(np.random.default_rng(1).bytes(share), np.uint8)
    mapped[begin : begin + share] = theirs.tobytes()
    fill(address + begin + share, SIZE, Normal(), "w")
    assert mapped[begin : begin + share] == theirs.tobytes()
    drawn = np.frombuffer(mapped[begin + share : begin + share + SIZE], np.float32)
    assert np.array_equal(drawn, values(Normal(), "w"))
    assert not any(mapped[begin + share + SIZE :])


def test_memory_beside_which_there_is_none():
    whole = fresh(8 * HUGE)
    address = ctypes.addressof(ctypes.c_char.from_buffer(whole))
    begin = -(-address // HUGE) * HUGE + 40960
    end = begin + SIZE
    after = -(-end // 4096) * 4096
    libc.munmap(begin - 8192, 8192)
    libc.munmap(after, 8192)
    fill(begin, SIZE, Normal(), "w")
    drawn = np.ctypeslib.as_array((ctypes.c_float * (SIZE // 4)).from_address(begin))
    assert np.array_equal(drawn, values(Normal(), "w"))


def test_arrays_behind_an_allocators_bytes_are_on_large_pages(memory):
    if not gives_large_pages():
        pytest.skip("this system gives none when it is asked")
    mapped, address = memory
    for k in range(COUNT + 1):
        mapped[k * STRIDE : k * STRIDE + 16] = HEADER
    for k in range(COUNT):
        fill(address + k * STRIDE + 16, SIZE, Normal(), f"w{k}")
    assert huge_bytes(address, len(mapped)) > 0.7 * COUNT * SIZE
