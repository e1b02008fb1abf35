"""Modules of the meta device get memory, every byte of which is written, or none at all."""

import math

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

import netinit  # noqa: E402
from netinit import _core  # noqa: E402
from netinit.torch.modules import materialize  # noqa: E402
from netinit.torch.modules.adapter import TorchAdapter  # noqa: E402

norm = nn.utils.parametrizations.weight_norm
spectral = nn.utils.parametrizations.spectral_norm

ZOO = {
    "Linear": lambda: nn.Linear(5, 3),
    "Linear without bias": lambda: nn.Linear(5, 3, bias=False),
    "Bilinear": lambda: nn.Bilinear(3, 4, 5),
    "Conv1d": lambda: nn.Conv1d(4, 6, 3),
    "Conv2d, groups": lambda: nn.Conv2d(4, 6, 3, groups=2),
    "Conv3d": lambda: nn.Conv3d(2, 3, 2),
    "Conv2d, channels last": lambda: nn.Conv2d(4, 6, 3).to(memory_format=torch.channels_last),
    "ConvTranspose1d": lambda: nn.ConvTranspose1d(4, 6, 3),
    "ConvTranspose2d": lambda: nn.ConvTranspose2d(4, 6, 3, groups=2),
    "ConvTranspose3d": lambda: nn.ConvTranspose3d(2, 3, 2),
    "Embedding": lambda: nn.Embedding(7, 3, padding_idx=0),
    "EmbeddingBag": lambda: nn.EmbeddingBag(7, 3, padding_idx=1),
    "BatchNorm1d": lambda: nn.BatchNorm1d(4),
    "BatchNorm2d": lambda: nn.BatchNorm2d(4, affine=False),
    "BatchNorm3d": lambda: nn.BatchNorm3d(4, track_running_stats=False),
    "SyncBatchNorm": lambda: nn.SyncBatchNorm(4),
    "InstanceNorm2d": lambda: nn.InstanceNorm2d(4, affine=True, track_running_stats=True),
    "LayerNorm": lambda: nn.LayerNorm((3, 4)),
    "GroupNorm": lambda: nn.GroupNorm(2, 4),
    "RMSNorm": lambda: nn.RMSNorm(4),
    "PReLU": lambda: nn.PReLU(3),
    "RNN": lambda: nn.RNN(3, 4, 2, bidirectional=True),
    "LSTM": lambda: nn.LSTM(3, 4, 2, proj_size=2, bidirectional=True),
    "GRU": lambda: nn.GRU(3, 4, 2),
    "RNNCell": lambda: nn.RNNCell(3, 4),
    "LSTMCell": lambda: nn.LSTMCell(3, 4),
    "GRUCell": lambda: nn.GRUCell(3, 4),
    "MultiheadAttention": lambda: nn.MultiheadAttention(8, 2, add_bias_kv=True),
    "MultiheadAttention, kdim": lambda: nn.MultiheadAttention(8, 2, kdim=3, vdim=5),
    "Transformer": lambda: nn.Transformer(8, 2, 1, 1, 16, batch_first=True),
    "AdaptiveLogSoftmaxWithLoss": lambda: nn.AdaptiveLogSoftmaxWithLoss(8, 20, [5, 10]),
    "weight_norm": lambda: norm(nn.Conv1d(4, 6, 3)),
    "weight_norm, dim": lambda: norm(nn.Linear(4, 6), dim=None),
    "weight_norm, nested": lambda: nn.Sequential(nn.Sequential(norm(nn.Linear(4, 6)))),
    "spectral_norm": lambda: spectral(nn.Conv2d(4, 6, 3)),
    "orthogonal": lambda: nn.utils.parametrizations.orthogonal(
        nn.Linear(4, 4), use_trivialization=False
    ),
    "bfloat16": lambda: nn.Linear(5, 3, dtype=torch.bfloat16),
    "float16": lambda: nn.LSTM(5, 3, dtype=torch.float16),
    "float64": lambda: nn.MultiheadAttention(8, 2, dtype=torch.float64),
    "empty": lambda: nn.Linear(0, 3),
}

POISON = 0xB5  # of every byte: no value that a rule writes, in any dtype


@pytest.fixture
def poisoned(monkeypatch):
    """Fill new memory with a pattern before it is handed out."""
    storage_of_bytes = materialize._of_bytes

    def poison(nbytes, **kwargs):
        storage = storage_of_bytes(nbytes, **kwargs)
        return storage.fill_(POISON) if nbytes else storage

    monkeypatch.setattr(materialize, "_of_bytes", poison)


