"""Weights under weight_norm that begin with zeros."""

import warnings

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

import netinit  # noqa: E402

weight_norm = nn.utils.parametrizations.weight_norm


@pytest.mark.filterwarnings("ignore:.*weight_norm:FutureWarning")
@pytest.mark.parametrize(
    ("build", "plain"),
    [
        (lambda: weight_norm(nn.ConvTranspose1d(6, 3, 2)), lambda: nn.ConvTranspose1d(6, 3, 2)),
        (lambda: weight_norm(nn.Conv1d(4, 4, 5), dim=2), lambda: nn.Conv1d(4, 4, 5)),
        (lambda: nn.utils.weight_norm(nn.Conv1d(4, 4, 5), dim=2), lambda: nn.Conv1d(4, 4, 5)),
        (lambda: weight_norm(nn.Linear(3, 4)), lambda: nn.Linear(3, 4)),
    ],
    ids=["transposed", "kernel", "older", "linear"],
)
@pytest.mark.parametrize("method", ["Zero", {"*": netinit.Constant(0)}], ids=["Zero", "zeros"])
def test_zeros_under_weight_norm_make_no_nan(build, plain, method):
    with torch.device("meta"):
        net = build()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", netinit.errors.SymmetryWarning)
        netinit.initialize(net, method=method)
        wanted = netinit.initialize(plain(), netinit.All, method=method)
    assert all(torch.isfinite(p).all() for p in net.parameters())
    torch.testing.assert_close(net.weight, wanted.weight)


def test_a_direction_that_was_loaded_stays_as_it_is():
    net = weight_norm(nn.Linear(2, 3))
    with torch.no_grad():
        net.parametrizations.weight.original1[0] = 0
    kept = net.parametrizations.weight.original1.clone()
    netinit.initialize(net, "*original0")
    assert torch.equal(net.parametrizations.weight.original1, kept)


def test_what_begins_with_zeros_can_be_trained():
    net = weight_norm(nn.Conv1d(4, 4, 5), dim=2)
    netinit.initialize(net, netinit.All, method="Zero")
    (net(torch.arange(24.0).reshape(1, 4, 6)) - 1).square().sum().backward()
    for parameter in net.parameters():
        assert torch.isfinite(parameter.grad).all()
        assert (parameter.grad != 0).any()
