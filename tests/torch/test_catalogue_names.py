"""The catalogue has a row for every name of PyTorch's and of netinit's own module."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")

import torch

import netinit.torch.init as ours
from netinit.catalogue.equivalents import PEERS
from netinit.initializers.gains import gain as netinit_gain

NAMES = PEERS["torch.nn.init"]


def test_every_public_name_of_pytorch_has_a_row():
    theirs = torch.nn.init
    public = getattr(theirs, "__all__", None) or [
        name
        for name, value in vars(theirs).items()
        if not name.startswith("_") and getattr(value, "__module__", "") == theirs.__name__
    ]
    assert set(public) == set(NAMES)


def test_every_name_is_in_netinits_module():
    assert set(NAMES) <= set(ours.__all__)
    assert all(callable(getattr(ours, name)) for name in NAMES)


def test_gains_are_pytorchs():
    for name in ("linear", "conv2d", "conv_transpose1d", "sigmoid", "tanh", "relu", "selu"):
        assert netinit_gain(name) == pytest.approx(torch.nn.init.calculate_gain(name), rel=1e-15)
    for slope in (None, 0.01, 0.2, 3.0):
        want = torch.nn.init.calculate_gain("leaky_relu", slope)
        assert netinit_gain("leaky_relu", slope) == pytest.approx(want, rel=1e-15)
