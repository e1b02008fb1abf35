"""Published schemes: their formulas, names and options, and the laws that need no framework."""

from __future__ import annotations

import json
import math
import pickle
from dataclasses import replace

import numpy as np
import pytest
import scipy.stats

import netinit
from netinit import ArraySpec, Constant, Layout, Normal, Parameter, nets
from netinit.initializers import Parts
from netinit.initializers.hadamard import Hadamard
from netinit.initializers.identity import Identity
from netinit.methods import (
    GPT2,
    DeepNorm,
    Fixup,
    ForgetBias,
    MuP,
    Siren,
    TFixup,
    Xavier,
    Zero,
)
from netinit.methods.registry import METHODS, method_from_json
from netinit.methods.vocabulary import as_method

BASE = {"first": (64, 10), "hidden": (64, 64), "last": (3, 64), "bias": (64,)}


def arrays(shapes, method, seed=0, dtype="float64"):
    net = {name: ArraySpec(shape, dtype) for name, shape in shapes.items()}
    return netinit.initialize(net, method=method, seed=seed)


def parameter(name, shape=(64, 64), **more):
    return Parameter(name, shape, **more)


@pytest.mark.parametrize(
    "method",
    [
        GPT2(layers=12, std=0.01),
        DeepNorm(6, 6, "uniform"),
        TFixup(encoder_layers=6),
        Fixup(16, 3),
        Fixup(16, first="*.a", last=["*.b"], head=()),
        Siren(20, "net.0.*"),
        Zero(),
        MuP(BASE, ("Xavier", {"gain": 2})),
        ForgetBias("Xavier", 2),
        ForgetBias(GPT2(layers=3)),
    ],
    ids=lambda method: type(method).__name__,
)
def test_schemes_survive_json_and_pickle(method):
    recipe = json.loads(json.dumps(method.to_json()))
    assert method_from_json(recipe) == method
    assert pickle.loads(pickle.dumps(method)) == method
    assert hash(method) == hash(method_from_json(recipe))
    assert recipe["method"] in {name.casefold() for name in METHODS} | {"forget_bias"}


def test_schemes_are_given_by_name():
    assert as_method(("Megatron", {"layers": 12})) == GPT2(12)
    assert as_method(("deep-norm", {"EncoderLayers": 4})) == DeepNorm(4)
    assert as_method("zero") == Zero()
    with pytest.raises(ValueError, match="did you mean 'TFixup'"):
        as_method("tfixupp")


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (GPT2, ValueError, "GPT2's layers must be given: an integer, at least 1"),
        (lambda: GPT2(0), ValueError, "GPT2's layers must be an integer, at least 1, not 0"),
        (lambda: GPT2(2.5), ValueError, "must be an integer"),
        (lambda: GPT2("x"), TypeError, "GPT2's layers must be a number"),
        (lambda: GPT2(2, std=-1), ValueError, "GPT2's std must be at least 0"),
        (lambda: GPT2(2, residual=3), TypeError, "GPT2's residual must be a name pattern"),
        (DeepNorm, ValueError, "DeepNorm's encoder_layers or decoder_layers must be given"),
        (lambda: DeepNorm(1, distribution="x"), ValueError, "DeepNorm's distribution"),
        (TFixup, ValueError, "TFixup's encoder_layers or decoder_layers must be given"),
        (Fixup, ValueError, "Fixup's branches must be given"),
        (lambda: Fixup(4, 1), ValueError, "Fixup's depth must be an integer, at least 2"),
        (lambda: Siren(0), ValueError, "Siren's omega must be greater than 0"),
        (MuP, TypeError, "MuP's base must be a mapping"),
        (lambda: ForgetBias("Kaimign"), ValueError, "did you mean 'Kaiming'"),
    ],
)
def test_mistakes_are_named(make, error, message):
    with pytest.raises(error, match=message):
        make()


# -- GPT-2, Megatron --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "transformer.h.0.attn.c_proj.weight",
        "transformer.h.0.mlp.c_proj.weight",
        "model.layers.3.self_attn.o_proj.weight",
        "model.layers.3.mlp.down_proj.weight",
        "decoder.layers.1.self_attention.linear_proj.weight",
        "decoder.layers.1.mlp.linear_fc2.weight",
        "encoder.layers.0.self_attn.out_proj.weight",
        "encoder.layers.0.linear2.weight",
        "layers.0.attention.wo.weight",
        "layers.0.feed_forward.w2.weight",
        "bert.encoder.layer.0.attention.output.dense.weight",
        "bert.encoder.layer.0.output.dense.weight",
    ],
)
def test_residual_projections_are_known_by_their_names(name):
    assert GPT2(layers=8).weight(parameter(name)) == Normal(0, 0.02 / 4)
    assert GPT2(layers=8).weight(parameter(name.replace(".weight", ".lora"))) == Normal(0, 0.02)


