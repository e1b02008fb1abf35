"""Modules of DTensors: each process fills its shards with the values of the whole net."""

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("torch.distributed.tensor")

import netinit  # noqa: E402
from tests.torch.ranks import run_ranks  # noqa: E402

WORLDS = (1, 2, 3, 4, 8)


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """Return what the processes of groups of each size told, by the size."""
    return run_ranks("tests.torch.sharding_cases", WORLDS, tmp_path_factory.mktemp("groups"))


def test_gathered_values_are_those_of_one_process(told):
    from tests.torch.sharding_cases import DTYPES, METHODS, digest, small

    alone = {
        f"{name} {dtype}": digest(
            netinit.initialize(small(dtype, name == "Sparse"), method=METHODS[name])
        )
        for name in METHODS
        for dtype in DTYPES
    }
    assert len(alone) == len(METHODS) * len(DTYPES)
    for ranks in told.values():
        assert all(rank["placements"] == alone for rank in ranks)


def test_native_values_are_the_same_in_all_groups(told):
    assert len({rank["native"] for ranks in told.values() for rank in ranks}) == 1


def test_standard_deviations_do_not_depend_on_tensor_parallelism(told):
    stds = [rank["tensor parallel"] for n in (1, 2, 4, 8) for rank in told[n]]
    assert all(one == stds[0] for one in stds)
    # Kaiming: sqrt(2 / fan_in), with the fans of the whole weights.
    assert stds[0]["0.0.weight"] == pytest.approx((2 / 8) ** 0.5, rel=0.2)
    assert stds[0]["0.2.weight"] == pytest.approx((2 / 16) ** 0.5, rel=0.2)
