"""Kernels of Flax, told by the arrays beside them: in mappings and in files' headers."""

from __future__ import annotations

import pytest

import netinit
from netinit import ArraySpec, Layout
from netinit.parameters.kernels import flax_kernel
from netinit.shapes.fans import fans

ATTENTION = {
    **{f"att.{part}.kernel": ArraySpec((8, 2, 4)) for part in ("query", "key", "value")},
    "att.out.kernel": ArraySpec((2, 4, 6)),
}


def fans_of(plan):
    return {a.name: (a.parameter.fan_in, a.parameter.fan_out) for a in plan}


def test_attention_without_biases():
    plan = netinit.plan(ATTENTION, method="Lecun")
    assert fans_of(plan) == {
        **{f"att.{part}.kernel": (8, 8) for part in ("query", "key", "value")},
        "att.out.kernel": (8, 6),
    }
    assert "around it" in plan["att.query.kernel"].parameter.note


@pytest.mark.parametrize("nested", [True, False])
def test_a_kernel_alone_is_told_by_its_bias(nested):
    query = {"kernel": ArraySpec((8, 2, 4)), "bias": ArraySpec((2, 4))}
    net = {"query": query} if nested else {f"query/{key}": spec for key, spec in query.items()}
    plan = netinit.plan(net, method="Lecun")
    assert plan[0].parameter.fan_in == plan[0].parameter.fan_out == 8


@pytest.mark.parametrize(
    ("shape", "bias", "expected"),
    [
        ((3, 8, 4), (4,), (24, 12)),  # a convolution
        ((8, 2, 4), (2, 4), (8, 8)),
        ((2, 4, 6), (6,), (8, 12)),
        ((2, 4, 6, 5), (6, 5), (8, 30)),  # two axes of inputs, two of outputs
        ((7, 8, 4), (7, 4), (8, 4)),  # one a layer
        ((7, 8, 2, 4), (7, 2, 4), (8, 8)),
        ((7, 9, 8, 4), (7, 9, 4), (8, 4)),  # scanned over in what is scanned over
        ((8, 2, 4), (), (16, 8 * 4)),  # no bias
    ],
)
def test_fans_by_the_bias(shape, bias, expected):
    shapes = {("l", "kernel"): shape} | ({("l", "bias"): bias} if bias else {})
    rule = flax_kernel(("l", "kernel"), shape, shapes)
    found = rule.fans or fans(shape, rule.layout)
    assert (found.fan_in, found.fan_out) == expected


def test_queries_alone_are_attentions_unless_their_bias_is_a_convolutions():
    net = {"att.query.kernel": ArraySpec((8, 2, 4))}
    assert fans_of(netinit.plan(net)) == {"att.query.kernel": (8, 8)}
    net["att.query.bias"] = ArraySpec((4,))
    assert fans_of(netinit.plan(net))["att.query.kernel"] == (16, 32)


def test_what_a_spec_says_stands():
    said = Layout(out_axes=(2,), in_axes=(0, 1))
    net = ATTENTION | {"att.query.kernel": ArraySpec((8, 2, 4), layout=said)}
    assert fans_of(netinit.plan(net))["att.query.kernel"] == (16, 4)


def test_in_a_file(tmp_path):
    save = pytest.importorskip("safetensors.numpy").save_file
    path = tmp_path / "flax.safetensors"
    save(netinit.initialize(dict(ATTENTION)), path)
    found = {p.name: p.fan_in for p in netinit.checkpoint.plan_source(path).parameters}
    assert set(found.values()) == {8}