def test_the_residual_stream_of_gpt2_does_not_grow_with_depth():
    grown = []
    for layers in (4, 64):
        shapes = {f"h.{i}.{b}.c_proj.weight": (64, 64) for i in range(layers) for b in "am"}
        branches = arrays(shapes, GPT2(layers=layers, std=0.125))
        h = netinit.numpy.normal((64, 200), dtype="float64")
        grown.append(float(sum(w @ h for w in branches.values()).std()))
    assert grown == pytest.approx([1, 1], rel=0.05)


# -- DeepNorm, T-Fixup ------------------------------------------------------------------------


def test_deepnorm_formulas():
    assert DeepNorm(32).encoder_alpha == pytest.approx(64**0.25)
    assert DeepNorm(32).encoder_beta == pytest.approx(256**-0.25)
    assert DeepNorm(decoder_layers=18).decoder_alpha == pytest.approx(36**0.25)
    assert DeepNorm(decoder_layers=18).decoder_beta == pytest.approx(144**-0.25)
    both = DeepNorm(12, 6)
    assert both.encoder_alpha == pytest.approx(0.81 * (12**4 * 6) ** (1 / 16))
    assert both.encoder_beta == pytest.approx(0.87 * (12**4 * 6) ** (-1 / 16))
    assert both.decoder_alpha == pytest.approx(18**0.25)
    assert both.decoder_beta == pytest.approx(72**-0.25)


XAVIER = math.sqrt(2 / 128)


@pytest.mark.parametrize(
    ("method", "encoder", "decoder"),
    [
        (DeepNorm(12, 6), 0.87 * (12**4 * 6) ** (-1 / 16), 72**-0.25),
        (TFixup(12, 6), 0.67 * 12**-0.25, 54**-0.25),
    ],
)
def test_scaled_weights_of_both_sides(method, encoder, decoder):
    for name in ("fc1", "fc2", "self_attn.v_proj", "self_attn.out_proj", "linear1"):
        weight = parameter(f"encoder.layers.0.{name}.weight")
        assert method.weight(weight).std == pytest.approx(encoder * XAVIER, rel=1e-12)
        weight = replace(weight, name=f"model.decoder.layers.0.{name}.weight")
        assert method.weight(weight).std == pytest.approx(decoder * XAVIER, rel=1e-12)
    for name in ("self_attn.q_proj", "self_attn.k_proj", "lm_head"):
        weight = parameter(f"encoder.layers.0.{name}.weight")
        assert method.weight(weight).std == pytest.approx(XAVIER, rel=1e-12)


def test_values_packed_with_queries_and_keys():
    packed = parameter("a.in_proj_weight", (192, 64), layout=Layout((0,), (1,), stack=3))
    made = DeepNorm(32).weight(packed)
    assert made == Parts([Normal(0, XAVIER), Normal(0, XAVIER), Normal(0, XAVIER / 4)])
    transposed = parameter("a.c_attn.weight", (64, 192), layout=Layout((1,), (0,), 3, 1))
    made = TFixup(decoder_layers=16, distribution="normal").weight(transposed)
    assert made.axis == 1
    assert made.distributions[2].std == pytest.approx(144**-0.25 * XAVIER)


def test_embeddings():
    embedding = parameter("decoder.embed.weight", (1000, 16), role="embedding")
    assert DeepNorm(3, 2).weight(embedding) == Normal(0, 0.25)
    assert TFixup(3, 2).weight(embedding).std == pytest.approx(18**-0.25 / 4)
    encoder = replace(embedding, name="embed.weight")
    assert TFixup(3, 2).weight(encoder).std == pytest.approx(27**-0.25 / 4)
    assert TFixup(3).weight(replace(embedding, shape=(0, 0))) == Constant(0)


# -- Fixup ------------------------------------------------------------------------------------


def test_fixup():
    he = math.sqrt(2 / (64 * 9))
    for depth, factor in ((2, 16**-0.5), (3, 16**-0.25)):
        method = Fixup(16, depth)
        for number in range(1, depth):
            conv = parameter(f"layer1.0.conv{number}.weight", (64, 64, 3, 3))
            assert method.weight(conv).std == pytest.approx(he * factor, rel=1e-12)
        assert method.weight(replace(conv, name=f"layer1.0.conv{depth}.weight")) == Constant(0)
        assert method.weight(replace(conv, name="conv1.weight")).std == pytest.approx(he)
        assert method.weight(parameter("fc.weight")) == Constant(0)
    own = Fixup(16, first="*.a.weight", last=("*.b.weight",))
    assert own.weight(parameter("x.b.weight")) == Constant(0)
    assert own.weight(parameter("x.a.weight")).std == pytest.approx(math.sqrt(2 / 64) / 4)
    zeros = ["b.conv1.weight", "b.conv2.weight", "fc.weight"]
    arrays(dict.fromkeys(zeros, (3, 3)), Fixup(2))  # zeros on purpose: nobody is warned


