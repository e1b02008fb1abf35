"""Files of PyTorch modules hold what `state_dict()` holds, and are checked without PyTorch."""

import json
import subprocess
import sys

import pytest

torch = pytest.importorskip("torch")
safetensors_torch = pytest.importorskip("safetensors.torch")

from torch import nn  # noqa: E402

import netinit  # noqa: E402
from netinit import checkpoint  # noqa: E402


class Tables(nn.Module):
    """Buffers that follow from the config, persistent and not, small and large."""

    def __init__(self, config):
        super().__init__()
        self.config = config
        large = torch.sin(torch.arange(9000.0)).reshape(90, 100)
        self.register_buffer("large", large)
        self.register_buffer("narrow", large.to(torch.bfloat16))
        self.register_buffer("rows", torch.arange(100.0).expand(90, 100).clone())
        self.register_buffer("signed_zeros", torch.tensor([[-0.0, 0.0], [0.0, 0.0]]))
        self.register_buffer("limits", torch.tensor([-torch.inf, 0.0, torch.nan]))
        self.register_buffer("scalar", torch.tensor(0.07, dtype=torch.float64))
        self.register_buffer("inv_freq", torch.arange(3.0), persistent=False)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.tables = Tables({"width": 100})
        self.conv = nn.Conv2d(3, 4, 3)
        self.norm = nn.BatchNorm2d(4)
        self.embed = nn.Embedding(7, 4, padding_idx=2)
        self.head = nn.Linear(4, 7, bias=False)
        self.head.weight = self.embed.weight


def on_meta():
    with torch.device("meta"):
        return Net()


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "net.safetensors"
    checkpoint.write(path, netinit.plan(on_meta(), netinit.All, seed=5))
    return path


def same_bytes(first, second):
    return torch.equal(first.reshape(-1).view(torch.uint8), second.reshape(-1).view(torch.uint8))


def test_the_file_holds_what_state_dict_holds(path):
    expected = netinit.initialize(on_meta(), seed=5).state_dict()
    found = safetensors_torch.load_file(path)
    assert set(expected) - set(found) == {"head.weight", "norm.num_batches_tracked"}
    assert set(found) <= set(expected)
    for name, tensor in found.items():
        assert tensor.dtype is expected[name].dtype
        assert same_bytes(tensor, expected[name]), name


def test_the_plan_lists_what_files_do_not_hold():
    plan = netinit.plan(on_meta(), netinit.All)
    assert not plan["tables.inv_freq"].parameter.persistent
    assert all(a.parameter.persistent for a in plan if a.name != "tables.inv_freq")
    (line,) = (line for line in str(plan).splitlines() if "inv_freq" in line)
    assert line.endswith("not in files")
    assert "tables.inv_freq" not in plan.to_json()["tensors"]


def test_it_loads_strictly(path):
    net = Net()
    missing, unexpected = safetensors_torch.load_model(net, path, strict=True)
    assert not missing
    assert not unexpected
    assert same_bytes(net.norm.running_var, torch.ones(4))
    assert net.norm.num_batches_tracked == 0


def test_the_recipe_is_small_and_finite(path):
    recipe = json.loads(checkpoint.read_header(path).metadata["netinit"])["tensors"]
    assert {name for name, entry in recipe.items() if "sha256" in entry} == {
        "tables.large",
        "tables.narrow",
        "tables.limits",
    }
    assert recipe["tables.rows"] == {"pattern": "given", "values": [list(range(100))]}
    assert recipe["tables.signed_zeros"]["values"] == [[0, 0], [0, 0]]
    assert str(recipe["tables.signed_zeros"]["values"][0][0]) == "-0.0"


def test_it_is_checked_without_torch(path):
    code = (
        "import sys, netinit.checkpoint\n"
        "print(netinit.checkpoint.check(sys.argv[1]), 'torch' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], check=True, capture_output=True, text=True
    )
    assert done.stdout == "[] False\n"


@pytest.mark.parametrize("name", ["large", "narrow", "rows", "signed_zeros", "limits", "scalar"])
@pytest.mark.parametrize("chunk", [256, 1 << 23])
def test_a_changed_byte_of_a_computed_tensor_is_found(path, name, chunk, monkeypatch):
    monkeypatch.setattr(sys.modules["netinit.checkpoint.compare"], "PIECE_BYTES", chunk)
    assert checkpoint.check(path) == []
    header = checkpoint.read_header(path)
    (tensor,) = (t for t in header.tensors if t.name == f"tables.{name}")
    content = bytearray(path.read_bytes())
    content[header.data_start + tensor.end - 1] ^= 0x80
    path.write_bytes(content)
    (difference,) = checkpoint.check(path)
    assert difference.name == f"tables.{name}"


def test_progress_of_digests_goes_to_the_end(path, monkeypatch):
    monkeypatch.setattr(sys.modules["netinit.checkpoint.compare"], "PIECE_BYTES", 1 << 10)
    seen = []
    checkpoint.check(path, progress=lambda done, total: seen.append((done, total)))
    done = [done for done, _ in seen]
    assert done == sorted(done)
    assert seen[-1] == (checkpoint.read_header(path).data_bytes,) * 2


@pytest.mark.parametrize(
    "entry",
    [
        {"sha256": "0" * 64},
        {"computed": "so", "sha256": "0" * 63},
        {"computed": "so", "sha256": "G" * 64},
        {"computed": "so", "sha256": 0},
        {"computed": 1, "sha256": "0" * 64},
        {"computed": "so", "sha256": "0" * 64, "draw": 1},
    ],
    ids=str,
)
def test_a_damaged_digest_is_refused(path, entry):
    header = checkpoint.read_header(path)
    recipe = json.loads(header.metadata["netinit"])
    recipe["tensors"]["tables.large"] = entry
    tensors = [(t.name, t.dtype, t.shape) for t in header.tensors]
    new = checkpoint.layout_tensors(tensors, {"netinit": json.dumps(recipe)})
    path.write_bytes(new.to_bytes() + path.read_bytes()[header.data_start :])
    with pytest.raises(netinit.errors.CheckpointError, match=r"'tables\.large'.* is damaged"):
        checkpoint.check(path)
