"""`netinit.verify` of DTensors: each process compares its shards with those of the plan."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("torch.distributed.tensor")

from tests.torch.ranks import run_ranks  # noqa: E402

WORLDS = (2, 4)


@pytest.fixture(scope="module")
def ranks(tmp_path_factory):
    """Return what the processes of groups of each size told, by the size."""
    return run_ranks("tests.torch.verify_cases", WORLDS, tmp_path_factory.mktemp("groups"))


@pytest.mark.parametrize("world", WORLDS)
def test_the_seeds_shards_are_exact(ranks, world):
    for rank, told in enumerate(ranks[world]):
        for found in told["seed"]:
            assert found["findings"] == []
            assert set(found["verdicts"].values()) == {"exact"}
        begin = 64 * (rank % 2)
        assert found["parts"]["up.weight"] == f"[{begin}:{begin + 64}, 0:64]"
        assert found["parts"]["down.bias"] == ("[0:16]", "[16:31]")[rank % 2]


@pytest.mark.parametrize("world", WORLDS)
def test_another_seeds_shards_are_as_planned(ranks, world):
    for told in ranks[world]:
        found = told["another seed"]
        assert found["findings"] == []
        assert found["verdicts"]["up.weight"] == "as planned"
        assert found["verdicts"]["cell.weight_ih_l0"] == "as planned"
        assert found["verdicts"]["norm.weight"] == "exact"


@pytest.mark.parametrize("world", WORLDS)
def test_what_is_wrong_in_one_process_is_found_there(ranks, world):
    for rank, told in enumerate(ranks[world]):
        found = {tuple(one) for one in told["planted"]["findings"]}
        assert found == (
            {
                *(("up.weight", "std"), ("table.weight", "other values"), ("norm.weight", "value")),
                ("turn.weight", "overwritten"),
            }
            if rank == 1
            else set()
        )


@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize("placement", ["Shard", "_StridedShard", "Replicate"])
def test_parts_of_any_form(ranks, world, placement):
    for told in ranks[world]:
        right, wrong = told["placed"][placement]
        assert right["findings"] == []
        assert set(right["verdicts"].values()) == {"exact"}
        assert wrong["findings"] == [["up.weight", "overwritten"]]


@pytest.mark.parametrize("world", WORLDS)
def test_equal_shards_of_two_ranks_are_told_and_replicas_are_not(ranks, world):
    for told in ranks[world]:
        right, wrong = told["compared"]
        assert right == []
        # After it come shards of unequal sizes, and the generators go apart.
        assert {(name, kind) for name, kind, _ in wrong} == {("up.weight", "equal shards")}
        assert "the shard of rank 1 is equal to that of rank 0" in wrong[0][2]
