"""Defects that are planted in a net are found and named; a right net has none."""

from __future__ import annotations

import numpy as np
import pytest

import netinit
from netinit.verification import judge
from netinit.verification.findings import KINDS
from tests.verification.planted import PLANTED, made, plan_of


def found(net, plan):
    return [(one.name, one.kind) for one in netinit.verify(net, plan).findings]


def test_a_net_that_another_seed_made_is_as_planned():
    verification = netinit.verify(made(2), plan_of(1))
    assert verification.findings == ()
    assert verification.ok
    drawn = {one.name: one.verdict for one in verification.arrays}
    assert drawn["layers.0.q.weight"] == "as planned"
    assert drawn["layers.0.norm.weight"] == "exact"


def test_a_net_that_the_plans_seed_made_is_exact():
    verification = netinit.verify(made(1), plan_of(1))
    assert {one.verdict for one in verification.arrays} == {"exact"}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_defect_is_found_and_named(name):
    plant, where, kind, said = PLANTED[name]
    net = made()
    plant(net)
    verification = netinit.verify(net, plan_of())
    assert [(one.name, one.kind) for one in verification.findings] == [(where, kind)]
    assert said in str(verification.findings[0])
    assert str(verification.findings[0]).startswith(f"{where}: ")
    assert not verification.ok


def test_stale_values_are_told_where_the_rest_is_the_seeds():
    net = made(1)
    stale = np.array(made(3)["layers.1.up.weight"])
    net["layers.1.up.weight"][...] = stale
    assert found(net, plan_of(1)) == [("layers.1.up.weight", "other values")]


def test_what_is_written_over_a_part_is_told():
    net = made(1)
    net["layers.1.up.weight"][200:] = made(3)["layers.1.up.weight"][200:]
    assert found(net, plan_of(1)) == [("layers.1.up.weight", "overwritten")]


def test_an_array_of_one_element_is_looked_at_and_none_has_nothing_to_compare():
    for elements, kinds in ([7.0], ["value"]), ([], []):
        plan = netinit.plan({"layer.bias": netinit.ArraySpec((len(elements),))})
        net = {"layer.bias": np.array(elements, np.float32)}
        assert [kind for _, kind in found(net, plan)] == kinds


@pytest.mark.parametrize(
    ("row", "at", "kind"), [(1, 4, "padding row"), (0, 4, "value"), (2, 2, "value")]
)
def test_a_padding_row_is_told_from_other_values_where_nothing_is_drawn(row, at, kind):
    torch = pytest.importorskip("torch")
    net = torch.nn.Embedding(6, 6, padding_idx=1)
    rule = {"weight": netinit.initializers.Eye()}
    netinit.initialize(net, netinit.All, method=rule)
    plan = netinit.plan(net, netinit.All, method=rule)
    assert found(net, plan) == []
    net.weight.detach()[row, at] = 3
    assert found(net, plan) == [("weight", kind)]


def test_large_numbers_may_be_meant():
    specs = {"w": netinit.ArraySpec((64, 64))}
    plan = netinit.plan(specs, method=netinit.Normal(0, 1e7))
    assert found(netinit.initialize(dict(specs), method=netinit.Normal(0, 1e7), seed=5), plan) == []


def test_what_is_printed(capsys):
    net = made()
    net["layers.1.up.weight"][3, 5] = np.nan
    text = str(netinit.verify(net, plan_of()))
    assert text.splitlines()[0].split() == [
        "name", "shape", "dtype", "mean", "std", "min", "max", "planned", "verdict",
    ]  # fmt: skip
    assert text.endswith("arrays, 139,136 elements: 1 error, 0 warnings")
    rich = pytest.importorskip("rich.console")
    rich.Console(width=70, force_terminal=True).print(netinit.verify(net, plan_of()))
    lines = capsys.readouterr().out.splitlines()
    assert max(len(line) for line in lines[: len(net)]) <= 80
    assert "layers.1.up.weight: 1 of 16,384 elements are NaN" in "".join(lines)


def test_shapes_are_printed_as_a_plan_prints_them():
    net = {"a.weight": np.ones((3, 5), "f4"), "b.scale": np.ones((), "f4"), "c": np.ones(7, "f4")}
    rows = str(netinit.verify(net)).splitlines()[1:4]
    assert [row.split("float32")[0].split(maxsplit=1)[1].strip() for row in rows] == [
        "3 x 5", "scalar", "7",
    ]  # fmt: skip
    torch = pytest.importorskip("torch")
    lazy = str(netinit.verify(torch.nn.LazyLinear(3))).splitlines()[1:3]
    assert [row.split()[1] for row in lazy] == ["unknown", "unknown"]


def test_what_has_no_value_is_told():
    net = dict(made()) | {"layers.1.up.bias": netinit.ArraySpec((256,))}
    assert found(net, plan_of()) == [("layers.1.up.bias", "no value")]


def test_without_a_plan_it_is_told_what_no_net_has():
    for name in ("NaN boxes", "heap", "0xCB", "one word", "a NaN", "an infinity", "float8 NaN"):
        plant, where, kind, _ = PLANTED[name]
        net = made()
        assert netinit.verify(net).ok
        plant(net)
        assert found(net, None) == [(where, kind)]


@pytest.mark.parametrize("name", ["duplicated layer", "equal rows", "norm at 0"])
def test_without_a_plan_arrays_are_compared(name):
    plant, where, kind, _ = PLANTED[name]
    net = made()
    plant(net)
    assert found(net, None) == [(where, kind)]


def test_constant_weights_are_told_without_a_plan():
    net = {"a.weight": np.full((8, 9), 0.1, "f4"), "a.bias": np.zeros(8, "f4")}
    assert found(net, None) == [("a.weight", "constant")]


def test_zeros_are_told_where_other_layers_have_none():
    net = {f"layers.{i}.down.weight": made()["layers.1.down.weight"] + i for i in range(3)}
    assert found(net, None) == []
    net["layers.1.down.weight"][...] = 0
    assert found(net, None) == [("layers.1.down.weight", "zeros")]
    for array in net.values():
        array[...] = 0
    assert [kind for _, kind in found(net, None)] == ["zeros"] * 3


def test_shards_of_two_ranks_that_are_equal():
    ranks = [netinit.verify(made(seed)) for seed in (1, 2, 2)]
    assert ranks[0].compare(ranks[1]) == ()
    equal = ranks[0].compare(*ranks[1:])
    assert {one.kind for one in equal} == {"equal shards"}
    assert "rank 2 is equal to that of rank 1" in str(equal[0])


def test_twenty_kinds_are_planted_and_all_kinds_are_described():
    kinds = {kind for _, _, kind, _ in PLANTED.values()}
    assert len(kinds) >= 20
    elsewhere = {"other values", "overwritten", "no value", "zeros", "constant", "equal shards"}
    assert KINDS.keys() - kinds - elsewhere == {"file"}  # of tests/verification/test_files.py


def test_what_is_the_seeds_bit_for_bit_is_not_judged_by_its_moments(monkeypatch):
    judged = []
    monkeypatch.setattr(judge, "check_planned", lambda look, one, t: judged.append(look) or [])
    assert netinit.verify(made(1), plan_of(1)).ok
    assert not judged
    assert netinit.verify(made(2), plan_of(1)).ok
    assert judged


def test_a_scalar_of_zero_is_no_weight_of_zeros():
    net = {f"layers.{i}.weight": np.array([[0.25 * i]], "f4") for i in range(5)}
    assert netinit.verify(net).findings == ()
