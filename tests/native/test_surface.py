"""What netinit.h offers before anything is drawn: streams, fans, distributions, statuses."""

from __future__ import annotations

import ctypes
import hashlib
import math
import random
import re
from ctypes import POINTER, byref, c_char_p, c_double, c_int, c_int64, c_size_t, c_uint64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netinit import Stream, _core
from netinit.initializers.variance_scaling import MODES, SPREADS
from netinit.shapes.fans import fans, fans_of_axes
from tests.native.build import CSRC
from tests.native.library import CStream, Distribution, library_of
from tests.reference.streams import stream_of

HEADER = (CSRC / "include" / "netinit" / "netinit.h").read_text()
SEED_KINDS = {"integer": 0, "text": 1}
AXES = {"out": 0, "in": 1, "kernel": 2, "batch": 3}


def surface() -> ctypes.CDLL:
    """Return the parts below the kernels as a library, or skip the test."""
    made = library_of("streams", "scaling", "status.c", "version.c")
    made.ni_status_text.restype = made.ni_status_argument.restype = c_char_p
    made.ni_version.restype = c_char_p
    return made


def statuses() -> list[str]:
    """Return the names of ni_status, in order."""
    block = re.search(r"typedef enum \{\s*(NI_OK.*?)\} ni_status;", HEADER, re.DOTALL)
    assert block is not None
    return re.findall(r"^\s*(NI_\w+)", block[1], re.MULTILINE)


# -- BLAKE2b ----------------------------------------------------------------------------------


class Blake2b(ctypes.Structure):
    """ni_blake2b of streams/blake2b.h."""

    _fields_ = [
        ("hash", c_uint64 * 8),
        ("before", c_uint64),
        ("held", c_size_t),
        ("block", ctypes.c_ubyte * 128),
    ]


def blake2b(parts: list[bytes], size: int, person: bytes = b"") -> bytes:
    made, state, words = surface(), Blake2b(), (c_uint64 * 8)()
    made.ni_blake2b_begin(byref(state), c_size_t(size), person.ljust(16, b"\0"))
    for part in parts:
        made.ni_blake2b_add(byref(state), part, c_size_t(len(part)))
    made.ni_blake2b_end(byref(state), words)
    return b"".join(int(word).to_bytes(8, "little") for word in words)[:size]


def test_blake2b_of_the_rfc():
    # RFC 7693, appendix A: BLAKE2b-512("abc").
    assert blake2b([b"abc"], 64).hex() == (
        "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
        "7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923"
    )


def rfc_sequence(size: int, seed: int) -> bytes:
    """Return the bytes of selftest_seq of RFC 7693, appendix E."""
    a, b, made = (0xDEAD4BAD * seed) & 0xFFFFFFFF, 1, bytearray()
    for _ in range(size):
        a, b = b, (a + b) & 0xFFFFFFFF
        made.append(b >> 24)
    return bytes(made)


