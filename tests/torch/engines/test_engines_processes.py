"""A small trainer on 1, 2 and 4 real processes begins with the values of the undivided net."""

from __future__ import annotations

import json
from importlib.util import find_spec

import pytest

torch = pytest.importorskip("torch")
if not torch.distributed.is_available() or not torch.distributed.is_gloo_available():
    pytest.skip("torch has no gloo", allow_module_level=True)

import netinit  # noqa: E402
from tests.torch.engines import trainer  # noqa: E402
from tests.torch.engines.processes import run_ranks  # noqa: E402


def undivided(make) -> str:
    with torch.device("meta"):
        net = make()
    netinit.initialize(net, method="Native", seed=trainer.SEED)
    return trainer.digest(net)


@pytest.mark.parametrize("world", [1, 2, 4])
def test_the_gathered_values_are_those_of_the_undivided_net(tmp_path, world):
    expected = undivided(trainer.net)
    for printed in run_ranks("tests.torch.engines.trainer", world, tmp_path):
        found = json.loads(printed)
        assert found["alone"] == [expected, 0]  # no_dist=True: no collective at all
        assert found["hybrid"] == [expected, 0]
        values, collectives = found["together"]
        assert values == expected
        assert collectives > 0  # so they are counted
        if world == 4 and find_spec("transformers"):
            assert found["llama"] == [undivided(trainer.llama), 0]
