"""What each tensor of a PyTorch layer is taken for: role, layout and fans."""

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

import netinit  # noqa: E402
from netinit.shapes.fans import fans  # noqa: E402
from netinit.torch.modules.adapter import TorchAdapter  # noqa: E402


def on_meta(build):
    with torch.device("meta"):
        return build()


def rows(module):
    return {row.name: row for row in TorchAdapter(module).parameters()}


@pytest.mark.parametrize(
    ("layer", "name", "expected"),
    [
        (nn.Linear(3, 4), "weight", (3, 4)),
        (nn.Bilinear(3, 5, 4), "weight", (15, 4)),
        (nn.Conv1d(4, 6, 5), "weight", (20, 30)),
        (nn.Conv2d(4, 6, (3, 5), groups=2), "weight", (30, 45)),
        (nn.Conv3d(2, 3, 2), "weight", (16, 24)),
        (nn.ConvTranspose1d(4, 6, 5), "weight", (20, 30)),
        (nn.ConvTranspose2d(4, 6, 3, groups=2), "weight", (18, 27)),
        (nn.ConvTranspose3d(2, 3, 2), "weight", (16, 24)),
        (nn.Embedding(10, 4), "weight", (4, 10)),
        (nn.EmbeddingBag(10, 4), "weight", (4, 10)),
        (nn.RNN(3, 4), "weight_ih_l0", (3, 4)),
        (nn.GRU(3, 4), "weight_hh_l0", (4, 4)),
        (nn.LSTM(3, 4, proj_size=2), "weight_hh_l0", (2, 4)),
        (nn.LSTM(3, 4, proj_size=2), "weight_hr_l0", (4, 2)),
        (nn.LSTM(3, 4, 2, bidirectional=True), "weight_ih_l1_reverse", (8, 4)),
        (nn.RNNCell(3, 4), "weight_ih", (3, 4)),
        (nn.GRUCell(3, 4), "weight_ih", (3, 4)),
        (nn.LSTMCell(3, 4), "weight_hh", (4, 4)),
        (nn.MultiheadAttention(8, 2), "in_proj_weight", (8, 8)),
        (nn.MultiheadAttention(8, 2, kdim=3, vdim=5), "k_proj_weight", (3, 8)),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, nn.Module) else None,
)
def test_fans(layer, name, expected):
    row = rows(layer)[name]
    assert row.role in ("weight", "embedding")
    assert tuple(fans(row.shape, row.layout)) == expected


@pytest.mark.parametrize(
    ("layer", "values"),
    [
        (nn.BatchNorm2d(3), {"weight": 1, "bias": 0, "running_mean": 0, "running_var": 1}),
        (nn.SyncBatchNorm(3), {"weight": 1, "bias": 0, "running_mean": 0, "running_var": 1}),
        (nn.InstanceNorm1d(3, affine=True), {"weight": 1, "bias": 0}),
        (nn.LayerNorm((2, 3)), {"weight": 1, "bias": 0}),
        (nn.GroupNorm(1, 3), {"weight": 1, "bias": 0}),
        (nn.RMSNorm(3), {"weight": 1}),
        (nn.PReLU(3), {"weight": 0.25}),
        (nn.PReLU(3, init=0.1), {"weight": 0.1}),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, nn.Module) else None,
)
def test_fixed_values(layer, values):
    fixed = {name: row.fixed.value for name, row in rows(layer).items()}
    assert fixed == values


@pytest.mark.parametrize(
    ("layer", "name", "blocks"),
    [
        (nn.LSTM(3, 5), "weight_hh_l0", 4),
        (nn.GRU(3, 5), "weight_hh_l0", 3),
        (nn.LSTMCell(3, 5), "weight_hh", 4),
        (nn.MultiheadAttention(6, 2), "in_proj_weight", 3),
    ],
    ids=["LSTM", "GRU", "LSTMCell", "attention"],
)
def test_packed_maps_are_orthogonal_one_by_one(layer, name, blocks):
    netinit.initialize(layer, netinit.All, method="Orthogonal")
    for block in layer.get_parameter(name).detach().double().chunk(blocks):
        gram = block @ block.T
        torch.testing.assert_close(gram, torch.eye(len(gram), dtype=gram.dtype), atol=1e-5, rtol=0)


def test_groups_of_a_convolution_are_orthogonal_one_by_one():
    layer = nn.Conv2d(8, 4, 3, groups=2)
    netinit.initialize(layer, netinit.All, method="Orthogonal")
    for block in layer.weight.detach().flatten(1).double().chunk(2):
        gram = block @ block.T
        torch.testing.assert_close(gram, torch.eye(2, dtype=gram.dtype), atol=1e-5, rtol=0)


