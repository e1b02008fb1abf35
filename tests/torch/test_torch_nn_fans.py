"""The fans of every layer of torch.nn: by use where that can be seen, and by hand."""

import inspect

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

import netinit  # noqa: E402
from tests.torch.fans_by_use import FansByUse  # noqa: E402


def floats(*shape):
    return torch.randn(shape)


def indices(*shape):
    return torch.arange(torch.Size(shape).numel()).reshape(shape) % 7


#: A layer, what its forward pass takes, and the fans of its weights by hand, a pair for each map.
LAYERS = [
    (nn.Linear(3, 4), [floats(2, 3)], {"weight": [(3, 4)]}),
    (nn.Bilinear(3, 5, 4), [floats(2, 3), floats(2, 5)], {"weight": [(15, 4)]}),
    (nn.Conv1d(4, 6, 5), [floats(1, 4, 9)], {"weight": [(20, 30)]}),
    (nn.Conv2d(4, 6, (3, 5)), [floats(1, 4, 9, 9)], {"weight": [(60, 90)]}),
    (nn.Conv3d(2, 3, 2), [floats(1, 2, 4, 4, 4)], {"weight": [(16, 24)]}),
    (nn.Conv2d(4, 6, 3, groups=2), [floats(1, 4, 9, 9)], {"weight": [(18, 27)] * 2}),
    (nn.Conv2d(4, 8, 3, groups=4), [floats(1, 4, 9, 9)], {"weight": [(9, 18)] * 4}),
    (nn.ConvTranspose1d(4, 6, 5), [floats(1, 4, 9)], {"weight": [(20, 30)]}),
    (nn.ConvTranspose2d(4, 6, 3, groups=2), [floats(1, 4, 9, 9)], {"weight": [(18, 27)] * 2}),
    (nn.ConvTranspose2d(4, 4, 3, groups=4), [floats(1, 4, 9, 9)], {"weight": [(9, 9)] * 4}),
    (nn.ConvTranspose3d(2, 3, 2), [floats(1, 2, 4, 4, 4)], {"weight": [(16, 24)]}),
    # An embedding has the fans of the output layer that it may be tied to: its rows are inputs.
    (nn.Embedding(10, 4), [indices(2, 3)], {"weight": [(4, 10)]}),
    (nn.EmbeddingBag(10, 4), [indices(2, 3)], {"weight": [(4, 10)]}),
    (
        nn.RNN(3, 4),
        [floats(5, 2, 3)],
        {"weight_ih_l0": [(3, 4)], "weight_hh_l0": [(4, 4)]},
    ),
    (
        nn.LSTM(3, 5, proj_size=2),
        [floats(4, 2, 3)],
        {
            "weight_ih_l0": [(3, 5)] * 4,
            "weight_hh_l0": [(2, 5)] * 4,
            "weight_hr_l0": [(5, 2)],
        },
    ),
    (
        nn.GRU(3, 5, 2),
        [floats(4, 2, 3)],
        {
            **{"weight_ih_l0": [(3, 5)] * 3, "weight_hh_l0": [(5, 5)] * 3},
            **{"weight_ih_l1": [(5, 5)] * 3, "weight_hh_l1": [(5, 5)] * 3},
        },
    ),
    (nn.RNNCell(3, 4), [floats(2, 3)], {"weight_ih": [(3, 4)], "weight_hh": [(4, 4)]}),
    (nn.LSTMCell(3, 4), [floats(2, 3)], {"weight_ih": [(3, 4)] * 4, "weight_hh": [(4, 4)] * 4}),
    (nn.GRUCell(3, 4), [floats(2, 3)], {"weight_ih": [(3, 4)] * 3, "weight_hh": [(4, 4)] * 3}),
    (
        nn.MultiheadAttention(8, 2),
        [floats(3, 1, 8)] * 3,
        {"in_proj_weight": [(8, 8)] * 3, "out_proj.weight": [(8, 8)]},
    ),
    (
        nn.MultiheadAttention(8, 2, kdim=3, vdim=5, add_bias_kv=True),
        [floats(3, 1, 8), floats(4, 1, 3), floats(4, 1, 5)],
        {
            **{"q_proj_weight": [(8, 8)], "k_proj_weight": [(3, 8)], "v_proj_weight": [(5, 8)]},
            "out_proj.weight": [(8, 8)],
        },
    ),
    (nn.AdaptiveLogSoftmaxWithLoss(8, 12, [4]), [floats(6, 8), torch.arange(6) * 2], {
        "head.weight": [(8, 5)], "tail.0.0.weight": [(8, 2)], "tail.0.1.weight": [(2, 8)],
    }),
    (
        nn.TransformerEncoderLayer(8, 2, 12),
        [floats(3, 1, 8)],
        {
            **{"self_attn.in_proj_weight": [(8, 8)] * 3, "self_attn.out_proj.weight": [(8, 8)]},
            **{"linear1.weight": [(8, 12)], "linear2.weight": [(12, 8)]},
        },
    ),
    (nn.BatchNorm1d(3), [floats(4, 3)], {}),
    (nn.SyncBatchNorm(3), None, {}),
    (nn.InstanceNorm1d(3, affine=True), [floats(4, 3, 5)], {}),
    (nn.LayerNorm((2, 3)), [floats(4, 2, 3)], {}),
    (nn.GroupNorm(1, 3), [floats(4, 3)], {}),
    (nn.RMSNorm(3), [floats(4, 3)], {}),
    (nn.PReLU(3), [floats(4, 3)], {}),
]  # fmt: skip


@pytest.fixture(params=LAYERS, ids=lambda case: str(case[0]).replace("\n", "")[:60])
def case(request):
    return request.param


def maps(row):
    """Return the fans of each map of a row."""
    p = row.parameter
    return [(piece.fan_in, piece.fan_out) for piece in p.pieces] * p.layout.stack


def test_the_plan_has_the_fans_written_by_hand(case):
    layer, _, expected = case
    weights = {
        row.name: maps(row)
        for row in netinit.plan(layer, netinit.All)
        if row.parameter.role in ("weight", "embedding")
    }
    assert weights == expected


def test_several_maps_are_named_in_the_note(case):
    layer, _, expected = case
    for row in netinit.plan(layer, netinit.All):
        several = len(expected.get(row.name, ())) > 1
        assert several == ("stacked" in row.parameter.note)


def test_each_weight_is_used_with_these_fans(case):
    layer, inputs, expected = case
    if inputs is None:
        pytest.skip("runs on a GPU alone")
    with torch.no_grad(), FansByUse(layer.eval()) as use:
        layer(*inputs)
    if isinstance(layer, nn.Bilinear):
        return  # one operator of three factors
    tables = {name for name, row in use.tables.items() if row == {expected[name][0][0]}}
    assert use.maps.keys() | tables == expected.keys()
    for name, found in use.maps.items():
        ((fan_in, fan_out),) = set(expected[name])
        assert found <= {(fan_in, fan_out), (fan_in, fan_out * len(expected[name]))}, name


def test_every_layer_with_parameters_is_here():
    built = {base for layer, _, _ in LAYERS for base in type(layer).__mro__}
    built |= {type(module) for layer, _, _ in LAYERS for module in layer.modules()}
    for name, cls in inspect.getmembers(nn, inspect.isclass):
        if not issubclass(cls, nn.Module) or name.startswith(("Lazy", "Parameter", "Container")):
            continue
        if "Parameter(" in inspect.getsource(cls) and cls not in built:
            raise AssertionError(f"{name} has parameters")
