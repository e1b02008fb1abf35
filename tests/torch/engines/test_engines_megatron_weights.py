"""Megatron's weights on the CPU, drawn in parts; and a model of the real Megatron-Core."""

from __future__ import annotations

from functools import partial

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

import netinit  # noqa: E402
from netinit.torch.engines import megatron  # noqa: E402
from netinit.torch.engines.megatron_weights import (  # noqa: E402
    initialize_affine_weight_cpu,
    installed,
)
from tests.processes import run_python  # noqa: E402
from tests.torch.engines.processes import pretended  # noqa: E402

INITS = {
    "normal": partial(nn.init.normal_, mean=0.0, std=0.02),
    "truncated": partial(nn.init.trunc_normal_, std=0.02),
    "xavier": nn.init.xavier_uniform_,
    "orthogonal": nn.init.orthogonal_,
    "zeros": nn.init.zeros_,
    "scaled": lambda weight: weight.normal_().mul_(0.02),
}


def parts(init, world, dim, stride, dtype=torch.float32):
    """Return the parts of a weight (24, 16), and the whole one."""
    for rank in range(world):
        torch.manual_seed(0)
        shape = [24, 16]
        size = shape[dim] = shape[dim] // world
        weight = torch.full(shape, 9.0, dtype=dtype)
        whole = initialize_affine_weight_cpu(
            weight, 24, 16, size, dim, init, stride, True,
            params_dtype=dtype, rank=rank, world_size=world,
        )  # fmt: skip
        yield rank, weight, whole


@pytest.mark.parametrize("init", INITS)
@pytest.mark.parametrize("dim", [0, 1])
@pytest.mark.parametrize("stride", [1, 2])
def test_parts_are_those_of_the_whole_weight(init, dim, stride):
    wholes = []
    for world in (1, 2, 4):
        for rank, weight, whole in parts(INITS[init], world, dim, stride):
            runs = whole.split(weight.shape[dim] // stride, dim)
            assert torch.equal(weight, torch.cat(runs[rank::world], dim))
            assert (weight.partition_dim, weight.partition_stride) == (dim, stride)
            assert weight.tensor_model_parallel
            wholes.append(whole)
    assert all(torch.equal(whole, wholes[0]) for whole in wholes)
    assert init == "zeros" or 0 < wholes[0].std() < 1


def test_the_distribution_is_that_of_the_whole_weight():
    ((_, whole, _),) = parts(nn.init.xavier_uniform_, 1, 0, 1)
    torch.manual_seed(0)
    seed = int(torch.randint(2**63 - 1, ()))
    expected = netinit.create((24, 16), "xavier_uniform", seed=seed, name="weight")
    assert (whole.numpy() == expected).all()


def test_calls_differ_and_advance_the_generator_alike():
    torch.manual_seed(0)
    weights = [torch.empty(6, 4), torch.empty(6, 4), torch.empty(600, 4)]
    for weight in weights[:2]:
        initialize_affine_weight_cpu(
            weight, 6, 4, 6, 0, INITS["normal"], rank=0, world_size=1,
            skip_set_tensor_parallel_attributes=True,
        )  # fmt: skip
        assert not hasattr(weight, "partition_dim")
    after = torch.get_rng_state()
    torch.manual_seed(0)
    for weight in weights[1:]:
        size = len(weight)
        initialize_affine_weight_cpu(
            weight, size, 4, size, 0, nn.init.orthogonal_, rank=0, world_size=1
        )
    assert torch.equal(torch.get_rng_state(), after)
    assert not torch.equal(weights[0], weights[1])


def test_values_are_rounded_once():
    for rank, weight, whole in parts(INITS["normal"], 2, 0, 1, torch.bfloat16):
        assert whole.dtype == torch.bfloat16
        assert torch.equal(weight, whole.chunk(2)[rank])
    ((_, full, _),) = parts(INITS["normal"], 1, 0, 1)
    assert torch.equal(full.bfloat16(), whole)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((6, 0, nn.init.normal_, 4), "stride = 4 does not divide per_partition_size, which is 6"),
        ((6, 0, lambda weight: None, 1), "fills nothing"),
    ],
)
def test_mistakes(arguments, said):
    size, dim, init, stride = arguments
    weight = torch.full((6, 4), 9.0)
    with pytest.raises(ValueError, match=said):
        initialize_affine_weight_cpu(weight, 12, 4, size, dim, init, stride, rank=0, world_size=2)
    assert (weight == 9).all()


# -- the real Megatron-Core ----------------------------------------------------------------------


