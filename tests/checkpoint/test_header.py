"""The header of safetensors files: what is read, what is refused, and what is written."""

import json
import struct

import ml_dtypes
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from netinit.arrays import dtypes
from netinit.checkpoint import layout_tensors, read_header
from netinit.checkpoint.header import MAX_HEADER
from netinit.errors import CheckpointError

safetensors = pytest.importorskip("safetensors")
safetensors_numpy = pytest.importorskip("safetensors.numpy")

W = {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}


def blob(header, data: bytes = bytes(24)) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


@pytest.fixture
def file(tmp_path):
    def write(content: bytes):
        path = tmp_path / "file.safetensors"
        path.write_bytes(content)
        return path

    return write


def test_reads_what_safetensors_writes(tmp_path):
    path = tmp_path / "a.safetensors"
    arrays = {
        "b": np.zeros((2, 3), "f4"),
        "a": np.zeros((), "f8"),
        "empty": np.zeros((0, 7), "f2"),
        "integers": np.zeros(5, "i8"),
    }
    safetensors_numpy.save_file(arrays, path, metadata={"who": "me"})
    header = read_header(path)
    assert header.metadata == {"who": "me"}
    assert {t.name: t.shape for t in header.tensors} == {k: v.shape for k, v in arrays.items()}
    assert {t.name: t.dtype for t in header.tensors} == {
        "b": "float32", "a": "float64", "empty": "float16", "integers": "int64",
    }  # fmt: skip
    assert header.data_start + header.data_bytes == path.stat().st_size


def entry(**changes):
    return {"w": {**W, **changes}}


OTHER = {"dtype": "F32", "shape": [1], "data_offsets": [24, 28]}

