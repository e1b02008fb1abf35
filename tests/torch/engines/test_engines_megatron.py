"""netinit.torch.engines.megatron: Megatron-Core's sharded tensors, filled by name."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

torch = pytest.importorskip("torch")

import netinit  # noqa: E402
from netinit.torch.engines import megatron  # noqa: E402
from tests.torch.engines.stand_ins import gated, part  # noqa: E402


def wholly(plan, name, dtype="float32"):
    whole = torch.empty(plan[name].shape, dtype=getattr(torch, dtype))
    return netinit.fill(whole, plan[name].initializer, seed=plan.seed, name=name)


@pytest.mark.parametrize("world", [1, 2, 4])
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_parts_are_those_of_the_whole_array(world, dtype):
    for rank in range(world):
        n, kind = 8 // world, getattr(torch, dtype)
        state = {
            "columns": part("fc.weight", (n, 6), (rank * n, 0), (8, 6), dtype=kind),
            "layers": [
                part("layers.proj.weight", (6, n), (k, 0, rank * n), (3, 6, 8), 1, kind)
                for k in range(3)
            ],
            "norm": part("layers.norm_weight", (6,), (1, 0), (3, 6), 1, kind),
            "_extra_state": object(),
            "counter": part("steps", (1,), (0,), (1,), dtype=torch.int64),
        }
        plan = megatron.plan(state, method="Xavier", seed=7)
        assert [p.name for p in plan] == ["fc.weight", "layers.proj.weight"]
        megatron.fill(state, plan)
        whole = wholly(plan, "fc.weight", dtype)
        assert torch.equal(state["columns"].data, whole[rank * n : (rank + 1) * n])
        stack = wholly(plan, "layers.proj.weight", dtype)
        for k, held in enumerate(state["layers"]):
            assert torch.equal(held.data, stack[k, :, rank * n : (rank + 1) * n])
        assert (state["norm"].data == 9).all()
        assert (state["counter"].data == 9).all()


def test_halves_of_a_gated_unit():
    whole = None
    for world in (1, 2, 4):
        held = [gated("mlp.fc1.weight", rank, world) for rank in range(world)]
        for factory in held:
            plan = megatron.plan({"fc1": factory}, method=0.5, seed=7)
            megatron.fill({"fc1": factory}, plan)
        halves = [torch.cat([f.data.chunk(2)[k] for f in held]) for k in range(2)]
        whole = torch.cat(halves) if whole is None else whole
        assert torch.equal(torch.cat(halves), whole)
        assert torch.equal(whole, wholly(plan, "mlp.fc1.weight")[0])


@pytest.mark.parametrize("stacked", [1, 2])
def test_fans_are_those_of_one_layer(stacked):
    axes = (5, 7)[:stacked]
    tensor = part("w", (40, 30), (0,) * (stacked + 2), (*axes, 40, 30), stacked)
    (row,) = megatron.plan({"w": tensor}, method="Xavier", seed=7)
    assert (row.fan_in, row.fan_out) == (30, 40)
    assert math.isclose(row.std, math.sqrt(2 / 70))


def test_layers_are_orthogonal_one_by_one():
    tensors = [part("w", (6, 6), (k, 0, 0), (3, 6, 6), 1) for k in range(3)]
    megatron.fill(tensors, megatron.plan(tensors, method="Orthogonal", seed=7))
    for tensor in tensors:
        assert torch.allclose(tensor.data @ tensor.data.T, torch.eye(6), atol=1e-5)
    assert not torch.equal(tensors[0].data, tensors[1].data)


def test_rules_go_by_key():
    state = {
        "a": part("fc1.weight", (4, 6), (0, 0), (4, 6)),
        "b": part("fc2.bias", (6,), (0,), (6,)),
    }
    plan = megatron.plan(state, netinit.All, method={"fc1.*": 0.02, "*.bias": 0}, seed=7)
    megatron.fill(state, plan)
    assert torch.equal(
        state["a"].data, netinit.fill(torch.empty(4, 6), 0.02, seed=7, name="fc1.weight")
    )
    assert not state["b"].data.any()


@pytest.mark.parametrize(
    ("state", "method", "said"),
    [
        ({}, 1, "no ShardedTensor"),
        ([part("w", (2, 2), (0, 0), (2, 2)), part("w", (2, 2), (0, 0), (4, 2))], 1, "different sh"),
        (part("w", (2, 2), (0, 0, 0, 0), (3, 3, 2, 2), 2), "Orthogonal", "'w'.*stacked once"),
        (part("w", (2, 2), (0, 0), (2, 2), dtype=torch.float8_e5m2fnuz), 1, "'w' is of torch.fl"),
    ],
    ids=["nothing", "shapes", "stacked twice", "dtype"],
)
def test_mistakes_of_plan(state, method, said):
    with pytest.raises((TypeError, ValueError), match=said):
        megatron.plan(state, method=method)


def test_mistakes_of_fill():
    state = [part("v", (2, 2), (0, 0), (2, 2)), part("w", (2, 2), (0, 0), (2, 2))]
    plan = megatron.plan(state, method=1)
    for wrong, said in [
        (replace(state[1], data=None), "'w' has no data"),
        (replace(state[1], global_shape=(4, 2)), r"'w' has the shape \(4, 2\), .* \(2, 2\)"),
        (replace(state[1], data=torch.empty(2, 2, device="meta")), "'w' is on the meta device"),
    ]:
        with pytest.raises(ValueError, match=said):
            megatron.fill([state[0], wrong], plan)
        assert (state[0].data == 9).all()