def on_meta(build):
    with torch.device("meta"):
        return build()


def unwritten(tensor):
    """Return whether an element still has every byte of the poison."""
    if tensor.numel() == 0:
        return False
    memory = tensor.detach().contiguous().view(-1).view(torch.uint8)
    return bool((memory.reshape(tensor.numel(), -1) == POISON).all(dim=1).any())


def tensors(net):
    return {**dict(net.named_parameters()), **dict(net.named_buffers())}


@pytest.mark.filterwarnings("ignore:Initializing zero-element:UserWarning")
@pytest.mark.parametrize("method", ["Kaiming", "Orthogonal", "Identity"])
@pytest.mark.parametrize("build", ZOO.values(), ids=ZOO)
def test_no_byte_is_left_unwritten(build, method, poisoned):
    net = on_meta(build)
    shapes = {name: (t.shape, t.dtype, t.stride()) for name, t in tensors(net).items()}
    netinit.initialize(net, method=method)
    assert {n: (t.shape, t.dtype, t.stride()) for n, t in tensors(net).items()} == shapes
    for name, tensor in tensors(net).items():
        assert tensor.device.type == "cpu", name
        assert not unwritten(tensor), name
        assert torch.isfinite(tensor).all(), name


@pytest.mark.parametrize("dtype", [torch.float8_e4m3fn, torch.float8_e5m2])
def test_float8(dtype):
    """A byte of the pattern may be a value: the weights are compared with those of float32."""
    for method in ("Kaiming", "Orthogonal"):
        made, single = on_meta(lambda: nn.Linear(50, 30).to(dtype)), nn.Linear(50, 30)
        netinit.initialize(made, method=method)
        netinit.initialize(single, netinit.All, method=method)
        assert made.weight.dtype is dtype
        for narrow, wide in zip(made.parameters(), single.parameters(), strict=True):
            assert torch.equal(narrow.float(), wide.to(dtype).float())


def test_poison_is_found(poisoned, monkeypatch):
    monkeypatch.setattr(_core, "fill_many", lambda *args: None)
    net = on_meta(lambda: nn.Sequential(nn.Linear(5, 3), nn.BatchNorm1d(3, dtype=torch.bfloat16)))
    netinit.initialize(net)
    found = {name for name, tensor in tensors(net).items() if unwritten(tensor)}
    assert found == set(tensors(net)) - {"1.num_batches_tracked"}


@pytest.mark.filterwarnings("ignore:Initializing zero-element:UserWarning")
@pytest.mark.parametrize("build", ZOO.values(), ids=ZOO)
def test_meta_and_overwritten_modules_agree(build):
    """The values do not depend on how the module got its memory."""
    made, overwritten = on_meta(build), build()
    netinit.initialize(made)
    netinit.initialize(overwritten, netinit.All)
    expected = tensors(overwritten)
    for name, tensor in tensors(made).items():
        assert torch.equal(tensor, expected[name]), name


def test_the_same_module_with_its_attributes_comes_back():
    net = on_meta(lambda: nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))).eval()
    net[0].weight.requires_grad_(False)
    net[0].weight.own_attribute = "kept"
    assert netinit.initialize(net) is net
    assert not net.training
    assert not net[0].weight.requires_grad
    assert net[0].bias.requires_grad
    assert net[0].weight.own_attribute == "kept"
    assert type(net[0].weight) is nn.Parameter
    assert net[1].num_batches_tracked.dtype is torch.int64
    assert net[1].num_batches_tracked == 0


def test_subclasses_of_parameter_are_kept():
    class Special(nn.Parameter):
        pass

    net = on_meta(lambda: nn.Linear(3, 4))
    net.weight = Special(net.weight.data)
    netinit.initialize(net)
    assert type(net.weight) is Special


def test_tied_weights_stay_tied():
    net = on_meta(lambda: nn.Sequential(nn.Embedding(10, 4), nn.Linear(4, 10, bias=False)))
    net[1].weight = net[0].weight
    netinit.initialize(net)
    assert net[1].weight is net[0].weight


def test_shared_memory_stays_shared():
    net = on_meta(lambda: nn.Sequential(nn.Embedding(10, 4), nn.Linear(4, 10, bias=False)))
    net[1].weight = nn.Parameter(net[0].weight.detach(), requires_grad=False)
    netinit.initialize(net)
    assert net[1].weight.data_ptr() == net[0].weight.data_ptr()
    assert net[0].weight.requires_grad
    assert not net[1].weight.requires_grad


