"""Files of anybody's tensors, made in parts by a function or given in parts: what they hold."""

from __future__ import annotations

import json
import os
import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netinit import checkpoint
from netinit.checkpoint import workers
from netinit.checkpoint.elements import code_of, kept_in
from netinit.checkpoint.header import ALL_CODES

safetensors = pytest.importorskip("safetensors")

BITS = {"F4": 4, "F6_E2M3": 6, "F6_E3M2": 6}
ARRAYS = st.dictionaries(
    st.text("abc./é", min_size=1, max_size=5),
    st.tuples(
        st.sampled_from(ALL_CODES),
        st.lists(st.integers(0, 9), max_size=3).map(lambda s: (*s, 4)),
    ),
    min_size=1,
    max_size=8,
)


def drawn(tensors, seed=0):
    """Return random bits for each tensor, in the dtype that keeps them."""
    rng = np.random.default_rng(seed)
    arrays = {}
    for name, (code, shape) in tensors.items():
        kept, count = kept_in(code), int(np.prod(shape))
        count = count * BITS[code] // 8 if code in BITS else count
        bits = rng.integers(0, 2 if code == "BOOL" else 256, count * kept.itemsize, np.uint8)
        arrays[name] = bits.view(kept)
    return arrays


def loaded(path):
    with safetensors.safe_open(path, framework="np") as opened:
        metadata = opened.metadata()
    return dict(safetensors.deserialize(path.read_bytes())), metadata


@settings(max_examples=60, deadline=None)
@given(tensors=ARRAYS, piece=st.sampled_from([8, 64, 1 << 20]), threads=st.integers(1, 3))
def test_every_dtype_is_written_as_the_library_writes_it(tmp_path_factory, tensors, piece, threads):
    path = tmp_path_factory.mktemp("stream") / "x.safetensors"
    arrays = drawn(tensors)

    def fill(name, out, start):
        assert out.ndim == 1
        out[:] = arrays[name][start : start + len(out)]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(workers, "PIECE_BYTES", piece)
        size = checkpoint.stream(path, tensors, fill, metadata={"a": "b"}, threads=threads)
    content = path.read_bytes()
    assert len(content) == size
    entries, metadata = loaded(path)
    assert metadata == {"a": "b"}
    assert {n: bytes(e["data"]) for n, e in entries.items()} == {
        name: array.tobytes() for name, array in arrays.items()
    }
    assert {n: (e["dtype"], tuple(e["shape"])) for n, e in entries.items()} == tensors

    again = path.with_name("again.safetensors")
    with checkpoint.Writer(again, tensors, metadata={"a": "b"}) as writer:
        for name, array in reversed(arrays.items()):
            for start in reversed(range(0, len(array), 7)):
                writer.write(name, array[start : start + 7], start)
    assert again.read_bytes() == content


@pytest.mark.parametrize("call", ["stream", "Writer"])
@pytest.mark.parametrize(
    ("tensors", "options", "error", "message"),
    [
        ({}, {}, ValueError, "no tensor"),
        ({"a": ("F31", 2)}, {}, ValueError, "tensor 'a': dtype 'F31' is unknown; did you mean"),
        ({"a": ("F4", 3)}, {}, ValueError, "'a' of shape .* 12 bits"),
        ({"a": ("F32", (2, -1))}, {}, ValueError, "tensor 'a': shape .* negative"),
        ({"a": "F32"}, {}, ValueError, "tensor 'a'"),
        ({"__metadata__": ("F32", 2)}, {}, ValueError, "__metadata__"),
        ({3: ("F32", 2)}, {}, TypeError, "3"),
        ({"a": ("F32", 2)}, {"metadata": {"a": 1}}, TypeError, "metadata"),
        ({"a": ("F32", 2)}, {"max_shard_size": "5XB"}, ValueError, "max_shard_size"),
    ],
)
def test_refusals_come_before_anything_is_written(tmp_path, call, tensors, options, error, message):
    arguments = [lambda *_: pytest.fail("nothing is to be made")] if call == "stream" else []
    with pytest.raises(error, match=message):
        getattr(checkpoint, call)(tmp_path / "x", tensors, *arguments, **options)
    assert os.listdir(tmp_path) == []


def test_dtypes_by_any_name():
    ml_dtypes = pytest.importorskip("ml_dtypes")
    for code in ALL_CODES:
        assert code_of(code) == code_of(code.lower()) == code
    for given_, code in [
        (np.float32, "F32"), (np.dtype("int64"), "I64"), ("bf16", "BF16"), (bool, "BOOL"),
        (ml_dtypes.bfloat16, "BF16"), (np.dtype(ml_dtypes.float8_e8m0fnu), "F8_E8M0"),
        ("float8_e5m2fnuz", "F8_E5M2FNUZ"), (np.complex64, "C64"),
    ]:  # fmt: skip
        assert code_of(given_) == code
    torch = pytest.importorskip("torch")
    assert [code_of(d) for d in (torch.bfloat16, torch.uint16, torch.float8_e8m0fnu)] == [
        "BF16", "U16", "F8_E8M0",
    ]  # fmt: skip