# -- SIREN ------------------------------------------------------------------------------------


@pytest.mark.parametrize("omega", [1.0, 30.0])
def test_sirens_activations_keep_their_distribution_through_depth(omega):
    width, depth = 512, 8
    shapes = {"net.0.weight": (width, 2)}
    shapes |= {f"net.{i}.weight": (width, width) for i in range(1, depth)}
    weights = arrays(shapes, Siren(omega, first="net.0.*"))
    assert np.abs(weights["net.0.weight"]).max() <= 1 / 2
    bound = math.sqrt(6 / width) / omega
    assert 0.99 * bound < np.abs(weights["net.1.weight"]).max() <= bound
    x = netinit.numpy.uniform((2, 1000), -1, 1, dtype="float64")
    h = np.sin(30 * weights["net.0.weight"] @ x)
    variance = 1.0  # of the second layer, whose inputs have the arcsine distribution
    for i in range(1, depth):
        before = omega * weights[f"net.{i}.weight"] @ h
        assert before.var() == pytest.approx(variance, rel=0.06)
        assert 0.85 < before.std() < 1.05
        variance = 1 - math.exp(-2 * variance)
        assert abs(scipy.stats.kurtosis(before[:, ::97].ravel())) < 0.2  # as of a normal
        h = np.sin(before)


# -- ZerO -------------------------------------------------------------------------------------


def test_zero_is_identity_or_hadamard_exactly():
    shapes = {"up": (64, 10), "same": (64, 64), "down": (16, 64), "odd": (10, 3)}
    weights = arrays(shapes, Zero(), dtype="float32")
    np.testing.assert_array_equal(weights["same"], np.eye(64))
    np.testing.assert_array_equal(weights["down"], np.eye(16, 64))
    hadamard = scipy.linalg.hadamard(64)[:, :10]
    np.testing.assert_array_equal(weights["up"], (hadamard / 8).astype(np.float32))
    odd = scipy.linalg.hadamard(16)[:10, :3]
    np.testing.assert_array_equal(weights["odd"], (odd / 4).astype(np.float32))
    conv = netinit.create((4, 2, 3, 3), Zero().weight(parameter("c", (4, 2, 3, 3))))
    np.testing.assert_array_equal(conv[:, :, 1, 1], scipy.linalg.hadamard(4)[:, :2] / 2)
    assert np.count_nonzero(conv) == 8
    assert isinstance(Zero().weight(parameter("w")), Identity)
    assert Zero().weight(parameter("w", (64, 8))) == Hadamard(Layout((0,), (1,)))


def test_signals_keep_their_norm_through_zeros_layers():
    shapes = {"0": (64, 10), **{str(i): (64, 64) for i in range(1, 20)}}
    weights = arrays(shapes, Zero())
    x = netinit.numpy.normal((10, 50), dtype="float64")
    h = x
    for weight in weights.values():
        h = weight @ h
    np.testing.assert_allclose(np.linalg.norm(h, axis=0), np.linalg.norm(x, axis=0), rtol=1e-12)
    ranks = [np.linalg.matrix_rank(weight) for weight in weights.values()]
    assert ranks == [10] + [64] * 19


# -- the LSTM's forget gate -------------------------------------------------------------------


def test_forget_bias_of_netinits_own_layer():
    chain = nets.NetChain([nets.LongShortTermMemoryLayer(4)], input=(5, 3))
    chain = netinit.initialize(chain, method=ForgetBias("Xavier", 2))
    assert (chain[0, "ForgetGateBiases"] == 2).all()
    assert (chain[0, "InputGateBiases"] == 0).all()
    assert chain[0, "InputGateInputWeights"].std() > 0


def test_forget_bias_of_packed_biases():
    bias = parameter("cell.bias_ih", (8,), role="bias", layer="LSTMCell")
    made = netinit.create(8, ForgetBias(value=3).initializer(bias))
    np.testing.assert_array_equal(made, [0, 0, 3, 3, 0, 0, 0, 0])
    other = replace(bias, name="cell.bias_hh")
    assert ForgetBias().initializer(other) == Constant(0)
    assert ForgetBias().initializer(replace(bias, layer="GRUCell")) == Constant(0)
    assert ForgetBias("Xavier").initializer(parameter("w")) == Xavier().weight(parameter("w"))


# -- muP --------------------------------------------------------------------------------------