@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU, nn.RNN])
def test_recurrent_layers_run_on_the_new_weights(kind):
    net = on_meta(lambda: kind(3, 4, 2))
    netinit.initialize(net)
    other = kind(3, 4, 2)
    other.load_state_dict(net.state_dict())
    x = torch.randn(5, 2, 3)
    assert torch.equal(net(x)[0], other(x)[0])


def test_a_weight_under_weight_norm_has_the_planned_values():
    net, plain = on_meta(lambda: norm(nn.Linear(30, 40))), nn.Linear(30, 40)
    netinit.initialize(net)
    row = next(row for row in netinit.plan(net, netinit.All) if row.name.endswith("original1"))
    assert row.std == pytest.approx(math.sqrt(2 / 30))
    torch.testing.assert_close(net.weight, net.parametrizations.weight.original1)
    assert plain.weight.shape == net.weight.shape


@pytest.mark.filterwarnings("ignore:.*weight_norm:FutureWarning")
def test_the_older_weight_norm():
    net = on_meta(lambda: nn.utils.weight_norm(nn.Linear(3, 4)))
    netinit.initialize(net)
    torch.testing.assert_close(net.weight, net.weight_v.detach())
    net(torch.zeros(1, 3))
    torch.testing.assert_close(net.weight, net.weight_v)


@pytest.mark.parametrize("wrap", [spectral, nn.utils.spectral_norm])
def test_spectral_norms_are_near_one(wrap):
    net = on_meta(lambda: wrap(nn.Linear(6, 4)))
    netinit.initialize(net)
    net.eval()
    net(torch.zeros(1, 6))
    assert torch.linalg.matrix_norm(net.weight, 2).item() == pytest.approx(1, abs=0.05)


