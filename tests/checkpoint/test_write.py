"""Writing checkpoints: the bytes of the tensors, their cuts, the recipe, the memory."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
import weakref

import numpy as np
import pytest

import netinit
from netinit import checkpoint
from netinit.arrays.dtypes import CODES, STORAGE
from netinit.arrays.narrow import NARROW
from netinit.arrays.slice import Slice
from netinit.checkpoint import workers
from netinit.checkpoint.tensors import StreamedTensor
from netinit.parameters.parameter import Parameter
from netinit.plans.plan import build_plan
from netinit.shapes.layout import DENSE, Layout

safetensors = pytest.importorskip("safetensors")
safetensors_numpy = pytest.importorskip("safetensors.numpy")

PARAMETERS = [
    Parameter("f64.weight", (9, 31), "float64", layout=DENSE),
    Parameter("f32.weight", (17, 129), "float32", layout=DENSE),
    Parameter("f32.bias", (17,), "float32", role="bias"),
    Parameter("f16.weight", (33, 65), "float16", layout=DENSE),
    Parameter("bf16.weight", (31, 77), "bfloat16", layout=DENSE),
    Parameter("e4m3.weight", (29, 83), "float8_e4m3fn", layout=DENSE),
    Parameter("e5m2.weight", (35, 37), "float8_e5m2", layout=DENSE),
    Parameter("embedding", (50, 24), "float32", "embedding", Layout((0,), (1,)), zero_row=7),
    Parameter("scalar", (), "float32", role="bias"),
    Parameter("empty", (0, 5), "float32", layout=DENSE),
]
METHODS = [
    "Kaiming",
    ("Xavier", {"distribution": "uniform"}),
    "Orthogonal",
    "Identity",
    ("Random", {"biases": 0.5}),
]


@pytest.fixture
def chunk_bytes(monkeypatch):
    """Set the size of a chunk; small ones cut tensors within and between rows."""

    def set_size(size):
        monkeypatch.setattr(workers, "PIECE_BYTES", size)
        monkeypatch.setattr(sys.modules["netinit.checkpoint.compare"], "PIECE_BYTES", size)

    set_size(1 << 10)
    return set_size


def plan_of(parameters=PARAMETERS, method="Kaiming", seed=1234):
    return build_plan(parameters, netinit.All, method, seed)


def filled(row):
    """Return the tensor of a plan's row, made whole by itself, in the dtype that stores it."""
    parameter = row.parameter
    out = np.empty(parameter.shape, STORAGE[parameter.dtype])
    row.initializer.fill(Slice(out, parameter.dtype), row.stream)
    if parameter.zero_row is not None:
        out[parameter.zero_row] = 0
    return out


def loaded(path):
    """Return the tensors of a file by the safetensors library."""
    storage = {code: STORAGE[dtype] for dtype, code in CODES.items()}
    arrays = {}
    for name, entry in safetensors.deserialize(path.read_bytes()):
        arrays[name] = np.frombuffer(entry["data"], storage[entry["dtype"]]).reshape(entry["shape"])
    return arrays


@pytest.mark.parametrize("method", METHODS, ids=str)
@pytest.mark.usefixtures("chunk_bytes")
def test_tensors_are_those_of_fill(tmp_path, method):
    plan = plan_of(method=method)
    path = tmp_path / "out.safetensors"
    size = checkpoint.write(path, plan)
    assert path.stat().st_size == size
    arrays = loaded(path)
    assert set(arrays) == {row.parameter.name for row in plan.assignments}
    for row in plan.assignments:
        array, expected = arrays[row.parameter.name], filled(row)
        assert (array.dtype, array.shape) == (expected.dtype, expected.shape)
        assert array.tobytes() == expected.tobytes(), row.parameter.name
    assert not arrays["embedding"][7].any()
    assert arrays["embedding"][[6, 8]].any()
    assert os.listdir(tmp_path) == ["out.safetensors"]
    assert checkpoint.check(path) == []


def test_loads_with_safetensors_and_keeps_its_recipe(tmp_path):
    plan = plan_of([p for p in PARAMETERS if p.dtype not in NARROW], seed="a text")
    path = tmp_path / "out.safetensors"
    checkpoint.write(path, plan)
    arrays = safetensors_numpy.load_file(path)
    for row in plan.assignments:
        np.testing.assert_array_equal(arrays[row.parameter.name], filled(row))
    with safetensors.safe_open(path, framework="np") as opened:
        metadata = opened.metadata()
    assert metadata["format"] == "pt"
    recipe = json.loads(metadata["netinit"])
    assert recipe == plan.to_json()
    assert (recipe["seed"], recipe["stream"]) == ("a text", 1)