def test_a_folder_of_shards(tmp_path):
    tensors = {f"t{n}": ("I32", (5, 10)) for n in range(7)}
    arrays = drawn(tensors)
    with checkpoint.Writer(tmp_path / "w", tensors, max_shard_size=400) as writer:
        for name in sorted(arrays, reverse=True):
            writer.write(name, arrays[name].reshape(5, 10))
            assert not os.listdir(tmp_path / "w")
    checkpoint.stream(
        tmp_path / "s",
        tensors,
        lambda name, out, at: np.copyto(out, arrays[name][at : at + len(out)]),
        max_shard_size=400,
    )
    names = sorted(os.listdir(tmp_path / "w"))
    assert names[-1] == "model.safetensors.index.json"
    assert len(names) == 5
    for name in names:
        assert (tmp_path / "w" / name).read_bytes() == (tmp_path / "s" / name).read_bytes()
    index = json.loads((tmp_path / "s" / names[-1]).read_text())
    assert index["metadata"] == {"total_parameters": 350, "total_size": 1400}
    for name, file in index["weight_map"].items():
        entries, metadata = loaded(tmp_path / "s" / file)
        assert metadata == {"format": "pt"}
        assert bytes(entries[name]["data"]) == arrays[name].tobytes()


def test_an_error_of_the_function_is_raised_once_and_nothing_is_left(tmp_path, monkeypatch):
    def fill(name, out, start):
        if start > 1000:
            raise RuntimeError(f"no values from {start} on")
        out[:] = 0

    monkeypatch.setattr(workers, "PIECE_BYTES", 256)
    path = tmp_path / "x.safetensors"
    path.write_bytes(b"old")
    with pytest.raises(RuntimeError, match="no values from"):
        checkpoint.stream(path, {"a": ("F32", 100_000)}, fill, threads=3)
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == [path.name]


def test_what_the_writer_refuses(tmp_path):
    path = tmp_path / "x.safetensors"
    writer = checkpoint.Writer(path, {"a": ("F32", (4, 3)), "b": ("BF16", 4), "c": ("F4", (2, 2))})
    rows = np.ones((4, 3), np.float32)
    for name, values, start, error, message in [
        ("d", rows, 0, ValueError, "tensor 'd' is unknown"),
        ("a", rows.astype("f8"), 0, TypeError, "float64, and the file has F32"),
        ("a", rows.T, 0, ValueError, "no part of tensor 'a'"),
        ("a", rows, 1, ValueError, "no room"),
        ("a", rows, -1, ValueError, "start"),
        ("a", [1.0], 0, TypeError, "float64"),
        ("c", np.zeros((2, 2), np.uint8), 0, ValueError, "no part"),
        ("c", np.zeros((1, 2), np.uint8), 0, ValueError, "no part"),  # as many bytes as it has
    ]:
        with pytest.raises(error, match=message):
            writer.write(name, values, start)
    writer.write("a", rows[1:3], 3)
    with pytest.raises(ValueError, match="twice"):
        writer.write("a", rows[:1], 5)
    writer.write("c", np.zeros(2, np.uint8))
    with pytest.raises(ValueError, match="not all elements of 'a', 'b'"):
        writer.close()
    with pytest.raises(ValueError, match="closed"):
        writer.write("a", rows[:1])
    assert os.listdir(tmp_path) == []


def test_the_writer_takes_arrays_of_ml_dtypes_and_tensors_of_torch(tmp_path):
    ml_dtypes = pytest.importorskip("ml_dtypes")
    torch = pytest.importorskip("torch")
    tensors = {n: (d, 2) for n, d in [("a", "BF16"), ("b", "BF16"), ("c", "F8_E5M2"), ("d", "I64")]}
    path = tmp_path / "x.safetensors"
    with checkpoint.Writer(path, tensors) as writer:
        writer.write("a", np.array([1, 2], ml_dtypes.bfloat16))
        writer.write("b", torch.tensor([1, 2], dtype=torch.bfloat16, requires_grad=True))
        with pytest.raises(TypeError, match="F8_E4M3, and the file has F8_E5M2"):
            writer.write("c", torch.zeros(2, dtype=torch.float8_e4m3fn))
        writer.write("c", torch.zeros(2, dtype=torch.float8_e5m2))
        writer.write("d", torch.tensor([3, 4]))
    entries, _ = loaded(path)
    assert bytes(entries["a"]["data"]) == bytes(entries["b"]["data"]) == b"\x80\x3f\0\x40"
    assert np.frombuffer(entries["d"]["data"], "<i8").tolist() == [3, 4]


def test_many_threads_write_parts(tmp_path):
    tensors = {"a": ("U16", (64, 64))}
    values = drawn(tensors)["a"]
    path = tmp_path / "x.safetensors"
    with checkpoint.Writer(path, tensors) as writer:
        parts = np.random.default_rng(1).permutation(range(0, 4096, 16)).reshape(8, -1)

        def run(starts):
            for at in starts.tolist():
                writer.write("a", values[at : at + 16], at)

        team = [threading.Thread(target=run, args=(starts,)) for starts in parts]
        for thread in team:
            thread.start()
        for thread in team:
            thread.join()
    assert path.read_bytes().endswith(values.tobytes())