@pytest.mark.parametrize("size", [20, 32, 48, 64])
@pytest.mark.parametrize("length", [0, 3, 127, 128, 129, 255, 256, 257, 1024])
def test_blake2b_is_hashlibs(size, length):
    message, person = rfc_sequence(length, length), rfc_sequence(size % 17, size)
    wanted = hashlib.blake2b(message, digest_size=size, person=person).digest()
    assert blake2b([message], size, person) == wanted
    for cut in {0, 1, length // 2, min(length, 128), length}:
        assert blake2b([message[:cut], b"", message[cut:]], size, person) == wanted


# -- streams ----------------------------------------------------------------------------------


def c_stream(kind: str, seed: bytes, name: bytes) -> tuple[str, int, int, int]:
    stream = CStream(1, 2, 3)
    status = surface().ni_stream_of_seed(
        SEED_KINDS[kind], seed, c_size_t(len(seed)), name, c_size_t(len(name)), byref(stream)
    )
    return statuses()[status], stream.key, stream.offset, stream.draw


def test_a_hundred_thousand_streams_are_pythons():
    letters = ["", "a", "layers.0.", "weight", "\0", "é", "重み", "🎲", "\U0010ffff", "\x7f"]
    r = random.Random(20)

    def text() -> str:
        return "".join(r.choices(letters, k=r.randrange(12)))

    def seed() -> int | str:
        size = 10 ** r.choice([1, 3, 9, 18, 19, 20, 40, 300])
        return text() if r.random() < 0.3 else r.randint(-size, size)

    cases = [(0, ""), (-1, "\0"), (10**40, "🎲"), (-(10**40), ""), ("", ""), (-(2**63), "w")]
    cases += [(2**63 - 1, "w"), (2**63, "w"), (-(2**63) - 1, "w"), ("\0", "\0\0")]
    cases += [(seed(), text()) for _ in range(100_000)]
    for one, name in cases:
        stream = Stream(one, name)
        assert (stream.key, stream.offset) == stream_of(one, name), (one, name)
    for one, name in cases[:2000]:
        kind = "text" if isinstance(one, str) else "integer"
        found = c_stream(kind, str(one).encode(), name.encode())
        assert found == ("NI_OK", *stream_of(one, name), 0)


@given(st.text(), st.text())
def test_any_text_is_a_seed_and_a_name(seed, name):
    if any("\ud800" <= c <= "\udfff" for c in seed + name):
        return
    assert _core.stream_of(seed, name) == stream_of(seed, name)


@pytest.mark.parametrize(
    ("digits", "number"),
    [("007", 7), ("-0", 0), ("+5", 5), ("-00", 0), ("-0010", -10), ("0" * 300 + "1", 1)],
)
def test_an_integer_has_one_stream(digits, number):
    assert c_stream("integer", digits.encode(), b"w") == ("NI_OK", *stream_of(number, "w"), 0)


@pytest.mark.parametrize("digits", ["", "-", "+", "--1", "1 ", " 1", "1e3", "0x1", "1\0", "\uff11"])
def test_what_is_no_integer_is_refused(digits):
    assert c_stream("integer", digits.encode(), b"w") == ("NI_BAD_SEED", 1, 2, 3)


NOT_UTF8 = [b"\x80", b"\xc3", b"\xc0\x80", b"\xe0\x80\x80", b"\xed\xa0\x80", b"\xf0\x80\x80\x80"]
NOT_UTF8 += [b"\xf4\x90\x80\x80", b"\xf8\x88\x80\x80\x80", b"\xff", b"w" * 30 + b"\xe9", b"\xc3w"]


@pytest.mark.parametrize("text", NOT_UTF8)
def test_what_is_not_utf8_is_refused(text):
    with pytest.raises(UnicodeDecodeError):
        text.decode()
    assert c_stream("text", text, b"w") == ("NI_BAD_SEED", 1, 2, 3)
    assert c_stream("integer", b"1", text) == ("NI_BAD_NAME", 1, 2, 3)
    stream = CStream(1, 2, 3)
    status = surface().ni_stream_of(c_int64(1), text, c_size_t(len(text)), byref(stream))
    assert (statuses()[status], stream.key) == ("NI_BAD_NAME", 1)


@given(st.binary(max_size=24))
def test_a_name_is_utf8_where_python_says_so(text):
    try:
        text.decode()
        wanted = "NI_OK"
    except UnicodeDecodeError:
        wanted = "NI_BAD_NAME"
    assert c_stream("integer", b"1", text)[0] == wanted


def test_a_text_of_no_bytes_may_be_null():
    made, stream = surface(), CStream()
    assert made.ni_stream_of(c_int64(7), None, c_size_t(0), byref(stream)) == 0
    assert (stream.key, stream.offset) == stream_of(7, "")
    nothing = (None, c_size_t(0))
    assert made.ni_stream_of_seed(SEED_KINDS["text"], *nothing, *nothing, byref(stream)) == 0
    assert (stream.key, stream.offset) == stream_of("", "")
    status = made.ni_stream_of_seed(SEED_KINDS["integer"], *nothing, *nothing, byref(stream))
    assert statuses()[status] == "NI_BAD_SEED"


def test_another_kind_of_seed_is_refused():
    made = surface()
    for kind in (-1, 2):
        status = made.ni_stream_of_seed(kind, b"1", c_size_t(1), b"", c_size_t(0), None)
        assert statuses()[status] == "NI_BAD_SEED"


# -- fans and distributions -------------------------------------------------------------------


def c_fans(shape: list[int], axes: list[str] | None = None) -> tuple[str, int, int]:
    fan_in, fan_out = c_int64(-1), c_int64(-1)
    extents = (c_int64 * len(shape))(*shape)
    roles = None if axes is None else (c_int * len(axes))(*(AXES[axis] for axis in axes))
    status = surface().ni_fans(len(shape), extents, roles, byref(fan_in), byref(fan_out))
    return statuses()[status], fan_in.value, fan_out.value


shapes = st.lists(st.integers(0, 60), max_size=6)


@given(shapes)
def test_fans_are_pythons(shape):
    assert c_fans(shape) == ("NI_OK", *fans(shape))


@given(shapes, st.data())
def test_fans_by_axes_are_pythons(shape, data):
    axes = [data.draw(st.sampled_from(list(AXES))) for _ in shape]
    wanted = fans_of_axes(
        shape,
        *([k for k, axis in enumerate(axes) if axis == what] for what in ("in", "out", "batch")),
    )
    assert c_fans(shape, axes) == ("NI_OK", *wanted)


def test_fans_that_cannot_be_are_refused():
    assert c_fans([3, -1]) == ("NI_BAD_SHAPE", -1, -1)
    assert c_fans([2, 2**40, 2**40]) == ("NI_BAD_SHAPE", -1, -1)
    assert c_fans([2**62, 1, 1]) == ("NI_OK", 1, 2**62)
    assert c_fans([1] * 65) == ("NI_BAD_SHAPE", -1, -1)
    made, shape, one = surface(), (c_int64 * 1)(3), c_int64(-1)
    for axis in (-1, 4):
        status = made.ni_fans(1, shape, (c_int * 1)(axis), byref(one), byref(one))
        assert (statuses()[status], one.value) == ("NI_BAD_AXIS", -1)


def c_scaling(
    scale: float, mode: int, spread: int, fan_in: float, fan_out: float, gain: float
) -> tuple[str, tuple[int, float, float, float, float]]:
    made, d = surface(), Distribution(-1)
    made.ni_variance_scaling.argtypes = [
        *(c_double, c_int, c_int, c_double, c_double, c_double),
        POINTER(Distribution),
    ]
    status = made.ni_variance_scaling(scale, mode, spread, fan_in, fan_out, gain, byref(d))
    return statuses()[status], (d.kind, d.mean, d.std, d.low, d.high)


FANS = {
    "fan_in": lambda i, o: i,
    "fan_out": lambda i, o: o,
    "fan_avg": lambda i, o: (i + o) / 2,
    "fan_geo_avg": lambda i, o: math.sqrt(i * o),
}
TRUNCATED_STD = 0.87962566103423978
DRAWN = {
    "normal": lambda s: (3, 0.0, s, 0.0, 0.0),
    "uniform": lambda s: (2, 0.0, 0.0, -math.sqrt(3) * s, math.sqrt(3) * s),
    "truncated_normal": lambda s: truncated(s / TRUNCATED_STD),
    "uncorrected_truncated_normal": lambda s: truncated(s),
}


def truncated(std: float) -> tuple[int, float, float, float, float]:
    return (4, 0.0, std, -2 * std, 2 * std)


positive = st.floats(0, 1e100)


@given(
    positive,
    st.sampled_from(list(FANS)),
    st.sampled_from(list(DRAWN)),
    st.integers(0, 2**53),
    st.integers(0, 2**53),
    positive,
)
def test_variance_scaling_is_the_formula_to_the_last_bit(scale, mode, spread, i, o, gain):
    fan = FANS[mode](i, o)
    std = gain * (math.sqrt(scale / fan) if fan else 0.0)
    numbers = (list(FANS).index(mode), list(DRAWN).index(spread))
    assert c_scaling(scale, *numbers, i, o, gain) == ("NI_OK", DRAWN[spread](std))


def test_the_names_of_python_are_the_numbers_of_c():
    assert list(FANS) == list(MODES)
    assert list(DRAWN) == [name for name, core in SPREADS.items() if name == core]
    for mode, fan in FANS.items():
        assert _core.fan(mode, 3, 12) == fan(3, 12)
    for spread, drawn in DRAWN.items():
        assert _core.spread(spread, 0.25)[1:] == drawn(0.25)[1:]


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        ((-1.0, 0, 0, 1, 1, 1), "NI_BAD_SCALE"),
        ((math.nan, 0, 0, 1, 1, 1), "NI_BAD_SCALE"),
        ((math.inf, 0, 0, 1, 1, 1), "NI_BAD_SCALE"),
        ((1.0, -1, 0, 1, 1, 1), "NI_BAD_MODE"),
        ((1.0, 4, 0, 1, 1, 1), "NI_BAD_MODE"),
        ((1.0, 0, -1, 1, 1, 1), "NI_BAD_SPREAD"),
        ((1.0, 0, 4, 1, 1, 1), "NI_BAD_SPREAD"),
        ((1.0, 0, 0, -1, 1, 1), "NI_BAD_FAN"),
        ((1.0, 0, 0, 1, math.nan, 1), "NI_BAD_FAN"),
        ((1.0, 0, 0, 1, 1, -1), "NI_BAD_STD"),
        ((1.0, 0, 0, 1, 1, math.inf), "NI_BAD_STD"),
    ],
)
def test_numbers_that_cannot_be_are_refused(arguments, status):
    assert c_scaling(*arguments) == (status, (-1, 0.0, 0.0, 0.0, 0.0))


# -- statuses and versions --------------------------------------------------------------------


def test_each_status_has_words_and_names_arguments_of_the_header():
    made, names = surface(), statuses()
    assert names[-1] == "NI_STATUS_COUNT"
    functions = HEADER.partition("typedef enum")[2]
    for number, name in enumerate(names[:-1]):
        assert made.ni_status_text(number) not in (None, b"", b"unknown status"), name
        for argument in filter(None, made.ni_status_argument(number).decode().split(", ")):
            assert re.search(rf"[ *]{argument}[;,)]", functions), (name, argument)
    for number in (-1, len(names) - 1, 1000):
        assert made.ni_status_text(number) == b"unknown status"
        assert made.ni_status_argument(number) == b""


def test_versions_are_the_headers():
    made = surface()
    version, abi = (re.search(rf"#define NI_{n} (\S+)", HEADER) for n in ("VERSION", "ABI_VERSION"))
    assert version is not None
    assert abi is not None
    assert f'"{made.ni_version().decode()}"' == version[1]
    assert made.ni_abi_version() == int(abi[1])
