"""Nets of many layers: their code is asked once for those alike, and little is kept of each."""

from __future__ import annotations

import gc
import tracemalloc
import warnings

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

import netinit  # noqa: E402
from netinit.torch import accelerate  # noqa: E402
from netinit.torch.learning import alike  # noqa: E402
from netinit.torch.learning.authors import Authors  # noqa: E402


class Own(nn.Linear):
    """A layer with nothing of its own, which could have something."""


def tied():
    net = nn.Sequential(nn.Embedding(7, 5), nn.Linear(5, 7, bias=False))
    net[1].weight = net[0].weight
    return net


def views():
    net = nn.Sequential(nn.Linear(6, 2, bias=False), nn.Linear(4, 3, bias=False))
    net[1].weight = nn.Parameter(net[0].weight.detach().view(3, 4))
    return net


def tagged():
    layers = [nn.Linear(4, 4) for _ in range(4)]
    layers[1].mark = [1, 2]  # which has no hash
    layers[2].note = "other"
    return nn.ModuleList(layers)


def within_a_wrapper():
    net = nn.Module()
    net._orig_mod = nn.ModuleDict({"a": nn.Linear(3, 5), "b": nn.Linear(3, 5)})
    return net


NETS = {
    "alike": lambda: nn.ModuleList([nn.Linear(6, 5) for _ in range(5)]),
    "of other sizes": lambda: nn.ModuleList([nn.Linear(n, 5, bias=n % 2 > 0) for n in (3, 4, 3)]),
    "of other flags": lambda: nn.ModuleList(
        [nn.Embedding(9, 4), nn.Embedding(9, 4, padding_idx=2), nn.Embedding(9, 4, padding_idx=3)]
    ),
    "of other types": lambda: nn.ModuleList(
        [nn.Linear(3, 3, dtype=t) for t in (torch.float32, torch.bfloat16, torch.float32)]
    ),
    "norms": lambda: nn.ModuleList(
        [nn.BatchNorm1d(4), nn.BatchNorm1d(4, affine=False), nn.LayerNorm(4), nn.LayerNorm((2, 2))]
    ),
    "packed": lambda: nn.ModuleList([nn.LSTM(3, 4), nn.GRU(3, 4, 2), nn.LSTM(3, 4)]),
    "composed": lambda: nn.Sequential(
        nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16), 2), nn.Linear(8, 3)
    ),
    "one composed": lambda: nn.Transformer(8, 2, 1, 1, 16),
    "of a subclass": lambda: nn.Sequential(Own(3, 4), Own(3, 4), nn.Linear(3, 4)),
    "tied": tied,
    "views": views,
    "tagged": tagged,
    "within a wrapper": within_a_wrapper,
    "parametrized": lambda: nn.Sequential(
        nn.utils.parametrizations.weight_norm(nn.Linear(3, 4)), nn.Linear(3, 4)
    ),
    "without code": lambda: nn.Sequential(nn.ParameterList([nn.Parameter(torch.ones(3))])),
    "many that differ": lambda: nn.ModuleList([nn.Linear(n, 1) for n in range(1, alike._MANY + 9)]),
}


def told(net):
    """Return what a net's plan says that its code fills each tensor with."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        rows = netinit.plan(net, netinit.All, method="Native", seed=3)
    return {row.name: (str(row.initializer), row.stream) for row in rows}


@pytest.mark.parametrize("make", NETS.values(), ids=NETS)
def test_layers_asked_one_by_one_tell_what_all_at_once_tell(make, monkeypatch):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of torch's, that layers are slow as they are
        net = make()
    one_by_one = told(net)
    monkeypatch.setattr("netinit.torch.learning.authors.of_layers", lambda *_: None)
    assert told(net) == one_by_one
    assert one_by_one or not list(net.parameters()) or make is NETS["without code"]


@pytest.mark.parametrize(
    ("name", "asked"),
    [("alike", 1), ("of other sizes", 2), ("of other flags", 3), ("norms", 4), ("packed", 2)],
)
def test_of_layers_alike_one_is_asked(name, asked, monkeypatch):
    paths = []
    plain = Authors._methods_of

    def noted(self, path, module, slots):
        paths.append(path)
        return plain(self, path, module, slots)

    monkeypatch.setattr(Authors, "_methods_of", noted)
    netinit.initialize(NETS[name](), netinit.All, method="Native", seed=1)
    assert len(paths) == asked == len(set(paths))
    assert "" not in paths


def test_what_a_layer_draws_does_not_depend_on_which_was_asked():
    with torch.device("meta"):
        nets = [nn.ModuleList([nn.Linear(6, 5) for _ in range(n)]) for n in (2, 5)]
    few, many = (netinit.initialize(net, method="Native", seed=1).state_dict() for net in nets)
    assert all(torch.equal(few[name], many[name]) for name in few)
    assert not torch.equal(many["3.weight"], many["4.weight"])


def layers(count):
    return nn.ModuleList([nn.Linear(8, 8) for _ in range(count)])


def accelerated(count):
    with accelerate(seed=1):
        return layers(count)


def native(count):
    with torch.device("meta"):
        net = layers(count)
    return netinit.initialize(net, method="Native", seed=1)


def peak_of(build, count):
    build(2)
    gc.collect()
    tracemalloc.start()
    try:
        kept = build(count)
        return len(kept), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(("build", "most"), [(accelerated, 700), (native, 1800)])
def test_little_is_kept_of_each_parameter(build, most):
    count = 1000
    (_, stock), (_, peak) = peak_of(layers, count), peak_of(build, count)
    assert 0 < peak - stock < most * 2 * count