class WithTable(nn.Module):
    """A layer with a buffer whose values nobody but its constructor knows."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(3, 4)
        self.register_buffer("table", torch.arange(5) * 3, persistent=False)


def test_a_module_that_cannot_be_completed_is_left_as_it_was():
    net = on_meta(lambda: nn.Sequential(WithTable(), nn.Linear(2, 2)))
    with pytest.raises(ValueError, match=r"0\.table \(torch.int64 buffer of WithTable\)") as error:
        netinit.initialize(net)
    assert all(tensor.device.type == "meta" for tensor in tensors(net).values())
    assert str(error.value).endswith("net.get_submodule('0').table = tensor")
    net.get_submodule("0").table = torch.arange(5) * 3
    netinit.initialize(net)
    assert all(tensor.device.type == "cpu" for tensor in tensors(net).values())
    assert net[0].table.tolist() == [0, 3, 6, 9, 12]


def test_a_float_buffer_that_nobody_knows_is_named_too():
    class WithScale(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = nn.Linear(3, 4)
            self.register_buffer("gamma", torch.ones(4))

    net = on_meta(WithScale)
    with pytest.raises(ValueError, match="gamma"):
        netinit.initialize(net)
    assert net.linear.weight.is_meta


def test_a_part_of_a_module_may_be_initialized():
    net = on_meta(lambda: nn.Sequential(WithTable(), nn.BatchNorm1d(2)))
    netinit.initialize(net, "1.*")
    assert all(tensor.device.type == "cpu" for tensor in tensors(net[1]).values())
    assert all(tensor.device.type == "meta" for tensor in tensors(net[0]).values())


def test_a_fill_that_fails_leaves_the_module_as_it_was(monkeypatch):
    net = on_meta(lambda: nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 5)))
    fill_many = _core.fill_many

    def fail_late(fillings, threads):
        fill_many(fillings[:2], threads)
        raise KeyboardInterrupt

    monkeypatch.setattr(_core, "fill_many", fail_late)
    with pytest.raises(KeyboardInterrupt):
        netinit.initialize(net)
    assert all(tensor.device.type == "meta" for tensor in tensors(net).values())


def test_no_memory_leaves_the_module_as_it_was(monkeypatch):
    net = on_meta(lambda: nn.Linear(3, 4))

    def fail(*args, **kwargs):
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory")

    monkeypatch.setattr(materialize, "_of_bytes", fail)
    with pytest.raises(MemoryError, match="no memory for 48 bytes"):
        netinit.initialize(net)
    monkeypatch.undo()
    assert net.weight.is_meta


def test_huge_pages_are_asked_for_before_the_fill(monkeypatch):
    asked = []
    monkeypatch.setattr(_core, "advise_huge_pages", lambda *args: asked.append(args) or True)
    net = on_meta(lambda: nn.Linear(1024, 2048))
    netinit.initialize(net)
    assert asked == [(net.weight.data_ptr(), 1024 * 2048 * 4)]


@pytest.fixture
def all_but_the_counter():
    """Make a layer as loading with ``assign=True`` leaves it, if the file lacks a buffer."""
    net = nn.BatchNorm1d(3).requires_grad_(False)
    net.running_mean.fill_(7)
    net.num_batches_tracked = torch.empty((), dtype=torch.int64, device="meta")
    return net


def test_a_net_that_lacks_only_computed_buffers_is_completed(all_but_the_counter):
    net = all_but_the_counter
    assert TorchAdapter(net).unfinished() == ["num_batches_tracked"]
    state = torch.get_rng_state()
    assert netinit.initialize(net, seed=netinit.Inherited) is net
    assert torch.equal(torch.get_rng_state(), state)
    assert net.num_batches_tracked == 0
    assert (net.running_mean == 7).all()
    with pytest.warns(netinit.errors.NothingToInitializeWarning):
        netinit.initialize(net)


def test_buffers_are_left_to_the_call_that_completes_the_rest(all_but_the_counter):
    net = nn.Sequential(all_but_the_counter, on_meta(lambda: nn.Linear(2, 2)))
    with pytest.warns(
        netinit.errors.NothingToInitializeWarning, match="has 6, 2 of them uninitialized"
    ):
        netinit.initialize(net, lambda parameter: False)
    assert net[0].num_batches_tracked.is_meta
    netinit.initialize(net)
    assert net[0].num_batches_tracked == 0


def test_a_lacking_buffer_that_nobody_knows_raises_though_no_parameter_is_selected():
    net = WithTable()
    net._buffers["table"] = torch.empty(5, dtype=torch.int64, device="meta")
    with pytest.raises(ValueError, match=r"table \(torch.int64 buffer of WithTable\)"):
        netinit.initialize(net)


def test_positions_and_masks_known_by_name():
    class Attention(nn.Module):
        def __init__(self):
            super().__init__()
            mask = torch.tril(torch.ones(5, 5, dtype=torch.bool))
            self.register_buffer("bias", mask.view(1, 1, 5, 5), persistent=False)
            self.register_buffer("masked_bias", torch.tensor(-1e9), persistent=False)
            self.register_buffer("position_ids", torch.arange(5).expand(1, -1))
            self.proj = nn.Linear(3, 3)

    net, expected = on_meta(Attention), Attention()
    netinit.initialize(net)
    for name in ("bias", "masked_bias", "position_ids"):
        assert torch.equal(net.get_buffer(name), expected.get_buffer(name))


def test_buffer_only_modules_are_built_again_from_their_config():
    class Rotary(nn.Module):
        def __init__(self, config):
            super().__init__()
            self.config = config
            self.register_buffer("inv_freq", 1 / config ** torch.arange(4), persistent=False)

    net = on_meta(lambda: nn.Sequential(Rotary(10.0), nn.Linear(2, 2)))
    netinit.initialize(net)
    assert torch.equal(net[0].inv_freq, Rotary(10.0).inv_freq)


def test_within_other_contexts_of_torch():
    with torch.device("meta"):
        net = nn.Linear(3, 4)
        with torch.inference_mode():
            netinit.initialize(net)
    assert net.weight.device.type == "cpu"
    assert not net.weight.is_inference()
    net(torch.zeros(1, 3)).sum().backward()
    assert net.weight.grad is not None


def test_lazy_modules_are_asked_for_a_forward_pass():
    net = nn.Sequential(nn.LazyLinear(4), nn.LazyBatchNorm1d())
    assert "unknown" in str(netinit.plan(net))
    with pytest.raises(netinit.errors.UnresolvedShapeError, match=r"0\.weight"):
        netinit.initialize(net)


def test_the_strides_of_axes_of_one_element_are_kept():
    net = on_meta(lambda: nn.Conv2d(4, 6, 1).to(memory_format=torch.channels_last))
    strides = net.weight.stride()
    assert netinit.initialize(net).weight.stride() == strides == (4, 1, 4, 4)


def test_strided_memory_holds_the_values_of_the_logical_order():
    last = on_meta(lambda: nn.Conv2d(4, 6, 3).to(memory_format=torch.channels_last))
    plain = on_meta(lambda: nn.Conv2d(4, 6, 3))
    netinit.initialize(last)
    netinit.initialize(plain)
    assert last.weight.is_contiguous(memory_format=torch.channels_last)
    assert np.array_equal(last.weight.detach().numpy(), plain.weight.detach().numpy())