REFUSED = {
    "empty file": (b"", "0 bytes are too few"),
    "cut length": (b"\x10\0\0", "3 bytes are too few"),
    "text": (b"once upon a time there was", "not a safetensors file"),
    "cut header": (blob({"w": W})[:40], "cut off"),
    "header without its end": (blob({"w": W}, b"")[:-1], "cut off"),
    "length over the limit": (struct.pack("<Q", MAX_HEADER + 1) + b"{}", "100,000,000 are allowed"),
    "no header": (struct.pack("<Q", 0), "begin with '{'"),
    "array": (blob([1]), "begin with '{'"),
    "leading space": (blob(b" " + json.dumps({"w": W}).encode()), "begin with '{'"),
    "not UTF-8": (blob(b'{"\xff": 1}'), "not UTF-8"),
    "not JSON": (blob(b'{"w": }'), "not valid JSON"),
    "cut JSON": (blob(b'{"w": {"dtype": "F3'), "not valid JSON"),
    "NUL padding": (blob(json.dumps({"w": W}).encode() + b"\0"), "not valid JSON"),
    "NaN": (blob(b'{"w": NaN}'), "NaN"),
    "nested": (blob(b'{"w":' + b"[" * 100_000 + b"]" * 100_000 + b"}"), "nested too deeply"),
    "lone surrogate": (blob(b'{"\\ud800": {}}'), "not Unicode"),
    "same tensor twice": (
        blob(b'{"w": %s, "w": %s}' % ((json.dumps(W).encode(),) * 2)),
        "names 'w' twice",
    ),
    "same field twice": (blob(b'{"w": {"dtype": "F32", "dtype": "F32"}}'), "names 'dtype' twice"),
    "metadata not an object": (blob({"__metadata__": None, "w": W}), "not an object"),
    "metadata not text": (blob({"__metadata__": {"a": 1}, "w": W}), "'a' is 1, not text"),
    "metadata surrogate": (blob(b'{"__metadata__": {"a": "\\udfff"}}', b""), "not Unicode"),
    "entry not an object": (blob({"w": 7}), "tensor 'w': its entry is 7"),
    "field missing": (blob({"w": {"dtype": "F32", "shape": [2, 3]}}), "tensor 'w': its entry has"),
    "field too many": (blob(entry(more=1)), "tensor 'w': its entry has"),
    "dtype unknown": (blob(entry(dtype="F33")), 'tensor \'w\': its dtype "F33" is unknown'),
    "dtype not text": (blob(entry(dtype=["F32"])), "is unknown"),
    "shape not a list": (blob(entry(shape=6)), "tensor 'w': its shape 6"),
    "negative axis": (blob(entry(shape=[-2, -3])), "its shape [-2, -3]"),
    "fractional axis": (blob(entry(shape=[2.0, 3])), "its shape [2.0, 3]"),
    "minus zero": (blob(b'{"w": {"dtype": "F32", "shape": [-0], "data_offsets": [0, 0]}}', b""),
                   "its shape [-0.0]"),
    "boolean axis": (blob(entry(shape=[True, 6])), "its shape [true, 6]"),
    "axis over 63 bits": (blob(entry(shape=[1 << 63])), "its shape"),
    "axis of 5000 digits": (blob(b'{"w": {"dtype": "F32", "shape": [%s], "data_offsets": [0, 24]}}'
                                 % (b"9" * 5000)), "its shape"),
    "product overflow": (blob(entry(shape=[1 << 32, 1 << 32])), "more elements"),
    "product overflow by 0": (blob(entry(shape=[1 << 62, 8, 0], data_offsets=[0, 0]), b""),
                              "more elements"),
    "offsets not two": (blob(entry(data_offsets=[0, 24, 48])), "data_offsets"),
    "offsets fractional": (blob(entry(data_offsets=[0.0, 24])), "data_offsets"),
    "offsets reversed": (blob(entry(data_offsets=[24, 0])), "span -24 bytes"),
    "offsets too short": (blob(entry(data_offsets=[0, 23])), "span 23 bytes"),
    "half bytes": (blob({"w": {"dtype": "F4", "shape": [3], "data_offsets": [0, 2]}}, bytes(2)),
                   "whole bytes"),
    "hole at the start": (blob(entry(data_offsets=[8, 32]), bytes(32)), "tensor 'w': it begins"),
    "hole": (blob({"w": W, "v": {**OTHER, "data_offsets": [28, 32]}}, bytes(32)), "a hole"),
    "overlap": (blob({"w": W, "v": {**OTHER, "data_offsets": [20, 24]}}), "overlaps"),
    "same bytes twice": (blob({"w": W, "v": W}), "overlaps"),
    "cut data": (blob({"w": W}, bytes(23)), "cut off"),
    "trailing bytes": (blob({"w": W}, bytes(25)), "bytes follow the last tensor"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_refuses(case, file):
    content, message = REFUSED[case]
    path = file(content)
    with pytest.raises(CheckpointError) as caught:
        read_header(path)
    assert message in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_empty_checkpoint_is_well_formed(file):
    assert read_header(file(blob({}, b""))).tensors == ()


def test_missing_file_is_an_os_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_header(tmp_path / "none.safetensors")


# Differential fuzzing: whatever read_header accepts, the safetensors library accepts and
# understands alike. Headers are well-formed ones with one thing replaced, and mangled bytes.

SIZES = st.one_of(
    st.integers(0, 5),
    st.sampled_from([-1, 1 << 31, 1 << 32, 1 << 61, 1 << 63, 1 << 64, 1.0, True, None, "1", [1]]),
)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-2, 1 << 65), st.floats(), st.text(max_size=4)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)
CODES = ["BOOL", "F4", "F6_E2M3", "F8_E5M2", "U8", "F16", "BF16", "F32", "F64", "C64", "I64", "F"]
NAMES = st.sampled_from(["w", "v", "é", "a/b", "", "__metadata__", "\0", "w "])
BITS = {"F4": 4, "F6_E2M3": 6, "F16": 16, "BF16": 16, "F32": 32, "F64": 64, "C64": 64, "I64": 64}