@pytest.mark.parametrize("method", ["Kaiming", "Orthogonal"])
def test_bytes_do_not_depend_on_threads_or_chunks(tmp_path, chunk_bytes, method):
    contents = set()
    pieces = [1 << 10, 1 << 13, 1 << 14, 1 << 15, 1 << 20]
    for size, threads in [(8, 1), (1 << 10, 3), *((size, 2) for size in pieces)]:
        chunk_bytes(size)
        path = tmp_path / "out.safetensors"
        checkpoint.write(path, plan_of(method=method), threads=threads)
        contents.add(path.read_bytes())
    assert len(contents) == 1


@pytest.mark.usefixtures("chunk_bytes")
def test_progress_goes_to_the_end_in_chunks(tmp_path):
    total = sum(p.nbytes for p in PARAMETERS)
    path = tmp_path / "out.safetensors"
    seen = [(0, total)]
    checkpoint.write(path, plan_of(), progress=lambda *now: seen.append(now))
    assert {of for _, of in seen} == {total}
    steps = np.diff([done for done, _ in seen])
    assert steps.min() >= 0
    assert steps.max() <= 1 << 10
    assert steps.sum() == total


@pytest.mark.parametrize(
    ("parameters", "method", "error", "message"),
    [
        ([], "Kaiming", ValueError, "no tensor"),
        ([Parameter("lazy", None)], "Kaiming", netinit.errors.UnresolvedShapeError, "lazy"),
        (
            [Parameter("__metadata__", (2,), role="bias")],
            "Kaiming",
            ValueError,
            "'__metadata__'",
        ),
        (
            [Parameter("w", (2, 3), "float16", layout=DENSE)],
            ("Random", {"weights": netinit.Constant(1e6)}),
            ValueError,
            "parameter 'w'",
        ),
    ],
    ids=["empty", "unresolved", "name", "number"],
)
@pytest.mark.filterwarnings("ignore::netinit.errors.SymmetryWarning")
def test_refusals_come_before_anything_is_written(tmp_path, parameters, method, error, message):
    with pytest.raises(error, match=message):
        checkpoint.write(tmp_path / "out.safetensors", plan_of(parameters, method))
    assert os.listdir(tmp_path) == []


def test_a_distribution_known_by_its_ppf_only_has_no_recipe(tmp_path):
    stats = pytest.importorskip("scipy.stats")
    plan = plan_of(method=("Random", {"weights": stats.norm()}))
    with pytest.raises(TypeError, match="recipe"):
        checkpoint.write(tmp_path / "out.safetensors", plan)
    assert os.listdir(tmp_path) == []


def test_one_large_tensor_is_made_whole_at_a_time(tmp_path, monkeypatch):
    def make(self, alone):
        assert alone
        with held:
            made = true_make(self, alone)
            weakref.finalize(made, living.pop)
            living.append(1)
            most.append(len(living))
            time.sleep(0.01)
            return made

    true_make, held, living, most = StreamedTensor.make, threading.Lock(), [], []
    monkeypatch.setattr(workers, "PIECE_BYTES", 1 << 10)
    monkeypatch.setattr(StreamedTensor, "make", make)
    layers = [Parameter(f"l{n}", (40, 30), layout=DENSE) for n in range(6)]
    plan = plan_of(layers, "Orthogonal")
    checkpoint.write(tmp_path, plan, max_shard_size=5000, threads=4)
    assert most == [1] * 6
    for path in tmp_path.glob("*.safetensors"):
        assert checkpoint.check(path) == []


def test_an_interrupt_does_not_wait_for_a_large_matrix(tmp_path):
    """Two seconds of one, and more, for one core."""
    plan = plan_of([Parameter("w", (8192, 8192), layout=DENSE)], "Orthogonal")
    begin = time.monotonic()
    threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        checkpoint.write(tmp_path / "out.safetensors", plan, threads=1)
    assert time.monotonic() - begin < 2
    assert os.listdir(tmp_path) == []


MEASURE = """
    import resource, sys
    import netinit
    from netinit import checkpoint
    from netinit.parameters.parameter import Parameter
    from netinit.shapes.layout import DENSE
    from netinit.plans.plan import build_plan

    def peak():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10

    layers = [Parameter(f"l{i}.weight", (2048, 8192), layout=DENSE) for i in range(8)]
    plan = build_plan(layers, netinit.All, "Kaiming", 1)
    before = peak()
    size = checkpoint.write(sys.argv[1], plan)
    wrote = peak()
    assert checkpoint.check(sys.argv[1]) == []
    print(size >> 20, wrote - before, peak() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss is in KiB on Linux")
def test_memory_stays_small(tmp_path):
    """Half a gibibyte is written and checked within 64 MiB."""
    command = [sys.executable, "-c", textwrap.dedent(MEASURE), str(tmp_path / "big.safetensors")]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    size, writing, checking = map(int, done.stdout.split())
    assert size >= 512
    assert writing < 64
    assert checking < 64
