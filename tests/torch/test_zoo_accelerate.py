"""Models of other libraries, built within netinit.torch.accelerate: what the stock build makes."""

from __future__ import annotations

import warnings

import pytest

torch = pytest.importorskip("torch")

from netinit.torch import accelerate  # noqa: E402
from tests.torch.zoo.comparison import compare  # noqa: E402
from tests.torch.zoo.zoo import MODELS, stock  # noqa: E402


@pytest.mark.parametrize("name", MODELS)
def test_the_model_is_what_the_stock_build_makes(name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with accelerate(seed=5) as done:
            net = MODELS[name]()
        differences = compare(stock(name, 1), stock(name, 2), net)
    assert differences == []
    assert not done.others, done.report