def test_the_padding_row_is_zero_and_the_others_are_not():
    layer = nn.Embedding(6, 4, padding_idx=-2)
    netinit.initialize(layer, netinit.All)
    assert (layer.weight == 0).all(dim=1).tolist() == [False] * 4 + [True, False]


def test_a_subclass_counts_as_its_class():
    class Projection(nn.Linear):
        pass

    assert rows(Projection(3, 4))["weight"].layout == rows(nn.Linear(3, 4))["weight"].layout
    assert rows(Projection(3, 4))["weight"].note == ""


def test_norms_of_other_libraries_are_fixed():
    class LlamaRMSNorm(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.zeros(4))

    class ChannelLayerNorm(LlamaRMSNorm):
        def __init__(self):
            super().__init__()
            self.bias = nn.Parameter(torch.zeros(4))

    assert rows(LlamaRMSNorm())["weight"].fixed.value == 1
    assert [row.fixed.value for row in rows(ChannelLayerNorm()).values()] == [1, 0]


def test_tied_weights_are_one_row_with_the_first_name():
    net = nn.Sequential(nn.Embedding(10, 4), nn.Linear(4, 10, bias=False))
    net[1].weight = net[0].weight
    (row,) = rows(net).values()
    assert row.name == "0.weight"
    assert row.aliases == ("1.weight",)
    assert row.role == "embedding"


def test_parameters_that_share_memory_are_tied_too():
    net = nn.Sequential(nn.Linear(4, 4, bias=False), nn.Linear(4, 4, bias=False))
    net[1].weight = nn.Parameter(net[0].weight.detach())
    assert list(rows(net)) == ["0.weight"]


def test_a_shared_module_is_one():
    layer = nn.Linear(4, 4)
    assert rows(nn.Sequential(layer, layer))["0.bias"].aliases == ("1.bias",)


@pytest.mark.filterwarnings("ignore:`torch.jit:DeprecationWarning")
def test_compiled_modules_have_the_names_of_what_they_wrap():
    row = rows(torch.compile(nn.Linear(3, 4)))["weight"]
    assert row.aliases == ("_orig_mod.weight",)


def test_a_net_for_several_devices_has_its_own_names():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.module = nn.Linear(3, 4)  # a name of the net's own

    plain, parallel = Net(), nn.DataParallel(Net())
    assert list(rows(parallel)) == list(rows(plain)) == ["module.weight", "module.bias"]
    assert rows(parallel)["module.weight"].aliases == ("module.module.weight",)
    outer = rows(nn.Sequential(nn.DataParallel(nn.Linear(3, 4))))
    assert outer["0.weight"].aliases == ("0.module.weight",)
    netinit.initialize(plain, netinit.All)
    netinit.initialize(parallel, netinit.All)
    assert torch.equal(plain.module.weight, parallel.module.module.weight)


def test_frozen_parameters_are_not_learnable():
    layer = nn.Linear(3, 4)
    layer.weight.requires_grad_(False)
    before = layer.weight.clone()
    netinit.initialize(layer, netinit.All)
    assert torch.equal(layer.weight, before)
    assert rows(layer)["weight"].kind == "buffer"


def test_a_librarys_code_for_each_module_is_asked():
    class Norm(nn.Module):
        def __init__(self, begin, size=3):
            super().__init__()
            self.begin = begin
            self.scale = nn.Parameter(torch.empty(size))

    class PreTrainedModel(nn.Module):
        """What netinit takes for a model of transformers goes by this name."""

        def __init__(self):
            super().__init__()
            self.norms = nn.ModuleList([Norm(2.0), Norm(2.0), Norm(3.0), Norm(2.0, 4)])

        def _init_weights(self, module):
            if isinstance(module, Norm):
                module.scale.fill_(module.begin)

    found = rows(on_meta(PreTrainedModel))
    assert [row.fixed.value for row in found.values()] == [2, 2, 3, 2]


def test_wrapped_tensors_are_refused_by_name():
    class FakeTensor(torch.Tensor):
        pass

    net = nn.Sequential(nn.Linear(3, 4))
    net[0].weight = nn.Parameter(torch.zeros(4, 3).as_subclass(FakeTensor))
    with pytest.raises(TypeError, match=r"'0\.weight' is a FakeTensor.*before it is quantized"):
        netinit.initialize(net, netinit.All)
