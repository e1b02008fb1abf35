"""The split of a model into files is the hub's own, and shares of it are alike."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netinit.checkpoint.shards import refuse_others, shard_size, share_of, split

SIZES = st.lists(st.integers(0, 40), min_size=1, max_size=25)


@settings(max_examples=300, deadline=None)
@given(SIZES, st.integers(1, 60))
def test_the_split_is_that_of_huggingface_hub(sizes, most):
    hub = pytest.importorskip("huggingface_hub.serialization._base")
    named = {f"t{number}": size for number, size in enumerate(sizes)}
    expected = hub.split_state_dict_into_shards_factory(
        named,
        get_storage_size=lambda size: size,
        filename_pattern="model{suffix}.safetensors",
        max_shard_size=most,
    )
    assert split(named, most) == expected.filename_to_tensors


@pytest.mark.parametrize("text", ["5GB", "1.5GB", "200MB", "7kb", "1TB", " 3 MB "])
def test_sizes_are_read_as_huggingface_hub_does(text):
    hub = pytest.importorskip("huggingface_hub.serialization._base")
    assert shard_size(text) == hub.parse_size_to_int(text)


def test_sizes_in_other_ways():
    assert shard_size(123) == shard_size("123") == shard_size("123B") == 123
    assert shard_size("2GiB") == 2 << 30
    assert shard_size("0.5TiB") == 1 << 39


@pytest.mark.parametrize("size", ["5GX", "", "GB", "-5GB", "1e3", "5 5", 0, -1, "0GB", "0.1B"])
def test_what_is_no_size_is_refused(size):
    with pytest.raises(ValueError, match="max_shard_size"):
        shard_size(size)


@pytest.mark.parametrize("size", [1.5, True, b"5GB", []])
def test_what_is_no_size_at_all_is_a_mistake_of_type(size):
    with pytest.raises(TypeError, match="max_shard_size"):
        shard_size(size)


@settings(max_examples=100, deadline=None)
@given(SIZES, st.integers(1, 9))
def test_shares_are_a_partition_alike_in_bytes(sizes, world_size):
    named = {f"f{number}": size for number, size in enumerate(sizes)}
    shares = [share_of(named, rank, world_size) for rank in range(world_size)]
    assert sorted(name for share in shares for name in share) == sorted(named)
    loads = [sum(named[name] for name in share) for share in shares]
    assert max(loads) - min(loads) <= max(sizes)


@pytest.mark.parametrize(("rank", "world_size"), [(2, 2), (-1, 2), (0, 0), (5, 1)])
def test_a_rank_is_one_of_the_world(rank, world_size):
    with pytest.raises(ValueError, match=r"rank|world_size"):
        share_of({"a": 1}, rank, world_size)


def test_files_of_another_split_are_named(tmp_path):
    expected = {"model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"}
    refuse_others(tmp_path / "none", expected)
    for name in (*expected, "adapter_model.safetensors", "config.json", "model.bin"):
        (tmp_path / name).touch()
    refuse_others(tmp_path, expected)
    for name in ("model.safetensors", "model-00001-of-00003.safetensors"):
        (tmp_path / name).touch()
        with pytest.raises(FileExistsError, match=f"it holds '{name}'"):
            refuse_others(tmp_path, expected)
        (tmp_path / name).unlink()
