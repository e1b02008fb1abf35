"""What follows the layers of netinit's own nets."""

from __future__ import annotations

import pytest

import netinit
from netinit import nets

AUTO = netinit.methods.Kaiming(nonlinearity="auto")


def found(net):
    """Return what follows each weight, by its name."""
    return {
        a.name: a.remark.removesuffix(" (graph)")
        for a in netinit.plan(net, netinit.All, method=AUTO)
        if a.remark
    }


FUNCTIONS = {
    "ramp": "relu", "relu": "relu", "leaky_relu": "leaky_relu", "tanh": "tanh", "elu": "elu",
    "gelu": "gelu", "silu": "swish", "mish": "mish", "selu": "selu", "sigmoid": "sigmoid",
    "sin": "sin", "soft_plus": "softplus", "soft_sign": "softsign", "hard_tanh": "hardtanh",
}  # fmt: skip


@pytest.mark.parametrize("function", FUNCTIONS)
def test_functions(function):
    net = nets.NetChain([5, 5, function, 5], input=5)
    nothing = "nothing follows: linear"
    assert found(net) == {
        "0.Weights": nothing,
        "1.Weights": f"{FUNCTIONS[function]} follows",
        "3.Weights": nothing,
    }


def test_a_function_without_a_gain_is_not_found():
    assert found(nets.NetChain([5, "log", 5], input=5))["0.Weights"] == "not found: linear"


def test_a_parametric_ramp_has_its_first_slope():
    net = nets.NetChain([5, nets.ParametricRampLayer()], input=5)
    assert found(net)["0.Weights"] == "prelu(0.1) follows"


def test_layers_that_pass_values_on_are_looked_through():
    net = nets.NetChain(
        [
            nets.ReshapeLayer((1, 4, 4)),
            nets.ConvolutionLayer(8, 3),
            nets.BatchNormalizationLayer(),
            nets.PoolingLayer(2),
            "gelu",
            nets.FlattenLayer(),
            nets.DropoutLayer(),
            nets.LinearLayer(3),
        ],
        input=16,
    )
    assert found(net) == {
        "1.Weights": "gelu follows, after the net's input: gain 1",
        "7.Weights": "nothing follows: linear",
    }


def test_nets_within_nets():
    inner = nets.NetChain([nets.NetMapOperator(8), nets.NetMapOperator(6)])
    net = nets.NetChain([inner, nets.NetChain([nets.NetChain(["selu"])]), inner], input=(None, 4))
    assert found(net) == {
        "0.0.Weights": "nothing follows: linear",
        "0.1.Weights": "selu follows",
        "2.0.Weights": "nothing follows: linear",
        "2.1.Weights": "nothing follows: linear",
    }


def gated(**more):
    layers = {
        "first": 4,
        "up": 8,
        "gate": 8,
        "silu": nets.ElementwiseLayer("silu"),
        "times": nets.ThreadingLayer("times"),
        "down": 4,
        "add": nets.TotalLayer(),
        "end": nets.NetChain(["tanh", 3]),
    }
    edges = [
        ["Input", "first", "up", "times"],
        ["first", "gate", "silu", "times"],
        ["times", "down", "add"],
        ["first", "add", "end"],
    ]
    return nets.NetGraph(layers, edges, input=4, **more)


def test_graphs_with_a_gated_product_and_a_sum():
    assert found(gated()) == {
        "first.Weights": "nothing follows: linear",
        "up.Weights": "swish follows",
        "gate.Weights": "swish follows",
        "down.Weights": "nothing follows: linear",
        "end.1.Weights": "nothing follows: linear",
    }


def test_two_activations_on_two_paths_are_no_answer():
    layers = {"w": 4, "a": "relu", "b": "tanh", "sum": nets.TotalLayer()}
    net = nets.NetGraph(layers, [["Input", "w", "a", "sum"], ["w", "b", "sum"]], input=4)
    assert found(net) == {"w.Weights": "not found: linear"}
    assert "(graph)" not in netinit.plan(net, method=AUTO)[0].remark


def test_recurrent_layers_have_their_own():
    net = nets.NetChain(
        [nets.BasicRecurrentLayer(4), nets.GatedRecurrentLayer(3), "relu"], input=(None, 2)
    )
    texts = found(net)
    assert texts["0.StateWeights"] == texts["0.InputWeights"] == "tanh follows"
    assert texts["1.ResetGateInputWeights"] == "not found: linear"


def test_gpt2_from_json(request):
    path = request.config.rootpath / "examples" / "gpt2.json"
    if not path.exists():
        pytest.skip("needs the examples")
    texts = found(nets.load(path))
    activations = {name for name, text in texts.items() if text == "gelu follows"}
    assert activations == {f"h.{i}.mlp.c_fc.weight" for i in range(12)}
    assert set(texts.values()) == {"gelu follows", "nothing follows: linear"}
