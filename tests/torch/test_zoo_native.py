"""Models from the meta device by their own recipe: what the stock build makes."""

from __future__ import annotations

import warnings

import pytest

torch = pytest.importorskip("torch")

import netinit  # noqa: E402
from netinit.torch import accelerate  # noqa: E402
from tests.torch.zoo.comparison import compare, poisoned  # noqa: E402
from tests.torch.zoo.zoo import MODELS, stock  # noqa: E402

#: Models that keep tensors as plain attributes, which stay on the meta device.
_ELSEWHERE = {"transformers: MimiModel"}


def on_meta(name):
    with torch.device("meta"):
        return MODELS[name]()


@pytest.mark.parametrize("name", [name for name in MODELS if name not in _ELSEWHERE])
def test_native_makes_what_the_stock_build_makes(name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            net = on_meta(name)
        except Exception as error:
            pytest.skip(f"cannot be built on meta: {error}")
        if hasattr(net, "tie_weights"):
            net.tie_weights()
        method = ("Native", {"build": MODELS[name]})
        with poisoned():
            netinit.initialize(net, netinit.All, method=method, seed=5)
        with accelerate(5):
            whole = MODELS[name]()
        differences = compare(stock(name, 1), stock(name, 2), net)
    assert differences == []
    expected = whole.state_dict()
    assert all(torch.equal(value, expected[key]) for key, value in net.state_dict().items())