@st.composite
def headers(draw):
    """Draw a header, its tensors laid out well, then perhaps one field of one replaced."""
    table, reached = {}, 0
    for name in draw(st.lists(NAMES, max_size=4, unique=True)):
        code, shape = draw(st.sampled_from(CODES)), draw(st.lists(st.integers(0, 3), max_size=3))
        size = int(np.prod(shape, dtype=int)) * BITS.get(code, 8) // 8
        table[name] = {"dtype": code, "shape": shape, "data_offsets": [reached, reached + size]}
        reached += size
    if table and draw(st.booleans()):
        fields = table[draw(st.sampled_from(sorted(table)))]
        field = draw(st.sampled_from([*fields, "other"]))
        fields[field] = draw(st.lists(SIZES, max_size=3) | st.sampled_from(CODES) | JSON)
    if draw(st.booleans()):
        table["__metadata__"] = draw(st.dictionaries(st.text(max_size=3), st.text(max_size=3)))
    if draw(st.booleans()):
        table = dict(reversed(table.items()))
    ascii_only = draw(st.booleans())
    text = json.dumps(table, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    extra = draw(st.sampled_from([0] * 8 + [1]))
    return text + b" " * draw(st.integers(0, 3)), bytes(reached + extra)


@st.composite
def mangled(draw):
    """Draw a file with some of its bytes replaced, dropped or doubled."""
    text, data = draw(headers())
    content = bytearray(blob(text, data))
    for _ in range(draw(st.integers(0, 2))):
        place = draw(st.integers(0, len(content) - 1))
        length = draw(st.integers(0, 2))
        content[place : place + length] = draw(
            st.binary(max_size=2) | st.just(b"-") | st.just(b"0")
        )
    return bytes(content)


@settings(max_examples=400)
@given(mangled())
@example(blob({"__metadata__": None}, b""))
@example(blob(b'{"w": ["F32", [1], [0, 4]]}', bytes(4)))
def test_accepts_only_what_safetensors_accepts(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "fuzzed.safetensors"
    path.write_bytes(content)
    try:
        header = read_header(path)
    except CheckpointError:
        return
    theirs = dict(safetensors.deserialize(content))
    assert set(theirs) == {tensor.name for tensor in header.tensors}
    for tensor in header.tensors:
        other = theirs[tensor.name]
        assert (other["dtype"], tuple(other["shape"])) == (tensor.code, tensor.shape)
        data = content[header.data_start + tensor.begin : header.data_start + tensor.end]
        assert bytes(other["data"]) == data


ARRAYS = st.dictionaries(
    st.text(max_size=5).filter(lambda name: name != "__metadata__"),
    st.tuples(
        st.sampled_from(list(dtypes.CODES)),
        st.lists(st.integers(0, 3), max_size=3).map(tuple),
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=200)
@given(ARRAYS)
def test_writes_the_bytes_that_safetensors_writes(arrays):
    header = layout_tensors([(n, d, s) for n, (d, s) in arrays.items()], {"format": "pt"})
    content = header.to_bytes() + bytes(header.data_bytes)
    zeros = {
        name: np.zeros(shape, getattr(ml_dtypes, dtype, dtype))
        for name, (dtype, shape) in arrays.items()
    }
    assert safetensors_numpy.save(zeros, {"format": "pt"}) == content


def test_order_is_by_alignment_then_name():
    arrays = [
        ("z", "float64", (1,)), ("h", "float16", (3,)), ("y", "bfloat16", (1,)),
        ("b", "float32", (1,)), ("a", "float32", ()), ("x", "bfloat16", (1,)),
        ("e", "float8_e5m2", (1,)), ("f", "float8_e4m3fn", (1,)),
    ]  # fmt: skip
    header = layout_tensors(arrays, {})
    assert [t.name for t in header.tensors] == ["z", "a", "b", "x", "y", "h", "f", "e"]
    assert [t.begin for t in header.tensors] == [0, 8, 12, 16, 18, 20, 26, 27]
    assert header.data_start % 8 == 0
    assert header.to_bytes()[8:].rstrip(b" ").endswith(b"}")


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ([], "no tensor"),
        ([("__metadata__", "float32", ())], "'__metadata__'"),
        ([("w", "float32", ()), ("w", "float16", ())], "'w' is given twice"),
        ([("\ud800", "float32", ())], "Unicode"),
    ],
)
def test_refuses_to_lay_out(arrays, message):
    with pytest.raises(ValueError, match=message):
        layout_tensors(arrays, {})


def test_a_header_over_the_limit_is_not_written(monkeypatch):
    arrays = [("w" * 1000, "float32", ())]
    length = layout_tensors(arrays, {}).data_start - 8
    monkeypatch.setattr("netinit.checkpoint.header.MAX_HEADER", length)
    assert layout_tensors(arrays, {})
    monkeypatch.setattr("netinit.checkpoint.header.MAX_HEADER", length - 1)
    with pytest.raises(ValueError, match="readers of the format accept at most"):
        layout_tensors(arrays, {})