def model_of(world, *, gated):
    """Return the parts of a small GPT that each of the tensor-parallel processes holds."""
    from megatron.core import parallel_state
    from megatron.core.models.gpt.gpt_layer_specs import get_gpt_layer_local_spec
    from megatron.core.models.gpt.gpt_model import GPTModel
    from megatron.core.transformer.transformer_config import TransformerConfig

    for rank in range(world):
        with pretended(rank, world):
            parallel_state.initialize_model_parallel(world, create_gloo_process_groups=False)
            try:
                config = TransformerConfig(
                    num_layers=2,
                    hidden_size=16,
                    num_attention_heads=4,
                    use_cpu_initialization=True,
                    tensor_model_parallel_size=world,
                    gated_linear_unit=gated,
                    activation_func=nn.functional.silu if gated else nn.functional.gelu,
                    gradient_accumulation_fusion=False,
                )
                torch.manual_seed(0)
                yield GPTModel(config, get_gpt_layer_local_spec(), 64, 8)
            finally:
                parallel_state.destroy_model_parallel()


def gathered(state, into):
    """Put the values of sharded tensors where they belong in the whole arrays."""
    for tensor in megatron._tensors(state):
        whole = into.setdefault(tensor.key, torch.full(tensor.global_shape, torch.nan))
        whole[tensor.global_slice()] = tensor.data.detach()
    return into


@pytest.fixture
def _megatron():
    pytest.importorskip("megatron.core.models.gpt.gpt_model", exc_type=ImportError)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.usefixtures("_megatron")
@pytest.mark.parametrize("gated", [False, True])
def test_a_model_has_the_same_values_under_any_tensor_parallelism(gated):
    found = []
    for world in (1, 2, 4):
        values = {}
        for model in model_of(world, gated=gated):
            state = model.sharded_state_dict()
            plan = megatron.plan(state, method={"*.linear_proj.*": 0.01, "*": 0.02}, seed=7)
            megatron.fill(state, plan)
            gathered(state, values)
        found.append(values)
    names = [p.name for p in plan]
    assert "decoder.layers.self_attention.linear_qkv.weight" in names
    assert not any(name.endswith(("bias", "layer_norm_weight")) for name in names)
    for values in found:
        assert values.keys() == found[0].keys()
        for key, value in values.items():
            assert torch.equal(value, found[0][key]), key
    for name in names:
        expected = netinit.create(plan[name].shape, plan[name].initializer, seed=7, name=name)
        assert (found[0][name].numpy() == expected).all()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.usefixtures("_megatron")
def test_constructors_draw_parts_where_it_is_installed(monkeypatch):
    from megatron.core.tensor_parallel import layers

    theirs = layers._initialize_affine_weight_cpu
    found = []
    for world in (1, 2):
        values = {}
        with installed():
            assert layers._initialize_affine_weight_cpu is initialize_affine_weight_cpu
            for model in model_of(world, gated=False):
                gathered(model.sharded_state_dict(), values)
        found.append(values)
    assert layers._initialize_affine_weight_cpu is theirs
    for key, value in found[0].items():
        assert torch.equal(value, found[1][key]), key
    drawn = found[0]["decoder.layers.mlp.linear_fc1.weight"]
    assert 0.015 < drawn.std() < 0.025


@pytest.mark.filterwarnings("ignore")
@pytest.mark.usefixtures("_megatron")
def test_the_part_is_the_one_that_megatron_takes():
    from megatron.core.tensor_parallel.layers import _initialize_affine_weight_cpu

    def counting(weight):
        weight.copy_(torch.arange(weight.numel(), dtype=torch.float32).view_as(weight))

    for rank in range(4):
        both = []
        for function in (initialize_affine_weight_cpu, _initialize_affine_weight_cpu):
            weight = torch.empty(6, 16)
            function(weight, 24, 16, 6, 0, counting, stride=2, rank=rank, world_size=4)
            both.append((weight, weight.partition_dim, weight.partition_stride))
        assert torch.equal(both[0][0], both[1][0])
        assert both[0][1:] == both[1][1:]


def test_without_megatron_it_is_an_error(monkeypatch):
    import sys

    monkeypatch.delitem(sys.modules, "megatron.core.tensor_parallel.layers", raising=False)
    with pytest.raises(ValueError, match=r"parallel\.layers.* is not loaded"):
        installed().__enter__()


def test_no_more_memory_is_written_than_the_part():
    program = """
import resource, sys, torch
from torch import nn
from netinit.torch.engines.megatron_weights import initialize_affine_weight_cpu
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
def draw(size):
    weight = torch.empty(size // 64, size)
    initialize_affine_weight_cpu(
        weight, size, size, size // 64, 0, nn.init.xavier_normal_, rank=3, world_size=64)
draw(64)
before = peak()
draw(1 << 14)
print(peak() - before)
"""
    assert int(run_python(program, prelude="")) < 64  # MiB, of 1024 and a part of 16
