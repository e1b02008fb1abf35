"""Nets within FSDP, DDP, ZeRO-3: filled as the net alone, or refused by name; never in silence."""

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("torch.distributed.tensor")

from torch import nn  # noqa: E402

import netinit  # noqa: E402
from netinit.torch import init  # noqa: E402
from tests.torch.ranks import run_ranks  # noqa: E402


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    return run_ranks("tests.torch.wrapping_cases", [4], tmp_path_factory.mktemp("group"))[4]


def test_replicas_have_the_names_and_values_of_the_net_within(told):
    from tests.torch.wrapping_cases import plain

    names = [row.name for row in netinit.plan(plain(), netinit.All)]
    for rank in told:
        assert rank["replicas"] == {key: [names, True] for key in ("FSDP1", "DDP", "replicate")}


def test_fsdp1_is_refused_by_name(told):
    for rank in told:
        flat, kept = rank["fsdp1"]["keeps False"], rank["fsdp1"]["keeps True"]
        assert flat.startswith("TypeError: parameter '_flat_param' is sharded by FullySharded")
        assert kept.startswith("TypeError: parameter '0.weight' is sharded by FullySharded")
        assert "fully_shard instead" in flat
        assert "fully_shard instead" in kept


def test_emptied_parameters_of_fsdp1_are_refused_by_the_drop_in(told):
    refused = [rank["fsdp1"] for rank in told if "normal_" in rank["fsdp1"]]
    assert refused
    for messages in refused:
        for name in ("normal_", "zeros_", "kaiming_normal_"):
            assert messages[name].startswith("RuntimeError: the tensor is sharded by FullySharded")


def test_gathered_parameters_are_refused(told):
    assert all("call its reshard() first" in rank["gathered"] for rank in told)


def test_partial_sums_are_refused_with_a_remedy(told):
    for rank in told:
        messages = rank["partial"]
        assert messages["initialize"].startswith("ValueError: parameter 'weight' is a DTensor with")
        assert len(messages) == 4
        assert all("redistribute it" in message for message in messages.values())
        assert all(m.startswith("RuntimeError") for n, m in messages.items() if n != "initialize")


def test_derived_tensors_are_computed_or_refused(told):
    for rank in told:
        for name, message in rank["derived"].items():
            if "weight" in name:
                assert message == "nothing was raised"
            else:
                assert message.startswith("ValueError: '0.")
                assert "singular vector" in message


def test_llamas_in_shards_train_from_the_values_of_the_whole(told):
    pytest.importorskip("transformers")
    assert all(len(rank["llama"]) == 8 for rank in told)


def test_what_processes_may_not_know_alike_is_not_taken_from_shards(told):
    assert all(rank["closed"] is None for rank in told)


# -- DeepSpeed's ZeRO-3 ---------------------------------------------------------------------------


def partitioned(*shape):
    """Return a parameter as ZeRO-3 leaves it: without elements, which are elsewhere."""
    parameter = nn.Parameter(torch.empty(0))
    parameter.ds_id, parameter.ds_shape = 0, torch.Size(shape)
    parameter.ds_numel = parameter.ds_shape.numel()
    return parameter


def test_partitioned_parameters_are_refused_by_name():
    net = nn.Sequential(nn.Linear(3, 4))
    net[0].weight = partitioned(4, 3)
    with pytest.raises(TypeError, match=r"'0\.weight' is partitioned by DeepSpeed's ZeRO-3"):
        netinit.initialize(net, netinit.All)
    with pytest.raises(TypeError, match="GatheredParameters"):
        netinit.plan(net)


@pytest.mark.parametrize("name", ["normal_", "uniform_", "ones_", "zeros_", "kaiming_uniform_"])
def test_partitioned_parameters_are_refused_by_the_drop_in(name):
    with pytest.raises(RuntimeError, match="partitioned by DeepSpeed's ZeRO-3"):
        getattr(init, name)(partitioned(4, 3))
    with pytest.raises(RuntimeError, match="partitioned by DeepSpeed's ZeRO-3"):
        init.constant_(partitioned(4, 3), 1.0)


def test_gathered_parameters_of_zero_3_are_filled():
    net = nn.Linear(3, 4)
    for parameter in net.parameters():
        parameter.ds_id, parameter.ds_shape = 0, parameter.shape
        parameter.ds_numel = parameter.numel()
    netinit.initialize(net, netinit.All)
    assert torch.equal(net.weight, netinit.initialize(nn.Linear(3, 4), netinit.All).weight)
    assert init.ones_(net.bias).sum() == 4
